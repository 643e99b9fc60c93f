"""The JSON documents of jobs and tasks."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from azure_simulator.answers import batch_time
from azure_simulator.batch.jobs import Job, JobState
from azure_simulator.batch.tasks import Failure, Task, TaskState

Document = dict[str, Any]

_FOREVER = "P10675199DT2H48M5.4775807S"
"""How the service writes that there is no limit."""
_WEEK = "P7D"


def job_document(endpoint: str, job: Job, version: str) -> Document:
    """A job with the defaults of the service spelled out."""
    body = job.body.rendered(version)
    return {
        "url": f"{endpoint}/jobs/{job.id}",
        "eTag": job.stamps.etag,
        "lastModified": batch_time(job.stamps.modified),
        "creationTime": batch_time(job.stamps.created),
        **_states(job.state, job.since, job.previous),
        "priority": 0,
        "usesTaskDependencies": False,
        "onAllTasksComplete": "noaction",
        "onTaskFailure": "noaction",
        **body,
        "constraints": {"maxWallClockTime": _FOREVER, "maxTaskRetryCount": 0, **body.get("constraints", {})},
        "executionInfo": _execution(job),
    }


def task_document(endpoint: str, job: Job, task: Task, version: str) -> Document:
    """A task with the defaults of the service spelled out."""
    body = task.body.rendered(version)
    limits = {
        "maxWallClockTime": _FOREVER,
        "retentionTime": _WEEK,
        "maxTaskRetryCount": task.most_retries,
    }
    return {
        "url": f"{endpoint}/jobs/{job.id}/tasks/{task.id}",
        "eTag": task.stamps.etag,
        "lastModified": batch_time(task.stamps.modified),
        "creationTime": batch_time(task.stamps.created),
        **_states(task.state, task.since, task.previous),
        "userIdentity": {"autoUser": {"scope": "task", "elevationLevel": "nonadmin"}},
        "requiredSlots": 1,
        **body,
        "constraints": {**limits, **body.get("constraints", {})},
        "executionInfo": _run(task),
        **_node(endpoint, job, task),
    }


def task_counts(tasks: Iterable[Task]) -> Document:
    """How many tasks, and how many slots of theirs, are in which state."""
    everything = list(tasks)
    return {
        "taskCounts": _counts(everything, lambda _: 1),
        "taskSlotCounts": _counts(everything, lambda task: task.slots),
    }


_JOB_FILTERABLE: Mapping[str, Callable[[Job], Any]] = {
    "id": lambda job: job.id,
    "state": lambda job: job.state.value,
    "stateTransitionTime": lambda job: job.since,
    "previousState": lambda job: job.previous and job.previous[0].value,
    "previousStateTransitionTime": lambda job: job.previous and job.previous[1],
    "creationTime": lambda job: job.stamps.created,
    "lastModified": lambda job: job.stamps.modified,
    "priority": lambda job: job.body.priority or 0,
    "executionInfo/poolId": lambda job: job.pool_id,
    "executionInfo/startTime": lambda job: job.stamps.created,
    "executionInfo/endTime": lambda job: job.ended,
}
JOB_FILTERS = frozenset(_JOB_FILTERABLE)

_TASK_FILTERABLE: Mapping[str, Callable[[Task], Any]] = {
    "id": lambda task: task.id,
    "state": lambda task: task.state.value,
    "stateTransitionTime": lambda task: task.since,
    "creationTime": lambda task: task.stamps.created,
    "lastModified": lambda task: task.stamps.modified,
    "executionInfo/exitCode": lambda task: task.outcome and task.outcome.exit_code,
    "executionInfo/requeueCount": lambda task: task.requeues,
    "executionInfo/retryCount": lambda task: task.retries,
    "executionInfo/startTime": lambda task: task.started,
    "executionInfo/endTime": lambda task: task.ended,
    "nodeInfo/nodeId": lambda task: task.place and task.place.node_id,
}
TASK_FILTERS = frozenset(_TASK_FILTERABLE)


def filterable_job(job: Job) -> Document:
    """What jobs can be filtered by; times are moments."""
    return {name: read(job) for name, read in _JOB_FILTERABLE.items()}


def filterable_task(task: Task) -> Document:
    """What tasks can be filtered by; times are moments."""
    return {name: read(task) for name, read in _TASK_FILTERABLE.items()}


def _states(
    state: JobState | TaskState, since: datetime, previous: tuple[JobState | TaskState, datetime] | None
) -> Document:
    document = {"state": state.value, "stateTransitionTime": batch_time(since)}
    if previous is None:
        return document
    return {**document, "previousState": previous[0].value, "previousStateTransitionTime": batch_time(previous[1])}


def _execution(job: Job) -> Document:
    document: Document = {"startTime": batch_time(job.stamps.created), "poolId": job.pool_id}
    if job.ended is not None:
        document["endTime"] = batch_time(job.ended)
    return document if job.terminate_reason is None else {**document, "terminateReason": job.terminate_reason}


def _run(task: Task) -> Document:
    moments = {
        "startTime": task.started,
        "endTime": task.ended,
        "lastRetryTime": task.retried,
        "lastRequeueTime": task.requeued,
    }
    told = {name: batch_time(moment) for name, moment in moments.items() if moment is not None}
    return {**told, "retryCount": task.retries, "requeueCount": task.requeues, **_outcome(task)}


def _outcome(task: Task) -> Document:
    outcome = task.outcome
    if outcome is None:
        return {}
    code = {} if outcome.exit_code is None else {"exitCode": outcome.exit_code}
    failure = {} if outcome.failure is None else {"failureInfo": _failure(outcome.failure)}
    return {**code, "result": "success" if outcome.succeeded else "failure", **failure}


def _failure(failure: Failure) -> Document:
    return {"category": "usererror", "code": failure.code, "message": failure.message}


def _node(endpoint: str, job: Job, task: Task) -> Document:
    place = task.place
    if place is None:
        return {}
    node = {
        "affinityId": f"TVM:{place.node_id}",
        "nodeUrl": f"{endpoint}/pools/{place.pool_id}/nodes/{place.node_id}",
        "poolId": place.pool_id,
        "nodeId": place.node_id,
        "taskRootDirectory": f"workitems/{job.id}/job-1/{task.id}",
    }
    return {"nodeInfo": node}


def _counts(tasks: list[Task], weight: Callable[[Task], int]) -> Document:
    completed = [task for task in tasks if task.state is TaskState.COMPLETED]
    succeeded = [task for task in completed if task.outcome is not None and task.outcome.succeeded]
    total = {
        state.value: sum(weight(task) for task in tasks if task.state is state)
        for state in (TaskState.ACTIVE, TaskState.RUNNING, TaskState.COMPLETED)
    }
    good = sum(weight(task) for task in succeeded)
    return {**total, "succeeded": good, "failed": total["completed"] - good}
