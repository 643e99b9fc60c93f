"""The operations on jobs and their tasks."""

from typing import Any

from aiohttp import web

from azure_simulator.answers import BatchError, operation
from azure_simulator.batch.bodies.jobs import (
    JobCreate,
    JobDisabling,
    JobFeatures,
    JobPatch,
    JobReplace,
    JobTermination,
    TaskCollection,
    TaskCreate,
)
from azure_simulator.batch.conditions import Stamp, check_write, read_is_current
from azure_simulator.batch.doors import Call, stamp_headers, unmodified
from azure_simulator.batch.errors import invalid_property
from azure_simulator.batch.filters import parse_filter, parse_select, selected
from azure_simulator.batch.job_documents import (
    JOB_FILTERS,
    TASK_FILTERS,
    filterable_job,
    filterable_task,
    job_document,
    task_counts,
    task_document,
)
from azure_simulator.batch.job_operations import MOST_TASKS_AT_ONCE, JobOperations
from azure_simulator.batch.jobs import Job
from azure_simulator.batch.lists import window_of
from azure_simulator.batch.pool_documents import compact
from azure_simulator.batch.pool_routes import refuse_expansion
from azure_simulator.batch.stamps import Stamps
from azure_simulator.batch.tasks import Task

READ = "Microsoft.Batch/batchAccounts/jobs/read"
WRITE = "Microsoft.Batch/batchAccounts/jobs/write"
DELETE = "Microsoft.Batch/batchAccounts/jobs/delete"

_LARGEST_PAGE = 1000
_JOB = "jobs/@Element"
_TASK = "tasks/@Element"


def routes() -> list[web.RouteDef]:
    """Jobs, tasks, and everything that is done to them."""
    job, task = "/jobs/{job_id}", "/jobs/{job_id}/tasks/{task_id}"
    return [
        web.post("/jobs", create_job),
        web.get("/jobs", list_jobs, allow_head=False),
        web.get(job, get_job, allow_head=False),
        web.patch(job, update_job),
        web.put(job, replace_job),
        web.delete(job, delete_job),
        web.post(f"{job}/disable", disable_job),
        web.post(f"{job}/enable", enable_job),
        web.post(f"{job}/terminate", terminate_job),
        web.get(f"{job}/taskcounts", get_task_counts, allow_head=False),
        web.post(f"{job}/tasks", create_task),
        web.post(f"{job}/addtaskcollection", create_task_collection),
        web.get(f"{job}/tasks", list_tasks, allow_head=False),
        web.get(task, get_task, allow_head=False),
        web.delete(task, delete_task),
        web.post(f"{task}/terminate", terminate_task),
        web.post(f"{task}/reactivate", reactivate_task),
    ]


@operation("Jobs_CreateJob")
async def create_job(request: web.Request) -> web.Response:
    """Make a job."""
    call = _call(request, WRITE)
    job = _operations(call).create(await call.body(JobCreate), call.operation)
    return call.done(201, _stamp(job.stamps), location=f"{call.account.endpoint}/jobs/{job.id}")


@operation("Jobs_ListJobs")
async def list_jobs(request: web.Request) -> web.Response:
    """List jobs in the order of their ids."""
    call = _call(request, READ)
    refuse_expansion(call)
    window = window_of(request.query, largest=_LARGEST_PAGE)
    jobs = [job for job in _operations(call).jobs if job.id.lower() > window.after.lower()]
    clause = request.query.get("$filter")
    if clause:
        admits = parse_filter(clause, JOB_FILTERS)
        jobs = [job for job in jobs if admits(filterable_job(job))]
    page, position = window.cut((job.id, job) for job in jobs)
    names = parse_select(request.query.get("$select"))
    return call.entities([compact(selected(_job_document(call, job), names)) for job in page], "jobs", position)


@operation("Jobs_GetJob")
async def get_job(request: web.Request) -> web.Response:
    """Get one job."""
    call = _call(request, READ)
    refuse_expansion(call)
    job = _job(call)
    if not read_is_current(request.headers, _stamp(job.stamps)):
        return unmodified(_stamp(job.stamps))
    names = parse_select(request.query.get("$select"))
    return call.entity(selected(_job_document(call, job), names), _JOB, _stamp(job.stamps))


@operation("Jobs_UpdateJob")
async def update_job(request: web.Request) -> web.Response:
    """Change what the body gives."""
    return await _change(request, JobPatch)


@operation("Jobs_ReplaceJob")
async def replace_job(request: web.Request) -> web.Response:
    """Replace what may be changed of a job."""
    return await _change(request, JobReplace)


@operation("Jobs_DeleteJob")
async def delete_job(request: web.Request) -> web.Response:
    """Begin to delete a job."""
    call = _call(request, DELETE)
    _operations(call).delete(_job_to_write(call))
    return call.done(202)


@operation("Jobs_DisableJob")
async def disable_job(request: web.Request) -> web.Response:
    """Begin to disable a job."""
    call = _call(request, WRITE)
    job = _job_to_write(call)
    _operations(call).disable(job, (await call.body(JobDisabling)).disable_tasks)
    return call.done(202, _stamp(job.stamps))


@operation("Jobs_EnableJob")
async def enable_job(request: web.Request) -> web.Response:
    """Begin to enable a job."""
    call = _call(request, WRITE)
    job = _job_to_write(call)
    _operations(call).enable(job)
    return call.done(202, _stamp(job.stamps))


@operation("Jobs_TerminateJob")
async def terminate_job(request: web.Request) -> web.Response:
    """Begin to end a job."""
    call = _call(request, WRITE)
    job = _job_to_write(call)
    body = await call.optional_body(JobTermination)
    _operations(call).terminate(job, None if body is None else body.terminate_reason)
    return call.done(202, _stamp(job.stamps))


