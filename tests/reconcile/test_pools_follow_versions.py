"""BatchPools that follow the version of their GalleryImage: at once without nodes, never by disturbing any."""

from collections.abc import Sequence

import pytest

from azure_batch_operator.reconcile.keys import PoolKey
from azure_simulator.client import JournalEntry
from tests.support.azure_session import Journal, journal_from_now, refuse_once
from tests.support.batch import Wire, batch_client, publish
from tests.support.clockwork import Clockwork
from tests.support.custom_resources import merged
from tests.support.image_turns import IMAGE, MINUTE, a_pool, an_image, managed_image
from tests.support.pool_turns import FRAMES, HOUR, changes, literal, pool, writes
from tests.support.simulator import SimulatedAzure

STILLS, NORTH, PINNED = (PoolKey("rendering", name) for name in ("stills", "north", "pinned"))
PATCH, RESIZE, REPLICATE = "Pools_UpdatePool", "Pools_ResizePool", "GalleryImageVersions_Update"
IMAGE_REFERENCE = {
    "field": "virtualMachineConfiguration.imageReference",
    "effect": "emptyPool",
    "waitsFor": "EmptyPool",
}
SECOND = {"version": "1.1.0", "source": managed_image("render-node-2")}
FIRST = {"version": "1.0.0", "source": managed_image("render-node-1")}


async def make(clocked: Clockwork, key: PoolKey, **spec: object) -> None:
    """A pool of the quickstart's image."""
    await clocked.apply(merged(a_pool(**spec), {"metadata": {"name": key.name}}))


async def ready(clocked: Clockwork, *keys: PoolKey) -> None:
    """Let time pass until these are Ready."""
    await clocked.until(lambda: all(clocked.is_ready(key) for key in keys))


async def published(clocked: Clockwork, version: str) -> None:
    """Let time pass until the image has that version and is Ready, and pools had a while to notice."""
    await clocked.until(lambda: clocked.is_ready(IMAGE) and clocked.status(IMAGE)["version"] == version)
    await clocked.run(20 * MINUTE, step=MINUTE)


@pytest.fixture
async def rendering(clocked: Clockwork) -> Clockwork:
    """The quickstart's image, and a pool of two nodes and one without any that follow it, all Ready."""
    await clocked.apply(an_image(replication={"scaleDownDelay": "30m"}))
    await make(clocked, FRAMES)
    await make(clocked, STILLS, targetDedicatedNodes=0)
    await ready(clocked, FRAMES, STILLS)
    return clocked


def versions(clocked: Clockwork, *keys: PoolKey) -> list[str]:
    """The version that each pool has."""
    return [clocked.status(key)["imageVersion"] for key in keys]


def of(entries: Sequence[JournalEntry], pool: PoolKey) -> list[JournalEntry]:
    """The changes of one pool, in order."""
    return [entry for entry in changes(entries) if f"/pools/{pool.name}" in entry.path]


def last_replicas(journal: Journal, version: str) -> dict[str, int]:
    """Replicas by region that a version was last given."""
    given = [e for e in journal.requests("compute") if e.method in ("PUT", "PATCH") and e.path.endswith(version)]
    regions = given[-1].body["properties"]["publishingProfile"]["targetRegions"]
    return {region["name"].replace(" ", "").lower(): region["regionalReplicaCount"] for region in regions}


async def test_in_place_nodes_leave_for_a_new_version_only_when_its_replicas_are_there(
    rendering: Clockwork, simulator: SimulatedAzure
) -> None:
    await rendering.change(FRAMES, {"rollout": {"strategy": "InPlace"}})
    journal = journal_from_now(simulator)
    await rendering.change(IMAGE, SECOND)
    await rendering.run(5 * MINUTE, step=MINUTE)
    assert rendering.conditions(FRAMES)["Ready"] == ("False", "ImageNotPublished")
    assert of(journal.requests("batch"), FRAMES) == []
    await rendering.until(lambda: rendering.is_ready(FRAMES) and versions(rendering, FRAMES) == ["1.1.0"])
    assert [entry.operation for entry in of(journal.requests("batch"), FRAMES)] == [RESIZE, PATCH, RESIZE]


