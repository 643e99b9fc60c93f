"""The Batch data plane for tests: clients of the real SDK, and gallery images that pools can boot."""

import json
import ssl
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from email.message import Message
from types import MappingProxyType
from typing import Any

import pytest
from azure.batch import BatchClient, models
from azure.core.exceptions import HttpResponseError
from azure.mgmt.compute.models import (
    Gallery,
    GalleryArtifactVersionFullSource,
    GalleryImage,
    GalleryImageFeature,
    GalleryImageIdentifier,
    GalleryImageProperties,
    GalleryImageVersion,
    GalleryImageVersionProperties,
    GalleryImageVersionPublishingProfile,
    GalleryImageVersionStorageProfile,
    TargetRegion,
)

from tests.support.simulator import SimulatedAzure

ACCOUNT = "contoso"
REGION = "westeurope"
AGENT = "batch.node.ubuntu 22.04"
VM_SIZE = "STANDARD_D2_V3"
HOUR = 3600.0


def batch_client(simulator: SimulatedAzure, application: str = "operator", account: str = ACCOUNT) -> BatchClient:
    """A client of the real SDK for an account, which never retries and hardly polls."""
    return BatchClient(
        simulator.ready.batch[account],
        simulator.credential(application),
        connection_verify=simulator.verify,
        retry_total=0,
        polling_interval=3600,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageSpec:
    """What a gallery image of a test is like."""

    name: str = "render-node"
    source: str = "render-node-1"
    os_type: str = "Linux"
    os_state: str = "Generalized"
    generation: str = "V1"
    replicas: int = 1
    regions: tuple[str, ...] = (REGION,)


def publish(simulator: SimulatedAzure, spec: ImageSpec = ImageSpec()) -> str:
    """Make gallery, definition and version through Resource Manager and let them replicate; the version's id."""
    compute = simulator.compute()
    compute.galleries.begin_create_or_update("images", "renders", Gallery(location=REGION), polling=False)
    simulator.control.advance(HOUR)
    definition = GalleryImage(
        location=REGION,
        properties=GalleryImageProperties(
            os_type=spec.os_type,
            os_state=spec.os_state,
            hyper_v_generation=spec.generation,
            identifier=GalleryImageIdentifier(publisher="contoso", offer="render", sku=spec.name),
            features=[GalleryImageFeature(name="SecurityType", value="Standard")],
        ),
    )
    compute.gallery_images.begin_create_or_update("images", "renders", spec.name, definition, polling=False)
    simulator.control.advance(HOUR)
    group = f"/subscriptions/{simulator.subscription}/resourceGroups/images"
    source = f"{group}/providers/Microsoft.Compute/images/{spec.source}"
    regions = [
        TargetRegion(name=name, regional_replica_count=spec.replicas, storage_account_type="Standard_LRS")
        for name in spec.regions
    ]
    version = GalleryImageVersion(
        location=REGION,
        properties=GalleryImageVersionProperties(
            publishing_profile=GalleryImageVersionPublishingProfile(target_regions=regions),
            storage_profile=GalleryImageVersionStorageProfile(source=GalleryArtifactVersionFullSource(id=source)),
        ),
    )
    compute.gallery_image_versions.begin_create_or_update(
        "images", "renders", spec.name, "1.0.0", version, polling=False
    )
    simulator.control.advance(6 * HOUR)
    made = compute.gallery_image_versions.get("images", "renders", spec.name, "1.0.0")
    assert made.id is not None
    return made.id


def pool_of(image_id: str, pool_id: str = "render", *, nodes: int = 0, **changes: Any) -> models.BatchPoolCreateOptions:
    """The body of a pool that boots a gallery image; `changes` are further fields of it."""
    settings = {
        "target_dedicated_nodes": nodes,
        "resize_timeout": timedelta(minutes=45),
        "virtual_machine_configuration": machine_of(image_id),
        **changes,
    }
    return models.BatchPoolCreateOptions(id=pool_id, vm_size=VM_SIZE, **settings)


def machine_of(image_id: str, agent: str = AGENT) -> models.VirtualMachineConfiguration:
    """A machine that boots a gallery image."""
    return models.VirtualMachineConfiguration(
        image_reference=models.BatchVmImageReference(virtual_machine_image_id=image_id), node_agent_sku_id=agent
    )


def marketplace_machine() -> models.VirtualMachineConfiguration:
    """A machine that boots a Marketplace image."""
    reference = models.BatchVmImageReference(
        publisher="canonical", offer="0001-com-ubuntu-server-jammy", sku="22_04-lts"
    )
    return models.VirtualMachineConfiguration(image_reference=reference, node_agent_sku_id=AGENT)


def small_pool(pool_id: str = "small", *, nodes: int = 0, **changes: Any) -> models.BatchPoolCreateOptions:
    """The body of a pool that boots a Marketplace image; `changes` are further fields of it."""
    settings = {"virtual_machine_configuration": marketplace_machine(), "target_dedicated_nodes": nodes, **changes}
    return models.BatchPoolCreateOptions(id=pool_id, vm_size=VM_SIZE, **settings)


def code_of(call: Callable[[], object]) -> tuple[int | None, str | None]:
    """The status and the error code with which a call is refused."""
    with pytest.raises(HttpResponseError) as refusal:
        call()
    error = refusal.value.error
    return refusal.value.status_code, None if error is None else error.code


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer as it was on the wire."""

    status: int
    headers: Message
    body: Any

    @property
    def code(self) -> str:
        """The error code in the body."""
        return str(self.body["code"])

    @property
    def values(self) -> dict[str, str]:
        """The `values` of an error body."""
        return {entry["key"]: entry["value"] for entry in self.body.get("values", ())}


class Wire:
    """Speaks plain HTTP to an account's endpoint, for what an SDK would never send or show."""

    def __init__(self, simulator: SimulatedAzure, application: str = "operator", account: str = ACCOUNT) -> None:
        context = ssl.create_default_context(cafile=str(simulator.ready.ca_file))
        handlers = (urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context))
        self._opener = urllib.request.build_opener(*handlers)
        self._endpoint = simulator.ready.batch[account]
        self._token = simulator.credential(application).get_token("https://batch.core.windows.net//.default").token

    def call(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        version: str | None = "2025-06-01",
        headers: Mapping[str, str] = MappingProxyType({}),
        query: Mapping[str, str] = MappingProxyType({}),
    ) -> Answer:
        """Send a request and take whatever comes back; `path` may be a whole address."""
        pairs = {**({} if version is None else {"api-version": version}), **query}
        address = path if path.startswith("https://") else f"{self._endpoint}{path}?{urllib.parse.urlencode(pairs)}"
        own = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json; odata=minimalmetadata"}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(address, data=data, method=method, headers={**own, **headers})
        try:
            with self._opener.open(request, timeout=60) as response:
                return _answer(response.status, response.headers, response.read())
        except urllib.error.HTTPError as error:
            return _answer(error.status or 0, error.headers, error.read())


def _answer(status: int, headers: Message, content: bytes) -> Answer:
    return Answer(status=status, headers=headers, body=json.loads(content) if content else None)
