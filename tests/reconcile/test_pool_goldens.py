"""The exact status and Events that a user sees of a BatchPool and its image, for each situation; `make golden`."""

from typing import Any

import pytest

from azure_batch_operator.reconcile.keys import PoolKey
from tests.support.clockwork import Clockwork
from tests.support.custom_resources import merged
from tests.support.golden import GOLDEN, Golden, golden_name
from tests.support.image_turns import IMAGE, MINUTE, POOL, RESYNC, a_pool, managed_image

GUEST = PoolKey("elsewhere", "frames")
SECOND = {"version": "1.1.0", "source": managed_image("render-node-2")}


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    """The golden file of the test."""
    return Golden(GOLDEN / "pools" / golden_name(request.node.name))


def shown(turns: Clockwork, pool: PoolKey) -> dict[str, Any]:
    """What `kubectl` shows of a pool: its status and its Events."""
    told = [note for whose, note in turns.notes if whose == pool]
    return {
        "status": turns.status(pool),
        "events": [f"{note.type} {note.reason}: {note.message}" for note in told],
    }


@pytest.fixture
async def rendering(published: Clockwork) -> Clockwork:
    """A Ready image, and a Ready pool of two nodes."""
    await published.apply(a_pool())
    await published.until(lambda: published.is_ready(POOL))
    return published


async def follow(rendering: Clockwork) -> None:
    """The image gets another version, and pools a while to follow."""
    await rendering.change(IMAGE, SECOND)
    await rendering.until(lambda: rendering.is_ready(IMAGE) and rendering.status(IMAGE)["version"] == "1.1.0")
    await rendering.run(2 * RESYNC, step=MINUTE)


async def test_a_pool_that_waits_to_be_empty(rendering: Clockwork, golden: Golden) -> None:
    await follow(rendering)
    golden.holds(shown(rendering, POOL))


async def test_a_pool_that_has_followed_its_image(rendering: Clockwork, golden: Golden) -> None:
    await rendering.change(POOL, {"targetDedicatedNodes": 0})
    await follow(rendering)
    golden.holds(shown(rendering, POOL))


async def test_a_pool_without_nodes_whose_next_version_is_being_published(rendering: Clockwork, golden: Golden) -> None:
    await rendering.change(POOL, {"targetDedicatedNodes": 0})
    await rendering.until(lambda: rendering.is_ready(POOL))
    await rendering.change(IMAGE, SECOND)
    await rendering.run(2 * MINUTE)
    golden.holds(shown(rendering, POOL))


async def test_a_pool_whose_image_is_gone(rendering: Clockwork, golden: Golden) -> None:
    await rendering.change(IMAGE, {"deletionPolicy": "Retain"})
    await rendering.delete(IMAGE)
    await rendering.run(2 * RESYNC, step=MINUTE)
    golden.holds(shown(rendering, POOL))


async def test_a_pool_of_a_namespace_that_may_not_refer(published: Clockwork, golden: Golden) -> None:
    await published.apply(merged(a_pool(galleryImageRef={"namespace": "rendering"}), _elsewhere()))
    await published.run(2 * RESYNC, step=MINUTE)
    golden.holds(shown(published, GUEST))


async def test_a_pool_whose_permission_was_taken(published: Clockwork, golden: Golden) -> None:
    await published.change(IMAGE, {"allowedNamespaces": ["elsewhere"]})
    await published.apply(merged(a_pool(galleryImageRef={"namespace": "rendering"}), _elsewhere()))
    await published.until(lambda: published.is_ready(GUEST))
    await published.change(IMAGE, {"allowedNamespaces": []})
    await published.run(2 * RESYNC, step=MINUTE)
    golden.holds(shown(published, GUEST))


def _elsewhere() -> dict[str, Any]:
    return {"metadata": {"namespace": "elsewhere"}}
