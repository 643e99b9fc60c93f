"""BatchPools and the GalleryImages they boot from, together: replicas first, nodes second."""

from typing import Any

from azure_batch_operator.reconcile.keys import ImageKey, PoolKey
from tests.support.azure_session import journal_from_now
from tests.support.batch import ImageSpec, publish
from tests.support.clockwork import Clockwork
from tests.support.custom_resources import QUICKSTART, Manifest, merged, read_manifest
from tests.support.pool_turns import FRAMES, HOUR, MINUTE, changes, image, literal, pool, writes
from tests.support.simulator import SimulatedAzure

IMAGE = ImageKey("rendering", "render-node")
ONLY_AGENT = {"imageReference": None}


def referring(**spec: Any) -> Manifest:
    """The quickstart's pool, which boots from that image."""
    changed: Manifest = merged(read_manifest(QUICKSTART / "batchpool.yaml"), {"spec": spec})
    return changed


async def both(clocked: Clockwork, **spec: Any) -> None:
    """The quickstart, Ready; surplus replicas go as soon as nodes have gone."""
    await clocked.apply(image(replication={"scaleDownDelay": "0s"}))
    await clocked.apply(referring(**spec))
    await clocked.run(2 * HOUR, step=MINUTE)
    assert clocked.is_ready(IMAGE)
    assert clocked.is_ready(FRAMES)


async def test_the_quickstart_becomes_ready_with_the_images_version(clocked: Clockwork) -> None:
    await both(clocked)
    status = clocked.status(FRAMES)
    assert status["imageVersion"] == "1.0.0"
    assert status["imageId"].endswith("/galleries/sharedImages/images/render-node/versions/1.0.0")
    assert clocked.conditions(FRAMES)["ImageReady"] == ("True", "ImageAvailable")


async def test_a_pool_waits_for_an_image_that_is_not_there_and_goes_on_when_it_comes(clocked: Clockwork) -> None:
    await clocked.apply(referring())
    await clocked.run(5 * MINUTE, step=MINUTE)
    assert clocked.conditions(FRAMES)["Ready"] == ("False", "DependencyNotReady")
    assert clocked.conditions(FRAMES)["ImageReady"] == ("False", "DependencyNotReady")
    assert "no GalleryImage rendering/render-node" in clocked.message(FRAMES)
    await clocked.apply(image())
    await clocked.run(2 * HOUR, step=MINUTE)
    assert clocked.is_ready(FRAMES)


async def test_three_thousand_nodes_wait_for_five_replicas_that_have_completed(
    clocked: Clockwork, simulator: SimulatedAzure
) -> None:
    await both(clocked)
    journal = journal_from_now(simulator)
    await clocked.change(FRAMES, {"targetDedicatedNodes": 3000})
    assert clocked.conditions(FRAMES)["Ready"] == ("False", "WaitingForReplicas")
    assert clocked.message(FRAMES) == "westeurope has 1 of the 5 replicas that 3,000 nodes need."
    await clocked.run(6 * HOUR, step=2 * MINUTE)
    written = changes(journal.requests("batch", "compute"))
    assert [entry.operation for entry in written] == ["GalleryImageVersions_Update", "Pools_ResizePool"]
    patch, resize = written
    assert patch.body["properties"]["publishingProfile"]["targetRegions"][0]["regionalReplicaCount"] == 5
    assert resize.body["resizeTimeout"] == "PT45M"
    assert resize.simulated_time > patch.simulated_time
    assert clocked.is_ready(FRAMES)
    assert clocked.events(FRAMES, "Resized") == ["2 → 3,000 nodes, timeout 45 min"]
    assert clocked.told(FRAMES)[-3:] == ["WaitingForReplicas", "Resized", "Ready"]


async def test_on_the_way_down_nodes_go_first(clocked: Clockwork, simulator: SimulatedAzure) -> None:
    await both(clocked, targetDedicatedNodes=1300)
    journal = journal_from_now(simulator)
    await clocked.change(FRAMES, {"targetDedicatedNodes": 10})
    await clocked.run(6 * HOUR, step=2 * MINUTE)
    assert writes(journal.requests("batch", "compute")) == ["Pools_ResizePool", "GalleryImageVersions_Update"]


async def test_after_its_patience_a_pool_grows_without_replicas_and_says_so(
    clocked: Clockwork, simulator: SimulatedAzure
) -> None:
    await both(clocked, scaling={"replicaGate": {"timeout": "30m"}})
    await clocked.change(IMAGE, {"suspend": True})
    journal = journal_from_now(simulator)
    await clocked.change(FRAMES, {"targetDedicatedNodes": 700})
    assert clocked.conditions(FRAMES)["Ready"] == ("False", "ImageSuspended")
    await clocked.run(29 * MINUTE, step=MINUTE)
    assert writes(journal.requests("batch")) == []
    await clocked.run(5 * MINUTE, step=MINUTE)
    assert writes(journal.requests("batch")) == ["Pools_ResizePool"]
    assert clocked.conditions(FRAMES)["Advisory"] == ("True", "ReplicasLate")


