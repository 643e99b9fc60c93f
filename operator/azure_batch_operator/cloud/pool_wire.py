"""Pools, node counts and supported images in the Batch service's JSON."""

from contextlib import suppress
from datetime import datetime, timedelta
from typing import cast, get_args

from azure_batch_operator.cloud.refusals import cleaned
from azure_batch_operator.cloud.wire import child, children, number, optional_text, text, text_or
from azure_batch_operator.core import durations
from azure_batch_operator.core.json import JsonObject
from azure_batch_operator.core.pools import (
    AllocationState,
    AutoScaleRun,
    NodeCounts,
    ObservedPool,
    ResizeError,
    SupportedImage,
)

CREATE_PROPERTIES = frozenset(
    {
        "applicationPackageReferences",
        "autoScaleEvaluationInterval",
        "autoScaleFormula",
        "displayName",
        "enableAutoScale",
        "enableInterNodeCommunication",
        "id",
        "metadata",
        "mountConfiguration",
        "networkConfiguration",
        "resizeTimeout",
        "startTask",
        "targetDedicatedNodes",
        "targetLowPriorityNodes",
        "taskSchedulingPolicy",
        "taskSlotsPerNode",
        "upgradePolicy",
        "userAccounts",
        "virtualMachineConfiguration",
        "vmSize",
    }
)
"""The properties of a create body (BatchPoolCreateOptions of API 2025-06-01): what an answer can be compared with."""


def pool_from(body: JsonObject) -> ObservedPool:
    """The pool that an answer shows."""
    machines = child(body, "virtualMachineConfiguration")
    return ObservedPool(
        pool_id=text(body, "id"),
        url=text_or(body, "url", ""),
        etag=bare_etag(text(body, "eTag")),
        state=text(body, "state").lower(),
        allocation_state=_allocation_state(text_or(body, "allocationState", "steady")),
        allocation_changed_at=_time(optional_text(body, "allocationStateTransitionTime")),
        body={name: value for name, value in body.items() if name in CREATE_PROPERTIES},
        metadata={text(item, "name"): text_or(item, "value", "") for item in children(body, "metadata")},
        auto_scaled=body.get("enableAutoScale") is True,
        target_dedicated=number(body, "targetDedicatedNodes"),
        current_dedicated=number(body, "currentDedicatedNodes"),
        target_spot=number(body, "targetLowPriorityNodes"),
        current_spot=number(body, "currentLowPriorityNodes"),
        resize_timeout=_duration(optional_text(body, "resizeTimeout")),
        resize_errors=tuple(_resize_error(error) for error in children(body, "resizeErrors")),
        auto_scale_run=auto_scale_run_from(child(body, "autoScaleRun")) if child(body, "autoScaleRun") else None,
        image_id=optional_text(child(machines, "imageReference"), "virtualMachineImageId"),
        identities=_identities(child(body, "identity")),
        state_changed_at=_time(optional_text(body, "stateTransitionTime")),
        modified_at=_time(optional_text(body, "lastModified")),
    )


def auto_scale_run_from(body: JsonObject) -> AutoScaleRun:
    """One evaluation of a formula; Azure answers a formula that cannot be evaluated with 200 and an error in it."""
    error = child(body, "error")
    words = f"{text_or(error, 'code', 'Unknown')}: {text_or(error, 'message', '')}".strip().rstrip(":")
    details = "; ".join(
        f"{text_or(each, 'name', '')}: {text_or(each, 'value', '')}" for each in children(error, "values")
    )
    return AutoScaleRun(
        timestamp=text_or(body, "timestamp", ""),
        results=optional_text(body, "results"),
        error=cleaned(f"{words} ({details})" if details else words) if error else None,
    )


def enabling_body(*, formula: str, interval: str | None) -> JsonObject:
    """The body that has a formula size a pool; without an interval, the pool keeps the one that it has."""
    every = {} if interval is None else {"autoScaleEvaluationInterval": interval}
    return {"autoScaleFormula": formula, **every}


def resize_body(*, dedicated: int, spot: int, timeout: timedelta, node_deallocation_option: str | None) -> JsonObject:
    """The body of a resize: always both targets, since an absent one would keep its old value."""
    option = {} if node_deallocation_option is None else {"nodeDeallocationOption": node_deallocation_option}
    return {
        "targetDedicatedNodes": dedicated,
        "targetLowPriorityNodes": spot,
        "resizeTimeout": durations.iso(timeout),
        **option,
    }


def node_counts_from(body: JsonObject) -> NodeCounts:
    """The nodes of one pool by state, as an entry of a node counts list shows them."""
    dedicated, spot = child(body, "dedicated"), child(body, "lowPriority")
    states = (dedicated.keys() | spot.keys()) - {"total"}
    return NodeCounts(
        pool_id=text(body, "poolId"),
        by_state={state: number(dedicated, state) + number(spot, state) for state in sorted(states)},
        preempted=number(spot, "preempted"),
    )


def supported_image_from(body: JsonObject) -> SupportedImage:
    """One image of the list of supported images."""
    image = child(body, "imageReference")
    return SupportedImage(
        node_agent_sku_id=text(body, "nodeAgentSKUId"),
        os_type=text(body, "osType"),
        publisher=text_or(image, "publisher", ""),
        offer=text_or(image, "offer", ""),
        sku=text_or(image, "sku", ""),
        verified=text_or(body, "verificationType", "").lower() == "verified",
    )


def bare_etag(etag: str) -> str:
    """An ETag without quotes and without `W/`, as Batch itself writes them."""
    return etag.removeprefix("W/").strip('"')


def _identities(body: JsonObject) -> tuple[str, ...]:
    return tuple(text(each, "resourceId") for each in children(body, "userAssignedIdentities"))


def _resize_error(body: JsonObject) -> ResizeError:
    values = {text_or(value, "name", ""): cleaned(text_or(value, "value", "")) for value in children(body, "values")}
    words = cleaned(text_or(body, "message", ""))
    return ResizeError(code=text_or(body, "code", "Unknown"), message=words, values=values)


def _allocation_state(name: str) -> AllocationState:
    """A state that we do not know is no steady one: nothing is begun in it."""
    known = name.lower()
    return cast("AllocationState", known if known in get_args(AllocationState) else "resizing")


def _time(text: str | None) -> datetime | None:
    with suppress(ValueError):
        return datetime.fromisoformat(text or "")
    return None


def _duration(text: str | None) -> timedelta | None:
    with suppress(ValueError):
        return durations.parse(text or "")
    return None
