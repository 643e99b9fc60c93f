"""Pools as Resource Manager answers them."""

from collections.abc import Callable, Mapping
from typing import Any

from azure_simulator.answers import batch_time
from azure_simulator.batch.bodies.body import format_duration
from azure_simulator.batch.pools import AssignedIdentity, AutoScaleRun, Pool
from azure_simulator.batch.states import Deallocation, Kind, PoolState, ResizeError
from azure_simulator.batch.versions import LATEST
from azure_simulator.batch_accounts.pool_translation import for_manager

Document = dict[str, Any]

_OPTIONS: Mapping[Deallocation, str] = {
    Deallocation.REQUEUE: "Requeue",
    Deallocation.TERMINATE: "Terminate",
    Deallocation.TASK_COMPLETION: "TaskCompletion",
    Deallocation.RETAINED_DATA: "RetainedData",
}


def pool_document(pool: Pool) -> Document:
    """A pool; the secrets are left out."""
    return {
        "id": f"{pool.account.id}/pools/{pool.id}",
        "name": pool.id,
        "type": "Microsoft.Batch/batchAccounts/pools",
        "etag": etag_of(pool),
        **({"tags": pool.tags} if pool.tags else {}),
        **({"identity": _identity(pool.identities)} if pool.identities else {}),
        "properties": {**for_manager(pool.features.rendered(LATEST)), **_state(pool)},
    }


def etag_of(pool: Pool) -> str:
    """The entity tag as Resource Manager writes it: weak and quoted."""
    return f'W/"{pool.etag}"'


def _provisioning(pool: Pool) -> str:
    return "Deleting" if pool.state is PoolState.DELETING else "Succeeded"


_FILTERABLE: Mapping[str, Callable[[Pool], Any]] = {
    "name": lambda pool: pool.id,
    "properties/allocationState": lambda pool: pool.allocation_state.value,
    "properties/allocationStateTransitionTime": lambda pool: pool.allocation_since,
    "properties/creationTime": lambda pool: pool.created,
    "properties/provisioningState": _provisioning,
    "properties/provisioningStateTransitionTime": lambda pool: pool.state_since,
    "properties/lastModified": lambda pool: pool.modified,
    "properties/vmSize": lambda pool: pool.features.vm_size,
}
POOL_FILTERS = frozenset(_FILTERABLE)


def filterable_pool(pool: Pool) -> Document:
    """What pools can be filtered by; times are moments."""
    return {name: read(pool) for name, read in _FILTERABLE.items()}


def _state(pool: Pool) -> Document:
    run = {} if pool.autoscale_run is None else {"autoScaleRun": _run(pool.autoscale_run)}
    return {
        "lastModified": batch_time(pool.modified),
        "creationTime": batch_time(pool.created),
        "provisioningState": _provisioning(pool),
        "provisioningStateTransitionTime": batch_time(pool.state_since),
        "allocationState": pool.allocation_state.value.capitalize(),
        "allocationStateTransitionTime": batch_time(pool.allocation_since),
        "currentDedicatedNodes": pool.nodes.total(Kind.DEDICATED),
        "currentLowPriorityNodes": pool.nodes.total(Kind.LOW_PRIORITY),
        "scaleSettings": _scale(pool),
        "resizeOperationStatus": _resize(pool),
        **run,
    }


def _scale(pool: Pool) -> Document:
    if pool.autoscale is not None:
        interval = format_duration(pool.autoscale.interval)
        return {"autoScale": {"formula": pool.autoscale.formula, "evaluationInterval": interval}}
    return {"fixedScale": _targets(pool)}


def _targets(pool: Pool) -> Document:
    return {
        "targetDedicatedNodes": pool.targets.dedicated,
        "targetLowPriorityNodes": pool.targets.low_priority,
        "resizeTimeout": format_duration(pool.resize_timeout),
    }


def _resize(pool: Pool) -> Document:
    """The resize under way, or the last one."""
    errors = [_resize_error(error) for error in pool.resize_errors] if pool.is_steady else []
    return {
        **_targets(pool),
        "nodeDeallocationOption": _OPTIONS[pool.deallocation],
        "startTime": batch_time(pool.resize_began),
        **({"errors": errors} if errors else {}),
    }


def _resize_error(error: ResizeError) -> Document:
    details = [{"code": name, "message": value} for name, value in error.values.items()]
    return {"code": error.code, "message": error.message, **({"details": details} if details else {})}


def _run(run: AutoScaleRun) -> Document:
    error = {} if run.error is None else {"error": {"code": run.error[0], "message": run.error[1]}}
    return {"evaluationTime": batch_time(run.timestamp), "results": run.results, **error}


def _identity(identities: tuple[AssignedIdentity, ...]) -> Document:
    assigned = {one.resource_id: {"principalId": one.principal_id, "clientId": one.client_id} for one in identities}
    return {"type": "UserAssigned", "userAssignedIdentities": assigned}
