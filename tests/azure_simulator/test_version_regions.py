"""Keys, storage and further sets of replicas of a version's regions, as the installed compute SDK sees them."""

from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError
from azure.mgmt.compute import ComputeManagementClient

from tests.support.galleries import (
    DEFINITION,
    GALLERY,
    GROUP,
    HOUR,
    VERSION,
    from_storage,
    patch_version,
    put_definition,
    put_gallery,
    put_version,
    region,
    replication,
    resource,
    state,
    target_regions,
    vhd,
)
from tests.support.simulator import SimulatedAzure, StartSimulator

SUBSCRIPTION = "00000000-0000-0000-0000-000000000000"


def set_id(name: str, subscription: str = SUBSCRIPTION) -> str:
    group = f"/subscriptions/{subscription}/resourceGroups/{GROUP}"
    return f"{group}/providers/Microsoft.Compute/diskEncryptionSets/{name}"


def keys(os_set: str | None, *, data: dict[int, str] | None = None) -> dict[str, Any]:
    encryption: dict[str, Any] = {}
    if os_set is not None:
        encryption["osDiskImage"] = {"diskEncryptionSetId": os_set}
    if data is not None:
        encryption["dataDiskImages"] = [{"lun": lun, "diskEncryptionSetId": of} for lun, of in data.items()]
    return {"encryption": encryption}


WEST, NORTH = set_id("render-keys"), set_id("render-keys-north")
BOTH = [
    region("westeurope", 1, **keys(WEST, data={0: WEST})),
    region("northeurope", 1, **keys(NORTH, data={0: NORTH})),
]


def snapshots(simulator: SimulatedAzure) -> dict[str, Any]:
    return {
        "osDiskImage": {"source": {"id": resource(simulator, "snapshots", "render-os")}},
        "dataDiskImages": [{"lun": 0, "source": {"id": resource(simulator, "snapshots", "render-data")}}],
    }


def put(simulator: SimulatedAzure, compute: ComputeManagementClient, *regions: dict[str, Any]) -> None:
    put_version(simulator, compute, body=from_storage(snapshots(simulator), *regions))


@pytest.fixture
def encrypted(simulator: SimulatedAzure, compute: ComputeManagementClient, definition: str) -> str:
    put(simulator, compute, *BOTH)
    simulator.control.advance(2 * HOUR)
    return VERSION


def test_a_version_is_encrypted_with_a_key_of_each_region(compute: ComputeManagementClient, encrypted: str) -> None:
    assert state(compute) == "Succeeded"
    assert [found["encryption"] for found in target_regions(compute)] == [found["encryption"] for found in BOTH]


@pytest.mark.parametrize(
    ("regions", "status", "message"),
    [
        ([region("westeurope", 1, **keys(set_id("nothing")))], 404, "diskEncryptionSets/nothing' was not found"),
        ([region("westeurope", 1, **keys("/render-keys"))], 400, r"osDiskImage\.diskEncryptionSetId is invalid"),
        (
            [region("westeurope", 1, **keys(None, data={0: "/render-keys"}))],
            400,
            r"dataDiskImages\.diskEncryptionSetId is invalid",
        ),
        (
            [region("westeurope", 1, **keys(set_id("render-keys", "00000000-0000-0000-0000-000000000001")))],
            400,
            "must be in the same subscription '00000000-0000-0000-0000-000000000000' as the gallery resource",
        ),
        ([region("westeurope", 1, **keys(NORTH))], 400, "cannot encrypt in target region 'westeurope'"),
        (
            [region("westeurope", 1, **keys(WEST)), region("northeurope", 1)],
            400,
            r"required for disk '.*osDiskImage.diskEncryptionSetId' in target region 'northeurope'",
        ),
        (
            [BOTH[0], region("northeurope", 1, **keys(NORTH))],
            400,
            "required for disk 'LUN 0' in target region 'northeurope'",
        ),
        ([region("westeurope", 1, **keys(WEST, data={7: WEST}))], 400, r"must be one of the following values \['0'\]"),
        (
            [
                region(
                    "westeurope",
                    1,
                    encryption={"dataDiskImages": [{"lun": 0, "diskEncryptionSetId": WEST}] * 2},
                )
            ],
            400,
            "Duplicate luns '0' were specified in target region 'westeurope'",
        ),
    ],
)
def test_keys_have_to_be_there_in_the_region_and_in_every_region(
    simulator: SimulatedAzure,
    compute: ComputeManagementClient,
    definition: str,
    regions: list[dict[str, Any]],
    status: int,
    message: str,
) -> None:
    with pytest.raises(HttpResponseError, match=message) as refused:
        put(simulator, compute, *regions)
    assert refused.value.status_code == status
    assert list(compute.gallery_image_versions.list_by_gallery_image(GROUP, GALLERY, DEFINITION)) == []


