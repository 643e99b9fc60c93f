"""What may change of a disk or snapshot, and what never does."""

from collections.abc import Mapping

from aiohttp import web

from azure_simulator.answers import ArmError
from azure_simulator.arm_bodies import change_not_allowed
from azure_simulator.arm_ids import key_of
from azure_simulator.compute.concurrent_writes import refuse_concurrent_write
from azure_simulator.compute.disk_bodies import CreationData, VolumeProperties
from azure_simulator.compute.disk_contents import with_changes
from azure_simulator.compute.disk_encryption import encryption_of
from azure_simulator.compute.volumes import BYTES_OF_A_GIGABYTE, Creation, Volume
from azure_simulator.resources.tags import check_tags


def change_volume(request: web.Request, volume: Volume, properties: VolumeProperties, sku: str | None) -> None:
    """Change what the properties name, and the storage type if one is given; raises ArmError before any change."""
    refuse_concurrent_write(volume.state)
    _refuse_change(volume, properties)
    encryption = encryption_of(request, volume.id, volume.location, properties.encryption)
    volume.data = with_changes(volume.data, properties)
    volume.encryption = encryption or volume.encryption
    volume.sku = sku or volume.sku
    volume.settings = volume.settings | properties.settings()
    volume.network_access_policy = properties.network_access_policy or volume.network_access_policy
    volume.public_network_access = properties.public_network_access or volume.public_network_access


def change_tags(volume: Volume, tags: Mapping[str, str] | None) -> None:
    """Give it these tags and no others; None: those that it has."""
    if tags is not None:
        check_tags(tags)
        volume.tags = dict(tags)


def _refuse_change(volume: Volume, properties: VolumeProperties) -> None:
    made = properties.creation_data
    if made is not None and not _is_same(made, volume.creation):
        raise change_not_allowed("creationData")
    if properties.hyper_v_generation not in {None, volume.hyper_v_generation}:
        raise change_not_allowed("hyperVGeneration")
    security = properties.security_profile
    if security is not None and security.security_type not in {None, volume.data.security}:
        raise change_not_allowed("securityProfile.securityType")
    if properties.disk_size_gb is not None and properties.disk_size_gb < volume.size_gb:
        raise ArmError(
            409,
            "OperationNotAllowed",
            f"Disk size reduction is not supported. Current size is {volume.size_gb * BYTES_OF_A_GIGABYTE} bytes, "
            f"requested size is {properties.disk_size_gb * BYTES_OF_A_GIGABYTE} bytes.",
            target="diskSizeGB",
        )


def _is_same(asked: CreationData, made: Creation) -> bool:
    return (
        asked.create_option == made.option
        and key_of(asked.source_resource_id or "") == key_of(made.source_id or "")
        and (asked.source_uri or "") == (made.source_uri or "")
    )
