"""Two values for every property of a pool's create body, generated from the models of the API.

A property that the SDK gets one day is tried by itself; where nothing tells what it may hold, it fails until this
module says so.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from pydantic.fields import FieldInfo

from azure_batch_operator.api.batch_body import BatchPoolCreateOptions
from azure_batch_operator.api.batch_machine import VirtualMachineConfiguration
from azure_batch_operator.api.model import Model
from azure_batch_operator.api.secrets import SecretKeyRef
from tests.support.custom_resources import merged
from tools.convert.shape import held, kind, listed, properties

Body = dict[str, Any]

SUBSCRIPTION = "/subscriptions/00000000-0000-0000-0000-000000000000"
PLATFORM = "00000000-0000-0000-0000-000000000001"
"""The subscription of the images that pools boot by their ids."""
_BATCH = f"{SUBSCRIPTION}/resourceGroups/batch/providers"
_GALLERY = (
    f"/subscriptions/{PLATFORM}/resourceGroups/platform/providers/Microsoft.Compute/"
    "galleries/platformGallery/images/base-node/versions"
)
_SHARED = "/sharedGalleries/00000000-0000-0000-0000-000000000001-PLATFORMGALLERY/images/base-node/versions"
_COMMUNITY = "/communityGalleries/platform-00000000-0000-0000-0000-000000000001/images/base-node/versions"
IDENTITIES = tuple(
    f"{_BATCH}/Microsoft.ManagedIdentity/userAssignedIdentities/{name}" for name in ("render-nodes", "render-registry")
)
SECRET = "pool"
"""The Secret in which all secret values are, under the keys `first` and `second`."""
AGENT = "batch.node.ubuntu 22.04"
UBUNTU = {"publisher": "canonical", "offer": "0001-com-ubuntu-server-jammy", "sku": "22_04-lts", "version": "latest"}
WINDOWS = {
    "nodeAgentSKUId": "batch.node.windows amd64",
    "imageReference": {
        "publisher": "microsoftwindowsserver",
        "offer": "windowsserver",
        "sku": "2022-datacenter",
        "version": "latest",
    },
}
_MACHINE = {"imageReference": UBUNTU, "nodeAgentSKUId": AGENT}
BASE: Body = {"vmSize": "Standard_D2s_v3", "virtualMachineConfiguration": _MACHINE}
"""The smallest pool that there is."""
_IN_BASE = (BatchPoolCreateOptions, VirtualMachineConfiguration)
"""What has there all that it needs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One property with a value, and the same pool with another."""

    path: str
    """Where the property is, `startTask.environmentSettings[].value`."""
    first: Body
    second: Body

    @property
    def top(self) -> str:
        """The property of the create body that it belongs to."""
        return self.path.split(".")[0].removesuffix("[]")


def trials() -> Iterator[Trial]:
    """Every property of the create body that holds a value, deep inside too."""
    for path in paths(BatchPoolCreateOptions):
        first, second = _WHOLE.get(path) or tuple(_spec(path, which) for which in (0, 1))
        yield Trial(path=path, first=merged(_around(path), first), second=merged(_around(path), second))


def paths(model: type[Model], before: str = "") -> Iterator[str]:
    """Every property below a model that holds a value and no object."""
    for name, field in properties(model).items():
        inner, is_list = held(field.annotation)
        path = f"{before}{name}{'[]' if is_list and inner else ''}"
        if inner is None or inner is SecretKeyRef:
            yield path
        else:
            yield from paths(inner, f"{path}.")


def _spec(path: str, which: int) -> Body:
    return _object(BatchPoolCreateOptions, path.split("."), which)


def _object(model: type[Model], steps: list[str], which: int) -> Body:
    """The smallest object of a model in which that property has its first or second value."""
    name = steps[0].removesuffix("[]")
    smallest = _beside(model, name)
    return {**smallest, name: _property(model, name, steps[1:], which)}


def _property(model: type[Model], name: str, steps: list[str], which: int) -> Any:
    if not steps:
        return _values(model, name)[which]
    inner, is_list = held(properties(model)[name].annotation)
    assert inner is not None
    whole = _object(inner, steps, which)
    return [whole] if is_list else whole


def _beside(model: type[Model], name: str) -> Body:
    """What an object must have besides the property."""
    if model in _IN_BASE:
        return {}
    given = _WITH.get(f"{model.__name__}.{name}", {})
    required = {other for other, field in properties(model).items() if field.is_required()} - {name, *given}
    return {**{other: _first(model, other) for other in required}, **given}


def _first(model: type[Model], name: str) -> Any:
    """A value for a property that is only there because it must be."""
    inner, is_list = held(properties(model)[name].annotation)
    if inner is None or inner is SecretKeyRef:
        return _values(model, name)[0]
    smallest = {other: _first(inner, other) for other, field in properties(inner).items() if field.is_required()}
    return [smallest] if is_list else smallest


def _around(path: str) -> Body:
    """The pool in which a property is tried: some values need others elsewhere."""
    needed = [spec for part, spec in _AROUND.items() if re.search(part, path)]
    whole = BASE
    for spec in needed:
        whole = merged(whole, spec)
    return whole


def _values(model: type[Model], name: str) -> Sequence[Any]:
    """Two values for a property: those of the table, else what its type and description allow."""
    return _VALUES.get(f"{model.__name__}.{name}") or _told(properties(model)[name], f"{model.__name__}.{name}")


def _told(field: FieldInfo, name: str) -> Sequence[Any]:
    held_kind = kind(field.annotation)
    known = re.search(r"Known values: ([^\"]*?)\.$", field.description or "")
    if held_kind is SecretKeyRef:
        return {"name": SECRET, "key": "first"}, {"name": SECRET, "key": "second"}
    if held_kind is bool:
        return True, False
    if held_kind is int:
        least = next((limit.ge for limit in field.metadata if hasattr(limit, "ge")), 1)
        return least + 1, least + 2
    if held_kind is timedelta:
        return "PT20M", "PT30M"
    if known is not None:
        names = known[1].split(", ")
        assert len(names) > 1, f"{name} knows one value only: give it two in {__name__}"
        return [[each] for each in names[:2]] if listed(field.annotation) else names
    raise AssertionError(f"nothing tells what {name} may hold: give it two values in {__name__}")


_PATHS = ("frames", "scenes")
_TEXTS = ("one", "two")
_NETWORK = f"{SUBSCRIPTION}/resourceGroups/network/providers/Microsoft.Network"
_SUBNETS = tuple(f"{_NETWORK}/virtualNetworks/v/subnets/{name}" for name in ("nodes", "others"))
_ADDRESSES = tuple([f"{_NETWORK}/publicIPAddresses/{name}"] for name in _TEXTS)
_KEY_SETS = tuple(
    f"{SUBSCRIPTION}/resourceGroups/images/providers/Microsoft.Compute/diskEncryptionSets/{name}"
    for name in ("render-keys", "others")
)
_ARTIFACTS = tuple(
    f"{SUBSCRIPTION}/resourceGroups/images/providers/Microsoft.Compute/galleries/g/serviceArtifacts/s/vmArtifactsProfiles/{name}"
    for name in _TEXTS
)
_ACCESS_PROFILES = tuple(
    f"{SUBSCRIPTION}/resourceGroups/images/providers/Microsoft.Compute/galleries/g/inVMAccessControlProfiles/p/versions/{name}"
    for name in ("1.0.0", "2.0.0")
)
_PACKAGES = tuple(
    f"{_BATCH}/Microsoft.Batch/batchAccounts/contoso/applications/{name}" for name in ("blender", "ffmpeg")
)
_NAMES_AND_TEXTS = {
    *("BatchPoolCreateOptions.displayName", "VMExtension.publisher", "VMExtension.type", "VMExtension.name"),
    *("ContainerRegistryReference.username", "EnvironmentSetting.name", "EnvironmentSetting.value"),
    *("UserAccount.name", "BatchMetadataItem.name", "BatchMetadataItem.value", "IPTag.ipTagType", "IPTag.tag"),
    *("BatchInboundNatPool.name", "CifsMountConfiguration.username"),
    *("AzureBlobFileSystemConfiguration.accountName", "AzureFileShareConfiguration.accountName"),
    *("AzureBlobFileSystemConfiguration.containerName", "ResourceFile.autoStorageContainerName"),
    *("ResourceFile.blobPrefix", "ResourceFile.filePath", "BatchTaskContainerSettings.imageName"),
}
_VALUES: Mapping[str, Sequence[Any]] = {
    **dict.fromkeys(_NAMES_AND_TEXTS, _TEXTS),
    "BatchPoolCreateOptions.vmSize": ("Standard_D2s_v3", "Standard_D4s_v3"),
    "DiskEncryptionSetParameters.id": _KEY_SETS,
    "VirtualMachineConfiguration.licenseType": ("Windows_Server", "Windows_Client"),
    "BatchContainerConfiguration.containerImageNames": (["contoso/blender:4.5"], ["contoso/blender:5.0"]),
    "ContainerRegistryReference.registryServer": ("one.contoso.example", "two.contoso.example"),
    "BatchNodeIdentityReference.resourceId": IDENTITIES,
    "BatchPoolIdentityReference.resourceId": IDENTITIES,
    "DiskCustomerManagedKey.keyUrl": tuple(f"https://contoso.vault.azure.net/keys/{name}/0" for name in _TEXTS),
    "VMExtension.typeHandlerVersion": ("1.0", "1.1"),
    "VMExtension.settings": ({"a": "one"}, {"a": "two"}),
    "VMExtension.provisionAfterExtensions": (["one"], ["two"]),
    "HostEndpointSettings.inVMAccessControlProfileReferenceId": _ACCESS_PROFILES,
    "ServiceArtifactReference.id": _ARTIFACTS,
    "NetworkConfiguration.subnetId": _SUBNETS,
    "BatchInboundNatPool.frontendPortRangeStart": (15_000, 15_001),
    "BatchInboundNatPool.frontendPortRangeEnd": (15_100, 15_101),
    "NetworkSecurityGroupRule.sourceAddressPrefix": ("192.0.2.0/24", "198.51.100.0/24"),
    "NetworkSecurityGroupRule.sourcePortRanges": (["*"], ["22", "80-90"]),
    "BatchPublicIpAddressConfiguration.ipAddressIds": _ADDRESSES,
    "BatchPublicIpAddressConfiguration.ipFamilies": (["IPv4"], ["IPv4", "IPv6"]),
    "BatchStartTask.commandLine": ("/bin/sh -c one", "/bin/sh -c two"),
    "BatchTaskContainerSettings.containerRunOptions": ("--rm", "--rm --init"),
    "ResourceFile.storageContainerUrl": tuple(f"https://contoso.blob.core.windows.net/{name}" for name in _PATHS),
    "ResourceFile.httpUrl": tuple(f"https://contoso.example/{name}" for name in _PATHS),
    "ResourceFile.fileMode": ("0755", "0700"),
    "BatchApplicationPackageReference.applicationId": _PACKAGES,
    "BatchApplicationPackageReference.version": ("4.5", "5.0"),
    "UserIdentity.username": _TEXTS,
    "AzureBlobFileSystemConfiguration.blobfuseOptions": ("-o attr_timeout=240", "-o attr_timeout=120"),
    "AzureBlobFileSystemConfiguration.relativeMountPath": _PATHS,
    "NfsMountConfiguration.source": tuple(f"nfs.contoso.example:/{name}" for name in _PATHS),
    "NfsMountConfiguration.relativeMountPath": _PATHS,
    "NfsMountConfiguration.mountOptions": ("-o ro", "-o rw"),
    "CifsMountConfiguration.source": tuple(f"//files.contoso.example/{name}" for name in _PATHS),
    "CifsMountConfiguration.relativeMountPath": _PATHS,
    "CifsMountConfiguration.mountOptions": ("-o vers=3.0", "-o vers=3.1.1"),
    "AzureFileShareConfiguration.azureFileUrl": tuple(f"https://contoso.file.core.windows.net/{p}" for p in _PATHS),
    "AzureFileShareConfiguration.relativeMountPath": _PATHS,
    "AzureFileShareConfiguration.mountOptions": ("-o vers=3.0", "-o vers=3.1.1"),
}
"""What types and descriptions do not tell, as `Model.property`."""

_MOUNTED = {"accountKeySecretRef": {"name": SECRET, "key": "first"}}
_USER = {"username": "nodes", "passwordSecretRef": {"name": SECRET, "key": "first"}}
_CONTAINER_URL = {"storageContainerUrl": "https://contoso.blob.core.windows.net/frames"}
_WITH: Mapping[str, Body] = {
    "ContainerRegistryReference.username": _USER,
    "ContainerRegistryReference.passwordSecretRef": _USER,
    "ContainerRegistryReference.registryServer": _USER,
    "SecurityProfile.uefiSettings": {"securityType": "trustedLaunch"},
    **{f"AzureBlobFileSystemConfiguration.{name}": _MOUNTED for name in ("accountName", "containerName")},
    **{f"AzureBlobFileSystemConfiguration.{name}": _MOUNTED for name in ("blobfuseOptions", "relativeMountPath")},
    "LinuxUserConfiguration.uid": {"gid": 7},
    "LinuxUserConfiguration.gid": {"uid": 7},
    **{f"ResourceFile.{name}": {"filePath": "there"} for name in ("httpUrl", "httpUrlSecretRef")},
    **{f"ResourceFile.{name}": _CONTAINER_URL for name in ("blobPrefix", "filePath", "fileMode", "identityReference")},
    "BatchTaskSchedulingPolicy.jobDefaultOrder": {"nodeFillType": "pack"},
}
"""What else an object needs when it has that property."""

_AUTOSCALED = {"enableAutoScale": True, "autoScaleFormula": "$TargetDedicatedNodes=0"}
_AROUND: Mapping[str, Body] = {
    r"identityReference": {"identity": {"userAssignedIdentities": list(IDENTITIES)}},
    r"windows|licenseType": {"virtualMachineConfiguration": WINDOWS},
    r"containerSettings": {"virtualMachineConfiguration": {"containerConfiguration": {"type": "dockerCompatible"}}},
    r"userIdentity.username": {
        "userAccounts": [{"name": name, "passwordSecretRef": {"name": SECRET, "key": "first"}} for name in _TEXTS]
    },
    r"dataDisks|osDisk|securityProfile": {"vmSize": "Standard_D4s_v5"},
    r"^autoScale": _AUTOSCALED,
}
"""What else the pool needs for a property, by a part of its path."""


def _gallery_images(form: str, gallery: str) -> tuple[Body, Body]:
    no_words = dict.fromkeys(UBUNTU)
    first, second = (_image({**no_words, form: f"{gallery}/{version}"}) for version in ("1.0.0", "1.1.0"))
    return first, second


def _os_disk(**properties: Any) -> Body:
    return {"virtualMachineConfiguration": {"osDisk": properties}}


def _image(words: Body, agent: str = AGENT) -> Body:
    return {"virtualMachineConfiguration": {"imageReference": words, "nodeAgentSKUId": agent}}


_JAMMY, _NOBLE = (
    _image(UBUNTU),
    _image({**UBUNTU, "offer": "ubuntu-24_04-lts", "sku": "server"}, "batch.node.ubuntu 24.04"),
)
_DEBIAN = _image(
    {"publisher": "debian", "offer": "debian-12", "sku": "12", "version": "latest"}, "batch.node.debian 12"
)
_REFERENCE = "virtualMachineConfiguration.imageReference"
_WHOLE: Mapping[str, tuple[Body, Body]] = {
    f"{_REFERENCE}.publisher": (_JAMMY, _DEBIAN),
    f"{_REFERENCE}.offer": (_JAMMY, _NOBLE),
    f"{_REFERENCE}.sku": (_NOBLE, _DEBIAN),
    f"{_REFERENCE}.version": (_JAMMY, _image({**UBUNTU, "version": "22.04.1"})),
    f"{_REFERENCE}.virtualMachineImageId": _gallery_images("virtualMachineImageId", _GALLERY),
    f"{_REFERENCE}.sharedGalleryImageId": _gallery_images("sharedGalleryImageId", _SHARED),
    f"{_REFERENCE}.communityGalleryImageId": _gallery_images("communityGalleryImageId", _COMMUNITY),
    "virtualMachineConfiguration.nodeAgentSKUId": (_JAMMY, _NOBLE),
    "virtualMachineConfiguration.osDisk.ephemeralOSDiskSettings.placement": (
        _os_disk(caching="readonly"),
        _os_disk(caching="readonly", ephemeralOSDiskSettings={"placement": "cachedisk"}),
    ),
    "enableAutoScale": (_AUTOSCALED, {"targetDedicatedNodes": 0}),
    "autoScaleFormula": ({}, {"autoScaleFormula": "$TargetDedicatedNodes=0+0"}),
}
"""Properties whose two values make two different pools."""
