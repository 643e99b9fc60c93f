"""The operations of the Batch service that are not simulated: each answers 501 with its name."""

from aiohttp import web

from azure_simulator.answers import not_simulated

_JOB = "/jobs/{job_id}"
_TASK = f"{_JOB}/tasks/{{task_id}}"
_SCHEDULE = "/jobschedules/{job_schedule_id}"
_NODE = "/pools/{pool_id}/nodes/{node_id}"

_OPERATIONS = (
    ("GET", "/poolusagemetrics", "Pools_ListPoolUsageMetrics"),
    ("GET", "/lifetimepoolstats", "Pool_GetAllLifetimeStatistics"),
    ("GET", "/lifetimejobstats", "Job_GetAllLifetimeStatistics"),
    ("*", "/certificates{rest:.*}", "Certificates"),
    (
        "GET",
        f"{_JOB}/jobpreparationandreleasetaskstatus",
        "Jobs_ListJobPreparationAndReleaseTaskStatus",
    ),
    ("PUT", _TASK, "Tasks_ReplaceTask"),
    ("GET", f"{_TASK}/subtasksinfo", "Tasks_ListSubTasks"),
    ("*", f"{_TASK}/files{{rest:.*}}", "Tasks_Files"),
    ("POST", "/jobschedules", "JobSchedules_CreateJobSchedule"),
    ("GET", "/jobschedules", "JobSchedules_ListJobSchedules"),
    ("GET", _SCHEDULE, "JobSchedules_GetJobSchedule"),
    ("HEAD", _SCHEDULE, "JobSchedules_JobScheduleExists"),
    ("PATCH", _SCHEDULE, "JobSchedules_UpdateJobSchedule"),
    ("PUT", _SCHEDULE, "JobSchedules_ReplaceJobSchedule"),
    ("DELETE", _SCHEDULE, "JobSchedules_DeleteJobSchedule"),
    ("POST", f"{_SCHEDULE}/disable", "JobSchedules_DisableJobSchedule"),
    ("POST", f"{_SCHEDULE}/enable", "JobSchedules_EnableJobSchedule"),
    ("POST", f"{_SCHEDULE}/terminate", "JobSchedules_TerminateJobSchedule"),
    ("GET", f"{_SCHEDULE}/jobs", "Jobs_ListJobsFromSchedule"),
    ("POST", f"{_NODE}/users", "Nodes_CreateNodeUser"),
    ("PUT", f"{_NODE}/users/{{user_name}}", "Nodes_ReplaceNodeUser"),
    ("DELETE", f"{_NODE}/users/{{user_name}}", "Nodes_DeleteNodeUser"),
    ("GET", f"{_NODE}/remoteloginsettings", "Nodes_GetNodeRemoteLoginSettings"),
    ("GET", f"{_NODE}/rdp", "ComputeNode_GetRemoteDesktop"),
    ("POST", f"{_NODE}/uploadbatchservicelogs", "Nodes_UploadNodeLogs"),
    ("GET", f"{_NODE}/extensions", "Nodes_ListNodeExtensions"),
    ("GET", f"{_NODE}/extensions/{{extension_name}}", "Nodes_GetNodeExtension"),
    ("*", f"{_NODE}/files{{rest:.*}}", "Nodes_Files"),
)


def routes() -> list[web.RouteDef]:
    """Everything that Azure has and this simulator has not."""
    return [_route(method, path, name) for method, path, name in _OPERATIONS]


def _route(method: str, path: str, name: str) -> web.RouteDef:
    # aiohttp would answer HEAD wherever it answers GET; here HEAD is an operation of its own.
    options = {"allow_head": False} if method == "GET" else {}
    return web.route(method, path, not_simulated(name, "batch"), **options)
