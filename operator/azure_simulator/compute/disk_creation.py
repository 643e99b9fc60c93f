"""How disks and snapshots come to be: the rules for `creationData`, and what is taken over from a source.

The rules are those of "Create an incremental snapshot", "Copy an incremental snapshot to a new region" and
"Server-side encryption of Azure managed disks" (learn.microsoft.com).
"""

import re
from dataclasses import dataclass, replace

from aiohttp import web

from azure_simulator.answers import ArmError
from azure_simulator.arm_bodies import missing
from azure_simulator.arm_ids import ResourceId
from azure_simulator.compute.blobs import Blob, token_of, without_token
from azure_simulator.compute.disk_bodies import (
    CreationData,
    DiskBody,
    SnapshotBody,
    SnapshotProperties,
    VolumeProperties,
)
from azure_simulator.compute.disk_contents import described
from azure_simulator.compute.disk_encryption import encryption_of
from azure_simulator.compute.linked_scopes import require_linked
from azure_simulator.compute.models import Compute
from azure_simulator.compute.nesting import compute_of
from azure_simulator.compute.snapshots import Snapshot
from azure_simulator.compute.volumes import BYTES_OF_A_GIGABYTE, Creation, Encryption, Volume, VolumeData
from azure_simulator.resources.admission import not_found

