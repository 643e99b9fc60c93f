"""BatchPools of other namespaces: they boot from an image that allows it, and else learn nothing of it."""

from typing import Any

import pytest

from azure_batch_operator.reconcile.keys import PoolKey
from tests.support.azure_session import journal_from_now
from tests.support.batch import batch_client, pool_of
from tests.support.clockwork import Clockwork
from tests.support.custom_resources import Manifest, merged
from tests.support.image_turns import IMAGE, MINUTE, a_pool, an_image, body_of, managed_image, replicas_in
from tests.support.image_turns import writes as image_writes
from tests.support.pool_turns import HOUR, literal, writes
from tests.support.simulator import SimulatedAzure

GUEST = PoolKey("elsewhere", "frames")
REFERENCE = {"galleryImageRef": {"namespace": "rendering"}}


def a_guest(**spec: Any) -> Manifest:
    """The quickstart's pool in another namespace, which refers to the quickstart's image all the same."""
    changed: Manifest = merged(a_pool(**REFERENCE), {"metadata": {"namespace": "elsewhere"}, "spec": spec})
    return changed


def by_id(image_id: str) -> dict[str, Any]:
    """What names the image by its id instead."""
    return {"galleryImageRef": None, "virtualMachineConfiguration": literal(image_id)}


async def published(clocked: Clockwork, **spec: Any) -> str:
    """The quickstart's image, Ready; the id of its version."""
    await clocked.apply(an_image(replication={"scaleDownDelay": "0s"}, **spec))
    await clocked.until(lambda: clocked.is_ready(IMAGE))
    return str(clocked.status(IMAGE)["versionId"])


def shown(clocked: Clockwork) -> object:
    """All that the guest's owner can see: status without times, and Events."""
    status = clocked.status(GUEST)
    conditions = [{k: v for k, v in each.items() if k != "lastTransitionTime"} for each in status["conditions"]]
    return {**status, "conditions": conditions}, [note for key, note in clocked.notes if key == GUEST]


async def seen_of(clocked: Clockwork, guest: Manifest) -> object:
    """What a guest sees within two hours."""
    await clocked.apply(guest)
    await clocked.run(2 * HOUR, step=MINUTE)
    return shown(clocked)


class TestRefused:
    async def test_a_missing_image_and_one_that_is_not_for_the_pool_look_the_same(
        self, clocked: Clockwork, simulator: SimulatedAzure
    ) -> None:
        missing = await seen_of(clocked, a_guest())
        turns_of_nobody = clocked.writes
        await published(clocked, allowedNamespaces=["third"])
        await clocked.change(IMAGE, {"suspend": True})
        await clocked.run(2 * HOUR, step=MINUTE)
        assert shown(clocked) == missing
        await clocked.delete(GUEST)
        assert not clocked.is_there(GUEST)
        clocked.notes.clear()
        journal = journal_from_now(simulator)
        assert await seen_of(clocked, a_guest()) == missing
        assert writes(journal.requests("batch")) == []
        assert turns_of_nobody > 0
        assert clocked.conditions(GUEST)["Ready"] == ("False", "DependencyNotReady")
        assert clocked.conditions(GUEST)["ImageReady"] == ("False", "DependencyNotReady")
        assert "elsewhere in spec.allowedNamespaces" in clocked.message(GUEST)

    async def test_an_id_that_is_not_for_the_pool_looks_like_one_that_leads_to_nothing(
        self, clocked: Clockwork, simulator: SimulatedAzure
    ) -> None:
        image_id = await published(clocked, deletionPolicy="Retain")
        await clocked.delete(IMAGE)
        assert not clocked.is_there(IMAGE)
        missing = await seen_of(clocked, a_guest(**by_id(image_id.replace("1.0.0", "9.9.9"))))
        await published(clocked)
        journal = journal_from_now(simulator)
        await clocked.run(HOUR, step=MINUTE)
        assert shown(clocked) == missing
        assert writes(journal.requests("batch")) == []

    async def test_it_counts_for_nothing(self, clocked: Clockwork, simulator: SimulatedAzure) -> None:
        await published(clocked)
        journal = journal_from_now(simulator)
        await clocked.apply(a_guest(targetDedicatedNodes=3000))
        await clocked.run(HOUR, step=MINUTE)
        assert image_writes(journal) == []
        assert (clocked.status(IMAGE)["pools"], clocked.status(IMAGE)["poolCount"]) == ([], 0)
        await clocked.delete(IMAGE)
        await clocked.until(lambda: not clocked.is_there(IMAGE))

    async def test_in_the_images_own_namespace_a_missing_one_is_called_missing(self, clocked: Clockwork) -> None:
        await clocked.apply(a_pool())
        assert "There is no GalleryImage rendering/render-node: apply it." in clocked.message(
            PoolKey("rendering", "frames")
        )


