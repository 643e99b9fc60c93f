"""Writes on a disk, snapshot or machine that is still being made, changed or deleted."""

from azure_simulator.answers import ArmError

_MOVING = frozenset({"Creating", "Updating", "Deleting"})


def refuse_concurrent_write(state: str) -> None:
    """Refuse a write while the provisioning state moves; raises ArmError 409 `Conflict` in the service's words."""
    if state in _MOVING:
        raise conflict()


def conflict() -> ArmError:
    """The refusal of a write that meets another one."""
    return ArmError(
        409,
        "Conflict",
        "The request failed due to conflict with a concurrent request. To resolve it, please refer to "
        "https://aka.ms/activitylog to get more details on the conflicting requests.",
    )