@pytest.mark.parametrize(
    ("regions", "message"),
    [
        ([region("westeurope", 2), region("northeurope", 1)], "encryption' is not allowed"),
        ([BOTH[0], BOTH[1], region("uksouth", 1)], "is required for disk"),
    ],
)
def test_what_is_encrypted_stays_so(
    compute: ComputeManagementClient, encrypted: str, regions: list[dict[str, Any]], message: str
) -> None:
    with pytest.raises(HttpResponseError, match=message):
        patch_version(compute, targetRegions=regions)


def test_an_update_repeats_the_keys(
    simulator: SimulatedAzure, compute: ComputeManagementClient, encrypted: str
) -> None:
    patch_version(compute, targetRegions=[BOTH[0] | {"regionalReplicaCount": 3}, BOTH[1]])
    simulator.control.advance(HOUR)
    assert [found["regionalReplicaCount"] for found in target_regions(compute)] == [3, 1]


def test_what_is_not_encrypted_never_will_be(
    simulator: SimulatedAzure, compute: ComputeManagementClient, version: str
) -> None:
    with pytest.raises(HttpResponseError, match=r"targetRegions\.encryption' is not allowed"):
        patch_version(compute, targetRegions=[region("westeurope", 1, **keys(WEST))])
    with pytest.raises(HttpResponseError, match=r"new data disk image encryption lun \[0\] .* region \[westeurope\]"):
        patch_version(compute, targetRegions=[region("westeurope", 1, **keys(None, data={0: WEST}))])


def test_a_version_with_keys_is_no_source(
    simulator: SimulatedAzure, compute: ComputeManagementClient, encrypted: str
) -> None:
    source = f"{resource(simulator, 'galleries', GALLERY)}/images/{DEFINITION}/versions/{encrypted}"
    with pytest.raises(HttpResponseError, match="cannot be the source of another gallery image version"):
        put_version(simulator, compute, name="2.0.0", body=from_storage({"source": {"id": source}}))


def test_keys_may_be_refused_for_vhds_as_one_page_says(start_simulator: StartSimulator) -> None:
    simulator = start_simulator(switches={"compute": {"encrypt_every_source": False}})
    compute = simulator.compute()
    put_gallery(compute)
    put_definition(compute)
    body = from_storage(vhd(simulator), region("westeurope", 1, **keys(WEST)))
    with pytest.raises(HttpResponseError, match="Encryption is not supported for source resource"):
        put_version(simulator, compute, body=body)


def confidential(kind: str, secure_set: str | None = None) -> dict[str, Any]:
    profile = {"confidentialVMEncryptionType": kind, "secureVMDiskEncryptionSetId": secure_set}
    return {"encryption": {"osDiskImage": {"securityProfile": profile}}}


