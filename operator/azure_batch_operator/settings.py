"""Everything that a person sets, read from the environment once; no other module reads it."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from azure_batch_operator.core.accounts import AccountRef
from azure_batch_operator.core.clouds import CLOUDS, CloudName

PREFIX = "AZURE_BATCH_OPERATOR_"

LEASE_ROOM = 1.25
"""Of a Lease's duration, renew deadline and retry period each is at least so many times the next one."""

_ACCOUNT_ID = re.compile(
    r"^/subscriptions/(?P<subscription>[^/]+)/resourceGroups/(?P<group>[^/]+)"
    r"/providers/Microsoft\.Batch/batchAccounts/(?P<name>[^/]+)$",
    re.IGNORECASE,
)


SignIn: TypeAlias = Literal["WorkloadIdentity", "ManagedIdentity", "ClientSecret", "ClientCertificate"]
"""How the operator itself may sign in."""

_PROOFS: Mapping[SignIn, str] = {
    "ClientSecret": "client_secret",
    "ClientCertificate": "client_certificate_path",
    "WorkloadIdentity": "federated_token_file",
}
"""What each way needs besides ids; where none is named, the first whose proof is set is taken."""

_NAMED = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?/[a-z0-9]([-a-z0-9.]*[a-z0-9])?")


class BadSettingsError(ValueError):
    """The environment cannot be used; the text names every variable that is wrong, one a line, and no secret."""


def _listed(value: object) -> object:
    return [item.strip() for item in value.split(",") if item.strip()] if isinstance(value, str) else value


def _account(value: object) -> object:
    if not isinstance(value, str):
        return value
    if found := _ACCOUNT_ID.match(value):
        return AccountRef(subscription_id=found["subscription"], resource_group=found["group"], name=found["name"])
    if "/" in value.removeprefix("https://").rstrip("/"):
        raise ValueError(
            f"{value!r} names no Batch account: write /subscriptions/<id>/resourceGroups/<group>"
            "/providers/Microsoft.Batch/batchAccounts/<name>, or the account's endpoint"
        )
    return AccountRef(endpoint=value)


Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_listed)]
"""A list in one variable, separated by commas."""


def _of_cloud(field: str) -> Callable[[dict[str, Any]], Any]:
    """What the chosen cloud has in a field, for a setting that is left out."""
    return lambda chosen: getattr(CLOUDS[chosen["cloud"]], field)


WatchedAccount = Annotated[AccountRef, BeforeValidator(_account)]


