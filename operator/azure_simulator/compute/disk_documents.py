"""Managed disks, snapshots and disk encryption sets as Azure answers them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from azure_simulator.compute.disks import ManagedDisk
from azure_simulator.compute.encryption_sets import DiskEncryptionSet
from azure_simulator.compute.snapshots import Snapshot
from azure_simulator.compute.volumes import BYTES_OF_A_GIGABYTE, Encryption, Plan, Volume, VolumeData

_PREMIUM = "Premium"
_TIERS = {"Standard": "Standard", "StandardSSD": "Standard", "UltraSSD": "Ultra", "PremiumV2": "Premium"}


def disk_document(disk: ManagedDisk) -> dict[str, Any]:
    """A managed disk."""
    document = _resource(disk, "Microsoft.Compute/disks", {"diskState": disk.disk_state})
    return given_only({**document, "managedBy": disk.managed_by, "zones": list(disk.zones) or None})


def snapshot_document(snapshot: Snapshot) -> dict[str, Any]:
    """A snapshot; how much of it is copied is told where it is copied in steps."""
    error = snapshot.copy_error
    return _resource(
        snapshot,
        "Microsoft.Compute/snapshots",
        {
            "diskState": snapshot.disk_state,
            "incremental": snapshot.incremental,
            "incrementalSnapshotFamilyId": snapshot.family_id,
            "completionPercent": snapshot.completion_percent if snapshot.incremental else None,
            "copyCompletionError": error and {"errorCode": "CopySourceNotFound", "errorMessage": error},
        },
    )


def encryption_set_document(encryption_set: DiskEncryptionSet) -> dict[str, Any]:
    """A disk encryption set."""
    vault = encryption_set.key_vault_id
    return {
        "id": encryption_set.id.text,
        "name": encryption_set.id.name,
        "type": "Microsoft.Compute/diskEncryptionSets",
        "location": encryption_set.location,
        "tags": dict(encryption_set.tags),
        "identity": {
            "type": "SystemAssigned",
            "principalId": encryption_set.principal_id,
            "tenantId": encryption_set.tenant_id,
        },
        "properties": {
            "activeKey": given_only({"keyUrl": encryption_set.key_url, "sourceVault": vault and {"id": vault}}),
            "encryptionType": encryption_set.encryption_type,
            "rotationToLatestKeyVersionEnabled": encryption_set.rotation_to_latest_key_version,
            "provisioningState": encryption_set.state,
        },
    }


def plan_document(plan: Plan) -> dict[str, Any]:
    """A Marketplace plan."""
    return given_only(
        {
            "name": plan.name,
            "publisher": plan.publisher,
            "product": plan.product,
            "promotionCode": plan.promotion_code,
        }
    )


def moment_text(moment: datetime) -> str:
    """A time as the disk and machine services write it."""
    return f"{moment:%Y-%m-%dT%H:%M:%S.%f}+00:00"


def _resource(volume: Volume, kind: str, own: Mapping[str, Any]) -> dict[str, Any]:
    properties = {
        **volume.settings,
        **_data(volume.data),
        "creationData": _creation(volume),
        "diskSizeGB": volume.size_gb,
        "diskSizeBytes": volume.size_gb * BYTES_OF_A_GIGABYTE,
        "uniqueId": volume.unique_id,
        "encryption": _encryption(volume.encryption),
        "networkAccessPolicy": volume.network_access_policy,
        "publicNetworkAccess": volume.public_network_access,
        "timeCreated": moment_text(volume.created),
        "provisioningState": volume.state,
        **own,
    }
    return {
        "id": volume.id.text,
        "name": volume.id.name,
        "type": kind,
        "location": volume.location,
        "tags": dict(volume.tags),
        "sku": {"name": volume.sku, "tier": _tier(volume.sku)},
        "properties": given_only(properties),
    }


def _data(data: VolumeData) -> dict[str, Any]:
    capabilities = given_only({"architecture": data.architecture, **data.capabilities})
    security = {"securityType": data.security, "secureVMDiskEncryptionSetId": data.security_encryption_set_id}
    return {
        "osType": data.os_type,
        "hyperVGeneration": data.hyper_v_generation,
        "supportedCapabilities": capabilities or None,
        "purchasePlan": None if data.plan is None else plan_document(data.plan),
        "securityProfile": given_only(security) or None,
        "encryptionSettingsCollection": data.encryption_settings,
    }


def _creation(volume: Volume) -> dict[str, Any]:
    creation, image = volume.creation, volume.creation.image
    return given_only(
        {
            **creation.settings,
            "createOption": creation.option,
            "sourceResourceId": creation.source_id,
            "sourceUniqueId": creation.source_unique_id,
            "sourceUri": creation.source_uri,
            "storageAccountId": creation.storage_account_id,
            "uploadSizeBytes": creation.upload_size_bytes,
            "imageReference": image and {"id": image.id_in(volume.id.subscription, volume.location)},
        }
    )


def _encryption(encryption: Encryption) -> dict[str, Any]:
    return given_only({"type": encryption.type, "diskEncryptionSetId": encryption.encryption_set_id})


def _tier(sku: str) -> str:
    return _TIERS.get(sku.partition("_")[0], _PREMIUM)


def given_only(document: Mapping[str, Any]) -> dict[str, Any]:
    """A document without the members that are None."""
    return {key: value for key, value in document.items() if value is not None}
