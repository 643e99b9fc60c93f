"""The machine that clients run on, as its metadata endpoint knows it."""

from azure_simulator.sections import Section


class SystemAssignedIdentity(Section):
    """The identity that lives and goes with the machine; role assignments name it by `name`."""

    name: str
    client_id: str
    object_id: str


class InstanceMetadata(Section):
    """Which managed identities the machine has; `userAssigned` names some of the scenario's `identities`."""

    system_assigned: SystemAssignedIdentity | None = None
    user_assigned: tuple[str, ...] = ()