async def test_three_pools_follow_a_new_version_as_far_as_they_are_empty_and_a_pinned_one_stays(
    rendering: Clockwork, simulator: SimulatedAzure
) -> None:
    await make(rendering, NORTH, account={"name": "contosonorth"}, targetDedicatedNodes=0)
    await make(rendering, PINNED, galleryImageRef={"version": "1.0.0"})
    await ready(rendering, NORTH, PINNED)
    journal = journal_from_now(simulator)
    await rendering.change(IMAGE, SECOND)
    await published(rendering, "1.1.0")

    assert versions(rendering, FRAMES, PINNED, STILLS, NORTH) == ["1.0.0", "1.0.0", "1.1.0", "1.1.0"]
    assert all(rendering.is_ready(key) for key in (FRAMES, PINNED, STILLS, NORTH))
    assert rendering.status(FRAMES)["pendingChanges"] == [IMAGE_REFERENCE]
    assert rendering.conditions(FRAMES)["UpToDate"] == ("False", "WaitingForEmptyPool")
    assert "scale the pool to zero" in rendering.message(FRAMES, "UpToDate")
    for key in (PINNED, STILLS, NORTH):
        assert rendering.conditions(key)["UpToDate"] == ("True", "UpToDate")
        assert rendering.status(key)["pendingChanges"] == []
    assert [entry.operation for key in (FRAMES, PINNED) for entry in of(journal.requests("batch"), key)] == []
    for key in (STILLS, NORTH):
        (patch,) = of(journal.requests("batch"), key)
        assert (patch.operation, patch.if_match is not None) == (PATCH, True)
    assert last_replicas(journal, "1.1.0") == {"westeurope": 1, "northeurope": 1}
    used = {(each["name"], each["version"]) for each in rendering.status(IMAGE)["pools"]}
    assert {("frames", "1.0.0"), ("frames", "1.1.0"), ("pinned", "1.0.0"), ("stills", "1.1.0")} <= used
    assert not {("stills", "1.0.0"), ("pinned", "1.1.0")} & used


async def test_a_pool_that_is_scaled_to_zero_and_up_again_comes_back_with_the_new_version(
    rendering: Clockwork, simulator: SimulatedAzure
) -> None:
    await rendering.change(IMAGE, SECOND)
    await published(rendering, "1.1.0")
    journal = journal_from_now(simulator)
    await rendering.change(FRAMES, {"targetDedicatedNodes": 0})
    await rendering.until(lambda: rendering.conditions(FRAMES)["UpToDate"][0] == "True")
    await rendering.change(FRAMES, {"targetDedicatedNodes": 3})
    await ready(rendering, FRAMES)
    assert [entry.operation for entry in of(journal.requests("batch"), FRAMES)] == [RESIZE, PATCH, RESIZE]
    assert versions(rendering, FRAMES) == ["1.1.0"]
    assert rendering.status(FRAMES)["currentDedicatedNodes"] == 3
    assert rendering.events(FRAMES, "Updated") == [
        "virtualMachineConfiguration.imageReference.virtualMachineImageId was changed as the spec says"
    ]


async def test_a_size_given_meanwhile_waits_for_the_new_version_which_comes_between(
    rendering: Clockwork, simulator: SimulatedAzure
) -> None:
    await rendering.change(IMAGE, SECOND)
    await published(rendering, "1.1.0")
    journal = journal_from_now(simulator)
    await rendering.change(FRAMES, {"targetDedicatedNodes": 0})
    await rendering.change(FRAMES, {"targetDedicatedNodes": 5})
    await ready(rendering, FRAMES)
    sent = of(journal.requests("batch"), FRAMES)
    assert [(e.operation, e.body.get("targetDedicatedNodes")) for e in sent] == [
        (RESIZE, 0),
        (PATCH, None),
        (RESIZE, 5),
    ]


