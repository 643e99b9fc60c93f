"""Killed at any moment: it always converges, nothing is doubled, nothing is left over."""

import os
import random
from collections import Counter

import pytest

from azure_simulator.client import JournalEntry
from tests.support.controlplane import Kubectl
from tests.support.play import Play, staged
from tools.controlplane.plane import ControlPlane

pytestmark = pytest.mark.e2e

CRASHES = int(os.environ.get("CRASHES", "3"))
MAKERS = (
    "Galleries_CreateOrUpdate",
    "GalleryImages_CreateOrUpdate",
    "GalleryImageVersions_CreateOrUpdate",
    "Pools_CreatePool",
)


@pytest.mark.parametrize("number", range(CRASHES))
def test_a_kill_at_a_random_moment_changes_nothing_of_the_end(
    control_plane: ControlPlane, kubectl: Kubectl, number: int
) -> None:
    """The operator is killed after a random request to Azure, and started again; CRASH_SEED repeats a run."""
    moments = random.Random(f"{os.environ['CRASH_SEED']}/{number}")
    with staged(control_plane, kubectl) as stage, stage.operator.running():
        play = Play(stage=stage, kubectl=kubectl)
        play.quickstart()
        play.kill_after(moments.randint(1, 25))
        play.sized(2)
        play.scale(1300)
        play.kill_after(moments.randint(1, 12))
        play.sized(1300)
        play.scale(300)
        play.kill_after(moments.randint(1, 8))
        play.sized(300)
        play.replicated(1)
        kubectl.run("delete", "batchpool/frames", "galleryimage/render-node", "--wait=false")
        play.kill_after(moments.randint(1, 4))
        play.gone("batchpool/frames", "galleryimage/render-node")
        assert stage.azure.leftovers() == []
        assert _doubled(play.requests()) == {}


def _doubled(requests: list[JournalEntry]) -> dict[str, int]:
    """Things that were made more than once."""
    made = Counter(r.operation for r in requests if r.operation in MAKERS and r.status in {200, 201, 202})
    return {operation: count for operation, count in made.items() if count > 1}
