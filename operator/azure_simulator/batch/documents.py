"""The JSON documents that the service answers with: pools, nodes, node counts, supported images."""

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from azure_simulator.answers import batch_time
from azure_simulator.batch.bodies.body import format_duration
from azure_simulator.batch.bodies.pools import PoolFeatures
from azure_simulator.batch.filters import selected
from azure_simulator.batch.identities import addresses, node_id
from azure_simulator.batch.nodes import Cohort, Node, Nodes
from azure_simulator.batch.pools import AutoScaleRun, Pool
from azure_simulator.batch.states import Kind, NodeState, ResizeError, StartTaskRun
from azure_simulator.batch.versions import (
    V2020_09,
    V2021_06,
    V2022_10,
    V2023_11,
    V2024_07,
    V2025_06,
    Known,
)
from azure_simulator.scenario import SupportedImage

Document = dict[str, Any]

_COUNT_NAMES: Mapping[NodeState, str] = {
    NodeState.CREATING: "creating",
    NodeState.IDLE: "idle",
    NodeState.OFFLINE: "offline",
    NodeState.PREEMPTED: "preempted",
    NodeState.REBOOTING: "rebooting",
    NodeState.REIMAGING: "reimaging",
    NodeState.RUNNING: "running",
    NodeState.STARTING: "starting",
    NodeState.START_TASK_FAILED: "startTaskFailed",
    NodeState.LEAVING_POOL: "leavingPool",
    NodeState.UNKNOWN: "unknown",
    NodeState.UNUSABLE: "unusable",
    NodeState.WAITING_FOR_START_TASK: "waitingForStartTask",
    NodeState.DEALLOCATED: "deallocated",
    NodeState.DEALLOCATING: "deallocating",
    NodeState.UPGRADING_OS: "upgradingOS",
}
_NEW_COUNTS: Mapping[str, Known] = {
    "deallocated": Known(since=V2024_07),
    "deallocating": Known(since=V2024_07),
    "upgradingOS": Known(since=V2023_11),
}
_NEW_NODE_PROPERTIES: Mapping[str, Known] = {
    "ipv6Address": Known(since=V2025_06),
    "runningTaskSlotsCount": Known(since=V2020_09),
    "virtualMachineInfo": Known(since=V2021_06),
}
_SHOWS_COMMUNICATION_MODE = Known(since=V2022_10, until=V2024_07)


def compact(document: Any) -> str:
    """JSON text without spaces."""
    return json.dumps(document, separators=(",", ":"))


def filterable_pool(pool: Pool) -> Document:
    """What pools can be filtered by; times are moments."""
    return {
        "id": pool.id,
        "state": pool.state.value,
        "stateTransitionTime": pool.state_since,
        "allocationState": pool.allocation_state.value,
        "allocationStateTransitionTime": pool.allocation_since,
        "creationTime": pool.created,
        "lastModified": pool.modified,
        "enableAutoScale": pool.autoscale is not None,
        "vmSize": pool.features.vm_size,
    }


POOL_FILTERS = frozenset(
    {
        "id",
        "state",
        "stateTransitionTime",
        "allocationState",
        "allocationStateTransitionTime",
        "creationTime",
        "lastModified",
        "enableAutoScale",
        "vmSize",
    }
)


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
    return {"timestamp": batch_time(run.timestamp), "results": run.results}


def node_document(pool: Pool, node: Node, version: str) -> Document:
    """A node as `version` knows it."""
    document = {**_node_identity(pool, node), **_node_state(node.cohort), **_node_task(node.cohort, version)}
    return {
        name: value
        for name, value in document.items()
        if name not in _NEW_NODE_PROPERTIES or _NEW_NODE_PROPERTIES[name].by(version)
    }


def filterable_node(pool: Pool, node: Node) -> Document:
    """What nodes can be filtered by; times are moments."""
    run = node.cohort.start_task_run
    identity = _node_identity(pool, node)
    return {
        "id": identity["id"],
        "affinityId": identity["affinityId"],
        "ipAddress": identity["ipAddress"],
        "state": node.cohort.state.value,
        "stateTransitionTime": node.cohort.since,
        "schedulingState": _scheduling(node.cohort),
        "lastBootTime": node.cohort.booted,
        "allocationTime": node.cohort.allocated,
        "isDedicated": node.cohort.kind is Kind.DEDICATED,
        "startTaskInfo/result": None if run is None or run.ended is None else _result(run),
        "startTaskInfo/state": None if run is None else _run_state(run),
    }


