"""The world that is measured: ten Batch accounts with room for everything, one image, and as many pools as asked."""

from importlib import resources
from pathlib import Path
from typing import Any

import yaml

ACCOUNTS = 10
NAMESPACE = "bench"
EXAMPLES = Path(__file__).parents[2] / "examples" / "quickstart"


def scenario_in(folder: Path) -> Path:
    """The simulator's default scenario with ten more accounts, `bench0` to `bench9`, in the image's region."""
    text = resources.files("azure_simulator").joinpath("scenarios/default.yaml").read_text("utf-8")
    scenario = yaml.safe_load(text)
    subscription = scenario["subscriptions"][0]
    subscription["batchAccountsPerRegion"] = ACCOUNTS + 10
    scenario["batchAccounts"] += [_account(number, subscription["id"]) for number in range(ACCOUNTS)]
    path = folder / "scenario.yaml"
    path.write_text(yaml.safe_dump(scenario))
    return path


def image() -> dict[str, Any]:
    """The GalleryImage that all pools boot from."""
    return _placed(yaml.safe_load((EXAMPLES / "galleryimage.yaml").read_text()), "render-node")


def pool(number: int) -> dict[str, Any]:
    """The BatchPool of that number: one node, in the accounts by turns."""
    body = _placed(yaml.safe_load((EXAMPLES / "batchpool.yaml").read_text()), f"pool-{number:05}")
    account = {"resourceGroup": "batch", "name": f"bench{number % ACCOUNTS}"}
    return {**body, "spec": {**body["spec"], "account": account, "targetDedicatedNodes": 1}}


def _placed(body: dict[str, Any], name: str) -> dict[str, Any]:
    return {**body, "metadata": {"name": name, "namespace": NAMESPACE}}


def _account(number: int, subscription: str) -> dict[str, Any]:
    return {
        "name": f"bench{number}",
        "subscriptionId": subscription,
        "resourceGroup": "batch",
        "location": "westeurope",
        "dedicatedCoreQuota": 100_000,
        "poolQuota": 10_000,
    }
