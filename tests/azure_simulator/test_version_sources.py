"""What image versions are made from, as the installed compute SDK sees it."""

from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError
from azure.mgmt.compute import ComputeManagementClient

from tests.support.batch import batch_client, pool_of
from tests.support.galleries import (
    DEFINITION,
    GALLERY,
    GROUP,
    HOUR,
    VERSION,
    VHDS,
    disk_sources,
    from_storage,
    machine_source,
    prepare,
    put_definition,
    put_gallery,
    put_version,
    region,
    replication,
    resource,
    state,
    vhd,
)
from tests.support.simulator import SimulatedAzure, StartSimulator

SUBSCRIPTION = "00000000-0000-0000-0000-000000000000"
PLATFORM_NODE = (
    "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/platform/providers/Microsoft.Compute"
    "/galleries/platformGallery/images/base-node/versions/1.1.0"
)


def answered_storage(compute: ComputeManagementClient) -> dict[str, Any]:
    version = compute.gallery_image_versions.get(GROUP, GALLERY, DEFINITION, VERSION)
    storage: dict[str, Any] = version.as_dict()["properties"]["storageProfile"]
    return storage


def made(simulator: SimulatedAzure, compute: ComputeManagementClient, storage: dict[str, Any]) -> dict[str, Any]:
    put_version(simulator, compute, body=from_storage(storage))
    simulator.control.advance(2 * HOUR)
    assert state(compute) == "Succeeded"
    return answered_storage(compute)


def refusal(simulator: SimulatedAzure, compute: ComputeManagementClient, storage: dict[str, Any]) -> HttpResponseError:
    with pytest.raises(HttpResponseError) as refused:
        put_version(simulator, compute, body=from_storage(storage))
    assert list(compute.gallery_image_versions.list_by_gallery_image(GROUP, GALLERY, DEFINITION)) == []
    return refused.value


