"""Whole turns for GalleryImages against the simulator: resources in, requests and statuses out."""

from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any

import pytest
from azure.mgmt.compute import ComputeManagementClient
from azure.mgmt.compute.models import (
    Gallery,
    GalleryImageVersion,
    Image,
    ImageOSDisk,
    ImageProperties,
    ImageStorageProfile,
)

from azure_batch_operator.core.names import OWNER_TAG, REGIONS_TAG
from azure_batch_operator.reconcile.keys import ImageKey, PoolKey
from azure_batch_operator.reconcile.outcome import FinalizerChange
from tests.support.azure_session import Journal, journal_from_now, refuse_once
from tests.support.clockwork import Clockwork, clockwork
from tests.support.custom_resources import QUICKSTART, Manifest, merged, read_manifest
from tests.support.simulator import SimulatedAzure, StartSimulator

IMAGE = ImageKey("rendering", "render-node")
POOL = PoolKey("rendering", "frames")
GALLERY = ("images", "sharedImages")
VERSION = ("images", "sharedImages", "render-node", "1.0.0")
MINUTE = 60.0
RESYNC = 600.0
PATCH = "GalleryImageVersions_Update"


def an_image(name: str = "render-node", **spec: Any) -> Manifest:
    manifest = read_manifest(QUICKSTART / "galleryimage.yaml")
    changed: Manifest = merged(manifest, {"metadata": {"name": name}, "spec": spec})
    return changed


def a_pool(**spec: Any) -> Manifest:
    changed: Manifest = merged(read_manifest(QUICKSTART / "batchpool.yaml"), {"spec": spec})
    return changed


def managed_image(name: str) -> dict[str, Any]:
    source = an_image()["spec"]["source"]["managedImage"]["id"]
    return {"managedImage": {"id": source.replace("render-node-1", name)}}


@pytest.fixture
async def turns(simulator: SimulatedAzure) -> AsyncIterator[Clockwork]:
    async with clockwork(simulator) as operator:
        yield operator


@pytest.fixture
async def published(turns: Clockwork) -> Clockwork:
    """An operator whose image is Ready."""
    await turns.apply(an_image())
    await turns.until(lambda: turns.is_ready(IMAGE), step=5 * MINUTE)
    return turns


@pytest.fixture
def compute(simulator: SimulatedAzure) -> Iterator[ComputeManagementClient]:
    """Somebody else with an SDK client."""
    with simulator.compute() as client:
        yield client


def writes(journal: Journal, *services: str) -> list[str]:
    seen = journal.requests(*(services or ("compute",)))
    return [entry.operation for entry in seen if entry.method not in ("GET", "HEAD")]


def reads(journal: Journal) -> list[str]:
    return sorted(entry.operation for entry in journal.requests() if entry.method in ("GET", "HEAD"))


