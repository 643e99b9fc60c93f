"""Every operation of Azure that we use: its official name, and the right that it needs.

Data plane operations on pools are granted by actions of the account, as Microsoft's page "Role-based access control for
Azure Batch service" lists them for Azure Batch Data Contributor. A least-privilege role is the union of these rights.
"""

from dataclasses import dataclass

_ACCOUNT = "Microsoft.Batch/batchAccounts"
_GALLERY = "Microsoft.Compute/galleries"
_SOURCE_RIGHTS = (
    "Microsoft.Compute/images/read",
    f"{_GALLERY}/images/versions/read",
    "Microsoft.Compute/virtualMachines/write",
    "Microsoft.Compute/disks/write",
    "Microsoft.Compute/snapshots/write",
    "Microsoft.Storage/storageAccounts/listKeys/action",
)
_ASSIGN = "Microsoft.ManagedIdentity/userAssignedIdentities/assign/action"
_IMAGE_RIGHTS = (f"{_GALLERY}/images/versions/read", "Microsoft.Compute/disks/beginGetAccess/action")


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One operation as Microsoft's specification names it."""

    name: str
    action: str
    """The action that a role must grant at the scope of the object."""
    writes: bool = False
    data: bool = False
    """Whether the action is one of a role's `DataActions`."""
    linked: tuple[str, ...] = ()
    """Actions that Azure checks on what the body names (the image of a pool, the source of a version)."""


ACCOUNT_GET = Operation(name="BatchAccount_Get", action=f"{_ACCOUNT}/read")
VM_SIZES_LIST = Operation(
    name="Location_ListSupportedVirtualMachineSkus", action="Microsoft.Batch/locations/virtualMachineSkus/read"
)
APPLICATION_GET = Operation(name="Application_Get", action=f"{_ACCOUNT}/applications/read")
PACKAGE_GET = Operation(name="ApplicationPackage_Get", action=f"{_ACCOUNT}/applications/versions/read")
PROVIDER_GET = Operation(name="Providers_Get", action="Microsoft.Resources/subscriptions/providers/read")

GALLERY_GET = Operation(name="Galleries_Get", action=f"{_GALLERY}/read")
GALLERY_PUT = Operation(name="Galleries_CreateOrUpdate", action=f"{_GALLERY}/write", writes=True)
GALLERY_DELETE = Operation(name="Galleries_Delete", action=f"{_GALLERY}/delete", writes=True)
DEFINITIONS_LIST = Operation(name="GalleryImages_ListByGallery", action=f"{_GALLERY}/images/read")
DEFINITION_GET = Operation(name="GalleryImages_Get", action=f"{_GALLERY}/images/read")
DEFINITION_PUT = Operation(name="GalleryImages_CreateOrUpdate", action=f"{_GALLERY}/images/write", writes=True)
DEFINITION_DELETE = Operation(name="GalleryImages_Delete", action=f"{_GALLERY}/images/delete", writes=True)
VERSIONS_LIST = Operation(name="GalleryImageVersions_ListByGalleryImage", action=f"{_GALLERY}/images/versions/read")
VERSION_GET = Operation(name="GalleryImageVersions_Get", action=f"{_GALLERY}/images/versions/read")
VERSION_PUT = Operation(
    name="GalleryImageVersions_CreateOrUpdate",
    action=f"{_GALLERY}/images/versions/write",
    writes=True,
    linked=_SOURCE_RIGHTS,
)
VERSION_PATCH = Operation(name="GalleryImageVersions_Update", action=f"{_GALLERY}/images/versions/write", writes=True)
VERSION_DELETE = Operation(name="GalleryImageVersions_Delete", action=f"{_GALLERY}/images/versions/delete", writes=True)
MANAGED_IMAGE_GET = Operation(name="Images_Get", action="Microsoft.Compute/images/read")

MACHINE_GET = Operation(name="VirtualMachines_Get", action="Microsoft.Compute/virtualMachines/read")
DISK_GET = Operation(name="Disks_Get", action="Microsoft.Compute/disks/read")
SNAPSHOT_GET = Operation(name="Snapshots_Get", action="Microsoft.Compute/snapshots/read")
SNAPSHOTS_LIST = Operation(name="Snapshots_ListByResourceGroup", action="Microsoft.Compute/snapshots/read")
SNAPSHOT_PUT = Operation(
    name="Snapshots_CreateOrUpdate",
    action="Microsoft.Compute/snapshots/write",
    writes=True,
    linked=("Microsoft.Compute/disks/beginGetAccess/action",),
)
SNAPSHOT_DELETE = Operation(name="Snapshots_Delete", action="Microsoft.Compute/snapshots/delete", writes=True)

