"""The managed identities of the machine that clients run on, and which of them a request means."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from azure_simulator.answers import ImdsError
from azure_simulator.identity.directory import Directory
from azure_simulator.managed_identities.models import ManagedIdentities, UserAssignedIdentity
from azure_simulator.scenario import Application, Scenario

_NAMING = {"client_id": "client_id", "object_id": "object_id", "msi_res_id": "resource_id", "mi_res_id": "resource_id"}
"""By what a request may name an identity, and what of the identity that is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """An identity of the machine, for whom its tokens are; a system-assigned one has no id in Resource Manager."""

    tenant_id: str
    client_id: str
    object_id: str
    resource_id: str = ""


class Instance:
    """The machine; what was deleted of its user-assigned identities it has no more."""

    def __init__(self, scenario: Scenario, *, identities: ManagedIdentities, directory: Directory) -> None:
        self._identities = identities
        self._user_assigned = tuple(identities.named(name).id for name in scenario.instance_metadata.user_assigned)
        self._system_assigned: Holder | None = None
        if (seed := scenario.instance_metadata.system_assigned) is not None:
            tenant_id = scenario.subscriptions[0].tenant_id
            directory.enrol(tenant_id, Application(name=seed.name, client_id=seed.client_id, object_id=seed.object_id))
            self._system_assigned = Holder(tenant_id=tenant_id, client_id=seed.client_id, object_id=seed.object_id)

    def holder(self, query: Mapping[str, str]) -> Holder:
        """Whom a request means by its query; raises ImdsError where that is nobody, or not clear."""
        named = next((key for key in _NAMING if query.get(key)), None)
        if named is not None:
            return self._named(_NAMING[named], query[named].casefold())
        return self._system_assigned or self._only_one()

    def _named(self, attribute: str, value: str) -> Holder:
        for holder in self._holders():
            if getattr(holder, attribute).casefold() == value:
                return holder
        raise _refusal("Identity not found")

    def _only_one(self) -> Holder:
        match tuple(self._holders()):
            case []:
                raise _refusal("Identity not found")
            case [holder]:
                return holder
            case _:
                raise _refusal(
                    "Multiple user assigned identities exist, please specify the clientId / resourceId of the "
                    "identity in the token request"
                )

    def _holders(self) -> Iterator[Holder]:
        if self._system_assigned is not None:
            yield self._system_assigned
        for resource_id in self._user_assigned:
            if (identity := self._identities.find(resource_id.text)) is not None:
                yield _holder(identity)


def _holder(identity: UserAssignedIdentity) -> Holder:
    return Holder(
        tenant_id=identity.tenant_id,
        client_id=identity.client_id,
        object_id=identity.principal_id,
        resource_id=identity.id.text,
    )


def _refusal(message: str) -> ImdsError:
    return ImdsError(400, "invalid_request", message)
