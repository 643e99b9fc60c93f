"""The two kinds of resources as the overview sees them; nothing in a status is so wrong that it cannot be shown."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from azure_batch_operator.api.image_status import GalleryImageStatus, ImageUser, RegionStatus
from azure_batch_operator.api.objects import Condition
from azure_batch_operator.api.pool_status import BatchPoolStatus, PendingChange
from azure_batch_operator.core.conditions import ConditionType
from azure_batch_operator.core.names import region
from azure_batch_operator.core.overview import Name, SeenImage, SeenPool, SeenRegion, Share, State, User, Verdict

Body = Mapping[str, Any]

_UNSEEN = Verdict(
    state=State.UNSEEN,
    reason="NotSeen",
    message="The operator has said nothing of it yet: is it running, and does it watch this namespace?",
)
_UNREADABLE = Verdict(
    state=State.UNSEEN,
    reason="Unreadable",
    message="Its status cannot be read: another version of the operator wrote it; install the same version of both.",
)


def seen_image(body: Body) -> SeenImage:
    """A GalleryImage from its body."""
    namespace, name = _name(body)
    try:
        status = GalleryImageStatus.model_validate(body.get("status") or {})
    except ValidationError:
        return SeenImage(namespace=namespace, name=name, verdict=_UNREADABLE)
    return SeenImage(
        namespace=namespace,
        name=name,
        verdict=_verdict(body, status.conditions, status.observed_generation),
        version=status.version or body["spec"].get("version"),
        definition_id=status.definition_id,
        regions=tuple(_region(each) for each in status.regions),
        users=tuple(_user(each) for each in status.pools),
        user_count=status.pool_count or 0,
        nodes=status.summary.nodes if status.summary else None,
    )


def seen_pool(body: Body) -> SeenPool:
    """A BatchPool from its body."""
    spec, (namespace, name) = body["spec"], _name(body)
    account = spec.get("account") or {}
    read = SeenPool(
        namespace=namespace,
        name=name,
        verdict=_UNREADABLE,
        account=account.get("name") or account.get("endpoint") or "",
        image=_image(namespace, spec.get("galleryImageRef")),
        region=region(account["location"]) if account.get("location") else None,
    )
    try:
        status = BatchPoolStatus.model_validate(body.get("status") or {})
    except ValidationError:
        return read
    return _with_status(read, body, status)


def _with_status(read: SeenPool, body: Body, status: BatchPoolStatus) -> SeenPool:
    return SeenPool(
        namespace=read.namespace,
        name=read.name,
        verdict=_verdict(body, status.conditions, status.observed_generation),
        account=read.account,
        image=read.image,
        image_id=status.image_id or _literal(body["spec"]),
        version=status.image_version,
        region=read.region,
        dedicated=_share(status.summary.dedicated if status.summary else None),
        spot=_share(status.summary.spot if status.summary else None),
        nodes={state: count for state, count in (status.nodes or {}).items() if count},
        resizing=status.allocation_state not in {None, "steady"},
        pending=tuple(_pending(change) for change in status.pending_changes),
    )


def _name(body: Body) -> Name:
    metadata = body["metadata"]
    return str(metadata["namespace"]), str(metadata["name"])


def _verdict(body: Body, conditions: Sequence[Condition], observed: int | None) -> Verdict:
    by_type = {condition.type: condition for condition in conditions}
    ready = by_type.get(ConditionType.READY.value)
    if ready is None:
        return _UNSEEN
    advisory = by_type.get(ConditionType.ADVISORY.value)
    return Verdict(
        state=_state(body, by_type),
        reason=ready.reason,
        message=ready.message,
        advice=advisory.message if advisory else "",
        outdated=observed is not None and observed < body["metadata"].get("generation", 0),
    )


def _state(body: Body, conditions: Mapping[str, Condition]) -> State:
    """The strongest of what is true: a suspended resource may be ready, and a stalled one may be going."""
    if body["spec"].get("suspend") is True:
        return State.SUSPENDED
    if ConditionType.STALLED.value in conditions:
        return State.STALLED
    if body["metadata"].get("deletionTimestamp"):
        return State.DELETING
    if conditions[ConditionType.READY.value].status == "True":
        return State.READY
    reconciling = conditions.get(ConditionType.RECONCILING.value)
    return State.RETRYING if reconciling and reconciling.reason == "ProgressingWithRetry" else State.MOVING


def _region(status: RegionStatus) -> SeenRegion:
    return SeenRegion(
        name=status.name,
        state=status.state,
        progress=status.progress,
        required=status.required_replicas,
        replicas=status.replicas,
        ready=status.ready_replicas,
        nodes=status.nodes,
    )


def _user(status: ImageUser) -> User:
    named = (status.namespace, status.name) if status.namespace and status.name else None
    return User(name=named, url=status.url, region=status.region, nodes=status.nodes, version=status.version)


def _image(namespace: str, reference: Body | None) -> Name | None:
    return (reference.get("namespace") or namespace, reference["name"]) if reference else None


def _literal(spec: Body) -> str | None:
    """The image that the spec names itself, in any of the forms that Batch knows."""
    reference = (spec.get("virtualMachineConfiguration") or {}).get("imageReference") or {}
    ids = ("virtualMachineImageId", "sharedGalleryImageId", "communityGalleryImageId")
    marketplace = " ".join(reference[part] for part in ("publisher", "offer", "sku") if part in reference)
    return next((reference[form] for form in ids if form in reference), None) or marketplace or None


def _share(text: str | None) -> Share | None:
    had, _, wanted = (text or "").partition("/")
    return Share(had=int(had), wanted=int(wanted)) if had.isdigit() and wanted.isdigit() else None


def _pending(change: PendingChange) -> str:
    return f"{change.field} ({change.waits_for or change.effect})"
