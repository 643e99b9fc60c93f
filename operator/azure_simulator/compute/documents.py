"""Compute resources as the service answers them: defaults filled in, regions in their display form."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from azure_simulator.compute.galleries import DefinitionText, Gallery, ImageDefinition, SoftDeletion
from azure_simulator.compute.generations import known_part
from azure_simulator.compute.images import ManagedImage
from azure_simulator.compute.models import DEFINITION, GALLERY, IMAGE, VERSION
from azure_simulator.compute.versions import CopyStatus, Disk, ImageVersion, RegionalCopy
from azure_simulator.resources.locations import display_name


def gallery_document(
    gallery: Gallery, api_version: str, *, with_sharing: bool = False, with_groups: bool = False
) -> dict[str, Any]:
    """A gallery as `api_version` knows it; that it is private is told only if it was asked for."""
    sharing, policy = gallery.sharing, gallery.soft_delete
    shown = with_sharing or with_groups or sharing.permissions != "Private"
    properties = {
        "description": gallery.description,
        "identifier": {"uniqueName": gallery.unique_name},
        "sharingProfile": sharing.document(with_groups=with_groups) if shown else None,
        "softDeletePolicy": _soft_delete(policy) if policy.enabled else None,
        "provisioningState": gallery.state,
    }
    document = _resource(gallery.id.text, GALLERY, gallery.location, gallery.tags, properties)
    return known_part(document, api_version)


def _soft_delete(policy: SoftDeletion) -> dict[str, Any]:
    return {
        "isSoftDeleteEnabled": policy.enabled,
        "retentionPeriodInDays": policy.retention_days,
        "gracePeriodInDays": policy.grace_days,
    }


def definition_document(definition: ImageDefinition, api_version: str) -> dict[str, Any]:
    """An image definition as `api_version` knows it."""
    properties = {
        "osType": definition.os_type,
        "osState": definition.os_state,
        "hyperVGeneration": definition.hyper_v_generation,
        "architecture": definition.architecture,
        "identifier": definition.identifier.document(),
        "features": [feature.document() for feature in definition.features] or None,
        **_text(definition.text),
        "provisioningState": definition.state,
    }
    document = _resource(definition.id.text, DEFINITION, definition.location, definition.tags, properties)
    return known_part(document, api_version)


def version_document(version: ImageVersion, api_version: str, *, with_status: bool) -> dict[str, Any]:
    """An image version as `api_version` knows it, with `replicationStatus` only if it was asked for."""
    properties = {
        "publishingProfile": _publishing(version),
        "storageProfile": _storage(version),
        "safetyProfile": {
            "allowDeletionOfReplicatedLocations": version.safety.allow_deletion_of_replicated_locations,
            "reportedForPolicyViolation": False,
            "blockDeletionBeforeEndOfLife": version.safety.block_deletion_before_end_of_life,
        },
        "securityProfile": version.security_profile,
        "provisioningState": version.state,
        "replicationStatus": _replication(version.status) if with_status else None,
    }
    document = _resource(version.id.text, VERSION, version.location, version.tags, properties)
    return known_part(document, api_version)


def image_document(image: ManagedImage) -> dict[str, Any]:
    """A managed image."""
    vm = image.source_virtual_machine
    properties = {
        "sourceVirtualMachine": None if vm is None else {"id": vm},
        "storageProfile": image.storage.document() | {"dataDisks": _data_disks(image)},
        "hyperVGeneration": image.hyper_v_generation,
        "provisioningState": image.state,
    }
    return _resource(image.id.text, IMAGE, image.location, image.tags, properties)


def _resource(
    resource_id: str, kind: str, location: str, tags: Mapping[str, str], properties: Mapping[str, Any]
) -> dict[str, Any]:
    return {
        "id": resource_id,
        "name": resource_id.rsplit("/", 1)[-1],
        "type": kind,
        "location": location,
        "tags": dict(tags),
        "properties": {key: value for key, value in properties.items() if value is not None},
    }


def _text(text: DefinitionText) -> dict[str, Any]:
    return {
        "description": text.description,
        "eula": text.eula,
        "privacyStatementUri": text.privacy_statement_uri,
        "releaseNoteUri": text.release_note_uri,
        "endOfLifeDate": _moment(text.end_of_life_date),
        "recommended": None if text.recommended is None else text.recommended.document(),
        "disallowed": None if text.disallowed is None else text.disallowed.document(),
        "purchasePlan": None if text.purchase_plan is None else text.purchase_plan.document(),
    }


def _publishing(version: ImageVersion) -> dict[str, Any]:
    publishing = version.publishing
    document = {
        "targetRegions": [_region(copy) for copy in version.copies.values()],
        "replicaCount": publishing.replica_count,
        "excludeFromLatest": publishing.exclude_from_latest,
        "publishedDate": _moment(version.published),
        "endOfLifeDate": _moment(publishing.end_of_life_date),
        "storageAccountType": publishing.storage_type,
        "storageAccountStrategy": publishing.storage_strategy,
        "replicationMode": publishing.replication_mode,
    }
    return {key: value for key, value in document.items() if value is not None}


def _region(copy: RegionalCopy) -> dict[str, Any]:
    extra = {
        "encryption": None if copy.encryption is None else copy.encryption.document(),
        "additionalReplicaSets": [replicas.document() for replicas in copy.additional_sets] or None,
    }
    return {
        "name": display_name(copy.region),
        "regionalReplicaCount": copy.replicas,
        "storageAccountType": copy.storage_type,
        "excludeFromLatest": copy.exclude_from_latest,
        **{key: value for key, value in extra.items() if value is not None},
    }


def _storage(version: ImageVersion) -> dict[str, Any]:
    contents = version.contents
    source = {} if contents.source is None else {"source": contents.source.document()}
    disks = [{"lun": disk.lun, **_disk(disk)} for disk in contents.data_disks]
    return {**source, "osDiskImage": _disk(contents.os_disk), **({"dataDiskImages": disks} if disks else {})}


def _disk(disk: Disk) -> dict[str, Any]:
    source = {} if disk.source is None else disk.source.document()
    return {"sizeInGB": disk.size_gb, "hostCaching": disk.caching, "source": source}


def _replication(status: tuple[CopyStatus, ...]) -> dict[str, Any]:
    states = {copy.state for copy in status}
    match states:
        case _ if "Failed" in states:
            aggregated = "Failed"
        case _ if "Replicating" in states:
            aggregated = "InProgress"
        case _ if "Unknown" in states or not states:
            aggregated = "Unknown"
        case _:
            aggregated = "Completed"
    summary = [
        {
            "region": display_name(copy.region),
            "state": copy.state,
            "details": copy.details,
            "progress": copy.progress,
        }
        for copy in status
    ]
    return {"aggregatedState": aggregated, "summary": summary}


def _data_disks(image: ManagedImage) -> list[dict[str, Any]]:
    return [disk.document() for disk in image.storage.data_disks]


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else f"{moment:%Y-%m-%dT%H:%M:%S.%f}0+00:00"
