"""The world of the day: four regions with a Batch account each, one image, pools, and their sizes by the hour."""

import math
from datetime import timedelta
from importlib import resources
from pathlib import Path
from random import Random
from typing import Any

import yaml

from azure_simulator.scenario import Scenario
from tools.stage.manifests import Manifest, merged

REGIONS = ("westeurope", "northeurope", "eastus", "japaneast")
NAMESPACE = "day"
SCALE_DOWN_DELAY = timedelta(hours=1)
EXAMPLES = Path(__file__).parents[2] / "examples" / "quickstart"

_QUIET, _BUSY = (10, 60), (250, 500)
"""Nodes of a pool at night and at noon, from and to."""


def scenario() -> Scenario:
    """The simulator's default scenario with an account in each region that has room for everything."""
    text = resources.files("azure_simulator").joinpath("scenarios/default.yaml").read_text("utf-8")
    document = yaml.safe_load(text)
    subscription = document["subscriptions"][0]["id"]
    document["batchAccounts"] += [_account(region, subscription) for region in REGIONS]
    return Scenario.model_validate(document)


def image() -> Manifest:
    """The GalleryImage that all pools boot from, wherever they are."""
    body = yaml.safe_load((EXAMPLES / "galleryimage.yaml").read_text())
    delay = f"{SCALE_DOWN_DELAY // timedelta(minutes=1)}m"
    changed: Manifest = merged(
        body, {"metadata": {"namespace": NAMESPACE}, "spec": {"replication": {"scaleDownDelay": delay}}}
    )
    return changed


class Pools:
    """Pools that follow the sun, and lose a third of their nodes every second hour: a temptation to let replicas go."""

    def __init__(self, count: int) -> None:
        chance = Random(23)  # the same day each time
        self.names = tuple(f"pool-{number:02}" for number in range(count))
        self._quiet = [chance.randint(*_QUIET) for _ in self.names]
        self._busy = [chance.randint(*_BUSY) for _ in self.names]

    def manifest(self, number: int) -> Manifest:
        """The BatchPool of that number, in the regions by turns, as it is at midnight."""
        body = yaml.safe_load((EXAMPLES / "batchpool.yaml").read_text())
        spec = {
            "account": {"resourceGroup": "batch", "name": f"day{self.region(number)}"},
            "targetDedicatedNodes": self.nodes(number, 0),
        }
        changed: Manifest = merged(
            body, {"metadata": {"name": self.names[number], "namespace": NAMESPACE}, "spec": spec}
        )
        return changed

    def region(self, number: int) -> str:
        """Where the pool is."""
        return REGIONS[number % len(REGIONS)]

    def nodes(self, number: int, hour: int) -> int:
        """How many nodes the pool wants in that hour of the day."""
        local = hour - 6 * (number % len(REGIONS))
        sun = (1 - math.cos(2 * math.pi * local / 24)) / 2
        whole = self._quiet[number] + (self._busy[number] - self._quiet[number]) * sun
        return round(whole * (2 / 3 if hour % 2 else 1))


def _account(region: str, subscription: str) -> dict[str, Any]:
    return {
        "name": f"day{region}",
        "subscriptionId": subscription,
        "resourceGroup": "batch",
        "location": region,
        "dedicatedCoreQuota": 100_000,
        "poolQuota": 1_000,
    }