class TestAllowed:
    @pytest.mark.parametrize("allowed", [["elsewhere"], ["*"]])
    @pytest.mark.parametrize("form", ["reference", "id"])
    async def test_a_permission_wakes_the_pool_and_calls_for_its_replicas(
        self, clocked: Clockwork, simulator: SimulatedAzure, allowed: list[str], form: str
    ) -> None:
        image_id = await published(clocked)
        named = by_id(image_id) if form == "id" else {}
        await clocked.apply(a_guest(**named, targetDedicatedNodes=700))
        journal = journal_from_now(simulator)
        await clocked.change(IMAGE, {"allowedNamespaces": allowed})
        await clocked.run(MINUTE)
        assert clocked.conditions(GUEST)["Ready"] == ("False", "WaitingForReplicas")
        await clocked.until(lambda: clocked.is_ready(GUEST))
        sent = [e.operation for e in journal.requests("batch", "compute") if e.method not in ("GET", "HEAD")]
        assert sent == ["GalleryImageVersions_Update", "Pools_CreatePool"]
        assert replicas_in(body_of(journal, "GalleryImageVersions_Update")) == {"westeurope": 2}
        (user,) = clocked.status(IMAGE)["pools"]
        assert (user["namespace"], user["name"], user["nodes"]) == ("elsewhere", "frames", 700)

    async def test_a_guest_follows_new_versions_like_the_images_own_pools(self, clocked: Clockwork) -> None:
        await published(clocked, allowedNamespaces=["elsewhere"])
        await clocked.apply(a_guest(targetDedicatedNodes=0))
        await clocked.until(lambda: clocked.is_ready(GUEST))
        await clocked.change(IMAGE, {"version": "1.1.0", "source": managed_image("render-node-2")})
        await clocked.until(lambda: clocked.is_ready(GUEST) and clocked.status(GUEST)["imageVersion"] == "1.1.0")

    async def test_its_use_keeps_the_image_from_being_deleted(self, clocked: Clockwork) -> None:
        await published(clocked, allowedNamespaces=["elsewhere"])
        await clocked.apply(a_guest())
        await clocked.until(lambda: clocked.is_ready(GUEST))
        await clocked.delete(IMAGE)
        assert clocked.conditions(IMAGE)["Ready"] == ("False", "InUse")
        assert "BatchPool elsewhere/frames" in clocked.message(IMAGE)


