"""Building and reading galleries of the simulator through the installed compute SDK."""

from collections.abc import Mapping
from typing import Any

from azure.mgmt.compute import ComputeManagementClient

from tests.support.simulator import SimulatedAzure

GROUP, GALLERY, DEFINITION, VERSION = "images", "renderGallery", "render-node", "1.0.0"
HOUR = 3600
VHDS = "https://contosovhds.blob.core.windows.net/vhds"
"""Where the default scenario has its VHDs."""


def definition_body(**changes: Any) -> dict[str, Any]:
    properties = {
        "osType": "Linux",
        "osState": "Generalized",
        "hyperVGeneration": "V1",
        "features": [{"name": "SecurityType", "value": "Standard"}],
        "identifier": {"publisher": "contoso", "offer": "render", "sku": "node"},
    }
    return {"location": "westeurope", "properties": properties | changes}


def version_body(simulator: SimulatedAzure, *, image: str = "render-node-1", **profile: Any) -> dict[str, Any]:
    source = f"/subscriptions/{simulator.subscription}/resourceGroups/images/providers/Microsoft.Compute/images/{image}"
    return {
        "location": "westeurope",
        "properties": {
            "publishingProfile": {"targetRegions": [region("westeurope", 1)]} | profile,
            "storageProfile": {"source": {"id": source}},
        },
    }


def region(name: str, replicas: int, **more: Any) -> dict[str, Any]:
    return {"name": name, "regionalReplicaCount": replicas, "storageAccountType": "Standard_LRS", **more}


def put_gallery(
    compute: ComputeManagementClient, *, group: str = GROUP, name: str = GALLERY, wait: bool = False, **body: Any
) -> dict[str, Any]:
    whole: Any = {"location": "westeurope"} | body
    return compute.galleries.begin_create_or_update(group, name, whole, polling=wait).result().as_dict()


def put_definition(
    compute: ComputeManagementClient,
    *,
    group: str = GROUP,
    name: str = DEFINITION,
    gallery: str = GALLERY,
    wait: bool = False,
    **changes: Any,
) -> dict[str, Any]:
    body: Any = definition_body(**changes)
    poller = compute.gallery_images.begin_create_or_update(group, gallery, name, body, polling=wait)
    return poller.result().as_dict()


def patch_definition(compute: ComputeManagementClient, **properties: Any) -> None:
    required = ("osType", "osState", "identifier")
    unchanged = {name: value for name, value in definition_body()["properties"].items() if name in required}
    body: Any = {"properties": unchanged | properties}
    compute.gallery_images.begin_update(GROUP, GALLERY, DEFINITION, body, polling=False)


def put_version(
    simulator: SimulatedAzure,
    compute: ComputeManagementClient,
    *,
    group: str = GROUP,
    name: str = VERSION,
    body: Mapping[str, Any] | None = None,
    wait: bool = False,
) -> dict[str, Any]:
    whole: Any = dict(body or version_body(simulator))
    poller = compute.gallery_image_versions.begin_create_or_update(
        group, GALLERY, DEFINITION, name, whole, polling=wait
    )
    return poller.result().as_dict()


def patch_version(compute: ComputeManagementClient, **profile: Any) -> None:
    patch_version_with(compute, {"publishingProfile": profile, "storageProfile": {}})


def patch_version_with(compute: ComputeManagementClient, properties: Mapping[str, Any]) -> None:
    body: Any = {"properties": dict(properties)}
    compute.gallery_image_versions.begin_update(GROUP, GALLERY, DEFINITION, VERSION, body, polling=False)


def replication(compute: ComputeManagementClient) -> dict[str, Any]:
    version = compute.gallery_image_versions.get(GROUP, GALLERY, DEFINITION, VERSION, expand="ReplicationStatus")
    status: dict[str, Any] = version.as_dict()["properties"]["replicationStatus"]
    return status


def state(compute: ComputeManagementClient, name: str = VERSION) -> str:
    version = compute.gallery_image_versions.get(GROUP, GALLERY, DEFINITION, name)
    return str(version.as_dict()["properties"]["provisioningState"])


def target_regions(compute: ComputeManagementClient) -> list[dict[str, Any]]:
    version = compute.gallery_image_versions.get(GROUP, GALLERY, DEFINITION, VERSION)
    regions: list[dict[str, Any]] = version.as_dict()["properties"]["publishingProfile"]["targetRegions"]
    return regions


def ready(simulator: SimulatedAzure) -> Any:
    galleries = simulator.control.state()["galleries"]
    own = next(gallery for gallery in galleries if gallery["id"].endswith(f"/{GALLERY}"))
    return own["definitions"][0]["versions"][0]["regions"]


def prepare(
    simulator: SimulatedAzure, compute: ComputeManagementClient, *, regions: list[dict[str, Any]] | None = None
) -> None:
    put_gallery(compute)
    put_definition(compute)
    simulator.control.advance(60)
    body = version_body(simulator, targetRegions=regions or [region("westeurope", 1)])
    put_version(simulator, compute, body=body)
    simulator.control.advance(2 * HOUR)


def resource(simulator: SimulatedAzure, kind: str, name: str) -> str:
    """The id of a compute resource of the images' group, such as `snapshots` `render-os`."""
    return f"/subscriptions/{simulator.subscription}/resourceGroups/{GROUP}/providers/Microsoft.Compute/{kind}/{name}"


def from_storage(storage: Mapping[str, Any], *regions: dict[str, Any]) -> dict[str, Any]:
    """A version made from this storage profile, in West Europe if nothing else is said."""
    return {
        "location": "westeurope",
        "properties": {
            "publishingProfile": {"targetRegions": list(regions) or [region("westeurope", 1)]},
            "storageProfile": dict(storage),
        },
    }


def storage_account(simulator: SimulatedAzure, name: str = "contosovhds") -> str:
    """The id of a storage account of the images' group."""
    group = f"/subscriptions/{simulator.subscription}/resourceGroups/{GROUP}"
    return f"{group}/providers/Microsoft.Storage/storageAccounts/{name}"


def vhd(simulator: SimulatedAzure, uri: str = f"{VHDS}/render-os.vhd", **source: Any) -> dict[str, Any]:
    """The storage profile of a version made from a VHD; `source` changes how it is named."""
    account = {"storageAccountId": storage_account(simulator)}
    return {"osDiskImage": {"source": {"uri": uri} | account | source}}


def disk_sources(simulator: SimulatedAzure, os_disk: str = "snapshots/render-os", **data_disks: str) -> dict[str, Any]:
    """The storage profile of a version made from single disks; further ones by LUN: `lun0="snapshots/render-data"`."""
    data = [
        {"lun": int(lun.removeprefix("lun")), "source": {"id": resource(simulator, *path.split("/"))}}
        for lun, path in data_disks.items()
    ]
    os_image = {"source": {"id": resource(simulator, *os_disk.split("/"))}}
    return {"osDiskImage": os_image, **({"dataDiskImages": data} if data else {})}


def machine_source(simulator: SimulatedAzure, name: str = "render-golden") -> dict[str, Any]:
    """The storage profile of a version made from a virtual machine."""
    return {"source": {"virtualMachineId": resource(simulator, "virtualMachines", name)}}