def one_machine(disk: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A scenario with one machine `mine` that was generalized, and its OS disk `mine-os`."""
    there = {"subscription_id": SUBSCRIPTION, "resource_group": GROUP, "location": "westeurope"}
    os_disk = there | {"name": "mine-os", "os_type": "Linux", "os_was_generalized": True} | disk
    ultra = there | {"name": "mine-ultra", "sku": "UltraSSD_LRS"}
    mine = there | {"name": "mine", "os_disk": "mine-os", "power": "deallocated", "generalized": True} | changes
    return {"disks": [os_disk, ultra], "snapshots": [], "machines": [mine]}


def test_a_generalized_machine_gives_all_its_disks(
    simulator: SimulatedAzure, compute: ComputeManagementClient, definition: str
) -> None:
    assert made(simulator, compute, machine_source(simulator)) == {
        "source": {"virtualMachineId": resource(simulator, "virtualMachines", "render-golden")},
        "osDiskImage": {"sizeInGB": 30, "hostCaching": "ReadWrite", "source": {}},
        "dataDiskImages": [{"lun": 0, "sizeInGB": 64, "hostCaching": "None", "source": {}}],
    }


def test_a_machine_may_be_named_like_an_image(
    simulator: SimulatedAzure, compute: ComputeManagementClient, definition: str
) -> None:
    source = {"id": resource(simulator, "virtualMachines", "render-golden")}
    assert made(simulator, compute, {"source": source})["source"] == source


def test_snapshots_and_disks_give_a_disk_each(
    simulator: SimulatedAzure, compute: ComputeManagementClient, definition: str
) -> None:
    storage = disk_sources(simulator, lun0="snapshots/render-data", lun2="disks/render-broken-data")
    storage["dataDiskImages"][1]["source"]["id"] = resource(simulator, "disks", "render-golden-data")
    storage["dataDiskImages"][1]["hostCaching"] = "ReadOnly"
    assert made(simulator, compute, storage) == {
        "osDiskImage": {
            "sizeInGB": 30,
            "hostCaching": "ReadWrite",
            "source": {"id": resource(simulator, "snapshots", "render-os")},
        },
        "dataDiskImages": [
            {
                "lun": 0,
                "sizeInGB": 64,
                "hostCaching": "None",
                "source": {"id": resource(simulator, "snapshots", "render-data")},
            },
            {
                "lun": 2,
                "sizeInGB": 64,
                "hostCaching": "ReadOnly",
                "source": {"id": resource(simulator, "disks", "render-golden-data")},
            },
        ],
    }


def test_a_version_is_copied_from_a_gallery_of_another_subscription(
    simulator: SimulatedAzure, compute: ComputeManagementClient, definition: str
) -> None:
    assert made(simulator, compute, {"source": {"id": PLATFORM_NODE}})["source"] == {"id": PLATFORM_NODE}


def test_a_version_is_copied_only_where_it_has_a_replica(
    simulator: SimulatedAzure, compute: ComputeManagementClient, definition: str
) -> None:
    source = PLATFORM_NODE.replace("1.1.0", "1.0.0")
    body = from_storage({"source": {"id": source}}, region("northeurope", 1)) | {"location": "northeurope"}
    with pytest.raises(HttpResponseError, match="is not found"):
        put_version(simulator, compute, body=body)


def test_a_version_may_be_copied_to_any_region_instead(start_simulator: StartSimulator) -> None:
    simulator = start_simulator(switches={"compute": {"version_source_needs_replica": False}})
    compute = simulator.compute()
    prepare(simulator, compute)
    source = f"{resource(simulator, 'galleries', GALLERY)}/images/{DEFINITION}/versions/{VERSION}"
    body = from_storage({"source": {"id": source}}, region("northeurope", 1)) | {"location": "northeurope"}
    put_version(simulator, compute, name="1.1.0", body=body)


@pytest.mark.parametrize(
    ("disk", "changes", "message"),
    [
        ({}, {"generalized": False}, r"OS State in the parent gallery image \(Generalized\) is not Specialized"),
        ({}, {"ephemeral_os_disk": True}, "cannot contain an ephemeral OS disk"),
        (
            {},
            {"os_disk": None, "os_vhd": "https://x.blob.core.windows.net/v/o.vhd"},
            "must be created from Managed Disks",
        ),
        ({}, {"data_disks": {0: "mine-ultra"}}, r"cannot contain disk \['.*/mine-ultra'\] stored in an UltraSSD"),
        ({}, {"location": "northeurope"}, "is in the same region as gallery image version being created"),
        ({"os_type": "Windows"}, {}, r"different OS type \['Windows'\] than the parent .* \['Linux'\]"),
        ({"hyper_v_generation": "V2"}, {}, r"different Hypervisor generation \['V2'\]"),
        (
            {"architecture": "Arm64"},
            {},
            r"different architecture \['Arm64'\] than the parent gallery image architecture",
        ),
        ({"ade_encrypted": True}, {}, "is encrypted with Azure Disk Encryption"),
        (
            {"plan": {"name": "n", "publisher": "p", "product": "o"}},
            {},
            r"different plan \['\{\"name\": \"n\", .*\}'\] than the parent gallery image plan \['null'\]",
        ),
        (
            {"security_type": "TrustedLaunch"},
            {},
            "contains TrustedLaunch or ConfidentialVM security data that cannot be used in image with 'Standard'",
        ),
    ],
)
def test_a_machine_that_no_version_can_be_made_from_is_refused(
    start_simulator: StartSimulator, disk: dict[str, Any], changes: dict[str, Any], message: str
) -> None:
    simulator = start_simulator(**one_machine(disk, **changes))
    compute = simulator.compute()
    put_gallery(compute)
    put_definition(compute)
    with pytest.raises(HttpResponseError, match=message):
        put_version(simulator, compute, body=from_storage(machine_source(simulator, "mine")))


def test_a_machine_that_fits_a_definition_of_its_own_kind_is_taken(start_simulator: StartSimulator) -> None:
    plan = {"name": "n", "publisher": "p", "product": "o"}
    disk = {"hyper_v_generation": "V2", "security_type": "TrustedLaunch", "plan": plan}
    simulator = start_simulator(**one_machine(disk))
    compute = simulator.compute()
    put_gallery(compute)
    put_definition(
        compute,
        hyperVGeneration="V2",
        features=[{"name": "SecurityType", "value": "TrustedLaunch"}],
        purchasePlan=plan,
    )
    put_version(simulator, compute, body=from_storage(machine_source(simulator, "mine")))


@pytest.mark.parametrize(("security_type", "taken"), [("TrustedLaunch", True), (None, False)])
def test_trusted_launch_needs_a_source_that_has_it(
    start_simulator: StartSimulator, security_type: str | None, taken: bool
) -> None:
    simulator = start_simulator(**one_machine({"hyper_v_generation": "V2", "security_type": security_type}))
    compute = simulator.compute()
    put_gallery(compute)
    put_definition(compute, hyperVGeneration="V2", features=[{"name": "SecurityType", "value": "TrustedLaunch"}])
    body = from_storage(disk_sources(simulator, "disks/mine-os"))
    if taken:
        put_version(simulator, compute, body=body)
        return
    with pytest.raises(HttpResponseError, match="does not contain the TrustedLaunch or ConfidentialVM security data"):
        put_version(simulator, compute, body=body)


@pytest.mark.parametrize(
    ("disk", "end"),
    [({}, "idle"), ({"os_was_generalized": False}, "unusable"), ({"ade_encrypted": True}, "unusable")],
)
def test_nodes_from_a_disk_that_was_not_prepared_end_unusable_which_azure_cannot_foresee(
    start_simulator: StartSimulator, disk: dict[str, Any], end: str
) -> None:
    simulator = start_simulator(switches={"compute": {"ade_sources_accepted": True}}, **one_machine(disk))
    compute = simulator.compute()
    put_gallery(compute)
    put_definition(compute)
    made(simulator, compute, disk_sources(simulator, "disks/mine-os"))
    image_id = f"{resource(simulator, 'galleries', GALLERY)}/images/{DEFINITION}/versions/{VERSION}"
    client = batch_client(simulator)
    client.create_pool(pool_of(image_id, nodes=1))
    simulator.control.advance(HOUR)
    assert [node.state for node in client.list_nodes("render")] == [end]


@pytest.mark.parametrize(
    ("os_disk", "data_disks", "message"),
    [
        ("snapshots/nothing", {}, "snapshots/nothing is not found"),
        ("snapshots/render-data", {}, r"different OS type \['None'\] than"),
        ("snapshots/render-os", {"lun0": "disks/render-broken-data"}, "stored in an UltraSSD account type"),
        ("snapshots/render-os", {"lun0": "snapshots/render-os"}, "Source id should be unique for each disk"),
        ("images/render-node-1", {}, "must be a managed disk or snapshot"),
    ],
)
def test_disks_that_no_version_can_be_made_from_are_refused(
    simulator: SimulatedAzure,
    compute: ComputeManagementClient,
    definition: str,
    os_disk: str,
    data_disks: dict[str, str],
    message: str,
) -> None:
    with pytest.raises(HttpResponseError, match=message):
        put_version(simulator, compute, body=from_storage(disk_sources(simulator, os_disk, **data_disks)))


def test_one_lun_is_for_one_disk(simulator: SimulatedAzure, compute: ComputeManagementClient, definition: str) -> None:
    storage = disk_sources(simulator, lun0="snapshots/render-data", lun1="disks/render-golden-data")
    storage["dataDiskImages"][1]["lun"] = 0
    assert "Lun number must be unique for each data disk" in str(refusal(simulator, compute, storage))


def test_there_is_one_style_of_source(
    simulator: SimulatedAzure, compute: ComputeManagementClient, definition: str
) -> None:
    both = machine_source(simulator) | disk_sources(simulator)
    none: dict[str, Any] = {"source": {}}
    for storage in (both, none):
        assert "One and only one source type" in str(refusal(simulator, compute, storage))


def test_the_source_of_a_disk_never_changes(
    simulator: SimulatedAzure, compute: ComputeManagementClient, definition: str
) -> None:
    made(simulator, compute, disk_sources(simulator, lun0="snapshots/render-data"))
    put_version(simulator, compute, body=from_storage(answered_storage(compute)))
    simulator.control.advance(HOUR)
    for storage, message in (
        (disk_sources(simulator, "disks/render-golden-os"), r"storageProfile\.osDiskImage\.source\.id' is not allowed"),
        (disk_sources(simulator, lun0="disks/render-golden-data"), r"dataDiskImages\.source\.id' is not allowed"),
        (disk_sources(simulator, lun1="snapshots/render-data"), "Adding new Data Disks or changing the LUN"),
        (machine_source(simulator), r"storageProfile\.source\.id' is not allowed"),
    ):
        with pytest.raises(HttpResponseError, match=message):
            put_version(simulator, compute, body=from_storage(storage))


def test_a_source_that_goes_while_it_is_read_fails_the_version(
    simulator: SimulatedAzure, compute: ComputeManagementClient, definition: str
) -> None:
    put_version(simulator, compute, body=from_storage(disk_sources(simulator)))
    compute.snapshots.begin_delete(GROUP, "render-os", polling=False)
    simulator.control.advance(HOUR)
    assert state(compute) == "Failed"
    (status,) = replication(compute)["summary"]
    assert (status["state"], "snapshots/render-os is not found" in status["details"]) == ("Failed", True)


def test_a_source_may_go_once_it_was_read(
    simulator: SimulatedAzure, compute: ComputeManagementClient, definition: str
) -> None:
    put_version(simulator, compute, body=from_storage(vhd(simulator)))
    simulator.control.advance(200)
    simulator.control.delete_blob(f"{VHDS}/render-os.vhd")
    simulator.control.advance(2 * HOUR)
    assert state(compute) == "Succeeded"


def test_a_failed_version_reads_its_source_again_when_it_is_updated(
    simulator: SimulatedAzure, compute: ComputeManagementClient, definition: str
) -> None:
    put_version(simulator, compute, body=from_storage(vhd(simulator)))
    simulator.control.delete_blob(f"{VHDS}/render-os.vhd")
    for _ in range(2):
        simulator.control.advance(HOUR)
        assert state(compute) == "Failed"
        put_version(simulator, compute, body=from_storage(vhd(simulator)))


def test_a_snapshot_that_is_still_being_made_is_no_source_yet(
    simulator: SimulatedAzure, compute: ComputeManagementClient, definition: str
) -> None:
    creation = {"createOption": "Copy", "sourceResourceId": resource(simulator, "disks", "render-golden-os")}
    body: Any = {"location": "westeurope", "properties": {"creationData": creation, "incremental": True}}
    compute.snapshots.begin_create_or_update(GROUP, "fresh", body, polling=False)
    refused = refusal(simulator, compute, disk_sources(simulator, "snapshots/fresh"))
    assert "Please retry when it is complete" in str(refused)
    simulator.control.advance(HOUR)
    put_version(simulator, compute, body=from_storage(disk_sources(simulator, "snapshots/fresh")))


def test_a_managed_image_may_be_published_once_at_a_time(start_simulator: StartSimulator) -> None:
    simulator = start_simulator(switches={"compute": {"images_read_one_at_a_time": True}})
    compute = simulator.compute()
    prepare(simulator, compute)
    put_version(simulator, compute, name="1.1.0")
    with pytest.raises(HttpResponseError, match="is being published as another gallery image version"):
        put_version(simulator, compute, name="1.2.0")
    simulator.control.advance(2 * HOUR)
    put_version(simulator, compute, name="1.2.0")


@pytest.mark.parametrize(
    ("system", "data", "mode", "end"),
    [
        (2048, 1024, "Full", "Completed"),
        (2520, 64, "Full", "The GalleryImageVersion source resource size 2520 exceeds the max size 2048 supported."),
        (64, 1025, "Full", "The GalleryImageVersion source resource size 1025 exceeds the max size 1024 supported."),
        (2520, 1025, "Shallow", "Completed"),
    ],
)
def test_disks_that_are_too_large_are_replicated_only_shallowly(
    start_simulator: StartSimulator, system: int, data: int, mode: str, end: str
) -> None:
    scenario = one_machine({"size_gb": system})
    scenario["disks"][1] |= {"sku": "Premium_LRS", "size_gb": data}
    simulator = start_simulator(**scenario)
    compute = simulator.compute()
    put_gallery(compute)
    put_definition(compute)
    body = from_storage(disk_sources(simulator, "disks/mine-os", lun0="disks/mine-ultra"))
    body["properties"]["publishingProfile"]["replicationMode"] = mode
    put_version(simulator, compute, body=body)
    simulator.control.advance(3 * HOUR)
    (status,) = replication(compute)["summary"]
    assert end in {status["state"], status["details"].partition("'")[2].rstrip("'")}
