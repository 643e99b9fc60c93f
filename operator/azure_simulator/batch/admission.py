"""What the service checks before it takes a pool: values of the body, first alone, then against each other."""

import re
from collections.abc import Sequence
from datetime import timedelta

from azure_simulator.answers import BatchError
from azure_simulator.batch.bodies.machines import VirtualMachineConfiguration
from azure_simulator.batch.bodies.networks import NetworkConfiguration
from azure_simulator.batch.bodies.pools import PoolCreate, PoolFeatures
from azure_simulator.batch.bodies.tasks import MetadataItem, Mount, PackageReference, StartTask, TaskSchedulingPolicy
from azure_simulator.batch.catalogue import Catalogue
from azure_simulator.batch.errors import (
    autoscale_settings,
    invalid_property,
    missing_property,
    node_agent_not_found,
    packages_not_found,
)
from azure_simulator.batch_accounts.models import BatchAccount
from azure_simulator.scenario import VmSize

MOST_PACKAGES = 10
MOST_MOUNTS = 10
MOST_TASK_SLOTS = 256
MOST_REMOVED_NODES = 100
SHORTEST_TIMEOUT = timedelta(minutes=5)
LONGEST_INTERVAL = timedelta(hours=168)

POOL_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
"""The ids of pools, jobs and tasks."""
_SUBNET_FORM = (
    "/subscriptions/{subscription}/resourceGroups/{group}/providers/{provider}"
    "/virtualNetworks/{network}/subnets/{subnet}"
)
_SUBNET = re.compile(
    r"/subscriptions/[^/]+/resourceGroups/[^/]+/providers/Microsoft\.(?:Classic)?Network"
    r"/virtualNetworks/[^/]+/subnets/[^/]+",
    re.IGNORECASE,
)


def check_creation(body: PoolCreate) -> None:
    """Check what only creation sets: the id and how the pool is sized."""
    if POOL_ID.fullmatch(body.id) is None:
        raise invalid_property(
            "id",
            "The id can contain any combination of alphanumeric characters including hyphens and underscores, "
            "and cannot contain more than 64 characters.",
            body.id,
        )
    if body.virtual_machine_configuration is None:
        raise missing_property("virtualMachineConfiguration")
    check_timeout("resizeTimeout", body.resize_timeout)
    check_targets(body.target_dedicated_nodes, body.target_low_priority_nodes)
    _check_sizing(body)


def check_features(features: PoolFeatures, account: BatchAccount, catalogue: Catalogue) -> VmSize:
    """Check everything that PATCH may change too; the VM size it names is returned."""
    size = _checked_size(features, catalogue)
    if features.virtual_machine_configuration is not None:
        _check_machine(features.virtual_machine_configuration, catalogue)
    _check_network(features.network_configuration)
    _check_length("displayName", features.display_name, 1024)
    _check_slots(features.task_slots_per_node, size)
    _check_start_task(features.start_task)
    check_packages(features.application_package_references or (), account)
    check_metadata(features.metadata or ())
    _check_mounts(features.mount_configuration or ())
    _check_users(features)
    if features.resource_tags is not None and account.pool_allocation_mode != "UserSubscription":
        raise invalid_property(
            "resourceTags", "Resource tags need an account whose pool allocation mode is UserSubscription."
        )
    return size


def completed(features: PoolFeatures) -> PoolFeatures:
    """The features with the defaults of the service spelled out."""
    given = (features.task_slots_per_node, features.max_tasks_per_node, 1)
    slots = next(slots for slots in given if slots is not None)
    return features.changed_by(
        {
            "enable_inter_node_communication": bool(features.enable_inter_node_communication),
            "task_slots_per_node": slots,
            "max_tasks_per_node": slots,
            "task_scheduling_policy": features.task_scheduling_policy or TaskSchedulingPolicy(node_fill_type="Spread"),
            "start_task": features.start_task and features.start_task.completed(),
            "virtual_machine_configuration": features.virtual_machine_configuration
            and _machine_completed(features.virtual_machine_configuration),
        }
    )


def check_timeout(name: str, timeout: timedelta | None) -> None:
    """Check a resize timeout: at least five minutes."""
    if timeout is not None and timeout < SHORTEST_TIMEOUT:
        raise invalid_property(name, "The timeout must be at least 5 minutes.", str(timeout))


def check_interval(interval: timedelta | None) -> None:
    """Check how often a formula is evaluated: from five minutes to 168 hours."""
    if interval is not None and not SHORTEST_TIMEOUT <= interval <= LONGEST_INTERVAL:
        raise invalid_property(
            "autoScaleEvaluationInterval",
            "The interval must be between 5 minutes and 168 hours.",
            str(interval),
        )


def check_targets(dedicated: int | None, low_priority: int | None) -> None:
    """Check that targets are not negative."""
    for name, target in (("targetDedicatedNodes", dedicated), ("targetLowPriorityNodes", low_priority)):
        if target is not None and target < 0:
            raise invalid_property(name, "The number of nodes cannot be negative.", str(target))


