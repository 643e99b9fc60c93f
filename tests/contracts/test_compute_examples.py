"""Microsoft's example requests for galleries and managed images, sent to the simulator as they are."""

import functools
import json
from collections.abc import Mapping
from typing import Any

import pytest

from tests.support.batch import Wire
from tests.support.official_examples import Example, examples_of
from tests.support.simulator import SimulatedAzure, StartSimulator, default_scenario

KINDS = ("Galleries", "GalleryImages", "GalleryImageVersions", "Images")
OPERATIONS = tuple(f"{kind}_{verb}" for kind in KINDS for verb in ("CreateOrUpdate", "Update", "Get", "Delete"))
NOT_SIMULATED = {
    "GalleryImageVersion_Create_WithCommunityImageVersionAsSource": 501,
}
NO_SUCH_SOURCE = {  # disks, snapshots and virtual machines do not exist in the simulator
    "Image_CreateFromAManagedDisk": 404,
    "Image_CreateFromAManagedDiskWithDiskEncryptionSet": 404,
    "Image_CreateFromASnapshot": 404,
    "Image_CreateFromASnapshotWithDiskEncryptionSet": 404,
    "Image_CreateFromAVM": 404,
    "Image_Create_DataDiskFromAManagedDiskIncluded": 404,
    "Image_Create_DataDiskFromASnapshotIncluded": 404,
}
SLIPS = {
    "GalleryImageVersion_Create_WithVHD": 400,  # one blob for two disks
    "GalleryImageVersion_Create_WithVHD_UefiSettings": 400,
    "GalleryImageVersion_Create_WithAdditionalReplicaSets": 400,  # PreviumV2_LRS is misspelt
    "GalleryImageVersion_Get_WithValidationProfile": 400,  # the document lists no such value of $expand
    "GalleryImageVersion_Get_WithValidationProfileAndReplicationStatus": 400,
}
GROUP = "myResourceGroup"
SOURCE, MACHINE, SNAPSHOT, DISK, ACCOUNT = (
    "sourceImage",
    "sourceMachine",
    "sourceSnapshot",
    "sourceDisk",
    "gallerysource",
)
KEYS = {
    "myWestUSDiskEncryptionSet": "westus",
    "myOtherWestUSDiskEncryptionSet": "westus",
    "myEastUSDiskEncryptionSet": "eastus",
    "myOtherEastUSDiskEncryptionSet": "eastus",
}
DEFINITION = {
    "osType": "Windows",
    "osState": "Generalized",
    "hyperVGeneration": "V1",
    "identifier": {"publisher": "myPublisherName", "offer": "myOfferName", "sku": "mySkuName"},
}


@pytest.mark.usefixtures("azure_specs")
def test_every_example_is_answered_as_it_shows(start_simulator: StartSimulator) -> None:
    examples = examples_of(*OPERATIONS)
    simulator = start_simulator(**groups_and_source())
    wire = ResourceManagerWire(simulator)

    answers = {
        example.name: Rehearsal(simulator, wire, number).answer_to(example) for number, example in enumerate(examples)
    }

    unlike = {
        example.name: answers[example.name] for example in examples if answers[example.name] not in example.answers
    }
    known = NOT_SIMULATED | NO_SUCH_SOURCE | SLIPS
    assert unlike == {name: status for name, status in known.items() if name in answers}


def groups_and_source() -> dict[str, Any]:
    """The default scenario with the resource groups of the examples, and an image that versions are made from."""
    scenario = default_scenario().model_dump(mode="json")
    subscription, *others = scenario["subscriptions"]
    groups = [
        *subscription["resource_groups"],
        *({"name": name, "location": "westus"} for name in (GROUP, "rgcompute")),
    ]
    return {
        "subscriptions": [subscription | {"resource_groups": groups}, *others],
        **sources_of(subscription["id"]),
    }


def sources_of(subscription: str) -> dict[str, Any]:
    """What the versions of the examples are made from, and the keys that encrypt them."""
    there = {"subscription_id": subscription, "resource_group": GROUP, "location": "westus"}
    system = {"os_type": "Windows", "os_was_generalized": True}
    return {
        "managed_images": [there | {"name": SOURCE, "os_type": "Windows", "data_disks": {0: 8, 1: 8}}],
        "disks": [there | system | {"name": "os"}, *(there | {"name": name} for name in (DISK, "data0", "data1"))],
        "snapshots": [{"subscription_id": subscription, "resource_group": GROUP, "name": SNAPSHOT, "disk": "os"}],
        "machines": [
            there | {"name": MACHINE, "os_disk": "os", "data_disks": {0: "data0", 1: "data1"}, "generalized": True}
        ],
        "disk_encryption_sets": [
            there | {"name": name, "location": region, "key_url": "https://keys.vault.azure.net/keys/k/1"}
            for name, region in KEYS.items()
        ],
        "storage_accounts": [there | {"name": ACCOUNT}],
    }