class Settings(BaseSettings):
    """The operator's settings; all durations are seconds."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        frozen=True,
        extra="ignore",
        populate_by_name=True,
        hide_input_in_errors=True,
        env_ignore_empty=True,
    )

    client_secret: SecretStr = Field(default=SecretStr(""), validation_alias="AZURE_CLIENT_SECRET")
    client_certificate_path: Path | None = Field(default=None, validation_alias="AZURE_CLIENT_CERTIFICATE_PATH")
    """PEM or PKCS #12, with its private key."""
    client_certificate_password: SecretStr = Field(
        default=SecretStr(""), validation_alias="AZURE_CLIENT_CERTIFICATE_PASSWORD"
    )
    federated_token_file: Path | None = Field(default=None, validation_alias="AZURE_FEDERATED_TOKEN_FILE")
    """The token of the operator's service account for Entra ID; Secrets that hold no proof sign in with it, too."""
    sign_in: SignIn = Field(default=None, validate_default=True)
    """How the operator itself signs in; None: by what of the proofs above is set."""
    tenant_id: str = Field(default="", validate_default=True, validation_alias="AZURE_TENANT_ID")
    client_id: str = Field(default="", validate_default=True, validation_alias="AZURE_CLIENT_ID")
    subscription_id: str | None = Field(default=None, validation_alias="AZURE_SUBSCRIPTION_ID")
    """For specs that name no subscription."""

    operator_id: str | None = Field(default=None, min_length=1, max_length=40)
    """Who we are in owner tags; None takes the uid of namespace kube-system."""
    former_operator_ids: Names = ()
    namespaces: Names = ()
    """Where custom resources are looked after; none means everywhere."""
    record_key_secret: str = "azure-batch-operator/azure-batch-operator-record-key"  # noqa: S105  # a name
    """The Secret, `namespace/name`, with the key of the records of what secrets were applied."""
    workers: int = Field(default=16, ge=1, le=256)

    leader_election: bool = True
    """Whether other processes may run beside this one; the one that holds the Lease works."""
    lease: str = "azure-batch-operator/azure-batch-operator"
    """The Lease, `namespace/name`."""
    lease_duration: int = Field(default=15, ge=1)
    """For how long others keep away after they saw a renewal; whole seconds, as Leases have it."""
    lease_renew_deadline: float = Field(default=10, gt=0, validate_default=True)
    """How long the holder works on without being able to renew it."""
    lease_retry_period: float = Field(default=2, gt=0, validate_default=True)
    pod_name: str | None = Field(default=None, validation_alias="POD_NAME")
    """What the holder of the Lease is called; None takes the host's name."""

    resync_interval: float = Field(default=600, gt=0)
    moving_interval: float = Field(default=15, gt=0)
    """How often accounts and versions are looked at in which something moves."""
    sweep_interval: float = Field(default=600, gt=0)
    retry_base: float = Field(default=5, gt=0)
    retry_cap: float = Field(default=600, gt=0)
    rights_grace: float = Field(default=600, ge=0)
    """How long a missing right counts as not granted yet."""
    nodes_per_replica: int = Field(default=600, ge=1)
    watch_accounts: Annotated[tuple[WatchedAccount, ...], NoDecode, BeforeValidator(_listed)] = ()
    """Further Batch accounts whose pools may boot from our images: Resource Manager ids or endpoints."""

    cloud: CloudName = "AzureCloud"
    """Where the settings below come from that are left out."""
    authority: str = Field(default_factory=_of_cloud("authority"), validation_alias="AZURE_AUTHORITY_HOST")
    resource_manager_endpoint: str = Field(default_factory=_of_cloud("resource_manager_endpoint"))
    resource_manager_audience: str = Field(default_factory=_of_cloud("resource_manager_audience"))
    batch_audience: str = Field(default_factory=_of_cloud("batch_audience"))
    token_hosts: Names = Field(default_factory=_of_cloud("token_hosts"))
    """Hosts of Batch accounts that tokens may be sent to: a host, or the end of one."""
    ca_file: Path | None = None
    """The certificate authorities to trust instead of the system's (PEM)."""
    request_timeout: float = Field(default=30, gt=0, le=30)

    http_host: str = "127.0.0.1"
    http_port: int = Field(default=0, ge=0, le=65535)
    """Where metrics may be read and probes are answered; 0: nowhere."""

    log_format: Literal["json", "console"] = "json"
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @field_validator("sign_in", mode="before")
    @classmethod
    def _told_or_chosen(cls, value: object, info: ValidationInfo) -> object:
        chosen = value or next((way for way, proof in _PROOFS.items() if _is_set(info.data.get(proof))), None)
        if chosen is None:
            ways = ", ".join(_variable(proof) for proof in _PROOFS.values())
            raise ValueError(f"is not set, and none of {ways} is: set one of them, or this to ManagedIdentity")
        return chosen

    @field_validator("sign_in")
    @classmethod
    def _with_its_proof(cls, value: SignIn, info: ValidationInfo) -> SignIn:
        proof = _PROOFS.get(value)
        if proof is not None and not _is_set(info.data.get(proof)):
            raise ValueError(f"{value} needs {_variable(proof)}, which is not set")
        return value

    @field_validator("tenant_id", "client_id")
    @classmethod
    def _where_it_is_needed(cls, value: str, info: ValidationInfo) -> str:
        way = info.data.get("sign_in")
        if not value and way not in {None, "ManagedIdentity"}:
            raise ValueError(f"is not set, and {way} needs it")
        return value

    @field_validator("authority", "resource_manager_endpoint")
    @classmethod
    def _https(cls, value: str) -> str:
        url = urlsplit(value if "://" in value else f"https://{value}")
        if url.scheme != "https" or not url.hostname:
            raise ValueError(f"{value!r} is no address that a token or a secret may be sent to: write https://host")
        return url.geturl().rstrip("/")

    @field_validator("record_key_secret", "lease")
    @classmethod
    def _of_a_namespace(cls, value: str) -> str:
        if not _NAMED.fullmatch(value):
            raise ValueError(f"{value!r} names no object of a namespace: write namespace/name")
        return value

    @field_validator("lease_renew_deadline", "lease_retry_period")
    @classmethod
    def _shorter(cls, value: float, info: ValidationInfo) -> float:
        """Each of the three durations of a Lease leaves room for the next one."""
        longer = {"lease_renew_deadline": "lease_duration", "lease_retry_period": "lease_renew_deadline"}
        name = longer[str(info.field_name)]
        if value * LEASE_ROOM > info.data.get(name, float("inf")):
            raise ValueError(
                f"{value:g} s is too long beside {PREFIX}{name.upper()}, {info.data[name]:g} s, "
                f"which must be at least {LEASE_ROOM:g} times as long"
            )
        return value

    @field_validator("token_hosts")
    @classmethod
    def _bare_hosts(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for host in value:
            if "/" in host or "*" in host or host.startswith("."):
                raise ValueError(f"{host!r} is no host: write batch.azure.com or localhost:10443, without scheme or *")
        return value

    @field_validator("ca_file")
    @classmethod
    def _there(cls, value: Path | None) -> Path | None:
        if value is not None and not value.is_file():
            raise ValueError(f"there is no file {value}: name a PEM file with certificate authorities")
        return value


def read_settings() -> Settings:
    """The settings of this process's environment; raises BadSettingsError."""
    try:
        return Settings()
    except ValidationError as error:
        raise BadSettingsError(_explained(error)) from None


def _explained(error: ValidationError) -> str:
    """Settings that have no value only because another's is wrong are not wrong themselves."""
    told = (found for found in error.errors() if found["type"] != "default_factory_not_called")
    return "\n".join(f"{_variable(str(found['loc'][0]))}: {_sentence(found['msg'])}" for found in told)


def _variable(field: str) -> str:
    """The environment variable of a field, which pydantic calls by the one or the other."""
    known = Settings.model_fields.get(field)
    alias = known.validation_alias if known else field
    return alias if isinstance(alias, str) else f"{PREFIX}{field.upper()}"


def _sentence(message: str) -> str:
    return message.removeprefix("Value error, ")


def _is_set(proof: object) -> bool:
    return bool(proof.get_secret_value() if isinstance(proof, SecretStr) else proof)