@operation("Jobs_GetJobTaskCounts")
async def get_task_counts(request: web.Request) -> web.Response:
    """Count the tasks of a job by state."""
    call = _call(request, READ)
    job = _job(call)
    kind = "Microsoft.Azure.Batch.Protocol.Entities.TaskCountsResult"
    return call.entity(task_counts(job.tasks.values()), kind, _stamp(job.stamps))


@operation("Tasks_CreateTask")
async def create_task(request: web.Request) -> web.Response:
    """Add a task to a job."""
    call = _call(request, WRITE)
    job = _job(call)
    task = _operations(call).add_task(job, await call.body(TaskCreate), call.operation)
    return call.done(201, _stamp(task.stamps), location=_task_url(call, job, task))


@operation("Tasks_CreateTaskCollection")
async def create_task_collection(request: web.Request) -> web.Response:
    """Add several tasks; each succeeds or fails for itself."""
    call = _call(request, WRITE)
    job = _job(call)
    body = await call.body(TaskCollection)
    if len(body.value) > MOST_TASKS_AT_ONCE:
        raise invalid_property("value", f"At most {MOST_TASKS_AT_ONCE} tasks may be added at once.")
    results = [_added(call, job, one) for one in body.value]
    kind = "Microsoft.Azure.Batch.Protocol.Entities.TaskAddCollectionResult"
    return call.entity({"value": results}, kind, _stamp(job.stamps))


@operation("Tasks_ListTasks")
async def list_tasks(request: web.Request) -> web.Response:
    """List the tasks of a job in the order of their ids."""
    call = _call(request, READ)
    refuse_expansion(call)
    job, window = _job(call), window_of(request.query, largest=_LARGEST_PAGE)
    tasks = [job.tasks[key] for key in sorted(job.tasks) if key > window.after.lower()]
    clause = request.query.get("$filter")
    if clause:
        admits = parse_filter(clause, TASK_FILTERS)
        tasks = [task for task in tasks if admits(filterable_task(task))]
    page, position = window.cut((task.id, task) for task in tasks)
    names = parse_select(request.query.get("$select"))
    texts = [compact(selected(_task_document(call, job, task), names)) for task in page]
    return call.entities(texts, "tasks", position)


@operation("Tasks_GetTask")
async def get_task(request: web.Request) -> web.Response:
    """Get one task."""
    call = _call(request, READ)
    refuse_expansion(call)
    job, task = _task(call)
    names = parse_select(request.query.get("$select"))
    answer = call.entity(selected(_task_document(call, job, task), names), _TASK, _stamp(task.stamps))
    answer.headers["DataServiceId"] = call.url
    return answer


@operation("Tasks_DeleteTask")
async def delete_task(request: web.Request) -> web.Response:
    """Delete a task."""
    call = _call(request, WRITE)
    _operations(call).delete_task(*_task_to_write(call))
    return call.done(200)


@operation("Tasks_TerminateTask")
async def terminate_task(request: web.Request) -> web.Response:
    """End a task."""
    call = _call(request, WRITE)
    job, task = _task_to_write(call)
    _operations(call).terminate_task(job, task)
    return call.done(204, _stamp(task.stamps))


@operation("Tasks_ReactivateTask")
async def reactivate_task(request: web.Request) -> web.Response:
    """Let a failed task run again."""
    call = _call(request, WRITE)
    job, task = _task_to_write(call)
    _operations(call).reactivate_task(job, task)
    return call.done(204, _stamp(task.stamps))


async def _change(request: web.Request, kind: type[JobFeatures]) -> web.Response:
    call = _call(request, WRITE)
    job = _job_to_write(call)
    _operations(call).change(job, await call.body(kind), call.operation)
    return call.done(200, _stamp(job.stamps))


def _call(request: web.Request, action: str) -> Call:
    return Call.of(request, action, data_action=True)


def _operations(call: Call) -> JobOperations:
    return call.service.jobs(call.account)


def _job(call: Call) -> Job:
    return _operations(call).jobs.get(call.request.match_info["job_id"])


def _job_to_write(call: Call) -> Job:
    job = _job(call)
    check_write(call.request.headers, _stamp(job.stamps))
    return job


def _task(call: Call) -> tuple[Job, Task]:
    job = _job(call)
    return job, job.task(call.request.match_info["task_id"])


def _task_to_write(call: Call) -> tuple[Job, Task]:
    job, task = _task(call)
    check_write(call.request.headers, _stamp(task.stamps))
    return job, task


def _added(call: Call, job: Job, body: TaskCreate) -> dict[str, Any]:
    try:
        task = _operations(call).add_task(job, body, call.operation)
    except BatchError as error:
        if error.status == 501:
            raise
        message = {"lang": "en-US", "value": error.message}
        return {"status": "clienterror", "taskId": body.id, "error": {"code": error.code, "message": message}}
    headers = stamp_headers(_stamp(task.stamps))
    modified = _task_document(call, job, task)["lastModified"]
    location = _task_url(call, job, task)
    return {
        "status": "success",
        "taskId": task.id,
        "eTag": headers["ETag"],
        "lastModified": modified,
        "location": location,
    }


def _stamp(stamps: Stamps) -> Stamp:
    return Stamp(etag=stamps.etag, modified=stamps.modified)


def _task_url(call: Call, job: Job, task: Task) -> str:
    return f"{call.account.endpoint}/jobs/{job.id}/tasks/{task.id}"


def _job_document(call: Call, job: Job) -> dict[str, Any]:
    return job_document(call.account.endpoint, job, call.version)


def _task_document(call: Call, job: Job, task: Task) -> dict[str, Any]:
    return task_document(call.account.endpoint, job, task, call.version)
