"""The JSON documents that the service answers with: pools, nodes, node counts, supported images."""

import json
from collections.abc import Mapping
from typing import Any
from weakref import WeakKeyDictionary

from azure_simulator.answers import batch_time
from azure_simulator.batch.bodies.body import format_duration
from azure_simulator.batch.bodies.pools import PoolFeatures
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


class PoolDocuments:
    """Renders pools, keeping the text of whatever has not changed: long lists are joined, not rendered."""

    def __init__(self, *, lower_case_vm_size: bool) -> None:
        self._lower_case_vm_size = lower_case_vm_size
        self._features: WeakKeyDictionary[Pool, dict[str, tuple[PoolFeatures, Document]]] = WeakKeyDictionary()
        self._texts: WeakKeyDictionary[Pool, dict[str, tuple[int, str]]] = WeakKeyDictionary()

    def document(self, pool: Pool, version: str) -> Document:
        """The pool as `version` knows it; times are text."""
        modes = {"currentNodeCommunicationMode": "simplified"} if _SHOWS_COMMUNICATION_MODE.by(version) else {}
        return {**_pool_state(pool), **modes, **self._rendered_features(pool, version)}

    def text(self, pool: Pool, version: str) -> str:
        """The same as JSON text."""
        texts = self._texts.setdefault(pool, {})
        kept = texts.get(version)
        if kept is None or kept[0] != pool.revision:
            kept = texts[version] = (pool.revision, compact(self.document(pool, version)))
        return kept[1]

    def _rendered_features(self, pool: Pool, version: str) -> Document:
        rendered = self._features.setdefault(pool, {})
        kept = rendered.get(version)
        if kept is None or kept[0] is not pool.features:
            kept = rendered[version] = (pool.features, self._render(pool.features, version))
        return kept[1]

    def _render(self, features: PoolFeatures, version: str) -> Document:
        document = features.rendered(version)
        if self._lower_case_vm_size:
            document["vmSize"] = document["vmSize"].lower()
        return document


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


def _pool_state(pool: Pool) -> Document:
    return {
        "id": pool.id,
        "url": f"{pool.account.endpoint}/pools/{pool.id}",
        "eTag": pool.etag,
        "lastModified": batch_time(pool.modified),
        "creationTime": batch_time(pool.created),
        "state": pool.state.value,
        "stateTransitionTime": batch_time(pool.state_since),
        "allocationState": pool.allocation_state.value,
        "allocationStateTransitionTime": batch_time(pool.allocation_since),
        "resizeTimeout": format_duration(pool.resize_timeout),
        **_resize_errors(pool),
        "currentDedicatedNodes": pool.nodes.total(Kind.DEDICATED),
        "targetDedicatedNodes": pool.targets.dedicated,
        "currentLowPriorityNodes": pool.nodes.total(Kind.LOW_PRIORITY),
        "targetLowPriorityNodes": pool.targets.low_priority,
        **_autoscale(pool),
    }


def _resize_errors(pool: Pool) -> Document:
    if not pool.resize_errors or not pool.is_steady:
        return {}
    return {"resizeErrors": [_resize_error(error) for error in pool.resize_errors]}


def _resize_error(error: ResizeError) -> Document:
    values = [{"name": name, "value": value} for name, value in error.values.items()]
    return {"code": error.code, "message": error.message, **({"values": values} if values else {})}


def _autoscale(pool: Pool) -> Document:
    if pool.autoscale is None:
        return {"enableAutoScale": False}
    run = {} if pool.autoscale_run is None else {"autoScaleRun": autoscale_run(pool.autoscale_run)}
    return {
        "enableAutoScale": True,
        "autoScaleFormula": pool.autoscale.formula,
        "autoScaleEvaluationInterval": format_duration(pool.autoscale.interval),
        **run,
    }


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
