"""How Resource Manager names and writes each property of the Batch service's create body (Microsoft.Batch 2025-06-01).

The create body and the Pool of Microsoft's management API describe the same pool with other names, other places and
other letter case of enumerations. Where a row says nothing, both agree.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One property of an object of the create body."""

    to: tuple[str, ...] | None = None
    """Where it stands in the same object of Resource Manager; None: under its own name; empty: nowhere, since it is
    said in another way there."""
    words: tuple[str, ...] = ()
    """The values of an enumeration in Resource Manager's letter case."""
    switch: tuple[str, str] | None = None
    """The words for true and for false, where Resource Manager has no boolean."""
    parts: "Shape | None" = None
    """The properties of the object, or of each object of the list, that it holds; None: a value taken as it is."""


Shape: TypeAlias = Mapping[str, Row]

_SAME = Row()


def _same(*names: str) -> Shape:
    return dict.fromkeys(names, _SAME)


def _called(name: str) -> Row:
    return Row(to=(name,))


def _words(*words: str) -> Row:
    return Row(words=words)


def _made_of(*shapes: Shape, to: tuple[str, ...] | None = None) -> Row:
    return Row(to=to, parts={name: row for shape in shapes for name, row in shape.items()})


_IDENTITY = _made_of(_same("resourceId"))
_ELEVATION = _words("NonAdmin", "Admin")
_CACHING = _words("None", "ReadOnly", "ReadWrite")
_REGISTRY = _made_of(_same("username", "password", "registryServer"), {"identityReference": _IDENTITY})

_MANAGED_DISK = _made_of(
    {
        "storageAccountType": _words("Standard_LRS", "Premium_LRS", "StandardSSD_LRS"),
        "diskEncryptionSet": _made_of(_same("id")),
        "securityProfile": _made_of(
            {"securityEncryptionType": _words("NonPersistedTPM", "VMGuestStateOnly", "DiskWithVMGuestState")}
        ),
    }
)

_IMAGE = _made_of(
    _same("publisher", "offer", "sku", "version", "sharedGalleryImageId", "communityGalleryImageId"),
    {
        "virtualMachineImageId": _called("id"),
        "exactVersion": Row(to=()),  # only ever answered
    },
)

_CONTAINERS = _made_of(
    {"type": _words("DockerCompatible", "CriCompatible"), "containerRegistries": _REGISTRY},
    _same("containerImageNames"),
)

_DISK_ENCRYPTION = _made_of(
    {
        "targets": _words("OsDisk", "TemporaryDisk"),
        "customerManagedKey": _made_of(
            _same("keyUrl", "rotationToLatestKeyVersionEnabled"), {"identityReference": _IDENTITY}
        ),
    }
)

_OS_DISK = _made_of(
    {
        "ephemeralOSDiskSettings": _made_of({"placement": _words("CacheDisk")}),
        "caching": _CACHING,
        "managedDisk": _MANAGED_DISK,
    },
    _same("diskSizeGB", "writeAcceleratorEnabled"),
)

_HOST_ENDPOINT = _made_of({"mode": _words("Audit", "Enforce")}, _same("inVMAccessControlProfileReferenceId"))

_SECURITY = _made_of(
    _same("encryptionAtHost"),
    {
        "securityType": _words("trustedLaunch", "confidentialVM"),
        "uefiSettings": _made_of(_same("secureBootEnabled", "vTpmEnabled")),
        "proxyAgentSettings": _made_of(_same("enabled"), {"imds": _HOST_ENDPOINT, "wireServer": _HOST_ENDPOINT}),
    },
)

_EXTENSION = _made_of(
    _same("name", "publisher", "type", "typeHandlerVersion", "autoUpgradeMinorVersion", "enableAutomaticUpgrade"),
    _same("settings", "protectedSettings", "provisionAfterExtensions"),
)

_MACHINE = _made_of(
    {
        "imageReference": _IMAGE,
        "nodeAgentSKUId": _called("nodeAgentSkuId"),
        "windowsConfiguration": _made_of(_same("enableAutomaticUpdates")),
        "dataDisks": _made_of(_same("lun", "diskSizeGB"), {"caching": _CACHING, "managedDisk": _MANAGED_DISK}),
        "containerConfiguration": _CONTAINERS,
        "diskEncryptionConfiguration": _DISK_ENCRYPTION,
        "nodePlacementConfiguration": _made_of({"policy": _words("Regional", "Zonal")}),
        "extensions": _EXTENSION,
        "osDisk": _OS_DISK,
        "securityProfile": _SECURITY,
        "serviceArtifactReference": _made_of(_same("id")),
    },
    _same("licenseType"),
    to=("deploymentConfiguration", "virtualMachineConfiguration"),
)

_NAT_POOL = _made_of(
    _same("name", "backendPort", "frontendPortRangeStart", "frontendPortRangeEnd"),
    {
        "protocol": _words("TCP", "UDP"),
        "networkSecurityGroupRules": _made_of(
            _same("priority", "sourceAddressPrefix", "sourcePortRanges"), {"access": _words("Allow", "Deny")}
        ),
    },
)