def _check_sizing(body: PoolCreate) -> None:
    check_interval(body.auto_scale_evaluation_interval)
    if not body.enable_auto_scale:
        _refuse_given(
            "may only be specified if enableAutoScale is true",
            autoScaleFormula=body.auto_scale_formula,
            autoScaleEvaluationInterval=body.auto_scale_evaluation_interval,
        )
        return
    if body.auto_scale_formula is None:
        raise autoscale_settings("autoScaleFormula is required if enableAutoScale is true.")
    _refuse_given(
        "must not be specified if enableAutoScale is true",
        targetDedicatedNodes=body.target_dedicated_nodes,
        targetLowPriorityNodes=body.target_low_priority_nodes,
    )


def _refuse_given(rule: str, **values: object) -> None:
    for name, value in values.items():
        if value is not None:
            raise invalid_property(name, f"This property {rule}.", str(value))


def _checked_size(features: PoolFeatures, catalogue: Catalogue) -> VmSize:
    name = features.vm_size
    if not name:
        raise missing_property("vmSize")
    size = catalogue.size(name)
    if size is None:
        raise invalid_property("vmSize", "The specified VM size is not supported by the Batch service.", name)
    return size


def _check_machine(machine: VirtualMachineConfiguration, catalogue: Catalogue) -> None:
    agent_os = catalogue.agent_os(machine.node_agent_sku_id)
    if agent_os is None:
        raise node_agent_not_found(machine.node_agent_sku_id)
    if machine.windows_configuration is not None and agent_os != "Windows":
        raise invalid_property(
            "windowsConfiguration", "This property must not be specified for a Linux operating system."
        )
    luns = [disk.lun for disk in machine.data_disks or ()]
    if len(luns) != len(set(luns)):
        raise invalid_property("dataDisks", "Each data disk must have a distinct logical unit number.")
    security = machine.security_profile
    if security is not None and security.uefi_settings is not None and security.security_type is None:
        raise invalid_property("uefiSettings", "securityType must be set to enable UEFI settings.")


def _check_network(network: NetworkConfiguration | None) -> None:
    """Check how a subnet is written; networks themselves are not simulated."""
    subnet_id = None if network is None else network.subnet_id
    if subnet_id is not None and _SUBNET.fullmatch(subnet_id) is None:
        raise invalid_property("subnetId", f"The id of a subnet must be of the form {_SUBNET_FORM}.", subnet_id)


def _check_start_task(task: StartTask | None) -> None:
    if task is None:
        return
    if not task.command_line.strip():
        raise invalid_property("commandLine", "The command line cannot be empty.", task.command_line)
    if task.max_task_retry_count is not None and task.max_task_retry_count < -1:
        raise invalid_property(
            "maxTaskRetryCount", "The count must be -1 (unlimited) or more.", str(task.max_task_retry_count)
        )
    identity = task.user_identity
    if identity is not None and (identity.username is None) == (identity.auto_user is None):
        raise invalid_property("userIdentity", "Exactly one of username and autoUser must be specified.")


def check_packages(references: Sequence[PackageReference], account: BatchAccount) -> None:
    """Check that nodes can get the application packages that a pool or task refers to."""
    _check_count("applicationPackageReferences", references, MOST_PACKAGES)
    unserved = account.applications.unserved((one.application_id, one.version) for one in references)
    if unserved:
        raise packages_not_found(unserved)


def check_metadata(metadata: Sequence[MetadataItem]) -> None:
    """Check that every item has a name."""
    if any(not item.name for item in metadata):
        raise BatchError(400, "EmptyMetadataKey", "The key for one of the metadata key-value pairs is empty.")


def _check_mounts(mounts: Sequence[Mount]) -> None:
    _check_count("mountConfiguration", mounts, MOST_MOUNTS)
    for mount in mounts:
        if len(mount.kinds()) != 1:
            raise invalid_property(
                "mountConfiguration", "Each entry must have exactly one of the four file system kinds."
            )


def _check_users(features: PoolFeatures) -> None:
    names = [user.name.lower() for user in features.user_accounts or ()]
    if len(names) != len(set(names)):
        raise invalid_property("userAccounts", "The names of user accounts must be unique.")
    if any(not user.name or not user.password for user in features.user_accounts or ()):
        raise invalid_property("userAccounts", "A user account needs a name and a password.")


def _check_slots(slots: int | None, size: VmSize) -> None:
    most = min(4 * size.cores, MOST_TASK_SLOTS)
    if slots is not None and not 1 <= slots <= most:
        raise invalid_property(
            "taskSlotsPerNode", f"The value must be between 1 and {most} for VM size {size.name}.", str(slots)
        )


def _check_count(name: str, items: Sequence[object] | None, most: int) -> None:
    if items is not None and len(items) > most:
        raise invalid_property(name, f"At most {most} entries are allowed.", str(len(items)))


def _check_length(name: str, text: str | None, most: int) -> None:
    if text is not None and len(text) > most:
        raise invalid_property(name, f"The text must not be longer than {most} characters.")


def _machine_completed(machine: VirtualMachineConfiguration) -> VirtualMachineConfiguration:
    reference = machine.image_reference
    if reference.publisher is None or reference.version is not None:
        return machine
    latest = reference.model_copy(update={"version": "latest"})
    return machine.model_copy(update={"image_reference": latest})
