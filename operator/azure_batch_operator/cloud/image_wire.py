"""Galleries, definitions, versions and managed images in Resource Manager's JSON."""

from contextlib import suppress
from datetime import UTC, datetime
from typing import cast, get_args

from azure_batch_operator.cloud.refusals import cleaned
from azure_batch_operator.cloud.wire import child, children, number, optional_number, text, text_or, texts
from azure_batch_operator.core.images import (
    ObservedDefinition,
    ObservedGallery,
    ObservedManagedImage,
    ObservedRegion,
    ObservedVersion,
    ReplicationState,
)
from azure_batch_operator.core.json import JsonObject
from azure_batch_operator.core.names import DefinitionName, GalleryName, VersionName, region


def gallery_from(name: GalleryName, body: JsonObject) -> ObservedGallery:
    """The gallery that an answer shows; its id is the asked one, so that keys do not depend on Azure's letter case."""
    properties = child(body, "properties")
    return ObservedGallery(
        id=name.id,
        location=region(text(body, "location")),
        provisioning_state=_provisioning_state(body),
        tags=texts(body, "tags"),
        description=text_or(properties, "description", "") or None,
        permissions=text_or(child(properties, "sharingProfile"), "permissions", "") or None,
        keeps_deleted=child(properties, "softDeletePolicy").get("isSoftDeleteEnabled") is True,
    )


def definition_from(name: DefinitionName, body: JsonObject) -> ObservedDefinition:
    """The image definition that an answer shows."""
    properties = child(body, "properties")
    return ObservedDefinition(
        name=name,
        location=region(text(body, "location")),
        provisioning_state=_provisioning_state(body),
        tags=texts(body, "tags"),
        properties=properties,
        end_of_life=_time(text_or(properties, "endOfLifeDate", "")),
    )


def version_from(name: VersionName, body: JsonObject) -> ObservedVersion:
    """The image version that an answer shows, with or without replication status."""
    properties = child(body, "properties")
    profile = child(properties, "publishingProfile")
    status = properties.get("replicationStatus")
    return ObservedVersion(
        name=name,
        location=region(text(body, "location")),
        provisioning_state=_provisioning_state(body),
        tags=texts(body, "tags"),
        regions=_regions(profile, child(properties, "replicationStatus")),
        publishing_profile=profile,
        safety_profile=child(properties, "safetyProfile"),
        published_at=_time(text_or(profile, "publishedDate", "")),
        end_of_life=_time(text_or(profile, "endOfLifeDate", "")),
        replication_read=status is not None,
    )


def managed_image_from(image_id: str, body: JsonObject) -> ObservedManagedImage:
    """The managed image that an answer shows; Azure's default generation is V1."""
    properties = child(body, "properties")
    disk = child(child(properties, "storageProfile"), "osDisk")
    return ObservedManagedImage(
        id=image_id,
        location=region(text(body, "location")),
        provisioning_state=_provisioning_state(body),
        os_type=text_or(disk, "osType", ""),
        os_state=text_or(disk, "osState", ""),
        hyper_v_generation=text_or(properties, "hyperVGeneration", "V1"),
    )


def _regions(profile: JsonObject, status: JsonObject) -> tuple[ObservedRegion, ...]:
    replication = {region(text(entry, "region")): entry for entry in children(status, "summary")}
    default = optional_number(profile, "replicaCount") or 1
    return tuple(
        _region(target, replication.get(region(text(target, "name"))), default)
        for target in children(profile, "targetRegions")
    )


def _region(target: JsonObject, replication: JsonObject | None, default: int) -> ObservedRegion:
    return ObservedRegion(
        key=region(text(target, "name")),
        replicas=optional_number(target, "regionalReplicaCount") or default,
        raw=target,
        state=None if replication is None else _state(text_or(replication, "state", "")),
        progress=None if replication is None else number(replication, "progress"),
        details="" if replication is None else cleaned(text_or(replication, "details", "")),
    )


def _state(name: str) -> ReplicationState:
    """A state that we do not know is Unknown: it never counts as ready."""
    known = {state.casefold(): state for state in get_args(ReplicationState)}
    return cast("ReplicationState", known.get(name.casefold(), "Unknown"))


def _provisioning_state(body: JsonObject) -> str:
    return text_or(child(body, "properties"), "provisioningState", "")


def _time(text: str) -> datetime | None:
    """A moment; where Azure names no zone it means UTC."""
    with suppress(ValueError):
        moment = datetime.fromisoformat(text)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return None
