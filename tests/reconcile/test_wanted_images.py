"""GalleryImages as the API server stores them, parsed."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from azure_batch_operator.core.accounts import AccountRef
from azure_batch_operator.core.images import (
    FollowTemplate,
    ListedRegion,
    ReplicationPolicy,
    WantedGallery,
    WantedImage,
)
from azure_batch_operator.core.json import JsonObject
from azure_batch_operator.core.sources import (
    DataSnapshot,
    DataVhd,
    MachineSource,
    ManagedImageSource,
    SecretKey,
    SnapshotsSource,
    VersionSource,
    Vhd,
    VhdSource,
    WantedSource,
)
from azure_batch_operator.reconcile.desired import BadSpec
from azure_batch_operator.reconcile.wanted.images import ImageParser
from tests.support.custom_resources import QUICKSTART, merged, read_manifest
from tests.support.images import HOME, OWNER, PROPERTIES, SOURCE_ID, SUBSCRIPTION, VERSION

PARSER = ImageParser(operator_id="cluster-1", subscription_id=SUBSCRIPTION, nodes_per_replica=600)
COMPUTE = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/images/providers/Microsoft.Compute"
MACHINE_ID = f"{COMPUTE}/virtualMachines/render-golden"
OTHER_VERSION_ID = f"{COMPUTE}/galleries/otherImages/images/render-node/versions/1.0.0"
ACCOUNT_ID = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/images/providers/Microsoft.Storage/storageAccounts/contoso"
BLOB = "https://contoso.blob.core.windows.net/vhds/render-os.vhd"
KEYS = {"osDiskImage": {"diskEncryptionSetId": f"{COMPUTE}/diskEncryptionSets/render-keys"}}


def parsed(**spec: Any) -> WantedImage | BadSpec:
    return PARSER(merged(read_manifest(QUICKSTART / "galleryimage.yaml"), {"spec": spec}))


def test_the_quickstart_is_understood_as_it_is_written() -> None:
    assert parsed() == WantedImage(
        owner=OWNER,
        name=VERSION,
        gallery=WantedGallery(location=HOME, create=True),
        definition=PROPERTIES,
        source=ManagedImageSource(id=SOURCE_ID),
        regions=(ListedRegion(name=HOME),),
        replication=ReplicationPolicy(nodes_per_replica=600),
    )


def test_generation_security_type_and_architecture_are_never_left_to_azure() -> None:
    found = parsed(definition={"features": None, "architecture": None, "osState": None})
    assert isinstance(found, WantedImage)
    assert found.definition == PROPERTIES


def test_every_property_of_the_definition_goes_to_azure_as_it_is_written() -> None:
    properties = {
        "features": [
            {"name": "SecurityType", "value": "Standard"},
            {"name": "DiskControllerTypes", "value": "SCSI, NVMe", "startsAtVersion": "1.1.0"},
        ],
        "allowUpdateImage": True,
        "purchasePlan": {"name": "node", "publisher": "contoso", "product": "rendering"},
        "recommended": {"vCPUs": {"min": 2, "max": 16}, "memory": {"min": 8}},
        "disallowed": {"diskTypes": ["Standard_LRS"]},
        "description": "Nodes that render",
        "eula": "https://contoso.example/eula",
        "privacyStatementUri": "https://contoso.example/privacy",
        "releaseNoteUri": "https://contoso.example/notes",
        "endOfLifeDate": "2027-06-30T00:00:00Z",
    }
    found = parsed(definition=properties | {"name": "node"})
    assert isinstance(found, WantedImage)
    assert found.definition == {**PROPERTIES, **properties}


def test_every_number_of_the_replication_may_be_set() -> None:
    found = parsed(
        replication={
            "nodesPerReplica": 300,
            "headroomReplicas": 1,
            "minReplicas": 2,
            "maxReplicas": 9,
            "scaleDownDelay": "1h30m",
            "followPools": False,
        }
    )
    assert isinstance(found, WantedImage)
    assert found.replication == ReplicationPolicy(
        nodes_per_replica=300,
        headroom=1,
        min_replicas=2,
        max_replicas=9,
        scale_down_delay=timedelta(minutes=90),
        follow_pools=False,
    )


def test_a_region_has_its_own_storage_keys_and_bounds_and_followed_ones_have_a_template() -> None:
    found = parsed(
        targetRegions=[
            {
                "name": "West Europe",
                "storageAccountType": "Standard_ZRS",
                "encryption": KEYS,
                "excludeFromLatest": True,
                "minReplicas": 2,
                "maxReplicas": 20,
            }
        ],
        replication={
            "followTemplate": {"storageAccountType": "Standard_LRS", "encryption": KEYS},
            "storageAccountStrategy": "DefaultStandard_LRS",
        },
    )
    assert isinstance(found, WantedImage)
    assert found.regions == (
        ListedRegion(
            name="West Europe",
            storage_account_type="Standard_ZRS",
            encryption=KEYS,
            exclude_from_latest=True,
            min_replicas=2,
            max_replicas=20,
        ),
    )
    assert found.replication.follow_template == FollowTemplate(storage_account_type="Standard_LRS", encryption=KEYS)
    assert found.replication.storage_account_strategy == "DefaultStandard_LRS"


def test_a_gallery_is_made_with_description_tags_and_sharing() -> None:
    sharing: JsonObject = {
        "permissions": "Community",
        "communityGalleryInfo": {
            "publisherUri": "https://contoso.example",
            "publisherContact": "images@contoso.example",
            "eula": "https://contoso.example/eula",
            "publicNamePrefix": "contoso",
        },
    }
    found = parsed(gallery={"description": "Images", "tags": {"team": "rendering"}, "sharing": sharing})
    assert isinstance(found, WantedImage)
    assert found.gallery == WantedGallery(
        location=HOME, create=True, description="Images", tags={"team": "rendering"}, sharing=sharing
    )


def test_who_may_use_take_over_and_sign_in_is_as_written() -> None:
    found = parsed(
        allowedNamespaces=["team-a", "team-b"],
        credentialsSecretRef={"name": "azure-rendering"},
        adoptionPolicy="Adopt",
        deletionPolicy="Retain",
    )
    assert isinstance(found, WantedImage)
    assert found.allowed_namespaces == {"team-a", "team-b"}
    assert (found.credentials, found.adoption_policy, found.deletion_policy) == ("azure-rendering", "Adopt", "Retain")


def test_how_long_versions_are_meant_to_live_is_as_written() -> None:
    found = parsed(endOfLifeDate="2027-06-30T02:00:00+02:00", excludeFromLatest=True, keepVersions=3)
    assert isinstance(found, WantedImage)
    assert found.end_of_life == datetime(2027, 6, 30, tzinfo=UTC)
    assert (found.exclude_from_latest, found.keep_versions) == (True, 3)


@pytest.mark.parametrize(
    ("source", "meant"),
    [
        ({"virtualMachine": {"id": MACHINE_ID}}, MachineSource(id=MACHINE_ID, capture="Snapshots")),
        (
            {"virtualMachine": {"id": MACHINE_ID, "capture": "Snapshots", "generalized": True}},
            MachineSource(id=MACHINE_ID, capture="Snapshots", generalized=True),
        ),
        (
            {"virtualMachine": {"id": MACHINE_ID, "capture": "Direct"}},
            MachineSource(id=MACHINE_ID, capture="Direct"),
        ),
        (
            {"snapshots": {"osDisk": {"id": f"{COMPUTE}/snapshots/os"}}},
            SnapshotsSource(os_disk=f"{COMPUTE}/snapshots/os"),
        ),
        (
            {
                "snapshots": {
                    "osDisk": {"id": f"{COMPUTE}/snapshots/os"},
                    "dataDisks": [{"lun": 2, "id": f"{COMPUTE}/disks/data"}],
                }
            },
            SnapshotsSource(
                os_disk=f"{COMPUTE}/snapshots/os", data_disks=(DataSnapshot(lun=2, id=f"{COMPUTE}/disks/data"),)
            ),
        ),
        (
            {
                "vhd": {
                    "osDisk": {"uri": BLOB, "storageAccountId": ACCOUNT_ID},
                    "dataDisks": [
                        {"lun": 0, "uriSecretRef": {"name": "vhds", "key": "data"}, "storageAccountId": ACCOUNT_ID}
                    ],
                }
            },
            VhdSource(
                os_disk=Vhd(where=BLOB, storage_account_id=ACCOUNT_ID),
                data_disks=(
                    DataVhd(lun=0, vhd=Vhd(where=SecretKey(name="vhds", key="data"), storage_account_id=ACCOUNT_ID)),
                ),
            ),
        ),
        ({"galleryImageVersion": {"id": OTHER_VERSION_ID}}, VersionSource(id=OTHER_VERSION_ID)),
    ],
)
def test_a_version_may_be_made_from_every_kind_of_source(source: dict[str, Any], meant: WantedSource) -> None:
    found = parsed(source={"managedImage": None, **source})
    assert isinstance(found, WantedImage)
    assert found.source == meant


def test_snapshots_of_a_machine_are_kept_when_that_is_asked_for() -> None:
    found = parsed(source={"managedImage": None, "virtualMachine": {"id": MACHINE_ID}, "keepIntermediate": True})
    assert isinstance(found, WantedImage)
    assert found.keep_intermediate


def test_an_image_that_is_adopted_needs_no_source() -> None:
    found = parsed(source=None, adoptionPolicy="Adopt")
    assert isinstance(found, WantedImage)
    assert (found.source, found.keep_intermediate) == (None, False)


def test_a_version_cannot_be_copied_from_itself() -> None:
    found = parsed(source={"managedImage": None, "galleryImageVersion": {"id": VERSION.id.upper()}})
    assert isinstance(found, BadSpec)
    assert found.field == "spec.source.galleryImageVersion.id"
    assert "write another version's id" in found.message


def test_watched_accounts_are_named_in_full() -> None:
    found = parsed(watchAccounts=[{"resourceGroup": "batch", "name": "contoso", "location": "West Europe"}])
    assert isinstance(found, WantedImage)
    ref = AccountRef(subscription_id=SUBSCRIPTION, resource_group="batch", name="contoso", location=HOME)
    assert found.watch_accounts == (ref,)


@pytest.mark.parametrize(
    ("spec", "field"),
    [
        ({"targetRegions": "everywhere"}, "spec.targetRegions"),
        ({"version": None}, "spec.version"),
        ({"replication": {"scaleDownDelay": "soon"}}, "spec.replication.scaleDownDelay"),
        ({"endOfLifeDate": "2027-02-30T00:00:00Z"}, "spec.endOfLifeDate"),
        ({"source": {"managedImage": None}}, "spec.source"),
        (
            {"source": {"managedImage": None, "vhd": {"osDisk": {"storageAccountId": ACCOUNT_ID}}}},
            "spec.source.vhd.osDisk",
        ),
        (
            {
                "source": {
                    "managedImage": None,
                    "vhd": {
                        "osDisk": {"uri": BLOB, "storageAccountId": ACCOUNT_ID},
                        "dataDisks": [{"lun": 0, "storageAccountId": ACCOUNT_ID}],
                    },
                }
            },
            "spec.source.vhd.dataDisks[0]",
        ),
    ],
)
def test_what_cannot_be_understood_is_named(spec: dict[str, Any], field: str) -> None:
    found = parsed(**spec)
    assert isinstance(found, BadSpec)
    assert found.field == field
    assert field in found.message


def test_without_any_subscription_the_spec_must_name_one() -> None:
    homeless = ImageParser(operator_id="cluster-1", subscription_id=None, nodes_per_replica=600)
    body = read_manifest(QUICKSTART / "galleryimage.yaml")
    found = homeless(body)
    assert isinstance(found, BadSpec)
    assert found.field == "spec.gallery.subscriptionId"
    watched = {"gallery": {"subscriptionId": SUBSCRIPTION}, "watchAccounts": [{"resourceGroup": "batch", "name": "a"}]}
    found = homeless(merged(body, {"spec": watched}))
    assert isinstance(found, BadSpec)
    assert found.field == "spec.watchAccounts[0].subscriptionId"