async def test_replicas_of_the_new_version_come_first_then_the_version_then_nodes(
    rendering: Clockwork, simulator: SimulatedAzure
) -> None:
    await rendering.change(STILLS, {"galleryImageRef": {"version": "1.0.0"}})
    await rendering.change(IMAGE, SECOND)
    await published(rendering, "1.1.0")
    assert versions(rendering, STILLS) == ["1.0.0"]
    journal = journal_from_now(simulator)
    await rendering.change(STILLS, {"galleryImageRef": {"version": None}, "targetDedicatedNodes": 3000})
    assert rendering.conditions(STILLS)["Ready"] == ("False", "WaitingForReplicas")
    assert versions(rendering, STILLS) == ["1.0.0"]
    await ready(rendering, STILLS)
    sent = changes(journal.requests("batch", "compute"))
    assert [entry.operation for entry in sent] == [REPLICATE, PATCH, RESIZE]
    assert sent[0].path.endswith("/versions/1.1.0")
    assert versions(rendering, STILLS) == ["1.1.0"]


async def test_a_version_that_is_put_back_clears_what_waited_and_returns_what_had_changed(
    rendering: Clockwork, simulator: SimulatedAzure
) -> None:
    await rendering.change(IMAGE, SECOND)
    await published(rendering, "1.1.0")
    assert versions(rendering, FRAMES, STILLS) == ["1.0.0", "1.1.0"]
    journal = journal_from_now(simulator)
    await rendering.change(IMAGE, FIRST)
    assert rendering.status(FRAMES)["pendingChanges"] == []
    assert rendering.conditions(FRAMES)["UpToDate"] == ("True", "UpToDate")
    await ready(rendering, STILLS)
    assert versions(rendering, FRAMES, STILLS) == ["1.0.0", "1.0.0"]
    assert writes(journal.requests("batch")) == [PATCH]
    assert rendering.told(STILLS).count("Repaired") == 0


async def test_a_pool_with_nodes_lists_the_change_and_works_on_while_the_new_version_is_published(
    rendering: Clockwork, simulator: SimulatedAzure
) -> None:
    await rendering.change(IMAGE, SECOND)
    await rendering.run(2 * MINUTE)
    assert rendering.is_ready(FRAMES)
    assert rendering.conditions(FRAMES)["ImageReady"] == ("False", "ImageNotPublished")
    assert rendering.status(FRAMES)["pendingChanges"] == [IMAGE_REFERENCE]
    assert rendering.conditions(STILLS)["Ready"] == ("False", "ImageNotPublished")
    journal = journal_from_now(simulator)
    await rendering.change(FRAMES, {"targetDedicatedNodes": 4, "startTask": {"commandLine": "hostname"}})
    await rendering.change(STILLS, {"targetDedicatedNodes": 1})
    assert writes(journal.requests("batch")) == [PATCH, RESIZE, RESIZE]
    await published(rendering, "1.1.0")
    assert versions(rendering, FRAMES, STILLS) == ["1.0.0", "1.0.0"]


async def test_other_properties_of_an_empty_pool_change_in_one_request_with_the_image(
    rendering: Clockwork, simulator: SimulatedAzure
) -> None:
    journal = journal_from_now(simulator)
    await rendering.change(STILLS, {"vmSize": "STANDARD_D4_V3", "taskSlotsPerNode": 2})
    (patch,) = of(journal.requests("batch"), STILLS)
    assert patch.body == {"vmSize": "STANDARD_D4_V3", "taskSlotsPerNode": 2}
    assert rendering.is_ready(STILLS)
    assert batch_client(simulator).get_pool("stills").task_slots_per_node == 2


async def test_what_somebody_changed_on_an_empty_pool_is_put_back(
    rendering: Clockwork, simulator: SimulatedAzure
) -> None:
    assert (
        Wire(simulator).call("PATCH", "/pools/stills", {"displayName": "x", "vmSize": "standard_d4_v3"}).status == 200
    )
    await rendering.run(20 * MINUTE, step=MINUTE)
    assert rendering.events(STILLS, "Repaired") == ["vmSize was changed outside; put back"]
    assert rendering.is_ready(STILLS)


async def test_a_pool_that_got_nodes_in_between_waits_for_the_next_time(
    rendering: Clockwork, simulator: SimulatedAzure
) -> None:
    refuse_once(simulator, 409, "OperationInvalidForCurrentState", operation=PATCH)
    await rendering.change(STILLS, {"vmSize": "STANDARD_D4_V3"})
    await rendering.run(10 * MINUTE, step=MINUTE)
    assert rendering.is_ready(STILLS)
    assert rendering.conditions(STILLS)["UpToDate"] == ("True", "UpToDate")


