"""What clients send to manage Batch accounts."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, JsonValue

from azure_simulator.arm_bodies import Body, Json, one_of
from azure_simulator.batch_accounts.models import ALL_MODES, AuthenticationMode

Mode = Annotated[AuthenticationMode, BeforeValidator(one_of(*ALL_MODES))]
AllocationMode = Annotated[
    Literal["BatchService", "UserSubscription"],
    BeforeValidator(one_of("BatchService", "UserSubscription")),
]
NetworkAccess = Annotated[
    Literal["Enabled", "Disabled"],
    BeforeValidator(one_of("Enabled", "Disabled")),
]


class Identity(Body):
    """The identity of an account; only the one that is none is simulated."""

    type: str = "None"
    principal_id: JsonValue = None
    tenant_id: JsonValue = None
    user_assigned_identities: JsonValue = None


class Encryption(Body):
    """Who holds the key; only Microsoft is simulated."""

    key_source: str = "Microsoft.Batch"
    key_vault_properties: JsonValue = None


class AccountProperties(Body):
    """What an account is; members that Azure only answers are accepted and ignored."""

    auto_storage: Json | None = None
    pool_allocation_mode: AllocationMode | None = None
    key_vault_reference: Json | None = None
    public_network_access: NetworkAccess | None = None
    network_profile: JsonValue = None
    encryption: Encryption | None = None
    allowed_authentication_modes: tuple[Mode, ...] | None = None
    account_endpoint: JsonValue = None
    node_management_endpoint: JsonValue = None
    provisioning_state: JsonValue = None
    private_endpoint_connections: JsonValue = None
    dedicated_core_quota: JsonValue = None
    low_priority_core_quota: JsonValue = None
    dedicated_core_quota_per_vm_family: JsonValue = Field(default=None, alias="dedicatedCoreQuotaPerVMFamily")
    dedicated_core_quota_per_vm_family_enforced: JsonValue = Field(
        default=None, alias="dedicatedCoreQuotaPerVMFamilyEnforced"
    )
    pool_quota: JsonValue = None
    active_job_and_job_schedule_quota: JsonValue = None


class AccountBody(Body):
    """PUT or PATCH of an account."""

    id: JsonValue = None
    name: JsonValue = None
    type: JsonValue = None
    system_data: JsonValue = None
    location: str | None = None
    tags: dict[str, str] | None = None
    properties: AccountProperties = AccountProperties()
    identity: Identity | None = None


class RegenerateKey(Body):
    """Which key is to be made anew."""

    key_name: Annotated[Literal["Primary", "Secondary"], BeforeValidator(one_of("Primary", "Secondary"))]


class NameQuestion(Body):
    """A name that somebody would like to have."""

    name: str
    type: Literal["Microsoft.Batch/batchAccounts"]