POOLS_LIST = Operation(name="Pools_ListPools", action=f"{_ACCOUNT}/pools/read")
POOL_GET = Operation(name="Pools_GetPool", action=f"{_ACCOUNT}/pools/read")
POOL_CREATE = Operation(name="Pools_CreatePool", action=f"{_ACCOUNT}/pools/write", writes=True, linked=_IMAGE_RIGHTS)
POOL_PATCH = Operation(name="Pools_UpdatePool", action=f"{_ACCOUNT}/pools/write", writes=True, linked=_IMAGE_RIGHTS)
POOL_REPLACE = Operation(name="Pools_ReplacePoolProperties", action=f"{_ACCOUNT}/pools/write", writes=True)
POOL_RESIZE = Operation(name="Pools_ResizePool", action=f"{_ACCOUNT}/pools/write", writes=True)
POOL_STOP_RESIZE = Operation(name="Pools_StopPoolResize", action=f"{_ACCOUNT}/pools/write", writes=True)
POOL_ENABLE_AUTO_SCALE = Operation(name="Pools_EnablePoolAutoScale", action=f"{_ACCOUNT}/pools/write", writes=True)
POOL_DISABLE_AUTO_SCALE = Operation(name="Pools_DisablePoolAutoScale", action=f"{_ACCOUNT}/pools/write", writes=True)
POOL_EVALUATE_AUTO_SCALE = Operation(name="Pools_EvaluatePoolAutoScale", action=f"{_ACCOUNT}/pools/write", writes=True)
POOL_REMOVE_NODES = Operation(name="Pools_RemoveNodes", action=f"{_ACCOUNT}/pools/write", writes=True)
NODES_LIST = Operation(name="Nodes_ListNodes", action=f"{_ACCOUNT}/pools/read")
POOL_DELETE = Operation(name="Pools_DeletePool", action=f"{_ACCOUNT}/pools/delete", writes=True)
POOL_ARM_GET = Operation(name="Pool_Get", action=f"{_ACCOUNT}/pools/read")
POOL_ARM_PUT = Operation(
    name="Pool_Create", action=f"{_ACCOUNT}/pools/write", writes=True, linked=(*_IMAGE_RIGHTS, _ASSIGN)
)
POOL_ARM_PATCH = Operation(
    name="Pool_Update", action=f"{_ACCOUNT}/pools/write", writes=True, linked=(*_IMAGE_RIGHTS, _ASSIGN)
)
NODE_COUNTS_LIST = Operation(name="Accounts_ListPoolNodeCounts", action=f"{_ACCOUNT}/pools/read")
JOBS_LIST = Operation(name="Jobs_ListJobs", action=f"{_ACCOUNT}/jobs/read", data=True)
SUPPORTED_IMAGES_LIST = Operation(name="Accounts_ListSupportedImages", action=f"{_ACCOUNT}/read")

OPERATIONS = (
    ACCOUNT_GET,
    VM_SIZES_LIST,
    APPLICATION_GET,
    PACKAGE_GET,
    PROVIDER_GET,
    GALLERY_GET,
    GALLERY_PUT,
    GALLERY_DELETE,
    DEFINITIONS_LIST,
    DEFINITION_GET,
    DEFINITION_PUT,
    DEFINITION_DELETE,
    VERSIONS_LIST,
    VERSION_GET,
    VERSION_PUT,
    VERSION_PATCH,
    VERSION_DELETE,
    MANAGED_IMAGE_GET,
    MACHINE_GET,
    DISK_GET,
    SNAPSHOT_GET,
    SNAPSHOTS_LIST,
    SNAPSHOT_PUT,
    SNAPSHOT_DELETE,
    POOLS_LIST,
    POOL_GET,
    POOL_CREATE,
    POOL_PATCH,
    POOL_REPLACE,
    POOL_RESIZE,
    POOL_STOP_RESIZE,
    POOL_ENABLE_AUTO_SCALE,
    POOL_DISABLE_AUTO_SCALE,
    POOL_EVALUATE_AUTO_SCALE,
    POOL_REMOVE_NODES,
    NODES_LIST,
    POOL_DELETE,
    POOL_ARM_GET,
    POOL_ARM_PUT,
    POOL_ARM_PATCH,
    NODE_COUNTS_LIST,
    JOBS_LIST,
    SUPPORTED_IMAGES_LIST,
)
