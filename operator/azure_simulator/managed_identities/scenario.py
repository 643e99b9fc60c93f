"""The user-assigned identities that exist at the start."""

from pydantic import Field

from azure_simulator.identity.scenario import FederatedCredential
from azure_simulator.sections import Section


class UserAssignedIdentity(Section):
    """A user-assigned identity; without ids they are drawn from the scenario's randomness.

    Whom `federatedCredentials` name may sign in as the identity, from wherever they are.
    """

    subscription_id: str
    resource_group: str
    name: str
    location: str
    client_id: str | None = None
    principal_id: str | None = None
    federated_credentials: tuple[FederatedCredential, ...] = ()
    tags: dict[str, str] = Field(default_factory=dict)
