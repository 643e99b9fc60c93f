"""Pools in the two shapes of their two interfaces: Resource Manager's and the Batch service's.

The same property often has another name, another place or another spelling of its values; where both agree nothing
is said here.
"""

from collections.abc import Mapping
from typing import Any

from azure_simulator.batch.errors import invalid_body

Document = dict[str, Any]

_NAMES: Mapping[tuple[str, str], str] = {
    ("", "applicationPackages"): "applicationPackageReferences",
    ("applicationPackages", "id"): "applicationId",
    ("virtualMachineConfiguration", "nodeAgentSkuId"): "nodeAgentSKUId",
    ("imageReference", "id"): "virtualMachineImageId",
    ("networkConfiguration", "dynamicVnetAssignmentScope"): "dynamicVNetAssignmentScope",
    ("endpointConfiguration", "inboundNatPools"): "inboundNATPools",
    ("userIdentity", "userName"): "username",
    ("cifsMountConfiguration", "userName"): "username",
}
"""The Batch service's name by the name of the object around it and Resource Manager's own."""
_BACK: Mapping[tuple[str, str], str] = {(around, theirs): ours for (around, ours), theirs in _NAMES.items()}
_OTHER_CASE = frozenset({"nodeAgentSKUId", "dynamicVNetAssignmentScope", "inboundNATPools", "username"})
"""Names that differ in letter case alone: Resource Manager reads members without it."""
_OPAQUE = frozenset({"settings", "protectedSettings", "resourceTags"})
"""Objects whose contents are the client's own."""

_SPELLINGS: Mapping[str, tuple[str, ...]] = {
    "elevationLevel": ("NonAdmin", "Admin"),
    "scope": ("Task", "Pool"),
    "loginMode": ("Batch", "Interactive"),
    "caching": ("None", "ReadOnly", "ReadWrite"),
    "storageAccountType": ("Standard_LRS", "Premium_LRS", "StandardSSD_LRS"),
    "placement": ("CacheDisk",),
    "targets": ("OsDisk", "TemporaryDisk"),
    "policy": ("Regional", "Zonal"),
    "type": ("DockerCompatible", "CriCompatible"),
    "workingDirectory": ("TaskWorkingDirectory", "ContainerImageDefault"),
    "jobDefaultOrder": ("None", "CreationTime"),
    "protocol": ("TCP", "UDP"),
    "access": ("Allow", "Deny"),
    "provision": ("BatchManaged", "UserManaged", "NoPublicIPAddresses"),
    "targetNodeCommunicationMode": ("Default", "Classic", "Simplified"),
    "currentNodeCommunicationMode": ("Default", "Classic", "Simplified"),
}
"""How Resource Manager writes the values of a property; the Batch service reads them in any letter case."""


def for_service(properties: Mapping[str, Any]) -> Document:
    """The features of a pool as the Batch service is given them; sizes and what is only answered are left out."""
    given = {name: value for name, value in properties.items() if name not in _ELSEWHERE}
    document: Document = _for_service("", given)
    deployment, communication = properties.get("deploymentConfiguration"), properties.get("interNodeCommunication")
    if isinstance(deployment, Mapping):
        document |= _for_service("deploymentConfiguration", deployment)
    if communication is not None:
        document["enableInterNodeCommunication"] = str(communication).casefold() == "enabled"
    return document


def for_manager(features: Mapping[str, Any]) -> Document:
    """The features of a pool as Resource Manager answers them."""
    document: Document = _for_manager("", features)
    machine = document.pop("virtualMachineConfiguration", None)
    communicating = document.pop("enableInterNodeCommunication", False)
    deployment = {} if machine is None else {"deploymentConfiguration": {"virtualMachineConfiguration": machine}}
    return {**document, **deployment, "interNodeCommunication": "Enabled" if communicating else "Disabled"}


ANSWERED = frozenset(
    (
        *("lastModified", "creationTime", "provisioningState", "provisioningStateTransitionTime", "allocationState"),
        *("allocationStateTransitionTime", "currentDedicatedNodes", "currentLowPriorityNodes", "autoScaleRun"),
        *("resizeOperationStatus", "currentNodeCommunicationMode"),
    )
)
"""What clients may send back and the service ignores."""
_ELSEWHERE = ANSWERED | {"scaleSettings", "deploymentConfiguration", "interNodeCommunication"}


_FOREIGN = frozenset(
    (
        *((around, name) for (around, name) in _BACK if name not in _OTHER_CASE),
        *(("", name) for name in ("id", "virtualMachineConfiguration", "enableInterNodeCommunication")),
    )
)
"""The Batch service's own names, which Resource Manager does not know."""


def _for_service(around: str, value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(_member_for_service(around, name, part) for name, part in value.items())
    return [_for_service(around, part) for part in value] if isinstance(value, list) else value


def _member_for_service(around: str, name: str, part: Any) -> tuple[str, Any]:
    if (around, name) in _FOREIGN:
        raise invalid_body(f"Could not find member '{name}' on object of type '{around or 'PoolProperties'}'.")
    return _NAMES.get((around, name), name), part if name in _OPAQUE else _for_service(name, part)


def _for_manager(around: str, value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(_member_for_manager(_BACK.get((around, name), name), part) for name, part in value.items())
    if isinstance(value, list | tuple):
        return [_for_manager(around, part) for part in value]
    return _spelled(around, value)


def _member_for_manager(name: str, part: Any) -> tuple[str, Any]:
    return name, part if name in _OPAQUE else _for_manager(name, part)


def _spelled(name: str, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    return next((known for known in _SPELLINGS.get(name, ()) if known.casefold() == value.casefold()), value)
