"""The JSON documents of nodes: single ones, and how many of a pool are in which state."""

from collections.abc import Mapping
from typing import Any

from azure_simulator.answers import batch_time
from azure_simulator.batch.identities import addresses, node_id
from azure_simulator.batch.nodes import Cohort, Node, Nodes
from azure_simulator.batch.pools import Pool
from azure_simulator.batch.states import Kind, NodeState, StartTaskRun
from azure_simulator.batch.versions import V2020_09, V2021_06, V2023_11, V2024_07, V2025_06, Known

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


def node_document(pool: Pool, node: Node, version: str) -> Document:
    """A node as `version` knows it."""
    document = {**_node_identity(pool, node), **_node_state(pool, node), **_node_task(node.cohort, version)}
    return {
        name: value
        for name, value in document.items()
        if name not in _NEW_NODE_PROPERTIES or _NEW_NODE_PROPERTIES[name].by(version)
    }


def filterable_node(pool: Pool, node: Node) -> Document:
    """What nodes can be filtered by; times are moments."""
    cohort, identity = node.cohort, _node_identity(pool, node)
    run = cohort.start_task_run
    return {
        "id": identity["id"],
        "affinityId": identity["affinityId"],
        "ipAddress": identity["ipAddress"],
        "state": cohort.state.value,
        "stateTransitionTime": cohort.since,
        "schedulingState": _scheduling(cohort),
        "lastBootTime": cohort.booted,
        "allocationTime": cohort.allocated,
        "isDedicated": cohort.kind is Kind.DEDICATED,
        "startTaskInfo/result": None if run is None or run.ended is None else _result(run),
        "startTaskInfo/state": None if run is None else _run_state(run),
    }


NODE_FILTERS = frozenset(
    (
        *("id", "affinityId", "ipAddress", "state", "stateTransitionTime", "schedulingState", "lastBootTime"),
        *("allocationTime", "isDedicated", "startTaskInfo/result", "startTaskInfo/state"),
    )
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


def _node_state(pool: Pool, node: Node) -> Document:
    cohort = node.cohort
    busy = int(cohort.state is NodeState.RUNNING)
    running = len(pool.tasks.on(node.ordinal)) or busy
    faults = [{"code": fault.code, "message": fault.message} for fault in cohort.faults]
    return {
        "state": cohort.state.value,
        "schedulingState": _scheduling(cohort),
        "stateTransitionTime": batch_time(cohort.since),
        "lastBootTime": batch_time(cohort.booted),
        "allocationTime": batch_time(cohort.allocated),
        "totalTasksRun": running,
        "totalTasksSucceeded": 0,
        "runningTasksCount": running,
        "runningTaskSlotsCount": pool.tasks.slots(node.ordinal) or busy,
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