@pytest.mark.parametrize(
    ("encryption", "message"),
    [
        (confidential("EncryptedVMGuestStateOnlyWithPmk"), None),
        (confidential("EncryptedWithPmk"), None),
        (confidential("EncryptedWithCmk", set_id("confidential-keys")), None),
        (confidential("EncryptedWithCmk"), "A secureVMDiskEncryptionSetId is needed"),
        (confidential("EncryptedWithPmk", set_id("confidential-keys")), "not allowed with any other"),
        (confidential("EncryptedWithCmk", WEST), "has the encryption type 'EncryptionAtRestWithCustomerKey'"),
        (confidential("DataDiskEncryptedWithCmk", set_id("confidential-keys")), "is for data disks"),
        (keys(set_id("confidential-keys")), "has the encryption type 'ConfidentialVmEncryptedWithCustomerKey'"),
    ],
)
def test_confidential_machines_have_encryptions_of_their_own(
    start_simulator: StartSimulator, encryption: dict[str, Any], message: str | None
) -> None:
    there = {"subscription_id": SUBSCRIPTION, "resource_group": GROUP, "location": "westeurope"}
    key = {"key_url": "https://contoso.vault.azure.net/keys/k/1"}
    disk = {
        "os_type": "Linux",
        "hyper_v_generation": "V2",
        "security_type": "ConfidentialVM_DiskEncryptedWithPlatformKey",
    }
    simulator = start_simulator(
        disks=[there | {"name": "mine-os"} | disk],
        snapshots=[],
        machines=[],
        disk_encryption_sets=[
            there | key | {"name": "render-keys"},
            there | key | {"name": "confidential-keys", "encryption_type": "ConfidentialVmEncryptedWithCustomerKey"},
        ],
    )
    compute = simulator.compute()
    put_gallery(compute)
    features = [{"name": "SecurityType", "value": "ConfidentialVM"}]
    put_definition(compute, hyperVGeneration="V2", features=features)
    storage = {"osDiskImage": {"source": {"id": resource(simulator, "disks", "mine-os")}}}
    body = from_storage(storage, region("westeurope", 1, **encryption))
    if message is None:
        put_version(simulator, compute, body=body)
        (answered,) = target_regions(compute)
        profile = encryption["encryption"]["osDiskImage"]["securityProfile"]
        assert answered["encryption"]["osDiskImage"]["securityProfile"] == {k: v for k, v in profile.items() if v}
        return
    with pytest.raises(HttpResponseError, match=message):
        put_version(simulator, compute, body=body)


def test_confidential_encryption_is_for_confidential_images(
    simulator: SimulatedAzure, compute: ComputeManagementClient, definition: str
) -> None:
    with pytest.raises(HttpResponseError, match="needs an image definition with the security type 'ConfidentialVM'"):
        put(simulator, compute, region("westeurope", 1, **confidential("EncryptedWithPmk")))


def test_further_sets_of_replicas_replicate_and_count(
    simulator: SimulatedAzure, compute: ComputeManagementClient, version: str
) -> None:
    sets = [{"storageAccountType": "PremiumV2_LRS", "regionalReplicaCount": 2}]
    patch_version(compute, targetRegions=[region("westeurope", 1, additionalReplicaSets=sets)])
    assert replication(compute)["aggregatedState"] == "InProgress"
    simulator.control.advance(HOUR)
    assert state(compute) == "Succeeded"
    assert target_regions(compute)[0]["additionalReplicaSets"] == sets
    with pytest.raises(HttpResponseError, match="asks for 102 replicas"):
        patch_version(compute, targetRegions=[region("westeurope", 100, additionalReplicaSets=sets)])


def test_the_storage_strategy_chooses_and_stays(
    simulator: SimulatedAzure, compute: ComputeManagementClient, definition: str
) -> None:
    regions = [{"name": "westeurope", "regionalReplicaCount": 1}, {"name": "ukwest", "regionalReplicaCount": 1}]
    put(simulator, compute, *regions)
    types = [found["storageAccountType"] for found in target_regions(compute)]
    assert types == ["Standard_ZRS", "Standard_LRS"]
    simulator.control.advance(2 * HOUR)
    with pytest.raises(HttpResponseError, match="storageAccountStrategy' is not allowed"):
        patch_version(compute, storageAccountStrategy="DefaultStandard_LRS")


def test_the_strategy_and_the_type_of_storage_are_not_given_together(
    simulator: SimulatedAzure, compute: ComputeManagementClient, definition: str
) -> None:
    body = from_storage(snapshots(simulator))
    body["properties"]["publishingProfile"] |= {
        "storageAccountStrategy": "PreferStandard_ZRS",
        "storageAccountType": "Standard_LRS",
    }
    with pytest.raises(HttpResponseError, match="cannot be given together"):
        put_version(simulator, compute, body=body)