class TestTaken:
    @pytest.fixture
    async def taken(self, clocked: Clockwork) -> Clockwork:
        """A guest with two nodes whose permission was taken away."""
        await published(clocked, allowedNamespaces=["elsewhere"])
        await clocked.apply(a_guest())
        await clocked.until(lambda: clocked.is_ready(GUEST))
        await clocked.change(IMAGE, {"allowedNamespaces": []})
        return clocked

    async def test_the_pool_works_on_and_says_that_its_image_is_no_more_for_it(self, taken: Clockwork) -> None:
        await taken.run(HOUR, step=MINUTE)
        assert taken.is_ready(GUEST)
        assert taken.conditions(GUEST)["ImageReady"] == ("False", "DependencyNotReady")
        assert taken.conditions(GUEST)["UpToDate"] == ("Unknown", "ImageUnknown")
        assert taken.status(GUEST)["imageVersion"] == "1.0.0"

    async def test_it_may_shrink_but_not_grow_and_is_not_served_when_it_asks_not_to_wait(
        self, taken: Clockwork, simulator: SimulatedAzure
    ) -> None:
        journal = journal_from_now(simulator)
        await taken.change(GUEST, {"targetDedicatedNodes": 5, "scaling": {"replicaGate": {"mode": "Ignore"}}})
        await taken.run(3 * HOUR, step=MINUTE)
        assert taken.conditions(GUEST)["Ready"] == ("False", "DependencyNotReady")
        assert writes(journal.requests("batch")) == []
        await taken.change(GUEST, {"targetDedicatedNodes": 1})
        await taken.until(lambda: taken.is_ready(GUEST))
        assert taken.status(GUEST)["currentDedicatedNodes"] == 1

    async def test_what_it_sees_is_the_same_when_the_image_is_gone_altogether(self, taken: Clockwork) -> None:
        await taken.change(GUEST, {"targetDedicatedNodes": 5})
        await taken.run(HOUR, step=MINUTE)
        before = shown(taken)
        await taken.change(IMAGE, {"deletionPolicy": "Retain"})
        await taken.delete(IMAGE)
        assert not taken.is_there(IMAGE)
        await taken.run(HOUR, step=MINUTE)
        assert shown(taken) == before

    async def test_what_runs_in_azure_still_counts_as_a_foreign_pool(self, taken: Clockwork) -> None:
        await taken.run(HOUR, step=MINUTE)
        (user,) = taken.status(IMAGE)["pools"]
        assert (user.get("name"), user["nodes"]) == (None, 2)
        assert user["url"].endswith("/pools/frames")
        await taken.delete(IMAGE)
        assert taken.conditions(IMAGE)["Ready"] == ("False", "InUse")

    async def test_given_again_it_goes_on_at_once(self, taken: Clockwork) -> None:
        await taken.change(GUEST, {"targetDedicatedNodes": 5})
        await taken.run(HOUR, step=MINUTE)
        await taken.change(IMAGE, {"allowedNamespaces": ["elsewhere"]})
        assert taken.conditions(GUEST)["Ready"] == ("False", "Resizing")
        assert taken.conditions(GUEST)["ImageReady"] == ("True", "ImageAvailable")


class TestForeignPools:
    """Pools in watched accounts that no BatchPool describes."""

    async def test_they_call_for_replicas_are_shown_and_protect_the_image(
        self, clocked: Clockwork, simulator: SimulatedAzure
    ) -> None:
        image_id = await published(clocked, watchAccounts=[{"resourceGroup": "batch", "name": "contoso"}])
        journal = journal_from_now(simulator)
        batch_client(simulator).create_pool(pool_of(image_id, "theirs", nodes=700))
        await clocked.run(HOUR, step=MINUTE)
        assert replicas_in(body_of(journal, "GalleryImageVersions_Update")) == {"westeurope": 2}
        (user,) = clocked.status(IMAGE)["pools"]
        assert (user["nodes"], user["version"], user.get("name")) == (700, "1.0.0", None)
        assert user["url"].endswith("/pools/theirs")
        await clocked.delete(IMAGE)
        assert clocked.conditions(IMAGE)["Ready"] == ("False", "InUse")
        assert "/pools/theirs" in clocked.message(IMAGE)
        batch_client(simulator).begin_delete_pool("theirs")
        await clocked.until(lambda: not clocked.is_there(IMAGE))

    async def test_a_formula_gets_its_replicas_for_the_most_nodes_that_it_may_bring(
        self, clocked: Clockwork, simulator: SimulatedAzure
    ) -> None:
        await published(clocked)
        journal = journal_from_now(simulator)
        formula = {
            "targetDedicatedNodes": None,
            "targetLowPriorityNodes": None,
            "enableAutoScale": True,
            "autoScaleFormula": "$TargetDedicatedNodes=1;",
        }
        await clocked.apply(a_pool(**formula, scaling={"maxNodes": 1300}))
        await clocked.run(MINUTE)
        assert clocked.conditions(PoolKey("rendering", "frames"))["Ready"] == ("False", "WaitingForReplicas")
        await clocked.until(lambda: clocked.is_ready(PoolKey("rendering", "frames")))
        sent = [e.operation for e in journal.requests("batch", "compute") if e.method not in ("GET", "HEAD")]
        assert sent == ["GalleryImageVersions_Update", "Pools_CreatePool"]
        assert replicas_in(body_of(journal, "GalleryImageVersions_Update")) == {"westeurope": 3}
        await clocked.run(HOUR, step=MINUTE)
        assert image_writes(journal) == ["GalleryImageVersions_Update"]
