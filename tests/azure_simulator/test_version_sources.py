"""What image versions are made from, as the installed compute SDK sees it."""

from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError
from azure.mgmt.compute import ComputeManagementClient

from tests.support.arm import call
from tests.support.batch import batch_client, pool_of
from tests.support.galleries import (
    DEFINITION,
    GALLERY,
    GROUP,
    HOUR,
    VERSION,
    VHDS,
    from_storage,
    prepare,
    put_definition,
    put_gallery,
    put_version,
    region,
    replication,
    resource,
    state,
    version_body,
    vhd,
)
from tests.support.simulator import SimulatedAzure, StartSimulator

SUBSCRIPTION = "00000000-0000-0000-0000-000000000000"


def disks(simulator: SimulatedAzure, os_disk: str = "snapshots/render-os", **data_disks: str) -> dict[str, Any]:
    data = [
        {"lun": int(lun.removeprefix("lun")), "source": {"id": resource(simulator, *path.split("/"))}}
        for lun, path in data_disks.items()
    ]
    os_image = {"source": {"id": resource(simulator, *os_disk.split("/"))}}
    return {"osDiskImage": os_image, **({"dataDiskImages": data} if data else {})}


def machine(simulator: SimulatedAzure, name: str = "render-golden") -> dict[str, Any]:
    return {"source": {"virtualMachineId": resource(simulator, "virtualMachines", name)}}


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
    assert made(simulator, compute, machine(simulator)) == {
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
    storage = disks(simulator, lun0="snapshots/render-data", lun2="disks/render-broken-data")
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
    group = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/platform"
    source = f"{group}/providers/Microsoft.Compute/galleries/platformGallery/images/base-node/versions/1.1.0"
    assert made(simulator, compute, {"source": {"id": source}})["source"] == {"id": source}


def test_a_version_is_copied_only_where_it_has_a_replica(
    simulator: SimulatedAzure, compute: ComputeManagementClient, definition: str
) -> None:
    group = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/platform"
    source = f"{group}/providers/Microsoft.Compute/galleries/platformGallery/images/base-node/versions/1.0.0"
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
        put_version(simulator, compute, body=from_storage(machine(simulator, "mine")))


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
    put_version(simulator, compute, body=from_storage(machine(simulator, "mine")))


def test_trusted_launch_needs_a_source_that_has_it(
    simulator: SimulatedAzure, compute: ComputeManagementClient, gallery: str
) -> None:
    trusted = [{"name": "SecurityType", "value": "TrustedLaunch"}]
    put_definition(compute, hyperVGeneration="V2", features=trusted)
    storage = disks(simulator, "disks/render-secure-os")
    put_version(simulator, compute, body=from_storage(storage))
    with pytest.raises(HttpResponseError, match="Hypervisor generation"):
        put_version(simulator, compute, name="2.0.0", body=version_body(simulator))


def test_disks_that_are_encrypted_from_inside_may_be_taken_instead(start_simulator: StartSimulator) -> None:
    switches = {"compute": {"ade_sources_accepted": True}}
    simulator = start_simulator(switches=switches, **one_machine({"ade_encrypted": True}))
    compute = simulator.compute()
    put_gallery(compute)
    put_definition(compute)
    put_version(simulator, compute, body=from_storage(disks(simulator, "disks/mine-os")))


@pytest.mark.parametrize(("generalized", "end"), [(True, "idle"), (False, "unusable")])
def test_nodes_from_a_disk_that_was_not_generalized_end_unusable_which_azure_cannot_foresee(
    start_simulator: StartSimulator, generalized: bool, end: str
) -> None:
    simulator = start_simulator(**one_machine({"os_was_generalized": generalized}))
    compute = simulator.compute()
    put_gallery(compute)
    put_definition(compute)
    made(simulator, compute, disks(simulator, "disks/mine-os"))
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
        put_version(simulator, compute, body=from_storage(disks(simulator, os_disk, **data_disks)))


def test_one_lun_is_for_one_disk(simulator: SimulatedAzure, compute: ComputeManagementClient, definition: str) -> None:
    storage = disks(simulator, lun0="snapshots/render-data", lun1="disks/render-golden-data")
    storage["dataDiskImages"][1]["lun"] = 0
    assert "Lun number must be unique for each data disk" in str(refusal(simulator, compute, storage))


def test_there_is_one_style_of_source(
    simulator: SimulatedAzure, compute: ComputeManagementClient, definition: str
) -> None:
    both = machine(simulator) | disks(simulator)
    none: dict[str, Any] = {"source": {}}
    for storage in (both, none):
        assert "One and only one source type" in str(refusal(simulator, compute, storage))


def test_the_source_of_a_disk_never_changes(
    simulator: SimulatedAzure, compute: ComputeManagementClient, definition: str
) -> None:
    made(simulator, compute, disks(simulator, lun0="snapshots/render-data"))
    put_version(simulator, compute, body=from_storage(answered_storage(compute)))
    simulator.control.advance(HOUR)
    for storage, message in (
        (disks(simulator, "disks/render-golden-os"), r"storageProfile\.osDiskImage\.source\.id' is not allowed"),
        (disks(simulator, lun0="disks/render-golden-data"), r"dataDiskImages\.source\.id' is not allowed"),
        (disks(simulator, lun1="snapshots/render-data"), "Adding new Data Disks or changing the LUN"),
        (machine(simulator), r"storageProfile\.source\.id' is not allowed"),
    ):
        with pytest.raises(HttpResponseError, match=message):
            put_version(simulator, compute, body=from_storage(storage))


def test_a_source_that_goes_while_it_is_read_fails_the_version(
    simulator: SimulatedAzure, compute: ComputeManagementClient, definition: str
) -> None:
    put_version(simulator, compute, body=from_storage(disks(simulator)))
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


@pytest.mark.parametrize(
    ("storage", "action"),
    [
        (lambda simulator: {"source": {"id": resource(simulator, "images", "render-node-1")}}, "images/read"),
        (machine, "virtualMachines/write"),
        (disks, "snapshots/write"),
        (vhd, "storageAccounts/listKeys/action"),
    ],
)
def test_the_caller_needs_rights_on_the_source(start_simulator: StartSimulator, storage: Any, action: str) -> None:
    scope = f"/subscriptions/{SUBSCRIPTION}"
    publisher = {"id": "99999999-9999-4999-8999-999999999999", "name": "Publisher", "actions": ["*/galleries/*"]}
    assignments = [
        {"application": "operator", "role": "Contributor", "scope": scope},
        {"application": "reader", "role": "Publisher", "scope": scope},
    ]
    simulator = start_simulator(roles=[publisher], role_assignments=assignments)
    prepare(simulator, simulator.compute())
    path = f"{resource(simulator, 'galleries', GALLERY)}/images/{DEFINITION}/versions/1.1.0?api-version=2026-03-03"
    refused = call(simulator, "PUT", path, from_storage(storage(simulator)), application="reader")
    assert (refused.status, refused.code) == (403, "LinkedAuthorizationFailed")
    assert f"{action}' on the linked scope(s)" in refused.message
