"""The rules that a source must keep: its system must fit the definition, and its disks what Azure makes images of."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from azure_batch_operator.core.json import Json, JsonObject
from azure_batch_operator.core.machines import ObservedDisk, PurchasePlan
from azure_batch_operator.core.names import same
from azure_batch_operator.core.sources import Objection

MOST_OS_DISK_GB = 2048
"""Larger images are never replicated in full (Microsoft's page 'Troubleshoot problems with shared images')."""

MOST_DATA_DISK_GB = 1024

_ANOTHER = "name another source, or make another GalleryImage."

_UNSUPPORTED_DISKS = {"ultrassd_lrs": "an Ultra disk", "premiumv2_lrs": "a Premium SSD v2 disk"}
"""By SKU; images hold neither (Microsoft's page 'Azure managed disk types')."""

_GUEST_STATE = frozenset({"trustedlaunch", "confidentialvm"})
"""Security types with state beside the disks: it fits images of the same type only. All others fit each other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """The operating system of a source, as far as Azure tells it; None: not told, and so not judged."""

    told: str
    """What has it, for a sentence that begins with it."""
    os_type: str | None = None
    generation: str | None = None
    architecture: str | None = None
    security_type: str | None = None
    plan: PurchasePlan | None = None
    tells_plan: bool = True
    """Whether the lack of a plan means that there is none."""


def system_objections(definition: JsonObject, system: System) -> Iterator[Objection]:
    """Where operating system, generation, architecture, security type or plan are not those of the definition."""
    yield from _difference(definition, system, "osType", system.os_type, "holds {}")
    yield from _difference(definition, system, "hyperVGeneration", system.generation, "is of generation {}")
    yield from _difference(definition, system, "architecture", system.architecture, "is made for {}")
    yield from _security_objections(security_type_of(definition), system)
    if system.tells_plan:
        yield from _plan_objections(plan_of(definition.get("purchasePlan")), system)


def disk_objections(disk: ObservedDisk, words: str, *, is_os: bool) -> Iterator[Objection]:
    """What of a disk or snapshot keeps Azure from making an image of it; `words` name it."""
    if disk.encrypted_inside:
        yield encrypted_inside(words)
    if kind := _UNSUPPORTED_DISKS.get(disk.sku.casefold()):
        yield Objection(
            reason="SourceDiskUnsupported",
            message=f"{words} is {kind}, of which Azure makes no images: copy it to a Premium or Standard disk.",
        )
    most = MOST_OS_DISK_GB if is_os else MOST_DATA_DISK_GB
    if disk.size_gb > most:
        yield Objection(
            reason="SourceTooLarge",
            message=f"{words} has {disk.size_gb:,} GB; {'OS' if is_os else 'data'} disks of images have at most "
            f"{most:,} GB: use a smaller one.",
        )


def encrypted_inside(words: str) -> Objection:
    """A disk that Azure Disk Encryption encrypted."""
    return Objection(
        reason="SourceEncrypted",
        message=f"{words} is encrypted by Azure Disk Encryption, which no other machine can read: decrypt it, and "
        f"encrypt the version's replicas instead.",
    )


def security_type_of(definition: JsonObject) -> str:
    """The security type that a definition's features name; Azure's word for none is Standard."""
    features = definition.get("features")
    listed = features if isinstance(features, (list, tuple)) else ()
    named = (feature for feature in listed if isinstance(feature, Mapping))
    values = (str(feature.get("value")) for feature in named if same(str(feature.get("name")), "SecurityType"))
    return next(values, "Standard")


def plan_of(properties: Json) -> PurchasePlan | None:
    """The purchase plan of a definition, in wire form."""
    if not isinstance(properties, Mapping):
        return None
    return PurchasePlan(
        name=str(properties.get("name", "")),
        publisher=str(properties.get("publisher", "")),
        product=str(properties.get("product", "")),
    )


def _difference(
    definition: JsonObject, system: System, field: str, found: str | None, words: str
) -> Iterator[Objection]:
    wanted = definition.get(field)
    if found is None or wanted is None or same(str(wanted), found):
        return
    yield Objection(
        reason="SourceMismatch",
        message=f"{system.told} {words.format(found)}, spec.definition.{field} is {wanted}: {_ANOTHER}",
    )


def _security_objections(wanted: str, system: System) -> Iterator[Objection]:
    found = system.security_type
    if found is None or same(found, wanted) or not {found.casefold(), wanted.casefold()} & _GUEST_STATE:
        return
    yield Objection(
        reason="SourceMismatch",
        message=f"{system.told} has the security type {found}, spec.definition.features asks for {wanted}: {_ANOTHER}",
    )


def _plan_objections(wanted: PurchasePlan | None, system: System) -> Iterator[Objection]:
    """A plan travels with the software: the definition must have the same one, or like the source none."""
    found = system.plan
    if _folded(found) == _folded(wanted):
        return
    if found is None:
        said = f"{system.told} has no purchase plan, spec.definition.purchasePlan is {wanted}: take it out"
    elif wanted is None:
        said = f"{system.told} has the purchase plan {found}: write it as spec.definition.purchasePlan"
    else:
        said = f"{system.told} has the purchase plan {found}, spec.definition.purchasePlan is {wanted}: write the same"
    yield Objection(reason="PurchasePlanMismatch", message=f"{said}, in a GalleryImage that has no definition yet.")


def _folded(plan: PurchasePlan | None) -> str | None:
    return None if plan is None else str(plan).casefold()
