"""Which members of galleries, definitions and versions each api-version of the gallery service knows.

The versions are those in whose official documents (Azure/azure-rest-api-specs) a member first stands.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from azure_simulator.answers import ArmError
from azure_simulator.arm_bodies import Body

Path = tuple[str, ...]
EVERY = "*"

_FIRST_KNOWN: Mapping[Path, str] = {
    ("hyperVGeneration",): "2019-07-01",
    ("features",): "2020-09-30",
    ("architecture",): "2021-10-01",
    ("allowUpdateImage",): "2024-03-03",
    ("sharingProfile",): "2020-09-30",
    ("softDeletePolicy",): "2021-07-01",
    ("softDeletePolicy", "retentionPeriodInDays"): "2026-03-03",
    ("softDeletePolicy", "gracePeriodInDays"): "2026-03-03",
    ("sharingProfile", "communityGalleryInfo"): "2021-07-01",
    ("publishingProfile", "replicationMode"): "2021-07-01",
    ("publishingProfile", "storageAccountStrategy"): "2025-03-03",
    ("publishingProfile", "targetRegions", EVERY, "encryption"): "2019-12-01",
    ("publishingProfile", "targetRegions", EVERY, "excludeFromLatest"): "2022-08-03",
    ("publishingProfile", "targetRegions", EVERY, "additionalReplicaSets"): "2024-03-03",
    ("storageProfile", "source"): "2019-07-01",
    ("storageProfile", "source", "virtualMachineId"): "2023-07-03",
    ("storageProfile", "osDiskImage", "source"): "2019-07-01",
    ("storageProfile", "osDiskImage", "source", "storageAccountId"): "2022-03-03",
    ("storageProfile", "dataDiskImages", EVERY, "source"): "2019-07-01",
    ("storageProfile", "dataDiskImages", EVERY, "source", "storageAccountId"): "2022-03-03",
    ("restore",): "2024-03-03",
    ("safetyProfile",): "2022-08-03",
    ("safetyProfile", "blockDeletionBeforeEndOfLife"): "2024-03-03",
    ("securityProfile",): "2023-07-03",
}
_FIRST_WITH_STORAGE_SOURCE = "2019-07-01"


def known_part(document: Mapping[str, Any], api_version: str) -> dict[str, Any]:
    """A resource without the properties that `api_version` does not know."""
    properties = _pruned(document["properties"], (), api_version)
    return {**document, "properties": _with_source_of_its_time(document, properties, api_version)}


def refuse_unknown_members(body: Body, api_version: str, root: str) -> None:
    """Refuse a body with a property that came after `api_version`, or was gone by then."""
    properties = body.document().get("properties") or {}
    for path in _paths(properties, ()):
        if _is_unknown(path, api_version):
            raise ArmError(
                400,
                "BadRequest",
                f"Could not find member '{path[-1]}' on object of type '{root}'. Path 'properties.{'.'.join(path)}'.",
                target=f"properties.{'.'.join(path)}",
            )


def _is_unknown(path: Path, api_version: str) -> bool:
    if path == ("publishingProfile", "source"):
        return api_version >= _FIRST_WITH_STORAGE_SOURCE
    return api_version < _FIRST_KNOWN.get(path, "")


def _pruned(value: Any, path: Path, api_version: str) -> Any:
    match value:
        case dict():
            inner = ((key, _pruned(member, (*path, key), api_version)) for key, member in value.items())
            return {key: member for key, member in inner if not _is_unknown((*path, key), api_version)}
        case list():
            return [_pruned(member, (*path, EVERY), api_version) for member in value]
        case _:
            return value


def _paths(value: Any, path: Path) -> Iterator[Path]:
    match value:
        case dict():
            for key, member in value.items():
                yield (*path, key)
                yield from _paths(member, (*path, key))
        case list():
            for member in value:
                yield from _paths(member, (*path, EVERY))
        case _:
            return


def _with_source_of_its_time(
    document: Mapping[str, Any], properties: dict[str, Any], api_version: str
) -> dict[str, Any]:
    """Until storage profiles had a source, publishing profiles had it."""
    source = document["properties"].get("storageProfile", {}).get("source")
    if source is None or "id" not in source or api_version >= _FIRST_WITH_STORAGE_SOURCE:
        return properties
    publishing = {**properties["publishingProfile"], "source": {"managedImage": {"id": source["id"]}}}
    return {**properties, "publishingProfile": publishing}