def body_of(journal: Journal, operation: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = next(e.body for e in journal.requests("compute") if e.operation == operation)
    return found


def replicas_in(body: Mapping[str, Any]) -> dict[str, int]:
    listed = body["properties"]["publishingProfile"]["targetRegions"]
    return {region["name"].replace(" ", "").lower(): region["regionalReplicaCount"] for region in listed}


def replicas(compute: ComputeManagementClient) -> dict[str, int]:
    version = compute.gallery_image_versions.get(*VERSION)
    return {
        region["name"].replace(" ", "").lower(): region["regionalReplicaCount"]
        for region in version.as_dict()["properties"]["publishingProfile"]["targetRegions"]
    }


def stripped(version: GalleryImageVersion, *, tags: dict[str, str]) -> GalleryImageVersion:
    """The version as read, with other tags, for a client to put back."""
    version.tags = tags
    return version


# --- making


async def test_an_image_is_made_in_azures_order_and_becomes_ready(turns: Clockwork, simulator: SimulatedAzure) -> None:
    journal = journal_from_now(simulator)
    await turns.apply(an_image())
    await turns.until(lambda: turns.is_ready(IMAGE))
    assert writes(journal) == [
        "Galleries_CreateOrUpdate",
        "GalleryImages_CreateOrUpdate",
        "GalleryImageVersions_CreateOrUpdate",
    ]
    status = turns.status(IMAGE)
    assert {c["type"]: c["status"] for c in status["conditions"]} == {
        "Ready": "True",
        "SourceReady": "True",
        "Published": "True",
        "ReplicasReady": "True",
    }
    assert {c["observedGeneration"] for c in status["conditions"]} == {status["observedGeneration"]} == {1}
    assert status["version"] == "1.0.0"
    assert status["summary"] == {"regions": "1/1", "replicas": "1/1", "nodes": 0}
    assert status["regions"] == [
        {
            "name": "westeurope",
            "nodes": 0,
            "requiredReplicas": 1,
            "replicas": 1,
            "readyReplicas": 1,
            "state": "Completed",
            "progress": 100,
        }
    ]
    assert turns.events(IMAGE, "Published") == ["Version 1.0.0 is published."]


async def test_what_we_make_says_whose_it_is(published: Clockwork, compute: ComputeManagementClient) -> None:
    owner = "cluster/image/rendering/render-node"
    assert (compute.galleries.get(*GALLERY).tags or {})[OWNER_TAG] == "cluster/gallery"
    assert (compute.gallery_images.get(*VERSION[:3]).tags or {})[OWNER_TAG] == owner
    assert (compute.gallery_image_versions.get(*VERSION).tags or {})[OWNER_TAG] == owner


async def test_nothing_is_written_to_azure_before_the_finalizer_stands(
    turns: Clockwork, simulator: SimulatedAzure
) -> None:
    journal = journal_from_now(simulator)
    metadata = {"uid": "uid-1", "generation": 1, "finalizers": []}
    turns.wired.images.put(IMAGE, merged(an_image(), {"metadata": metadata}))
    outcome = await turns.wired.turn(IMAGE)
    assert outcome.finalizer is FinalizerChange.ADD
    assert outcome.again == 0
    assert writes(journal) == []


async def test_a_source_that_is_not_there_yet_is_waited_for(
    turns: Clockwork, simulator: SimulatedAzure, compute: ComputeManagementClient
) -> None:
    journal = journal_from_now(simulator)
    await turns.apply(an_image(source=managed_image("later")))
    assert turns.conditions(IMAGE).get("Ready") == ("False", "DependencyNotReady")
    assert turns.conditions(IMAGE).get("Reconciling") == ("True", "Progressing")
    assert turns.conditions(IMAGE).get("SourceReady") == ("False", "SourceNotFound")
    assert writes(journal) == []
    disk = ImageOSDisk(
        os_type="Linux", os_state="Generalized", blob_uri="https://contoso.blob.core.windows.net/vhds/a.vhd"
    )
    later = Image(
        location="westeurope",
        properties=ImageProperties(hyper_v_generation="V1", storage_profile=ImageStorageProfile(os_disk=disk)),
    )
    compute.images.begin_create_or_update("images", "later", later, polling=False)
    await turns.until(lambda: turns.is_ready(IMAGE), step=5 * MINUTE)


@pytest.mark.parametrize(
    ("source", "reason"), [("render-specialized", "SourceNotGeneralized"), ("render-windows", "SourceMismatch")]
)
async def test_a_source_that_does_not_fit_stalls_before_anything_is_made(
    turns: Clockwork, simulator: SimulatedAzure, source: str, reason: str
) -> None:
    journal = journal_from_now(simulator)
    await turns.apply(an_image(source=managed_image(source)))
    assert turns.conditions(IMAGE).get("Stalled") == ("True", reason)
    assert turns.conditions(IMAGE).get("SourceReady") == ("False", reason)
    assert writes(journal) == []
    assert turns.told(IMAGE) == [reason]


async def test_a_lost_answer_makes_nothing_twice(turns: Clockwork, simulator: SimulatedAzure) -> None:
    for operation in (
        "Galleries_CreateOrUpdate",
        "GalleryImages_CreateOrUpdate",
        "GalleryImageVersions_CreateOrUpdate",
    ):
        simulator.control.order_fault({"match": {"operation": operation}, "lose": "response"})
    journal = journal_from_now(simulator)
    await turns.apply(an_image())
    await turns.until(lambda: turns.is_ready(IMAGE), step=5 * MINUTE)
    assert len(writes(journal)) == 3


# --- replicas


async def test_the_region_of_a_pool_is_a_target_before_the_pool_is_made(
    published: Clockwork, simulator: SimulatedAzure
) -> None:
    journal = journal_from_now(simulator)
    await published.apply(a_pool(account={"name": "contosonorth"}))
    await published.until(lambda: published.is_ready(POOL), step=5 * MINUTE)
    assert writes(journal, "compute", "batch") == [PATCH, "Pools_CreatePool"]
    body = body_of(journal, PATCH)
    assert replicas_in(body) == {"westeurope": 1, "northeurope": 1}
    assert body["tags"][REGIONS_TAG] == "northeurope"
    assert body["properties"]["storageProfile"] == {}
    assert body["properties"]["safetyProfile"]["allowDeletionOfReplicatedLocations"] is False


async def test_replicas_come_before_nodes_and_go_after_them(
    published: Clockwork, simulator: SimulatedAzure, compute: ComputeManagementClient
) -> None:
    await published.change(IMAGE, {"replication": {"scaleDownDelay": "0s"}})
    await published.apply(a_pool())
    await published.until(lambda: published.is_ready(POOL), step=5 * MINUTE)
    journal = journal_from_now(simulator)
    await published.change(POOL, {"targetDedicatedNodes": 3000})
    assert writes(journal, "compute", "batch") == [PATCH]
    assert replicas_in(body_of(journal, PATCH)) == {"westeurope": 5}
    await published.until(lambda: published.is_ready(POOL), step=5 * MINUTE)
    assert writes(journal, "compute", "batch") == [PATCH, "Pools_ResizePool"]
    assert "Version 1.0.0: westeurope 1 → 5 for 3,000 nodes." in published.events(IMAGE, "ReplicasChanged")

    journal = journal_from_now(simulator)
    await published.change(POOL, {"targetDedicatedNodes": 500})
    assert writes(journal, "compute", "batch") == ["Pools_ResizePool"]
    await published.until(lambda: replicas(compute) == {"westeurope": 1}, step=5 * MINUTE)
    assert writes(journal, "compute", "batch") == ["Pools_ResizePool", PATCH]


async def test_a_surplus_is_shown_and_goes_as_soon_as_the_delay_is_over(
    published: Clockwork, simulator: SimulatedAzure, compute: ComputeManagementClient
) -> None:
    replication = {"scaleDownDelay": "25m"}
    wide = {"targetRegions": [{"name": "westeurope", "minReplicas": 3}], "replication": replication}
    await published.change(IMAGE, wide)
    await published.until(lambda: published.is_ready(IMAGE))
    journal = journal_from_now(simulator)
    await published.change(IMAGE, {"targetRegions": [{"name": "westeurope"}]})
    (region,) = published.status(IMAGE)["regions"]
    assert (region["requiredReplicas"], region["replicas"]) == (1, 3)
    assert region["surplusSince"]
    await published.run(24 * MINUTE, step=MINUTE)
    assert published.is_ready(IMAGE)
    assert writes(journal) == []
    await published.run(2 * MINUTE)
    assert writes(journal) == [PATCH]
    await published.until(lambda: replicas(compute) == {"westeurope": 1})
    assert "surplusSince" not in published.status(IMAGE)["regions"][0]


async def test_the_delay_of_a_surplus_outlives_a_restart(published: Clockwork, simulator: SimulatedAzure) -> None:
    await published.change(IMAGE, {"targetRegions": [{"name": "westeurope", "minReplicas": 3}]})
    await published.until(lambda: published.is_ready(IMAGE))
    await published.change(IMAGE, {"targetRegions": [{"name": "westeurope"}]})
    since = published.status(IMAGE)["regions"][0]["surplusSince"]
    async with clockwork(simulator) as restarted:
        restarted.time.advance(published.time.time() - restarted.time.time() + 30 * MINUTE)
        await restarted.take_over(published)
        assert restarted.status(IMAGE)["regions"][0]["surplusSince"] == since


async def test_a_region_that_nobody_needs_leaves_and_the_version_is_locked_again(
    published: Clockwork, simulator: SimulatedAzure, compute: ComputeManagementClient
) -> None:
    both = [{"name": "westeurope"}, {"name": "northeurope"}]
    await published.change(IMAGE, {"targetRegions": both, "replication": {"scaleDownDelay": "0s"}})
    await published.until(lambda: published.is_ready(IMAGE), step=5 * MINUTE)
    journal = journal_from_now(simulator)
    await published.change(IMAGE, {"targetRegions": both[:1]})
    await published.until(lambda: published.is_ready(IMAGE), step=5 * MINUTE)
    allowed = [
        entry.body["properties"]["safetyProfile"]["allowDeletionOfReplicatedLocations"]
        for entry in journal.requests("compute")
        if entry.operation == PATCH
    ]
    assert allowed == [True, False]
    assert replicas(compute) == {"westeurope": 1}
    assert REGIONS_TAG not in (compute.gallery_image_versions.get(*VERSION).tags or {})


@pytest.mark.parametrize(
    "switch",
    [
        {"regions_removed_in_two_steps": True},
        {"replication_status_lag": 120.0},
        {"refuse_patch_while_updating": False},
        {"refuse_parent_delete_after_child": False},
    ],
    ids=lambda switch: next(iter(switch)),
)
async def test_an_image_lives_through_whatever_azure_leaves_undocumented(
    start_simulator: StartSimulator, switch: dict[str, Any]
) -> None:
    azure = start_simulator(switches={"compute": switch})
    async with clockwork(azure) as turns:
        many = [{"name": "westeurope", "minReplicas": 3}, {"name": "northeurope"}]
        await turns.apply(an_image(replication={"scaleDownDelay": "0s"}))
        await turns.until(lambda: turns.is_ready(IMAGE))
        await turns.change(IMAGE, {"targetRegions": many})
        await turns.until(lambda: turns.is_ready(IMAGE))
        await turns.change(IMAGE, {"targetRegions": [{"name": "westeurope"}]})
        await turns.until(lambda: turns.is_ready(IMAGE))
        with azure.compute() as compute:
            assert replicas(compute) == {"westeurope": 1}
        await turns.delete(IMAGE)
        await turns.until(lambda: not turns.is_there(IMAGE))


async def test_where_azure_refuses_a_removal_with_its_permission_the_permission_comes_first(
    published: Clockwork, simulator: SimulatedAzure, compute: ComputeManagementClient
) -> None:
    both = [{"name": "westeurope"}, {"name": "northeurope"}]
    await published.change(IMAGE, {"targetRegions": both, "replication": {"scaleDownDelay": "0s"}})
    await published.until(lambda: published.is_ready(IMAGE), step=5 * MINUTE)
    refuse_once(simulator, 400, "InvalidParameter", operation=PATCH)
    journal = journal_from_now(simulator)
    await published.change(IMAGE, {"targetRegions": both[:1]})
    await published.until(lambda: published.is_ready(IMAGE), step=5 * MINUTE)
    bodies = [entry.body for entry in journal.requests("compute") if entry.operation == PATCH]
    assert [len(replicas_in(body)) for body in bodies] == [1, 2, 1, 1]
    assert replicas(compute) == {"westeurope": 1}


async def test_nothing_shrinks_while_an_account_cannot_be_read(
    published: Clockwork, simulator: SimulatedAzure, compute: ComputeManagementClient
) -> None:
    watched = [{"resourceGroup": "batch", "name": "contosonorth"}]
    wide = {"targetRegions": [{"name": "westeurope", "minReplicas": 3}], "replication": {"scaleDownDelay": "0s"}}
    await published.change(IMAGE, wide)
    await published.until(lambda: published.is_ready(IMAGE), step=5 * MINUTE)
    unreadable = {"match": {"operation": "Pools_ListPools"}, "times": None, "answer": {"status": 500, "code": "Broken"}}
    simulator.control.order_fault(unreadable)
    journal = journal_from_now(simulator)
    await published.change(IMAGE, {"targetRegions": [{"name": "westeurope"}], "watchAccounts": watched})
    for _ in range(5):
        await published.run(RESYNC, step=RESYNC)
    assert writes(journal) == []
    assert published.conditions(IMAGE).get("Advisory") == ("True", "UsageUnknown")
    assert "contosonorth" in published.message(IMAGE, "Advisory")
    simulator.control.clear_faults()
    await published.until(lambda: replicas(compute) == {"westeurope": 1}, step=5 * MINUTE)


# --- keeping


async def test_at_rest_one_list_per_definition_and_gallery_is_all_that_is_asked(
    published: Clockwork, simulator: SimulatedAzure
) -> None:
    await published.run(RESYNC)
    before, journal = published.writes, journal_from_now(simulator)
    await published.run(5 * RESYNC)
    lists = Counter({"GalleryImageVersions_ListByGalleryImage": 5, "GalleryImages_ListByGallery": 5})
    hourly = Counter({"Galleries_Get": 1})
    assert Counter(reads(journal)) <= lists + hourly
    assert Counter(reads(journal)) >= lists
    assert writes(journal) == []
    assert published.writes == before


async def test_what_somebody_changed_is_put_back_and_told(
    published: Clockwork, simulator: SimulatedAzure, compute: ComputeManagementClient
) -> None:
    await published.change(IMAGE, {"tags": {"team": "rendering"}, "definition": {"description": "ours"}})
    await published.until(lambda: published.is_ready(IMAGE), step=5 * MINUTE)
    version = compute.gallery_image_versions.get(*VERSION)
    compute.gallery_image_versions.begin_create_or_update(
        *VERSION,
        stripped(version, tags={"cost": "42", OWNER_TAG: "cluster/image/rendering/render-node"}),
        polling=False,
    )
    simulator.control.advance(MINUTE)
    journal = journal_from_now(simulator)
    await published.until(lambda: writes(journal) != [])
    assert body_of(journal, PATCH)["tags"] == {
        "cost": "42",
        "team": "rendering",
        OWNER_TAG: "cluster/image/rendering/render-node",
    }
    assert published.events(IMAGE, "DriftRepaired")[-1] == "Version 1.0.0: restoring tags.team."


async def test_a_version_whose_owner_tag_was_taken_away_is_not_ours_any_more(
    published: Clockwork, simulator: SimulatedAzure, compute: ComputeManagementClient
) -> None:
    version = compute.gallery_image_versions.get(*VERSION)
    compute.gallery_image_versions.begin_create_or_update(*VERSION, stripped(version, tags={}), polling=False)
    simulator.control.advance(MINUTE)
    journal = journal_from_now(simulator)
    await published.run(RESYNC, step=RESYNC)
    assert published.conditions(IMAGE).get("Stalled") == ("True", "OwnedByAnother")
    assert writes(journal) == []


async def test_an_image_that_somebody_deleted_is_made_again(
    published: Clockwork, simulator: SimulatedAzure, compute: ComputeManagementClient
) -> None:
    compute.gallery_image_versions.begin_delete(*VERSION, polling=False)
    simulator.control.advance(5 * MINUTE)
    await published.run(RESYNC, step=RESYNC)
    assert not published.is_ready(IMAGE)
    await published.until(lambda: published.is_ready(IMAGE), step=5 * MINUTE)
    assert replicas(compute) == {"westeurope": 1}


async def test_a_new_version_is_published_and_the_old_one_keeps_one_replica_at_home(
    published: Clockwork, simulator: SimulatedAzure, compute: ComputeManagementClient
) -> None:
    both = [{"name": "westeurope", "minReplicas": 2}, {"name": "northeurope"}]
    await published.change(IMAGE, {"targetRegions": both, "replication": {"scaleDownDelay": "0s"}})
    await published.until(lambda: published.is_ready(IMAGE), step=5 * MINUTE)
    await published.change(IMAGE, {"version": "2.0.0", "source": managed_image("render-node-2")})
    assert published.status(IMAGE)["version"] == "1.0.0"
    await published.until(lambda: published.is_ready(IMAGE), step=5 * MINUTE)
    assert published.status(IMAGE)["version"] == "2.0.0"
    assert replicas(compute) == {"westeurope": 1}
    assert [version["version"] for version in published.status(IMAGE)["versions"]] == ["1.0.0", "2.0.0"]


async def test_a_read_that_fails_changes_nothing_in_azure(published: Clockwork, simulator: SimulatedAzure) -> None:
    for operation in ("GalleryImageVersions_ListByGalleryImage", "GalleryImages_ListByGallery"):
        broken = {"match": {"operation": operation}, "times": 3, "answer": {"status": 503, "code": "ServerBusy"}}
        simulator.control.order_fault(broken)
    journal = journal_from_now(simulator)
    for _ in range(5):
        await published.run(RESYNC, step=RESYNC)
    assert writes(journal) == []
    assert published.is_ready(IMAGE)


# --- trouble


async def test_throttling_is_waited_out_with_azures_code_as_reason(turns: Clockwork, simulator: SimulatedAzure) -> None:
    refuse_once(simulator, 429, "TooManyRequests", operation="Galleries_CreateOrUpdate", headers={"Retry-After": "0"})
    await turns.apply(an_image())
    assert "TooManyRequests" in turns.told(IMAGE)
    await turns.until(lambda: turns.is_ready(IMAGE), step=5 * MINUTE)


async def test_a_missing_right_is_granted_time_and_then_stalls(simulator: SimulatedAzure) -> None:
    reader = simulator.scenario.tenants[0].applications[1]
    identity = {"client_id": reader.client_id, "client_secret": reader.secrets[0]}
    async with clockwork(simulator, **identity, rights_grace=3600) as patient:
        await patient.apply(an_image())
        assert patient.conditions(IMAGE).get("Ready") == ("False", "AuthorizationFailed")
        assert patient.conditions(IMAGE).get("Reconciling") == ("True", "ProgressingWithRetry")
        assert "Microsoft.Compute/galleries/write" in patient.message(IMAGE)
        assert reader.client_id in patient.message(IMAGE)
    async with clockwork(simulator, **identity, rights_grace=0) as impatient:
        await impatient.apply(an_image())
        assert impatient.conditions(IMAGE).get("Stalled") == ("True", "ImageAccessDenied")


async def test_a_publication_that_failed_is_told_in_azures_words_and_tried_again(
    turns: Clockwork, simulator: SimulatedAzure
) -> None:
    failure = {"status": 409, "code": "InternalExecutionError", "message": "the disk is gone"}
    create = {"operation": "GalleryImageVersions_CreateOrUpdate"}
    simulator.control.order_fault({"match": create, "operationError": failure})
    await turns.apply(an_image())
    await turns.until(lambda: "PublishFailed" in turns.told(IMAGE), step=5 * MINUTE)
    await turns.until(lambda: turns.is_ready(IMAGE), step=5 * MINUTE)
    (deleted,) = turns.events(IMAGE, "Deleting")
    assert deleted == "Deleting version 1.0.0: its publication failed and is tried again."


async def test_a_replication_that_failed_is_asked_for_again(
    published: Clockwork, simulator: SimulatedAzure, compute: ComputeManagementClient
) -> None:
    failure = {"status": 409, "code": "ReplicationJobFailed", "message": "one job failed"}
    simulator.control.order_fault({"match": {"operation": PATCH}, "operationError": failure})
    await published.change(IMAGE, {"targetRegions": [{"name": "westeurope", "minReplicas": 3}]})
    await published.until(lambda: "ReplicationFailed" in published.told(IMAGE), step=5 * MINUTE)
    await published.until(lambda: published.is_ready(IMAGE), step=5 * MINUTE)
    assert replicas(compute) == {"westeurope": 3}
    assert "Deleting" not in published.told(IMAGE)


async def test_a_spec_that_cannot_be_understood_stalls(turns: Clockwork) -> None:
    await turns.apply(an_image(targetRegions="everywhere"))
    assert turns.conditions(IMAGE).get("Stalled") == ("True", "InvalidSpec")
    assert "targetRegions" in turns.message(IMAGE)


# --- whose it is


async def test_a_definition_of_somebody_else_is_left_alone(published: Clockwork, simulator: SimulatedAzure) -> None:
    journal = journal_from_now(simulator)
    async with clockwork(simulator, operator_id="cluster-2") as other:
        await other.apply(an_image())
        assert other.conditions(IMAGE).get("Stalled") == ("True", "OwnedByAnother")
        assert "cluster/image/rendering/render-node" in other.message(IMAGE)
        await other.delete(IMAGE)
        assert not other.is_there(IMAGE)
    assert writes(journal) == []


async def test_a_cluster_rebuilt_from_git_goes_on_with_what_it_made(
    published: Clockwork, simulator: SimulatedAzure, compute: ComputeManagementClient
) -> None:
    async with clockwork(simulator, operator_id="cluster-2", former_operator_ids=("cluster",)) as rebuilt:
        await rebuilt.apply(an_image())
        await rebuilt.until(lambda: rebuilt.is_ready(IMAGE))
    owner = "cluster-2/image/rendering/render-node"
    assert (compute.gallery_image_versions.get(*VERSION).tags or {})[OWNER_TAG] == owner


async def test_of_two_resources_with_one_definition_the_older_gets_it(turns: Clockwork) -> None:
    younger = ImageKey("rendering", "again")
    await turns.apply(an_image())
    await turns.apply(an_image("again", definition={"name": "render-node"}))
    assert turns.conditions(younger).get("Stalled") == ("True", "OwnedByAnother")
    await turns.until(lambda: turns.is_ready(IMAGE), step=5 * MINUTE)
    assert turns.conditions(younger).get("Stalled") == ("True", "OwnedByAnother")
    await turns.delete(younger)
    assert not turns.is_there(younger)
    assert turns.is_ready(IMAGE)


async def test_a_gallery_is_used_as_it_is_and_its_owner_told_of_the_difference(
    turns: Clockwork, simulator: SimulatedAzure, compute: ComputeManagementClient
) -> None:
    compute.galleries.begin_create_or_update(*GALLERY, Gallery(location="northeurope"), polling=False)
    simulator.control.advance(MINUTE)
    await turns.apply(an_image())
    await turns.until(lambda: turns.is_ready(IMAGE), step=5 * MINUTE)
    assert turns.conditions(IMAGE).get("Advisory") == ("True", "GalleryMismatch")
    await turns.delete(IMAGE)
    await turns.until(lambda: not turns.is_there(IMAGE))
    assert not compute.galleries.get(*GALLERY).tags


# --- taking away


async def test_a_deletion_takes_everything_away_from_the_inside_out(
    published: Clockwork, simulator: SimulatedAzure, compute: ComputeManagementClient
) -> None:
    journal = journal_from_now(simulator)
    await published.delete(IMAGE)
    await published.until(lambda: not published.is_there(IMAGE), step=15)
    assert list(dict.fromkeys(writes(journal))) == [
        "GalleryImageVersions_Delete",
        "GalleryImages_Delete",
        "Galleries_Delete",
    ]
    assert not list(compute.galleries.list())
    assert published.told(IMAGE)[-4:] == ["Deleting", "Deleting", "Deleting", "Deleted"]


async def test_a_deletion_waits_for_the_pools_that_use_the_image(
    published: Clockwork, simulator: SimulatedAzure
) -> None:
    await published.apply(a_pool())
    await published.until(lambda: published.is_ready(POOL), step=5 * MINUTE)
    journal = journal_from_now(simulator)
    await published.delete(IMAGE)
    await published.run(RESYNC, step=RESYNC)
    assert published.conditions(IMAGE).get("Ready") == ("False", "InUse")
    assert "BatchPool rendering/frames" in published.message(IMAGE)
    assert writes(journal) == []
    await published.delete(POOL)
    await published.until(lambda: not published.is_there(IMAGE))
    assert not published.is_there(POOL)


async def test_a_deletion_that_retains_goes_at_once_even_when_suspended(
    published: Clockwork, simulator: SimulatedAzure
) -> None:
    journal = journal_from_now(simulator)
    await published.change(IMAGE, {"suspend": True})
    await published.delete(IMAGE)
    assert published.is_there(IMAGE)
    assert published.told(IMAGE)[-1] == "Suspended"
    await published.change(IMAGE, {"deletionPolicy": "Retain"})
    assert not published.is_there(IMAGE)
    assert writes(journal) == []


async def test_two_images_of_one_gallery_leave_it_to_the_last(
    published: Clockwork, simulator: SimulatedAzure, compute: ComputeManagementClient
) -> None:
    second = ImageKey("rendering", "second")
    identifier = {"publisher": "Contoso", "offer": "Rendering", "sku": "second"}
    await published.apply(an_image("second", definition={"identifier": identifier}))
    await published.until(lambda: published.is_ready(second), step=5 * MINUTE)
    await published.delete(IMAGE)
    await published.until(lambda: not published.is_there(IMAGE))
    assert compute.galleries.get(*GALLERY)
    await published.delete(second)
    await published.until(lambda: not published.is_there(second))
    assert not list(compute.galleries.list())


# --- pauses and restarts


async def test_a_suspended_image_is_not_touched_and_keeps_its_ready(
    published: Clockwork, simulator: SimulatedAzure
) -> None:
    journal = journal_from_now(simulator)
    await published.change(IMAGE, {"suspend": True, "targetRegions": [{"name": "westeurope", "minReplicas": 3}]})
    await published.run(RESYNC, step=RESYNC)
    assert writes(journal) == []
    assert published.conditions(IMAGE)["Ready"] == ("True", "Succeeded")
    assert published.status(IMAGE)["observedGeneration"] == 1
    assert "Reconciling" not in published.conditions(IMAGE)


async def test_a_request_to_reconcile_is_echoed(published: Clockwork) -> None:
    await published.annotate(IMAGE, {"azurebatch.io/reconcile-requested-at": "now"})
    assert published.status(IMAGE)["lastHandledReconcileAt"] == "now"


async def test_after_a_restart_the_replicas_that_were_ready_still_count(
    published: Clockwork, simulator: SimulatedAzure
) -> None:
    await published.change(IMAGE, {"targetRegions": [{"name": "westeurope", "minReplicas": 3}]})
    await published.until(lambda: published.is_ready(IMAGE), step=5 * MINUTE)
    await published.change(IMAGE, {"targetRegions": [{"name": "westeurope", "minReplicas": 6}]})
    async with clockwork(simulator) as restarted:
        await restarted.take_over(published)
        (region,) = restarted.status(IMAGE)["regions"]
        assert (region["replicas"], region["readyReplicas"], region["state"]) == (6, 3, "Replicating")
