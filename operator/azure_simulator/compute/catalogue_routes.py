"""What compute offers: VM sizes, resource SKUs and usage counts."""

from typing import Any

from aiohttp import web

from azure_simulator.answers import operation
from azure_simulator.api_versions import COMPUTE_SKUS, IMAGES
from azure_simulator.compute.limits import (
    MOST_DEFINITIONS,
    MOST_GALLERIES,
    MOST_VERSIONS,
    definitions_of,
    galleries_in,
    versions_of,
)
from azure_simulator.compute.models import Compute
from azure_simulator.compute.nesting import compute_of
from azure_simulator.resources.locations import LOCATIONS, display_name, has_zones, normalised
from azure_simulator.scenario import VmSize


@operation("ResourceSkus_List", versions=COMPUTE_SKUS)
async def list_skus(request: web.Request) -> web.Response:
    """The VM sizes as resource SKUs; `$filter=location eq '…'` narrows them to a region."""
    location = normalised(request.query.get("$filter", "").partition("'")[2].rstrip("' "))
    regions = [location] if location else list(LOCATIONS)
    sizes = compute_of(request).vm_sizes.values()
    return web.json_response({"value": [_sku(size, region) for region in regions for size in sizes]})


@operation("VirtualMachineSizes_List", versions=IMAGES)
async def list_sizes(request: web.Request) -> web.Response:
    """The VM sizes of a region."""
    sizes = [
        {
            "name": size.name,
            "numberOfCores": size.cores,
            "osDiskSizeInMB": size.os_disk_mb,
            "resourceDiskSizeInMB": size.resource_disk_gb * 1024,
            "memoryInMB": int(size.memory_gb * 1024),
            "maxDataDiskCount": size.max_data_disks,
        }
        for size in compute_of(request).vm_sizes.values()
    ]
    return web.json_response({"value": sizes})


@operation("Usage_List", versions=IMAGES)
async def list_usages(request: web.Request) -> web.Response:
    """How much of a region's limits on galleries is used."""
    counts = _counts(compute_of(request), request.match_info["subscription"], request.match_info["location"])
    return web.json_response({"value": counts})


def _counts(compute: Compute, subscription: str, location: str) -> list[dict[str, Any]]:
    galleries = galleries_in(compute, subscription, normalised(location))
    return [
        _usage("Galleries", len(galleries), MOST_GALLERIES),
        _usage("GalleryImages", len(definitions_of(galleries)), MOST_DEFINITIONS),
        _usage("GalleryImageVersions", versions_of(galleries), MOST_VERSIONS),
    ]


def _usage(name: str, used: int, limit: int) -> dict[str, Any]:
    return {
        "name": {"value": name, "localizedValue": name},
        "currentValue": used,
        "limit": limit,
        "unit": "Count",
    }


def _sku(size: VmSize, region: str) -> dict[str, Any]:
    zones = ["1", "2", "3"] if has_zones(region) else []
    capabilities = {
        "vCPUs": size.cores,
        "MemoryGB": size.memory_gb,
        "MaxDataDiskCount": size.max_data_disks,
        "OSVhdSizeMB": size.os_disk_mb,
        "MaxResourceVolumeMB": size.resource_disk_gb * 1024,
        "HyperVGenerations": ",".join(size.generations),
        "CpuArchitectureType": "x64",
        "LowPriorityCapable": True,
    }
    return {
        "resourceType": "virtualMachines",
        "name": size.name,
        "tier": "Standard",
        "size": size.name.removeprefix("Standard_"),
        "family": size.family,
        "locations": [display_name(region).replace(" ", "")],
        "locationInfo": [{"location": display_name(region).replace(" ", ""), "zones": zones, "zoneDetails": []}],
        "capabilities": [{"name": name, "value": str(value)} for name, value in capabilities.items()],
        "restrictions": [],
    }
