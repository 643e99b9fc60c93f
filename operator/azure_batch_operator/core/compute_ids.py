"""Names of what image versions are made from: machines, disks and snapshots in Resource Manager."""

import re
from dataclasses import dataclass
from typing import Literal

ComputeKind = Literal["virtualMachines", "disks", "snapshots"]

_KINDS: dict[str, ComputeKind] = {
    "virtualmachines": "virtualMachines",
    "disks": "disks",
    "snapshots": "snapshots",
}
_ID = re.compile(
    r"^/subscriptions/(?P<subscription>[^/]+)/resourceGroups/(?P<group>[^/]+)"
    r"/providers/Microsoft\.Compute/(?P<kind>[^/]+)/(?P<name>[^/]+)$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupName:
    """A resource group; groups are compared by `key`."""

    subscription_id: str
    name: str

    @property
    def id(self) -> str:
        """The group's Resource Manager id."""
        return f"/subscriptions/{self.subscription_id}/resourceGroups/{self.name}"

    @property
    def key(self) -> str:
        """The id without letter case."""
        return self.id.casefold()


@dataclass(frozen=True, slots=True, kw_only=True)
class ComputeName:
    """Where a machine, disk or snapshot lives."""

    group: GroupName
    kind: ComputeKind
    name: str

    @property
    def id(self) -> str:
        """The Resource Manager id."""
        return f"{self.group.id}/providers/Microsoft.Compute/{self.kind}/{self.name}"

    @property
    def key(self) -> str:
        """The id without letter case, for comparing."""
        return self.id.casefold()


def compute_name(resource_id: str) -> ComputeName | None:
    """The machine, disk or snapshot that an id names; None for any other id."""
    found = _ID.match(resource_id)
    if found is None or found["kind"].casefold() not in _KINDS:
        return None
    return ComputeName(
        group=GroupName(subscription_id=found["subscription"], name=found["group"]),
        kind=_KINDS[found["kind"].casefold()],
        name=found["name"],
    )
