"""The JSON documents of pools."""

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from azure_simulator.answers import batch_time
from azure_simulator.batch.bodies.body import format_duration
from azure_simulator.batch.bodies.pools import PoolFeatures
from azure_simulator.batch.filters import selected
from azure_simulator.batch.pools import AutoScaleRun, Pool
from azure_simulator.batch.states import Kind, ResizeError
from azure_simulator.batch.versions import (
    V2022_10,
    V2024_07,
    Known,
)

Document = dict[str, Any]

_SHOWS_COMMUNICATION_MODE = Known(since=V2022_10, until=V2024_07)


_ENCODER = json.JSONEncoder(separators=(",", ":"))


def compact(document: Any) -> str:
    """JSON text without spaces."""
    return _ENCODER.encode(document)


_FILTERABLE: Mapping[str, Callable[[Pool], Any]] = {
    "id": lambda pool: pool.id,
    "state": lambda pool: pool.state.value,
    "stateTransitionTime": lambda pool: pool.state_since,
    "allocationState": lambda pool: pool.allocation_state.value,
    "allocationStateTransitionTime": lambda pool: pool.allocation_since,
    "creationTime": lambda pool: pool.created,
    "lastModified": lambda pool: pool.modified,
    "enableAutoScale": lambda pool: pool.autoscale is not None,
    "vmSize": lambda pool: pool.features.vm_size,
}
POOL_FILTERS = frozenset(_FILTERABLE)


def filterable_pool(pool: Pool) -> Document:
    """What pools can be filtered by; times are moments."""
    return {name: read(pool) for name, read in _FILTERABLE.items()}


def _resize_errors(pool: Pool) -> list[Document] | None:
    if not pool.resize_errors or not pool.is_steady:
        return None
    return [_resize_error(error) for error in pool.resize_errors]


def _resize_error(error: ResizeError) -> Document:
    values = [{"name": name, "value": value} for name, value in error.values.items()]
    return {"code": error.code, "message": error.message, **({"values": values} if values else {})}


def _formula(pool: Pool) -> str | None:
    return None if pool.autoscale is None else pool.autoscale.formula


def _interval(pool: Pool) -> str | None:
    return None if pool.autoscale is None else format_duration(pool.autoscale.interval)


def _run(pool: Pool) -> Document | None:
    return None if pool.autoscale_run is None else autoscale_run(pool.autoscale_run)


def _identity(pool: Pool) -> Document | None:
    if not pool.identities:
        return None
    assigned = [
        {"resourceId": one.resource_id, "clientId": one.client_id, "principalId": one.principal_id}
        for one in pool.identities
    ]
    return {"type": "UserAssigned", "userAssignedIdentities": assigned}


_STATE: Mapping[str, Callable[[Pool], Any]] = {
    "id": lambda pool: pool.id,
    "url": lambda pool: f"{pool.account.endpoint}/pools/{pool.id}",
    "eTag": lambda pool: pool.etag,
    "lastModified": lambda pool: batch_time(pool.modified),
    "creationTime": lambda pool: batch_time(pool.created),
    "state": lambda pool: pool.state.value,
    "stateTransitionTime": lambda pool: batch_time(pool.state_since),
    "allocationState": lambda pool: pool.allocation_state.value,
    "allocationStateTransitionTime": lambda pool: batch_time(pool.allocation_since),
    "resizeTimeout": lambda pool: format_duration(pool.resize_timeout),
    "resizeErrors": _resize_errors,
    "currentDedicatedNodes": lambda pool: pool.nodes.total(Kind.DEDICATED),
    "targetDedicatedNodes": lambda pool: pool.targets.dedicated,
    "currentLowPriorityNodes": lambda pool: pool.nodes.total(Kind.LOW_PRIORITY),
    "targetLowPriorityNodes": lambda pool: pool.targets.low_priority,
    "enableAutoScale": lambda pool: pool.autoscale is not None,
    "autoScaleFormula": _formula,
    "autoScaleEvaluationInterval": _interval,
    "autoScaleRun": _run,
    "identity": _identity,
}
"""What a pool is, as opposed to what it should be, by JSON name; None means that the property is absent."""


def _pool_state(pool: Pool, names: Collection[str] = _STATE.keys()) -> Document:
    told = ((name, _STATE[name](pool)) for name in names)
    return {name: value for name, value in told if value is not None}


@dataclass(slots=True, kw_only=True)
class _Rendering:
    """What is kept of a pool: its features as JSON, and all of it as text of one revision."""

    features: PoolFeatures
    document: Document
    text: str
    revision: int = -1
    whole: str = ""


class PoolDocuments:
    """Renders pools, keeping the text of whatever has not changed: long lists are joined, not rendered."""

    def __init__(self, *, lower_case_vm_size: bool) -> None:
        self._lower_case_vm_size = lower_case_vm_size
        self._kept: WeakKeyDictionary[Pool, dict[str, _Rendering]] = WeakKeyDictionary()

    def document(self, pool: Pool, version: str, names: frozenset[str] | None = None) -> Document:
        """The pool, or the properties of it that `names` has, as `version` knows it; times are text."""
        features = self._rendering(pool, version).document
        if names is None:
            return {**_pool_state(pool), **features}
        return {**_pool_state(pool, names & _STATE.keys()), **selected(features, names)}

    def text(self, pool: Pool, version: str) -> str:
        """The same as JSON text."""
        rendering = self._rendering(pool, version)
        if rendering.revision != pool.revision:
            rendering.whole = f"{compact(_pool_state(pool))[:-1]},{rendering.text[1:]}"
            rendering.revision = pool.revision
        return rendering.whole

    def _rendering(self, pool: Pool, version: str) -> _Rendering:
        renderings = self._kept.setdefault(pool, {})
        kept = renderings.get(version)
        if kept is None or kept.features is not pool.features:
            document = self._render(pool.features, version)
            kept = _Rendering(features=pool.features, document=document, text=compact(document))
            renderings[version] = kept
        return kept

    def _render(self, features: PoolFeatures, version: str) -> Document:
        document = features.rendered(version)
        if self._lower_case_vm_size:
            document["vmSize"] = document["vmSize"].lower()
        modes = {"currentNodeCommunicationMode": "simplified"} if _SHOWS_COMMUNICATION_MODE.by(version) else {}
        return document | modes


def autoscale_run(run: AutoScaleRun) -> Document:
    """An evaluation of a formula."""
    error = {} if run.error is None else {"error": {"code": run.error[0], "message": run.error[1]}}
    return {"timestamp": batch_time(run.timestamp), "results": run.results, **error}