class ResourceManagerWire(Wire):
    """Speaks plain HTTP to Resource Manager."""

    def __init__(self, simulator: SimulatedAzure) -> None:
        super().__init__(simulator)
        self._endpoint = simulator.ready.resource_manager
        self._token = simulator.credential().get_token("https://management.azure.com/.default").token


class Rehearsal:
    """One example, in a gallery (or with an image) of its own."""

    def __init__(self, simulator: SimulatedAzure, wire: Wire, number: int) -> None:
        self._simulator = simulator
        self._wire = wire
        self._gallery = f"gallery{number}"
        self._image = f"image{number}"
        self._group = f"/subscriptions/{simulator.subscription}/resourceGroups/{GROUP}/providers/Microsoft.Compute"

    def answer_to(self, example: Example) -> int:
        """The status of the answer, when all that the example takes for granted is there."""
        sent = self._named(example.body)
        self._prepare(example, sent or {})
        answer = self._wire.call(
            example.method,
            self._named(example.path),
            sent,
            version=example.version,
            query=example.query,
            headers={"Content-Type": "application/json"},
        )
        return answer.status

    def _named(self, text: Any) -> Any:
        """The example with names for its placeholders."""
        names = {
            "{subscription-id}": self._simulator.subscription,
            "{subscriptionId}": self._simulator.subscription,
            "{resourceGroup}": GROUP,
            "{imageName}": SOURCE,
            "{vmName}": MACHINE,
            "{osSnapshotName}": SNAPSHOT,
            "{dataDiskName}": DISK,
            "{storageAccount}": ACCOUNT,
            "/diskEncryptionSet/": "/diskEncryptionSets/",  # the type is misspelt in the examples
            "{galleryName}": self._gallery,
            "{imageDefinitionName}": "myGalleryImageName",
            "{versionName}": "0.9.0",
            "myGalleryName": self._gallery,
            "myImage": self._image,
        }
        return json.loads(functools.reduce(lambda done, name: done.replace(name, names[name]), names, json.dumps(text)))

    def _prepare(self, example: Example, sent: Mapping[str, Any]) -> None:
        kind, _, verb = example.operation.name.partition("_")
        makes = verb == "CreateOrUpdate"
        if kind.startswith("Galler") and (kind, makes) != ("Galleries", True):
            self._put(f"galleries/{self._gallery}", {})
        if kind == "GalleryImageVersions" or (kind == "GalleryImages" and not makes):
            generation = sent.get("properties", {}).get("hyperVGeneration", "V1")
            self._put(
                f"galleries/{self._gallery}/images/myGalleryImageName", DEFINITION | {"hyperVGeneration": generation}
            )
        if kind == "GalleryImageVersions":
            self._put_version("0.9.0" if makes else "1.0.0")
        if sent.get("properties", {}).get("restore"):
            self._delete_version_softly()
        if kind == "Images" and not makes:
            disk = {"osType": "Linux", "osState": "Generalized", "blobUri": "https://s.blob.core.windows.net/i/d.vhd"}
            self._put(f"images/{self._image}", {"storageProfile": {"osDisk": disk}})

    def _put_version(self, name: str) -> None:
        properties = {
            "publishingProfile": {"targetRegions": [{"name": "West US", "regionalReplicaCount": 1}]},
            "storageProfile": {"source": {"id": f"{self._group}/images/{SOURCE}"}},
        }
        self._put(f"galleries/{self._gallery}/images/myGalleryImageName/versions/{name}", properties)

    def _delete_version_softly(self) -> None:
        self._put(f"galleries/{self._gallery}", {"softDeletePolicy": {"isSoftDeleteEnabled": True}}, expected=200)
        version = f"{self._group}/galleries/{self._gallery}/images/myGalleryImageName/versions/1.0.0"
        assert self._wire.call("DELETE", version, None, version="2024-03-03").status == 202
        self._simulator.control.advance(36_000)

    def _put(self, path: str, properties: Mapping[str, Any], *, expected: int = 201) -> None:
        body = {"location": "westus", "properties": dict(properties)}
        version = "2024-07-01" if path.startswith("images/") else "2024-03-03"
        answer = self._wire.call(
            "PUT", f"{self._group}/{path}", body, version=version, headers={"Content-Type": "application/json"}
        )
        assert answer.status == expected, answer.body
        self._simulator.control.advance(36_000)