async def test_a_spec_that_ignores_the_gate_grows_at_once(clocked: Clockwork, simulator: SimulatedAzure) -> None:
    await both(clocked, scaling={"replicaGate": {"mode": "Ignore"}})
    journal = journal_from_now(simulator)
    await clocked.change(FRAMES, {"targetDedicatedNodes": 700})
    assert writes(journal.requests("batch")) == ["Pools_ResizePool"]


async def test_a_pool_that_ignores_the_gate_is_still_not_made_before_its_image_is_published(
    clocked: Clockwork, simulator: SimulatedAzure
) -> None:
    journal = journal_from_now(simulator)
    await clocked.apply(image())
    await clocked.apply(referring(scaling={"replicaGate": {"mode": "Ignore"}}))
    await clocked.until(lambda: "GalleryImageVersions_CreateOrUpdate" in writes(journal.requests("compute")))
    await clocked.run(MINUTE)
    assert clocked.conditions(FRAMES)["Ready"] == ("False", "ImageNotPublished")
    await clocked.until(lambda: clocked.conditions(FRAMES)["Ready"] != ("False", "ImageNotPublished"))
    assert clocked.conditions(IMAGE)["Published"][0] == "True"
    await clocked.until(lambda: clocked.is_ready(FRAMES))
    assert writes(journal.requests("batch")) == ["Pools_CreatePool"]


async def test_a_pinned_version_that_was_never_published_is_told_as_such(clocked: Clockwork) -> None:
    await clocked.apply(image())
    await clocked.until(lambda: clocked.is_ready(IMAGE))
    await clocked.apply(referring(galleryImageRef={"version": "9.9.9"}))
    await clocked.run(2 * MINUTE)
    assert clocked.conditions(FRAMES)["Ready"] == ("False", "ImageNotPublished")
    assert "/versions/9.9.9" in clocked.message(FRAMES)


async def test_an_image_that_is_being_deleted_takes_no_new_pool(clocked: Clockwork) -> None:
    await both(clocked)
    await clocked.delete(IMAGE)
    second = PoolKey("rendering", "second")
    await clocked.apply(merged(referring(), {"metadata": {"name": "second"}}))
    await clocked.run(5 * MINUTE, step=MINUTE)
    assert clocked.conditions(second)["Ready"] == ("False", "ImageDeleting")
    assert clocked.is_ready(FRAMES)


async def test_a_new_version_of_the_image_waits_for_an_empty_pool(clocked: Clockwork) -> None:
    await both(clocked)
    newer = {"version": "1.1.0", "source": {"managedImage": {"id": _other_source()}}}
    await clocked.change(IMAGE, newer)
    assert clocked.conditions(FRAMES)["ImageReady"][0] == "False"
    await clocked.run(2 * HOUR, step=MINUTE)
    assert clocked.is_ready(FRAMES)
    assert clocked.status(FRAMES)["pendingChanges"] == [
        {"field": "virtualMachineConfiguration.imageReference", "effect": "emptyPool", "waitsFor": "EmptyPool"}
    ]
    assert clocked.status(FRAMES)["imageVersion"] == "1.0.0"


async def test_a_literal_image_outside_the_accounts_region_stalls_with_the_regions_it_has(
    clocked: Clockwork, simulator: SimulatedAzure
) -> None:
    image_id = publish(simulator)
    north = {"resourceGroup": "batch", "name": "contosonorth"}
    await clocked.apply(pool(account=north, virtualMachineConfiguration=literal(image_id)))
    assert clocked.conditions(FRAMES)["Stalled"] == ("True", "ImageNotInRegion")
    assert "only in westeurope" in clocked.message(FRAMES)


async def test_a_literal_image_that_is_specialized_stalls(clocked: Clockwork, simulator: SimulatedAzure) -> None:
    spec = ImageSpec(name="special", source="render-specialized", os_state="Specialized")
    await clocked.apply(pool(virtualMachineConfiguration=literal(publish(simulator, spec))))
    assert clocked.conditions(FRAMES)["Stalled"] == ("True", "ImageNotGeneralized")


async def test_a_literal_image_that_does_not_exist_is_waited_for(clocked: Clockwork, simulator: SimulatedAzure) -> None:
    image_id = publish(simulator)
    later = image_id.replace("1.0.0", "2.0.0")
    await clocked.apply(pool(virtualMachineConfiguration=literal(later)))
    assert clocked.conditions(FRAMES)["Ready"] == ("False", "DependencyNotReady")
    await clocked.change(FRAMES, {"virtualMachineConfiguration": literal(image_id)})
    await clocked.run(HOUR, step=MINUTE)
    assert clocked.is_ready(FRAMES)


def _other_source() -> str:
    source: str = image()["spec"]["source"]["managedImage"]["id"]
    return source.replace("render-node-1", "render-node-2")