NODE_FILTERS = frozenset(
    {
        "id",
        "affinityId",
        "ipAddress",
        "state",
        "stateTransitionTime",
        "schedulingState",
        "lastBootTime",
        "allocationTime",
        "isDedicated",
        "startTaskInfo/result",
        "startTaskInfo/state",
    }
)


def _node_identity(pool: Pool, node: Node) -> Document:
    name = node_id(pool.number, node.ordinal, node.cohort.allocated)
    ipv4, ipv6 = addresses(pool.number, node.ordinal)
    return {
        "id": name,
        "url": f"{pool.account.endpoint}/pools/{pool.id}/nodes/{name}",
        "affinityId": f"TVM:{name}",
        "ipAddress": ipv4,
        "ipv6Address": ipv6,
        "vmSize": pool.size.name.lower(),
        "virtualMachineInfo": {"imageReference": _exact_image(pool, node.cohort.image)},
    }


def _exact_image(pool: Pool, image: str) -> Document:
    reference = pool.machine.image_reference
    exact = image.rsplit("/" if reference.virtual_machine_image_id else ":", 1)[-1]
    return {**reference.rendered(V2025_06), "exactVersion": exact}


def _node_state(cohort: Cohort) -> Document:
    busy = int(cohort.state is NodeState.RUNNING)
    faults = [{"code": fault.code, "message": fault.message} for fault in cohort.faults]
    return {
        "state": cohort.state.value,
        "schedulingState": _scheduling(cohort),
        "stateTransitionTime": batch_time(cohort.since),
        "lastBootTime": batch_time(cohort.booted),
        "allocationTime": batch_time(cohort.allocated),
        "totalTasksRun": busy,
        "totalTasksSucceeded": 0,
        "runningTasksCount": busy,
        "runningTaskSlotsCount": busy,
        "isDedicated": cohort.kind is Kind.DEDICATED,
        **({"errors": faults} if faults else {}),
    }


def _node_task(cohort: Cohort, version: str) -> Document:
    task = {} if cohort.start_task is None else {"startTask": cohort.start_task.rendered(version)}
    run = {} if cohort.start_task_run is None else {"startTaskInfo": _start_task_info(cohort.start_task_run)}
    return {**task, **run}


def _start_task_info(run: StartTaskRun) -> Document:
    info = {
        "state": _run_state(run),
        "startTime": batch_time(run.started),
        "retryCount": run.retries,
    }
    if run.ended is None:
        return info
    return {
        **info,
        "endTime": batch_time(run.ended),
        "exitCode": run.exit_code,
        "result": _result(run),
        **_failure(run),
    }


def _failure(run: StartTaskRun) -> Document:
    if not run.exit_code:
        return {}
    failure = {
        "category": "usererror",
        "code": "FailureExitCode",
        "message": "The task exited with an exit code representing a failure",
        "details": [{"name": "Message", "value": "The task process exited with an unexpected exit code"}],
    }
    return {"failureInfo": failure}


def _run_state(run: StartTaskRun) -> str:
    return "running" if run.ended is None else "completed"


def _result(run: StartTaskRun) -> str:
    return "failure" if run.exit_code else "success"


def _scheduling(cohort: Cohort) -> str:
    return "disabled" if cohort.disabled else "enabled"


def node_counts(pool: Pool, version: str) -> Document:
    """How many nodes of a pool are in which state, by kind."""
    return {
        "poolId": pool.id,
        "dedicated": _counts(pool.nodes, Kind.DEDICATED, version),
        "lowPriority": _counts(pool.nodes, Kind.LOW_PRIORITY, version),
    }


def _counts(nodes: Nodes, kind: Kind, version: str) -> Document:
    counts = {
        name: nodes.count(kind, state)
        for state, name in _COUNT_NAMES.items()
        if name not in _NEW_COUNTS or _NEW_COUNTS[name].by(version)
    }
    return {**counts, "total": nodes.total(kind)}


def supported_image(image: SupportedImage) -> Document:
    """A Marketplace image that nodes can boot, with its node agent."""
    reference = {
        "publisher": image.publisher,
        "offer": image.offer,
        "sku": image.sku,
        "version": "latest",
    }
    end_of_life = image.batch_support_end_of_life
    return {
        "nodeAgentSKUId": image.node_agent_sku_id,
        "imageReference": reference,
        "osType": image.os_type.lower(),
        "verificationType": "verified" if image.verified else "unverified",
        **({"capabilities": list(image.capabilities)} if image.capabilities else {}),
        **({} if end_of_life is None else {"batchSupportEndOfLife": batch_time(end_of_life)}),
    }


SUPPORTED_IMAGE_FILTERS = frozenset({"nodeAgentSKUId", "osType", "verificationType"})
