"""Whether two values in a body mean the same, whatever their letter case, order, spelling and defaults."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import TypeAlias, TypeGuard

from azure_batch_operator.core import durations
from azure_batch_operator.core.confidential import Confidential, InSecret
from azure_batch_operator.core.formulas import plain_formula
from azure_batch_operator.core.json import Json, JsonObject

Path: TypeAlias = tuple[str, ...]

_CASELESS = frozenset(
    {
        # enumerations: documented in one letter case, answered in another
        *("access", "caching", "confidentialVMEncryptionType", "dynamicVNetAssignmentScope", "elevationLevel"),
        *(
            "ipFamilies",
            "jobDefaultOrder",
            "loginMode",
            "mode",
            "nodeFillType",
            "policy",
            "protocol",
            "provision",
            "scope",
            "securityType",
        ),
        *("storageAccountType", "targets", "type", "workingDirectory"),
        # names and resource ids that Azure compares without letter case
        *(
            "applicationId",
            "communityGalleryImageId",
            "diskEncryptionSetId",
            "secureVMDiskEncryptionSetId",
            "id",
            "ipAddressIds",
            "licenseType",
            "nodeAgentSKUId",
            "offer",
        ),
        *("publisher", "resourceId", "sharedGalleryImageId", "sku", "subnetId", "virtualMachineImageId", "vmSize"),
    }
)
_DURATIONS = frozenset({"autoScaleEvaluationInterval", "pauseTimeBetweenBatches"})
_KEYS: Mapping[str, tuple[str, ...]] = {
    "applicationPackageReferences": ("applicationId", "version"),
    "dataDiskImages": ("lun",),
    "dataDisks": ("lun",),
    "environmentSettings": ("name",),
    "extensions": ("name",),
    "inboundNATPools": ("name",),
    "metadata": ("name",),
    "networkSecurityGroupRules": ("priority",),
    "userAccounts": ("name",),
}
"""Lists of objects in which the order says nothing, by what tells their entries apart."""

_DEFAULTS: Mapping[Path, Json] = {
    ("autoScaleEvaluationInterval",): "PT15M",
    ("autoUser", "elevationLevel"): "nonadmin",
    ("autoUser", "scope"): "pool",
    ("containerSettings", "workingDirectory"): "taskworkingdirectory",
    ("dynamicVNetAssignmentScope",): "none",
    ("imageReference", "version"): "latest",
    ("jobDefaultOrder",): "none",
    ("maxTaskRetryCount",): 0,
    ("nodePlacementConfiguration", "policy"): "regional",
    ("nodeFillType",): "spread",
    ("provision",): "batchmanaged",
    ("taskSlotsPerNode",): 1,
    ("waitForSuccess",): True,
}
"""What the service means, and often answers, where nothing was written (texts of the Batch API's own reference)."""


def differing(wanted: Json, found: Json, path: Path, *, whole: bool) -> Iterator[Path]:
    """The paths at which `found` is not what `wanted` says.

    With `whole`, what `wanted` leaves out must be Azure's default; otherwise it may be anything. A secret is never
    compared: Azure shows most of them to nobody.
    """
    if isinstance(wanted, (InSecret, Confidential)):
        return
    if _is_object(wanted) and _is_object(found):
        yield from _in_objects(wanted, found, path, whole=whole)
    elif _is_list(wanted) and _is_list(found):
        yield from _in_lists(wanted, found, path, whole=whole)
    elif _meaning(wanted, path) != _meaning(found, path):
        yield path


def _in_objects(wanted: JsonObject, found: JsonObject, path: Path, *, whole: bool) -> Iterator[Path]:
    for name in sorted({*wanted, *found} if whole else wanted):
        yield from differing(wanted.get(name), found.get(name), (*path, name), whole=whole)


def _in_lists(wanted: Sequence[Json], found: Sequence[Json], path: Path, *, whole: bool) -> Iterator[Path]:
    keys = _KEYS.get(path[-1])
    if keys is not None:
        yield from _in_entries(_by_key(wanted, keys), _by_key(found, keys), path, whole=whole)
    elif _are_plain(wanted) and _are_plain(found):
        if _unordered(wanted, path) != _unordered(found, path):
            yield path
    elif len(wanted) != len(found) or any(
        any(differing(one, other, path, whole=whole)) for one, other in zip(wanted, found, strict=True)
    ):
        yield path


def _in_entries(wanted: Mapping[str, Json], found: Mapping[str, Json], path: Path, *, whole: bool) -> Iterator[Path]:
    for key in sorted({*wanted, *found}):
        if key in wanted and key in found:
            yield from differing(wanted[key], found[key], (*path, key), whole=whole)
        else:
            yield (*path, key)


def _by_key(entries: Sequence[Json], keys: tuple[str, ...]) -> dict[str, Json]:
    return {" ".join(_key_words(entry, keys)): entry for entry in entries if _is_object(entry)}


def _key_words(entry: JsonObject, keys: tuple[str, ...]) -> Iterator[str]:
    for key in keys:
        if entry.get(key) is not None:
            yield str(_plain(entry[key], key))


def _meaning(value: Json, path: Path) -> object:
    """A value in a form whose equality is equality of meaning; absent, empty and false are all None."""
    if _is_object(value):
        return value if any(differing({}, value, path, whole=True)) else None
    if _is_list(value):
        return _unordered(value, path) or None
    meant = _default(path) if value is None else value
    return None if meant is None or meant is False or meant == "" else _plain(meant, path[-1])


def _plain(value: Json, name: str) -> object:
    if not isinstance(value, str):
        return value
    if name in _DURATIONS:
        return _length(value)
    if name == "autoScaleFormula":
        return plain_formula(value)
    return value.casefold() if name in _CASELESS else value


def _length(text: str) -> timedelta | str:
    try:
        return durations.parse(text)
    except ValueError:
        return text


def _default(path: Path) -> Json:
    return _DEFAULTS.get(path[-2:], _DEFAULTS.get(path[-1:]))


def _unordered(values: Sequence[Json], path: Path) -> list[str]:
    return sorted(str(_plain(value, path[-1])) for value in values)


def _are_plain(values: Sequence[Json]) -> bool:
    return not any(_is_object(value) for value in values)


def _is_object(value: Json) -> TypeGuard[JsonObject]:
    return isinstance(value, Mapping)


def _is_list(value: Json) -> TypeGuard[Sequence[Json]]:
    return isinstance(value, Sequence) and not isinstance(value, str)