_NAME = re.compile(r"[A-Za-z0-9_]([\w.-]{0,78}\w)?", re.ASCII)
_UPLOAD_FOOTER_BYTES = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """What a new disk or snapshot has from the start; `copied` is what its bytes come from, if from a resource."""

    data: VolumeData
    creation: Creation
    encryption: Encryption
    copied: Volume | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A request for a new disk or snapshot: who asks, for what and where, and how it is to be made."""

    request: web.Request
    about: ResourceId
    location: str
    properties: VolumeProperties
    creation_data: CreationData

    @property
    def compute(self) -> Compute:
        """The compute service."""
        return compute_of(self.request)


def order_of(request: web.Request, about: ResourceId, location: str, properties: VolumeProperties) -> Order:
    """The request for `about`; raises ArmError 400 when it does not say how it is to be made."""
    if properties.creation_data is None:
        raise missing("creationData")
    return Order(
        request=request,
        about=about,
        location=location,
        properties=properties,
        creation_data=properties.creation_data,
    )


def check_name(resource_id: ResourceId) -> None:
    """Refuse a name that disks and snapshots must not have; raises ArmError 400 `InvalidParameter`."""
    if not _NAME.fullmatch(resource_id.name):
        raise ArmError(
            400,
            "InvalidParameter",
            f"The name '{resource_id.name}' is not valid: it has 1 to 80 letters, digits, underscores, periods and "
            "hyphens, and begins and ends with a letter, a digit or an underscore.",
            target=resource_id.path[-1][0],
        )


def refuse_edge_zone(body: DiskBody | SnapshotBody) -> None:
    """Refuse what is to be in an edge zone, which no region here has; raises ArmError 501."""
    if body.extended_location is not None:
        kind = "Disks" if isinstance(body, DiskBody) else "Snapshots"
        raise _not_simulated(f"{kind}_CreateOrUpdate in an extended location")


def origin_of(order: Order) -> Origin:
    """What the new disk or snapshot begins as; raises ArmError for a rule that is broken."""
    origin = _origin(order)
    return replace(origin, creation=replace(origin.creation, settings=order.creation_data.settings()))


def _origin(order: Order) -> Origin:
    option = order.creation_data.create_option
    is_snapshot = isinstance(order.properties, SnapshotProperties)
    match option:
        case "Copy":
            return _copy(order)
        case "CopyStart" if is_snapshot:
            return _copy(order)
        case "Import":
            return _import(order)
        case "Empty":
            return _empty(order)
        case "Upload" if not is_snapshot:
            return _upload(order)
        case _:
            kind = "Snapshots" if is_snapshot else "Disks"
            raise _not_simulated(f"{kind}_CreateOrUpdate with the createOption {option}")


def _copy(order: Order) -> Origin:
    source = _source(order)
    _check_source(order, source)
    data = described(source.data, order.properties)
    if data.size_gb < source.size_gb:
        raise _invalid(
            f"The requested disk size {data.size_gb} GB is smaller than the source's {source.size_gb} GB.",
            "diskSizeGB",
        )
    creation = Creation(
        option=order.creation_data.create_option, source_id=source.id.text, source_unique_id=source.unique_id
    )
    return Origin(data=data, creation=creation, encryption=_encryption(order, source), copied=source)


def _source(order: Order) -> Volume:
    text = order.creation_data.source_resource_id
    if text is None:
        raise missing("creationData.sourceResourceId")
    source_id = ResourceId.parse(text)
    if source_id is None:
        raise _invalid(f"The id '{text}' names no disk or snapshot.", "creationData.sourceResourceId")
    require_linked(order.request, order.about, source_id, "beginGetAccess/action")
    source = order.compute.find_disk(source_id.text) or order.compute.find_snapshot(source_id.text)
    if source is None:
        raise not_found(source_id)
    return source


def _check_source(order: Order, source: Volume) -> None:
    if source.state != "Succeeded" or source.completion_percent < 100:
        raise ArmError(
            409,
            "OperationNotAllowed",
            f"The source '{source.id.text}' cannot be copied: its provisioning state is {source.state}, and "
            f"{source.completion_percent:.0f} percent of its data are there.",
        )
    across_regions = order.creation_data.create_option == "CopyStart"
    if not across_regions and source.location != order.location:
        raise _invalid(
            f"The source '{source.id.text}' is in {source.location}, but '{order.about.name}' is to be in "
            f"{order.location}; only CopyStart copies across regions.",
            "creationData.sourceResourceId",
        )
    if isinstance(order.properties, SnapshotProperties):
        _check_incremental(source, incremental=bool(order.properties.incremental), across_regions=across_regions)


def _check_incremental(source: Volume, *, incremental: bool, across_regions: bool) -> None:
    if across_regions and not (incremental and isinstance(source, Snapshot) and source.incremental):
        raise _invalid("CopyStart makes incremental snapshots of incremental snapshots only.", "incremental")
    if not incremental and source.sku in {"UltraSSD_LRS", "PremiumV2_LRS"}:
        raise _invalid(f"Only incremental snapshots are supported for disks of type {source.sku}.", "incremental")


def _import(order: Order) -> Origin:
    uri = order.creation_data.source_uri
    if uri is None:
        raise missing("creationData.sourceUri")
    blob = order.compute.blobs.find(uri)
    if blob is None:
        raise ArmError(404, "NotFound", f"The blob '{without_token(uri)}' is not found.", target="sourceUri")
    _check_blob(order, blob, token_of(uri))
    creation = Creation(
        option="Import", source_uri=without_token(uri), storage_account_id=order.creation_data.storage_account_id
    )
    data = described(blob.data, order.properties)
    return Origin(data=data, creation=creation, encryption=_encryption(order, None))


def _check_blob(order: Order, blob: Blob, token: str) -> None:
    if not blob.opens_with(token, order.compute.clock.now()):
        raise ArmError(403, "AccessDenied", f"The blob '{blob.uri}' cannot be read with the token in its URI.")
    if not token:
        require_linked(order.request, order.about, blob.account_id, "listKeys/action")
    if blob.location != order.location:
        raise _invalid(
            f"The blob '{blob.uri}' is in {blob.location}, but '{order.about.name}' is to be in {order.location}.",
            "creationData.sourceUri",
        )


def _empty(order: Order) -> Origin:
    if order.properties.disk_size_gb is None:
        raise missing("diskSizeGB")
    data = described(VolumeData(size_gb=order.properties.disk_size_gb), order.properties)
    return Origin(data=data, creation=Creation(option="Empty"), encryption=_encryption(order, None))


def _upload(order: Order) -> Origin:
    size = order.creation_data.upload_size_bytes
    if size is None:
        raise missing("creationData.uploadSizeBytes")
    data = VolumeData(size_gb=max(1, (size - _UPLOAD_FOOTER_BYTES) // BYTES_OF_A_GIGABYTE))
    creation = Creation(option="Upload", upload_size_bytes=size)
    return Origin(data=described(data, order.properties), creation=creation, encryption=_encryption(order, None))


def _encryption(order: Order, source: Volume | None) -> Encryption:
    inherited = source.encryption if source is not None and source.location == order.location else Encryption()
    return encryption_of(order.request, order.about, order.location, order.properties.encryption) or inherited


def _not_simulated(what: str) -> ArmError:
    return ArmError(501, "NotImplemented", f"The Azure simulator does not simulate the operation {what}.")


def _invalid(message: str, target: str) -> ArmError:
    return ArmError(400, "InvalidParameter", message, target=target)
