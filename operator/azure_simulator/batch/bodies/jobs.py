"""The bodies that jobs and their tasks are made and changed with."""

from typing import Annotated, Any

from pydantic import Field

from azure_simulator.batch.bodies.body import (
    Body,
    Duration,
    Flag,
    JobAction,
    RunningTasks,
    TaskFailureAction,
    Text,
    Whole,
)
from azure_simulator.batch.bodies.tasks import (
    ContainerSettings,
    EnvironmentSetting,
    MetadataItem,
    PackageReference,
    ResourceFile,
    UserIdentity,
)
from azure_simulator.batch.versions import V2020_09, V2022_01, V2024_07, Known

Unsimulated = dict[str, Any] | None
"""A part that is taken only to be refused by name."""


class PoolInformation(Body):
    """The pool that tasks run on, by its id."""

    pool_id: Text | None = None
    auto_pool_specification: Unsimulated = None


class JobConstraints(Body):
    """How long a job may take, and how often its tasks are tried again."""

    max_wall_clock_time: Duration | None = None
    max_task_retry_count: Whole | None = None


class JobNetwork(Body):
    """The subnet that nodes join for a job's tasks."""

    subnet_id: Text
    skip_withdraw_from_vnet: Annotated[Flag | None, Field(alias="skipWithdrawFromVNet"), Known(since=V2024_07)] = None


class JobFeatures(Body):
    """What changes of a job may set."""

    priority: Annotated[Whole, Field(ge=-1000, le=1000)] | None = None
    allow_task_preemption: Annotated[Flag | None, Known(since=V2022_01)] = None
    max_parallel_tasks: Annotated[Whole | None, Known(since=V2022_01)] = None
    constraints: JobConstraints | None = None
    pool_info: PoolInformation | None = None
    on_all_tasks_complete: JobAction | None = None
    network_configuration: JobNetwork | None = None
    metadata: tuple[MetadataItem, ...] | None = None


class JobPatch(JobFeatures):
    """PATCH of a job: what it gives is changed."""


class JobReplace(JobFeatures):
    """PUT of a job: its pool has to be named; members that the service only answers are not taken."""

    pool_info: PoolInformation


class JobCreate(JobFeatures):
    """POST of a job."""

    id: Text
    pool_info: PoolInformation
    display_name: Text | None = None
    uses_task_dependencies: Flag | None = None
    on_task_failure: TaskFailureAction | None = None
    common_environment_settings: tuple[EnvironmentSetting, ...] | None = None
    job_manager_task: Unsimulated = None
    job_preparation_task: Unsimulated = None
    job_release_task: Unsimulated = None


class JobDisabling(Body):
    """POST disable: what happens to running tasks."""

    disable_tasks: RunningTasks


class JobTermination(Body):
    """POST terminate."""

    terminate_reason: Text | None = None


class TaskConstraints(Body):
    """How long a task may take and its files are kept, and how often it is tried again."""

    max_wall_clock_time: Duration | None = None
    retention_time: Duration | None = None
    max_task_retry_count: Whole | None = None


class Affinity(Body):
    """The node that a task would like to run on."""

    affinity_id: Text


class TaskCreate(Body):
    """POST of a task."""

    id: Text
    display_name: Text | None = None
    command_line: Text
    container_settings: ContainerSettings | None = None
    exit_conditions: Unsimulated = None
    resource_files: tuple[ResourceFile, ...] | None = None
    output_files: tuple[dict[str, Any], ...] | None = None
    environment_settings: tuple[EnvironmentSetting, ...] | None = None
    affinity_info: Affinity | None = None
    constraints: TaskConstraints | None = None
    required_slots: Annotated[Annotated[Whole, Field(ge=1)] | None, Known(since=V2020_09)] = None
    user_identity: UserIdentity | None = None
    multi_instance_settings: Unsimulated = None
    depends_on: Unsimulated = None
    application_package_references: tuple[PackageReference, ...] | None = None
    authentication_token_settings: Unsimulated = None


class TaskCollection(Body):
    """POST of several tasks at once."""

    value: tuple[TaskCreate, ...]
