"""What every Batch body is made of: properties by api-version, strict scalars, durations and choices."""

from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from typing import Annotated, Any, ClassVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    SerializationInfo,
    SerializerFunctionWrapHandler,
    Strict,
    TypeAdapter,
    ValidationInfo,
    model_serializer,
    model_validator,
)
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from azure_simulator.batch.versions import LATEST, Known

UNKNOWN_PROPERTY = "unknown_property"
"""The error type of a property that the body does not have in the api-version of the request."""


class Body(BaseModel):
    """A JSON object of the service: immutable, camelCase, and nothing but the properties of its api-version.

    Validation and rendering take the api-version from the context key `version`; a body that is made in Python
    has no context and may have every field.
    """

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid", frozen=True)

    marks: ClassVar[Mapping[str, Known]] = {}
    """By field name: properties that this body knows in fewer api-versions than its siblings do."""

    @model_validator(mode="before")
    @classmethod
    def _only_known_properties(cls, value: Any, info: ValidationInfo) -> Any:
        if isinstance(value, Mapping) and info.context is not None:
            _refuse_unknown(cls, value, _version_in(info.context))
        return value

    @model_serializer(mode="wrap")
    def _render(self, inner: SerializerFunctionWrapHandler, info: SerializationInfo) -> dict[str, Any]:
        known = properties_of(type(self), _version_in(info.context))
        return {name: value for name, value in inner(self).items() if value is not None and name in known}

    def rendered(self, version: str) -> dict[str, Any]:
        """The JSON object that a client of `version` gets: without secrets and absent properties."""
        return self.model_dump(mode="json", by_alias=True, context={"version": version})


@cache
def properties_of(body: type[Body], version: str) -> frozenset[str]:
    """The JSON names of the properties that `body` has in `version`."""
    return frozenset(
        field.alias or name
        for name, field in body.model_fields.items()
        if all(mark.by(version) for mark in (*field.metadata, body.marks.get(name)) if isinstance(mark, Known))
    )


def _version_in(context: Any) -> str:
    version: str = (context or {}).get("version", LATEST)
    return version


def _refuse_unknown(body: type[Body], value: Mapping[str, Any], version: str) -> None:
    known = properties_of(body, version)
    for name in value:
        if name not in known:
            raise PydanticCustomError(
                UNKNOWN_PROPERTY,
                "The property '{name}' does not exist on type 'Microsoft.Azure.Batch.Protocol.Entities.{type}'. "
                "Make sure to only use property names that are defined by the type.",
                {"name": name, "type": body.__name__},
            )


_DURATIONS = TypeAdapter(timedelta)


def _parse_duration(value: Any) -> Any:
    if value is None or isinstance(value, timedelta):
        return value
    if not isinstance(value, str) or not value.startswith("P"):
        raise ValueError("The value is not a duration in ISO 8601 format, such as PT15M.")
    return _DURATIONS.validate_python(value)


@cache
def format_duration(duration: timedelta) -> str:
    """A duration as the service writes it: `PT45M`, however it was given."""
    text: str = _DURATIONS.dump_python(duration, mode="json")
    return text


def _only(*values: str) -> AfterValidator:
    canonical = {value.lower(): value for value in values}

    def normalise(value: str) -> str:
        if value.lower() not in canonical:
            raise ValueError(f"The value must be one of {', '.join(values)}.")
        return canonical[value.lower()]

    return AfterValidator(normalise)


def _unquoted(value: Any) -> Any:
    return int(value) if isinstance(value, str) and value.isascii() and value.isdecimal() else value


Text = Annotated[str, Strict()]
Whole = Annotated[int, BeforeValidator(_unquoted), Strict()]
"""A whole number, also in quotes: the service takes it so, and the Azure CLI sends node counts like that."""
Flag = Annotated[bool, Strict()]
Secret = Annotated[str, Strict(), Field(exclude=True, repr=False)]
"""Text that is taken and never given back."""
OptionalSecret = Annotated[Text | None, Field(exclude=True, repr=False)]
"""A secret that may be absent."""
Duration = Annotated[timedelta, BeforeValidator(_parse_duration), PlainSerializer(format_duration)]

ElevationLevel = Annotated[Text, _only("nonadmin", "admin")]
AutoUserScope = Annotated[Text, _only("task", "pool")]
LoginMode = Annotated[Text, _only("batch", "interactive")]
NodeFillType = Annotated[Text, _only("Spread", "Pack")]
"""Answered with a capital, as in recorded traffic."""
JobDefaultOrder = Annotated[Text, _only("none", "creationtime")]
NodeDeallocationOption = Annotated[Text, _only("requeue", "terminate", "taskcompletion", "retaineddata")]
JobAction = Annotated[Text, _only("noaction", "terminatejob")]
TaskFailureAction = Annotated[Text, _only("noaction", "performexitoptionsjobaction")]
RunningTasks = Annotated[Text, _only("requeue", "terminate", "wait")]
NodeCommunicationMode = Annotated[Text, _only("default", "classic", "simplified")]
Caching = Annotated[Text, _only("none", "readonly", "readwrite")]
StorageAccountType = Annotated[Text, _only("standard_lrs", "premium_lrs", "standardssd_lrs")]
DiskPlacement = Annotated[Text, _only("cachedisk")]
SecurityType = Annotated[Text, _only("trustedLaunch", "confidentialVM")]
DiskSecurity = Annotated[Text, _only("DiskWithVMGuestState", "NonPersistedTPM", "VMGuestStateOnly")]
AgentMode = Annotated[Text, _only("Audit", "Enforce")]
ContainerType = Annotated[Text, _only("dockerCompatible", "criCompatible")]
WorkingDirectory = Annotated[Text, _only("taskWorkingDirectory", "containerImageDefault")]
MountSource = Annotated[Text, _only("Shared", "Startup", "VfsMounts", "Task", "JobPrep", "Applications")]
DiskTarget = Annotated[Text, _only("osdisk", "temporarydisk")]
PlacementPolicy = Annotated[Text, _only("regional", "zonal")]
VNetScope = Annotated[Text, _only("none", "job")]
Protocol = Annotated[Text, _only("tcp", "udp")]
RuleAccess = Annotated[Text, _only("allow", "deny")]
AddressProvision = Annotated[Text, _only("batchmanaged", "usermanaged", "nopublicipaddresses")]
AddressFamily = Annotated[Text, _only("IPv4", "IPv6")]
UpgradeMode = Annotated[Text, _only("automatic", "manual", "rolling")]
CertificateStore = Annotated[Text, _only("currentuser", "localmachine")]
CertificateVisibility = Annotated[Text, _only("starttask", "task", "remoteuser")]
