"""Microsoft's example requests for disks, snapshots and virtual machines, sent to the simulator as they are."""

import json
from typing import Any

import pytest

from tests.contracts.test_compute_examples import GROUP, ResourceManagerWire
from tests.support.batch import Wire
from tests.support.official_examples import Example, examples_of
from tests.support.simulator import SimulatedAzure, StartSimulator, default_scenario

DISK_VERBS = ("CreateOrUpdate", "Update", "Get", "Delete", "GrantAccess", "RevokeAccess")
MACHINE_VERBS = ("Get", "InstanceView", "Update", "Delete", "Generalize", "Deallocate", "PowerOff", "Start", "Restart")
OPERATIONS = (
    *(f"{kind}_{verb}" for kind in ("Disks", "Snapshots") for verb in DISK_VERBS),
    *(f"VirtualMachines_{verb}" for verb in MACHINE_VERBS),
)
NOT_SIMULATED = {
    "Disk_Create_ConfidentialVMSupportedDiskEncryptedWithCMK": 501,
    "Disk_Create_FromAPlatformImage": 501,
    "Disk_Create_FromAnAzureComputeGalleryCommunityImage": 501,
    "Disk_Create_FromAnAzureComputeGalleryDirectSharedImage": 501,
    "Disk_Create_FromAnAzureComputeGalleryImage": 501,
    "Disk_Create_FromAnElasticSanVolumeSnapshot": 501,
    "Disk_Create_FromImportSecure": 501,
    "Disk_Create_FromUploadPreparedSecure": 501,
    "Disk_Create_InExtendedLocation": 501,
    "Disk_Create_WithSecurityProfile": 501,
    "Snapshot_Create_FromAnElasticSanVolumeSnapshot": 501,
}
REFUSED = {
    "Disk_BeginGetAccess_WithVMGuestState": 400,  # the disk here is no confidential machine's
    "VirtualMachine_Update_DetachDataDiskUsingToBeDetachedProperty": 400,  # of machines from images, with an osProfile
    "VirtualMachine_Update_ForceDetachDataDisk": 400,
    "Disk_Create_PerformancePlus": 400,  # an upload whose size is not told
    "Disk_Create_WithDiskEncryptionSet": 404,  # the example's set is not there
    "Snapshot_Create_EnhancedProvisionedBandwidthCopySpeed": 400,  # a copy that does not say it is incremental
    "Snapshot_Create_FromAnExistingSnapshotInDifferentRegion": 400,
}


@pytest.mark.usefixtures("azure_specs")
def test_every_example_is_answered_as_it_shows(start_simulator: StartSimulator) -> None:
    examples = examples_of(*OPERATIONS)
    rehearsal = Rehearsal(start_simulator(**sources()))

    answers = {example.name: rehearsal.answer_to(example, number) for number, example in enumerate(examples)}

    unlike = {
        example.name: answers[example.name] for example in examples if answers[example.name] not in example.answers
    }
    assert unlike == {name: status for name, status in (NOT_SIMULATED | REFUSED).items() if name in answers}


def sources() -> dict[str, Any]:
    """The default scenario with the groups of the examples, and the disks, snapshots and the VHD that they copy."""
    (subscription, *others) = default_scenario().model_dump(mode="json")["subscriptions"]
    groups = [
        *subscription["resource_groups"],
        *({"name": name, "location": "westus"} for name in (GROUP, "rgcompute")),
    ]
    here = {"subscription_id": subscription["id"], "resource_group": GROUP}
    disk = here | {"location": "westus", "size_gb": 10}
    names = ("myDisk1", "original", *(f"os{number}" for number in range(100)))
    return {
        "subscriptions": [subscription | {"resource_groups": groups}, *others],
        "disks": [disk | {"name": name, "os_type": "Windows"} for name in names],
        "snapshots": [here | {"name": name, "disk": "original"} for name in ("mySnapshot", "mySnapshot1")],
        "machines": [],
        "storage_accounts": [
            here
            | {
                "name": "mystorageaccount",
                "location": "westus",
                "blobs": [{"container": "osimages", "name": "osimage.vhd", "size_gb": 10, "os_type": "Windows"}],
            }
        ],
    }


class Rehearsal:
    """Each example with a disk, a snapshot or a machine of its own."""

    def __init__(self, simulator: SimulatedAzure) -> None:
        self._simulator = simulator
        self._wire: Wire = ResourceManagerWire(simulator)

    def answer_to(self, example: Example, number: int) -> int:
        """The status of the answer, when all that the example takes for granted is there."""
        own, action = self._own(self._named(example.path), f"own{number}")
        kind, _, verb = example.operation.name.partition("_")
        body = self._named(example.body)
        if verb != "CreateOrUpdate" or "location" not in body:
            self._make(own, kind, number)
        if verb == "Generalize":
            self._send("POST", f"{own}/deallocate")
        answer = self._wire.call(
            example.method,
            own + action,
            body,
            version=example.version,
            query=example.query,
            headers={"Content-Type": "application/json"},
        )
        return answer.status

    def _named(self, text: Any) -> Any:
        """The example in the simulator's subscription."""
        whole = json.dumps(text)
        for place in ("{subscription-id}", "{subscriptionId}"):
            whole = whole.replace(place, self._simulator.subscription)
        return json.loads(whole)

    def _own(self, path: str, name: str) -> tuple[str, str]:
        """The path of the example's resource with a name of its own, and what the request adds to it."""
        before, provider, rest = path.partition("/Microsoft.Compute/")
        kind, _, *action = rest.split("/")
        return f"{before}{provider}{kind}/{name}", "".join(f"/{part}" for part in action)

    def _make(self, own: str, kind: str, number: int) -> None:
        disks = own.partition("/resourceGroups/")[0] + f"/resourceGroups/{GROUP}/providers/Microsoft.Compute/disks"
        storage = {"osDisk": {"createOption": "Attach", "managedDisk": {"id": f"{disks}/os{number}"}}}
        properties = {
            "Disks": {"creationData": {"createOption": "Empty"}, "diskSizeGB": 10},
            "Snapshots": {"creationData": {"createOption": "Copy", "sourceResourceId": f"{disks}/original"}},
            "VirtualMachines": {"hardwareProfile": {"vmSize": "Standard_D2s_v3"}, "storageProfile": storage},
        }
        self._send("PUT", own, {"location": "westus", "properties": properties[kind]})

    def _send(self, method: str, path: str, body: Any = None) -> None:
        version = "2024-07-01" if "virtualMachines" in path else "2024-03-02"
        answer = self._wire.call(method, path, body, version=version, headers={"Content-Type": "application/json"})
        assert answer.status in {200, 201, 202}, answer.body
        self._simulator.control.advance(3_600)