async def test_a_node_agent_that_does_not_exist_is_told_before_it_is_written_to_an_empty_pool(
    rendering: Clockwork, simulator: SimulatedAzure
) -> None:
    journal = journal_from_now(simulator)
    await rendering.change(STILLS, {"virtualMachineConfiguration": {"nodeAgentSKUId": "batch.node.nosuch 1"}})
    assert rendering.conditions(STILLS)["Stalled"] == ("True", "NodeAgentMismatch")
    assert writes(journal.requests("batch")) == []


async def test_a_pool_whose_image_is_gone_is_ready_with_what_it_runs_and_says_what_is_missing(
    rendering: Clockwork,
) -> None:
    await rendering.change(IMAGE, {"deletionPolicy": "Retain"})
    await rendering.delete(IMAGE)
    assert not rendering.is_there(IMAGE)
    await rendering.run(HOUR, step=MINUTE)
    assert rendering.is_ready(FRAMES)
    assert rendering.conditions(FRAMES)["ImageReady"] == ("False", "DependencyNotReady")
    assert rendering.message(FRAMES, "ImageReady") == "There is no GalleryImage rendering/render-node: apply it."
    assert rendering.conditions(FRAMES)["UpToDate"] == ("Unknown", "ImageUnknown")
    await rendering.change(FRAMES, {"targetDedicatedNodes": 5})
    await ready(rendering, FRAMES)
    assert rendering.status(FRAMES)["currentDedicatedNodes"] == 5


async def test_an_empty_pool_with_a_literal_id_waits_for_an_image_that_is_not_there_and_then_takes_it(
    clocked: Clockwork, simulator: SimulatedAzure
) -> None:
    image_id = publish(simulator)
    await clocked.apply(pool(targetDedicatedNodes=0))
    await ready(clocked, FRAMES)
    journal = journal_from_now(simulator)
    await clocked.change(FRAMES, {"virtualMachineConfiguration": literal(image_id.replace("1.0.0", "2.0.0"))})
    await clocked.run(2 * MINUTE)
    assert clocked.conditions(FRAMES)["Ready"] == ("False", "DependencyNotReady")
    assert writes(journal.requests("batch")) == []
    await clocked.change(FRAMES, {"virtualMachineConfiguration": literal(image_id)})
    await ready(clocked, FRAMES)
    (patch,) = of(journal.requests("batch"), FRAMES)
    assert patch.body["virtualMachineConfiguration"]["imageReference"] == {"virtualMachineImageId": image_id}
    assert clocked.status(FRAMES)["imageId"] == image_id


async def test_a_formula_that_asks_for_nothing_lets_its_pool_have_the_new_version(
    clocked: Clockwork, simulator: SimulatedAzure
) -> None:
    formula = {"enableAutoScale": True, "autoScaleFormula": "$TargetDedicatedNodes=0;", "targetDedicatedNodes": None}
    await clocked.apply(an_image())
    await make(clocked, FRAMES, **formula, targetLowPriorityNodes=None, scaling={"maxNodes": 700})
    await ready(clocked, FRAMES)
    journal = journal_from_now(simulator)
    await clocked.change(IMAGE, SECOND)
    await published(clocked, "1.1.0")
    assert versions(clocked, FRAMES) == ["1.1.0"]
    assert last_replicas(journal, "1.1.0") == {"westeurope": 2}
    assert writes(journal.requests("batch")) == [PATCH]


async def test_a_look_that_fails_for_a_moment_lets_no_pool_be_made_of_an_image_that_is_not_there(
    clocked: Clockwork, simulator: SimulatedAzure
) -> None:
    missing = publish(simulator).replace("1.0.0", "2.0.0")
    refuse_once(simulator, 503, "ServiceUnavailable", operation="GalleryImageVersions_Get")
    journal = journal_from_now(simulator)
    await clocked.apply(pool(virtualMachineConfiguration=literal(missing)))
    await clocked.run(10 * MINUTE, step=MINUTE)
    assert writes(journal.requests("batch")) == []
    assert clocked.conditions(FRAMES)["Ready"] == ("False", "DependencyNotReady")
