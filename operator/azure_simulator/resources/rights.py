"""Role assignments and what they allow (Microsoft.Authorization)."""

import uuid
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from azure_simulator.access import Caller
from azure_simulator.arm_ids import key_of
from azure_simulator.identity.directory import Directory
from azure_simulator.resources.roles import BUILT_IN_ROLES, Role
from azure_simulator.scenario import RoleAssignment, Scenario


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """A role that a principal (its object id) has at a scope (an ARM id) and everything below it."""

    name: str
    principal_id: str
    role: Role
    scope: str
    principal_type: str = "ServicePrincipal"

    @property
    def id(self) -> str:
        """The ARM id of the assignment."""
        return f"{self.scope.rstrip('/')}/providers/Microsoft.Authorization/roleAssignments/{self.name}"

    def covers(self, scope: str) -> bool:
        """Whether `scope` is the assignment's own or lies below it."""
        return _is_within(key_of(scope), key_of(self.scope))


class Rights:
    """All role definitions (by GUID) and role assignments (by principal)."""

    def __init__(self) -> None:
        self._roles = {role.id: role for role in BUILT_IN_ROLES}
        self._by_id: dict[str, Assignment] = {}
        self._by_principal: defaultdict[str, list[Assignment]] = defaultdict(list)

    @classmethod
    def from_scenario(cls, scenario: Scenario, directory: Directory) -> "Rights":
        """The roles and assignments of `scenario`; raises ValueError for an unknown application or role."""
        rights = cls()
        for custom in scenario.roles:
            rights.define(Role(**custom.model_dump(), built_in=False))
        for seed in scenario.role_assignments:
            rights.add(rights._seeded(seed, directory))
        return rights

    @property
    def roles(self) -> tuple[Role, ...]:
        """Every role definition."""
        return tuple(self._roles.values())

    def define(self, role: Role) -> None:
        """Add or replace a custom role."""
        self._roles[role.id.casefold()] = role

    def role(self, guid: str) -> Role | None:
        """The role definition with this GUID."""
        return self._roles.get(guid.casefold())

    def add(self, assignment: Assignment) -> None:
        """Grant."""
        self._by_id[key_of(assignment.id)] = assignment
        self._by_principal[assignment.principal_id].append(assignment)

    def remove(self, assignment: Assignment) -> None:
        """Withdraw."""
        del self._by_id[key_of(assignment.id)]
        self._by_principal[assignment.principal_id].remove(assignment)

    def get(self, assignment_id: str) -> Assignment | None:
        """The assignment with this ARM id."""
        return self._by_id.get(key_of(assignment_id))

    def at(self, scope: str) -> Iterable[Assignment]:
        """The assignments at `scope`, above and below it, as Azure lists them."""
        wanted = key_of(scope)
        return (
            assignment
            for assignment in self._by_id.values()
            if assignment.covers(scope) or _is_within(key_of(assignment.scope), wanted)
        )

    def allows(self, caller: Caller, action: str, scope: str, *, data_action: bool = False) -> bool:
        """Whether some role of the caller contains `action` at `scope`."""
        return any(
            assignment.covers(scope) and assignment.role.grants(action, data_action=data_action)
            for assignment in self._by_principal[caller.object_id]
        )

    def _seeded(self, seed: RoleAssignment, directory: Directory) -> Assignment:
        application = directory.named(seed.application)
        if application is None:
            raise ValueError(
                f"the scenario gives a role to {seed.application!r}, which is no application and no managed identity; "
                "add it under tenants[].applications or identities"
            )
        role = next((role for role in self.roles if role.name.casefold() == seed.role.casefold()), None)
        if role is None:
            raise ValueError(f"the scenario assigns the role {seed.role!r}; add it under roles")
        name = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{seed.application}|{seed.role}|{seed.scope}"))
        return Assignment(name=name, principal_id=application.object_id, role=role, scope=seed.scope)

    def sees_something_in(self, caller: Caller, scope: str) -> bool:
        """Whether the caller has any role at `scope` or below, so that lists show it to them."""
        wanted = key_of(scope)
        return any(
            assignment.covers(scope) or _is_within(key_of(assignment.scope), wanted)
            for assignment in self._by_principal[caller.object_id]
        )


def _is_within(scope: str, outer: str) -> bool:
    return not outer or scope == outer or scope.startswith(outer + "/")
