"""Virtual machines, disks and snapshots in Resource Manager's JSON."""

import re

from azure_batch_operator.cloud.wire import child, children, number, optional_text, text, text_or, texts
from azure_batch_operator.core.compute_ids import ComputeName, compute_name
from azure_batch_operator.core.json import JsonObject
from azure_batch_operator.core.machines import (
    COMPLETE,
    AttachedDisk,
    MarketplaceImage,
    ObservedDisk,
    ObservedMachine,
    PurchasePlan,
    SecurityType,
)
from azure_batch_operator.core.names import region

_MARKETPLACE_ID = re.compile(
    r"/Publishers/(?P<publisher>[^/]+)/ArtifactTypes/VMImage/Offers/(?P<offer>[^/]+)/Skus/(?P<sku>[^/]+)",
    re.IGNORECASE,
)


def machine_from(name: ComputeName, body: JsonObject) -> ObservedMachine:
    """The machine that an answer with instance view shows."""
    properties = child(body, "properties")
    storage, view = child(properties, "storageProfile"), child(properties, "instanceView")
    return ObservedMachine(
        name=name,
        location=region(text(body, "location")),
        provisioning_state=text_or(properties, "provisioningState", ""),
        power=_status(view, "PowerState"),
        generalized=_status(view, "OSState").casefold() == "generalized",
        os_type=text_or(child(storage, "osDisk"), "osType", ""),
        hyper_v_generation=optional_text(view, "hyperVGeneration"),
        security_type=_security(text_or(child(properties, "securityProfile"), "securityType", "")),
        os_disk=_attached(child(storage, "osDisk"), lun=None),
        data_disks=tuple(_attached(disk, lun=number(disk, "lun")) for disk in children(storage, "dataDisks")),
        extensions=_extensions(body, view),
        plan=_plan(child(body, "plan")),
        origin=_origin(child(storage, "imageReference")),
    )


def disk_from(name: ComputeName, body: JsonObject) -> ObservedDisk:
    """The managed disk or snapshot that an answer shows."""
    properties = child(body, "properties")
    completion = properties.get("completionPercent")
    return ObservedDisk(
        name=name,
        location=region(text(body, "location")),
        provisioning_state=text_or(properties, "provisioningState", ""),
        sku=text_or(child(body, "sku"), "name", ""),
        size_gb=number(properties, "diskSizeGB"),
        tags=texts(body, "tags"),
        os_type=optional_text(properties, "osType"),
        hyper_v_generation=optional_text(properties, "hyperVGeneration"),
        architecture=optional_text(child(properties, "supportedCapabilities"), "architecture"),
        security_type=_security(text_or(child(properties, "securityProfile"), "securityType", "")),
        encrypted_inside=child(properties, "encryptionSettingsCollection").get("enabled") is True,
        plan=_plan(child(properties, "purchasePlan")),
        origin=_origin(child(child(properties, "creationData"), "imageReference")),
        completion=float(completion) if isinstance(completion, (int, float)) else COMPLETE,
    )


def _attached(disk: JsonObject, *, lun: int | None) -> AttachedDisk:
    placed = child(disk, "diffDiskSettings")
    return AttachedDisk(
        lun=lun,
        disk=compute_name(text_or(child(disk, "managedDisk"), "id", "")),
        caching=text_or(disk, "caching", ""),
        ephemeral=text_or(placed, "option", "").casefold() == "local",
        on_temporary_disk=text_or(placed, "placement", "").casefold() == "resourcedisk",
        encrypted_inside=child(disk, "encryptionSettings").get("enabled") is True,
    )


def _status(view: JsonObject, kind: str) -> str:
    """What the instance view's status code of a kind says: `PowerState/running` is `running`."""
    codes = (text_or(status, "code", "").partition("/") for status in children(view, "statuses"))
    return next((value for found, _, value in codes if found.casefold() == kind.casefold()), "")


def _extensions(body: JsonObject, view: JsonObject) -> tuple[str, ...]:
    """Names of the extensions: as resources of the machine, and as its agent last told."""
    listed = (text_or(extension, "name", "") for extension in children(body, "resources"))
    told = (text_or(extension, "name", "") for extension in children(view, "extensions"))
    return tuple(dict.fromkeys(name.rpartition("/")[2] for name in (*listed, *told) if name))


def _security(name: str) -> SecurityType:
    """Disks of confidential machines tell in many words how they are encrypted."""
    if name.casefold() == "trustedlaunch":
        return "TrustedLaunch"
    return "ConfidentialVM" if name.casefold().startswith("confidentialvm") else "Standard"


def _plan(plan: JsonObject) -> PurchasePlan | None:
    if not plan:
        return None
    return PurchasePlan(
        name=text_or(plan, "name", ""), publisher=text_or(plan, "publisher", ""), product=text_or(plan, "product", "")
    )


def _origin(reference: JsonObject) -> MarketplaceImage | None:
    """A machine names its Marketplace image in parts, a disk by id; either may name an image of a gallery instead."""
    if found := _MARKETPLACE_ID.search(text_or(reference, "id", "")):
        return MarketplaceImage(publisher=found["publisher"], offer=found["offer"], sku=found["sku"])
    parts = [text_or(reference, part, "") for part in ("publisher", "offer", "sku")]
    return MarketplaceImage(publisher=parts[0], offer=parts[1], sku=parts[2]) if all(parts) else None