_NETWORK = _made_of(
    _same("subnetId", "enableAcceleratedNetworking"),
    {
        "dynamicVNetAssignmentScope": Row(to=("dynamicVnetAssignmentScope",), words=("none", "job")),
        "endpointConfiguration": _made_of(
            {"inboundNATPools": Row(to=("inboundNatPools",), parts=_NAT_POOL.parts)},
        ),
        "publicIPAddressConfiguration": _made_of(
            _same("ipAddressIds"),
            {
                "provision": _words("BatchManaged", "UserManaged", "NoPublicIPAddresses"),
                "ipFamilies": _words("IPv4", "IPv6"),
                "ipTags": _made_of(_same("ipTagType", "tag")),
            },
        ),
    },
)

_START_TASK = _made_of(
    _same("commandLine", "maxTaskRetryCount", "waitForSuccess"),
    {
        "containerSettings": _made_of(
            _same("containerRunOptions", "imageName"),
            {
                "registry": _REGISTRY,
                "workingDirectory": _words("TaskWorkingDirectory", "ContainerImageDefault"),
                "containerHostBatchBindMounts": _made_of(
                    {"source": _words("Shared", "Startup", "VfsMounts", "Task", "JobPrep", "Applications")},
                    _same("isReadOnly"),
                ),
            },
        ),
        "resourceFiles": _made_of(
            _same("autoStorageContainerName", "storageContainerUrl", "httpUrl", "blobPrefix", "filePath", "fileMode"),
            {"identityReference": _IDENTITY},
        ),
        "environmentSettings": _made_of(_same("name", "value")),
        "userIdentity": _made_of(
            {
                "username": _called("userName"),
                "autoUser": _made_of({"scope": _words("Task", "Pool"), "elevationLevel": _ELEVATION}),
            }
        ),
    },
)

_USER_ACCOUNT = _made_of(
    _same("name", "password"),
    {
        "elevationLevel": _ELEVATION,
        "linuxUserConfiguration": _made_of(_same("uid", "gid", "sshPrivateKey")),
        "windowsUserConfiguration": _made_of({"loginMode": _words("Batch", "Interactive")}),
    },
)

_MOUNT = _made_of(
    {
        "azureBlobFileSystemConfiguration": _made_of(
            _same("accountName", "containerName", "accountKey", "sasKey", "blobfuseOptions", "relativeMountPath"),
            {"identityReference": _IDENTITY},
        ),
        "nfsMountConfiguration": _made_of(_same("source", "relativeMountPath", "mountOptions")),
        "cifsMountConfiguration": _made_of(
            _same("source", "relativeMountPath", "mountOptions", "password"), {"username": _called("userName")}
        ),
        "azureFileShareConfiguration": _made_of(
            _same("accountName", "accountKey", "azureFileUrl", "relativeMountPath", "mountOptions")
        ),
    }
)

_UPGRADES = _made_of(
    {
        "mode": _words("automatic", "manual", "rolling"),
        "automaticOSUpgradePolicy": _made_of(
            _same("disableAutomaticRollback", "enableAutomaticOSUpgrade", "useRollingUpgradePolicy"),
            _same("osRollingUpgradeDeferral"),
        ),
        "rollingUpgradePolicy": _made_of(
            _same("enableCrossZoneUpgrade", "maxBatchInstancePercent", "maxUnhealthyInstancePercent"),
            _same("maxUnhealthyUpgradedInstancePercent", "pauseTimeBetweenBatches", "prioritizeUnhealthyInstances"),
            _same("rollbackFailedInstancesOnPolicyBreach"),
        ),
    }
)

CREATE_BODY: Shape = {
    "id": Row(to=()),  # the name of the resource
    "displayName": _SAME,
    "vmSize": _SAME,
    "virtualMachineConfiguration": _MACHINE,
    "resizeTimeout": Row(to=("scaleSettings", "fixedScale", "resizeTimeout")),
    "targetDedicatedNodes": Row(to=("scaleSettings", "fixedScale", "targetDedicatedNodes")),
    "targetLowPriorityNodes": Row(to=("scaleSettings", "fixedScale", "targetLowPriorityNodes")),
    "enableAutoScale": Row(to=()),  # told by which of the two scale settings there is
    "autoScaleFormula": Row(to=("scaleSettings", "autoScale", "formula")),
    "autoScaleEvaluationInterval": Row(to=("scaleSettings", "autoScale", "evaluationInterval")),
    "enableInterNodeCommunication": Row(to=("interNodeCommunication",), switch=("Enabled", "Disabled")),
    "networkConfiguration": _NETWORK,
    "startTask": _START_TASK,
    "applicationPackageReferences": _made_of(
        _same("version"), {"applicationId": _called("id")}, to=("applicationPackages",)
    ),
    "taskSlotsPerNode": _SAME,
    "taskSchedulingPolicy": _made_of(
        {"jobDefaultOrder": _words("None", "CreationTime"), "nodeFillType": _words("Spread", "Pack")}
    ),
    "userAccounts": _USER_ACCOUNT,
    "metadata": _made_of(_same("name", "value")),
    "mountConfiguration": _MOUNT,
    "upgradePolicy": _UPGRADES,
}
"""Every property of BatchPoolCreateOptions."""
