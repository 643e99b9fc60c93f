"""Bodies that say what runs on nodes and for whom: start task, users, mounts, packages, certificates."""

from typing import Annotated

from azure_simulator.batch.bodies.body import (
    AutoUserScope,
    Body,
    CertificateStore,
    CertificateVisibility,
    ElevationLevel,
    Flag,
    JobDefaultOrder,
    LoginMode,
    MountSource,
    NodeFillType,
    OptionalSecret,
    Secret,
    Text,
    Whole,
    WorkingDirectory,
)
from azure_simulator.batch.bodies.machines import ContainerRegistry, NodeIdentityReference
from azure_simulator.batch.versions import V2021_06, V2024_07, V2025_06, Known


class AutoUser(Body):
    """The user that Batch makes for a task."""

    scope: AutoUserScope = "pool"
    elevation_level: ElevationLevel = "nonadmin"


class UserIdentity(Body):
    """Whom a task runs as: a named user of the pool, or one that Batch makes."""

    username: Text | None = None
    auto_user: AutoUser | None = None


class ResourceFile(Body):
    """A file that is downloaded before a task starts."""

    auto_storage_container_name: Text | None = None
    storage_container_url: Text | None = None
    http_url: Text | None = None
    blob_prefix: Text | None = None
    file_path: Text | None = None
    file_mode: Text | None = None
    identity_reference: Annotated[NodeIdentityReference | None, Known(since=V2021_06)] = None


class EnvironmentSetting(Body):
    """An environment variable of a task."""

    name: Text
    value: Text | None = None


class BindMount(Body):
    """A folder of the node that a container sees."""

    source: MountSource | None = None
    is_read_only: Flag | None = None


class ContainerSettings(Body):
    """The container that a task runs in."""

    container_run_options: Text | None = None
    image_name: Text
    registry: ContainerRegistry | None = None
    working_directory: WorkingDirectory | None = None
    container_host_batch_bind_mounts: Annotated[tuple[BindMount, ...] | None, Known(since=V2024_07)] = None


class StartTask(Body):
    """What every node runs when it joins the pool; absent parts are filled in as the service does."""

    command_line: Text
    container_settings: ContainerSettings | None = None
    resource_files: tuple[ResourceFile, ...] | None = None
    environment_settings: tuple[EnvironmentSetting, ...] | None = None
    user_identity: UserIdentity | None = None
    max_task_retry_count: Whole | None = None
    wait_for_success: Flag | None = None

    def completed(self) -> "StartTask":
        """The same start task with the defaults of the service spelled out."""
        return self.model_copy(
            update={
                "user_identity": self.user_identity or UserIdentity(auto_user=AutoUser()),
                "max_task_retry_count": self.max_task_retry_count or 0,
                "wait_for_success": True if self.wait_for_success is None else self.wait_for_success,
            }
        )


class PackageReference(Body):
    """An application package by the ARM id of its application (or its name in older versions)."""

    application_id: Text
    version: Text | None = None


class MetadataItem(Body):
    """A name and a value that Batch keeps and does not look at."""

    name: Text
    value: Text


class TaskSchedulingPolicy(Body):
    """How tasks are spread over nodes."""

    job_default_order: Annotated[JobDefaultOrder | None, Known(since=V2025_06)] = None
    node_fill_type: NodeFillType


class LinuxUser(Body):
    """A user of Linux nodes; the private key is a secret."""

    uid: Whole | None = None
    gid: Whole | None = None
    ssh_private_key: OptionalSecret = None


class WindowsUser(Body):
    """A user of Windows nodes."""

    login_mode: LoginMode | None = None


class UserAccount(Body):
    """A user on every node; the password is a secret."""

    name: Text
    password: Secret
    elevation_level: ElevationLevel | None = None
    linux_user_configuration: LinuxUser | None = None
    windows_user_configuration: WindowsUser | None = None


class BlobMount(Body):
    """A blob container on every node; the keys are secrets."""

    account_name: Text
    container_name: Text
    account_key: OptionalSecret = None
    sas_key: OptionalSecret = None
    blobfuse_options: Text | None = None
    relative_mount_path: Text
    identity_reference: Annotated[NodeIdentityReference | None, Known(since=V2021_06)] = None


class NfsMount(Body):
    """An NFS share on every node."""

    source: Text
    relative_mount_path: Text
    mount_options: Text | None = None


class CifsMount(Body):
    """A CIFS share on every node; the password is a secret."""

    username: Text
    source: Text
    relative_mount_path: Text
    mount_options: Text | None = None
    password: Secret


class FileShareMount(Body):
    """An Azure file share on every node; the account key is a secret."""

    account_name: Text
    account_key: Secret
    azure_file_url: Text
    relative_mount_path: Text
    mount_options: Text | None = None


class Mount(Body):
    """A file system on every node: exactly one of its four kinds."""

    azure_blob_file_system_configuration: BlobMount | None = None
    nfs_mount_configuration: NfsMount | None = None
    cifs_mount_configuration: CifsMount | None = None
    azure_file_share_configuration: FileShareMount | None = None

    def kinds(self) -> tuple[Body, ...]:
        """The kinds that are given."""
        every = (
            self.azure_blob_file_system_configuration,
            self.nfs_mount_configuration,
            self.cifs_mount_configuration,
            self.azure_file_share_configuration,
        )
        return tuple(kind for kind in every if kind is not None)


class CertificateReference(Body):
    """A certificate that nodes get (retired; api-versions up to 2024-07-01.20.0 know it)."""

    thumbprint: Text
    thumbprint_algorithm: Text
    store_location: CertificateStore | None = None
    store_name: Text | None = None
    visibility: tuple[CertificateVisibility, ...] | None = None
