"""A new image version under running pools, on a real API server: who follows, who stays, what goes, the way back."""

from typing import Any

import pytest

from tests.support.eventually import eventually
from tests.support.play import Play, conditions, example, is_ready

pytestmark = pytest.mark.e2e

IMAGES = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/images/providers/Microsoft.Compute/images"
OLD: dict[str, Any] = {"version": "1.0.0", "source": {"managedImage": {"id": f"{IMAGES}/render-node-1"}}}
NEW: dict[str, Any] = {"version": "2.0.0", "source": {"managedImage": {"id": f"{IMAGES}/render-node-2"}}}
BRISK: dict[str, Any] = {"replication": {"scaleDownDelay": "2s"}, "keepVersions": 1}


def test_pools_follow_a_new_version_or_stay_and_reverting_the_yaml_rolls_back(play: Play) -> None:
    play.apply(example("galleryimage.yaml", **OLD, **BRISK))
    for name, nodes in {"empty": 0, "busy": 5, "large": 700}.items():
        play.apply(_pool(name, targetDedicatedNodes=nodes))
    play.apply(_pool("pinned", galleryImageRef={"name": "render-node", "version": "1.0.0"}))
    play.sized(700, pool="large")
    play.sized(5, pool="busy")

    play.apply(example("galleryimage.yaml", **NEW, **BRISK))
    _runs(play, "empty", "2.0.0")
    assert conditions(play.pool("busy"))["UpToDate"]["reason"] == "WaitingForEmptyPool"
    assert is_ready(play.pool("busy"))
    play.scale(0, pool="busy")
    _runs(play, "busy", "2.0.0")
    play.scale(5, pool="busy")
    play.sized(5, pool="busy")
    assert _running(play) == {"empty": "2.0.0", "busy": "2.0.0", "large": "1.0.0", "pinned": "1.0.0"}
    assert _versions(play) == ["1.0.0", "2.0.0"]

    play.apply(example("galleryimage.yaml", **OLD, **BRISK))
    _runs(play, "empty", "1.0.0")
    play.kubectl.run("delete", "batchpool/busy", "--wait=false")
    play.gone("batchpool/busy")
    eventually(lambda: _versions(play) == ["1.0.0"], within=60, every=0.3)
    assert is_ready(play.pool("large"))
    assert not [r for r in play.writes() if r.status is not None and r.status >= 500]


def _pool(name: str, **spec: Any) -> dict[str, Any]:
    body = example("batchpool.yaml", **{"targetDedicatedNodes": 2, **spec})
    return {**body, "metadata": {**body["metadata"], "name": name}}


def _runs(play: Play, pool: str, version: str) -> None:
    """Wait until the pool boots from that version, and is Ready."""

    def there() -> bool:
        body = play.pool(pool)
        assert (body.get("status", {}).get("imageVersion"), is_ready(body)) == (version, True), conditions(body)
        return True

    eventually(there, within=60, every=0.3)


def _running(play: Play) -> dict[str, str]:
    items = play.kubectl.get("batchpools")["items"]
    return {body["metadata"]["name"]: body["status"]["imageVersion"] for body in items}


def _versions(play: Play) -> list[str]:
    """Every version that Azure has of the image."""
    left = play.stage.azure.leftovers()
    return sorted(found.rsplit("/", 1)[-1] for found in left if "/versions/" in found)
