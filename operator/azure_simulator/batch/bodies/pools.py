"""The bodies that pools are created, changed, resized and scaled with."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Self

from azure_simulator.batch.bodies.body import (
    Body,
    Duration,
    Flag,
    NodeCommunicationMode,
    NodeDeallocationOption,
    Text,
    Whole,
)
from azure_simulator.batch.bodies.machines import VirtualMachineConfiguration
from azure_simulator.batch.bodies.networks import NetworkConfiguration, UpgradePolicy
from azure_simulator.batch.bodies.tasks import (
    CertificateReference,
    MetadataItem,
    Mount,
    PackageReference,
    StartTask,
    TaskSchedulingPolicy,
    UserAccount,
)
from azure_simulator.batch.versions import (
    V2020_03,
    V2020_09,
    V2022_10,
    V2023_11,
    V2024_02,
    V2024_07,
    Known,
)

NODE_BOUND = (
    "display_name",
    "vm_size",
    "enable_inter_node_communication",
    "virtual_machine_configuration",
    "max_tasks_per_node",
    "task_slots_per_node",
    "task_scheduling_policy",
    "network_configuration",
    "user_accounts",
    "mount_configuration",
    "upgrade_policy",
    "resource_tags",
)
"""Fields that PATCH changes only on a pool without nodes (REST reference, Pool - Patch)."""


class PoolFeatures(Body):
    """Everything about a pool that creation sets and PATCH may change."""

    display_name: Text | None = None
    vm_size: Text | None = None
    virtual_machine_configuration: VirtualMachineConfiguration | None = None
    enable_inter_node_communication: Flag | None = None
    network_configuration: NetworkConfiguration | None = None
    start_task: StartTask | None = None
    certificate_references: Annotated[tuple[CertificateReference, ...] | None, Known(until=V2024_07)] = None
    application_package_references: tuple[PackageReference, ...] | None = None
    max_tasks_per_node: Annotated[Whole | None, Known(until=V2020_03)] = None
    task_slots_per_node: Annotated[Whole | None, Known(since=V2020_09)] = None
    task_scheduling_policy: TaskSchedulingPolicy | None = None
    user_accounts: tuple[UserAccount, ...] | None = None
    metadata: tuple[MetadataItem, ...] | None = None
    mount_configuration: Annotated[tuple[Mount, ...] | None, Known(since=V2020_03)] = None
    target_node_communication_mode: Annotated[NodeCommunicationMode | None, Known(since=V2022_10, until=V2024_07)] = (
        None
    )
    upgrade_policy: Annotated[UpgradePolicy | None, Known(since=V2024_02)] = None
    resource_tags: Annotated[dict[str, Text] | None, Known(since=V2023_11, until=V2024_07)] = None

    def given(self) -> dict[str, Any]:
        """The fields that the body sets, by field name; null counts as absent."""
        return {name: value for name in self.model_fields_set if (value := getattr(self, name)) is not None}

    def changed_by(self, values: Mapping[str, Any]) -> Self:
        """The same features with some fields (by name) replaced."""
        return self.model_copy(update=dict(values))


class PoolPatch(PoolFeatures):
    """PATCH of a pool; before 2024-07-01.20.0 it had only what may change at any time."""

    marks: ClassVar[Mapping[str, Known]] = {name: Known(since=V2024_07) for name in NODE_BOUND}


class PoolCreate(PoolFeatures):
    """POST of a pool."""

    id: Text
    vm_size: Text
    resize_timeout: Duration | None = None
    target_dedicated_nodes: Whole | None = None
    target_low_priority_nodes: Whole | None = None
    enable_auto_scale: Flag | None = None
    auto_scale_formula: Text | None = None
    auto_scale_evaluation_interval: Duration | None = None

    @property
    def machine(self) -> VirtualMachineConfiguration:
        """What boots on the nodes; raises ValueError where `check_creation` would refuse the body."""
        if self.virtual_machine_configuration is None:
            raise ValueError(f"pool {self.id} has no virtualMachineConfiguration")
        return self.virtual_machine_configuration

    def features(self) -> PoolFeatures:
        """The part that PATCH may change later."""
        fields = PoolFeatures.model_fields
        return PoolFeatures.model_construct(**{name: getattr(self, name) for name in fields})


class PoolReplace(Body):
    """POST updateproperties: exactly these parts of a pool, all at once."""

    start_task: StartTask | None = None
    certificate_references: Annotated[tuple[CertificateReference, ...] | None, Known(until=V2024_07)] = None
    application_package_references: tuple[PackageReference, ...]
    metadata: tuple[MetadataItem, ...]
    target_node_communication_mode: Annotated[NodeCommunicationMode | None, Known(since=V2022_10, until=V2024_07)] = (
        None
    )


class PoolResize(Body):
    """POST resize."""

    target_dedicated_nodes: Whole | None = None
    target_low_priority_nodes: Whole | None = None
    resize_timeout: Duration | None = None
    node_deallocation_option: NodeDeallocationOption | None = None


class NodeRemoval(Body):
    """POST removenodes."""

    node_list: tuple[Text, ...]
    resize_timeout: Duration | None = None
    node_deallocation_option: NodeDeallocationOption | None = None


class AutoScaleEnabling(Body):
    """POST enableautoscale; an absent part keeps what the pool has."""

    auto_scale_formula: Text | None = None
    auto_scale_evaluation_interval: Duration | None = None


class AutoScaleEvaluation(Body):
    """POST evaluateautoscale."""

    auto_scale_formula: Text


class NodeReboot(Body):
    """POST reboot."""

    node_reboot_option: NodeDeallocationOption | None = None


class NodeReimage(Body):
    """POST reimage."""

    node_reimage_option: Text | None = None


class NodeDeallocation(Body):
    """POST deallocate."""

    node_deallocate_option: NodeDeallocationOption | None = None


class SchedulingDisabling(Body):
    """POST disablescheduling."""

    node_disable_scheduling_option: NodeDeallocationOption | None = None
