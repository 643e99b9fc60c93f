"""The examples of pools, as files and as what `kubectl apply` makes of them."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import yaml

from tests.support.clockwork import Clockwork
from tests.support.custom_resources import ROOT, Manifest

FOLDER = ROOT / "examples" / "pools"
EXAMPLES = sorted(FOLDER.glob("*.yaml"))


def objects(path: Path) -> list[Manifest]:
    """All objects of an example."""
    return list(yaml.safe_load_all(path.read_text()))


def pool_of(path: Path) -> Manifest:
    """Its BatchPool."""
    return next(manifest for manifest in objects(path) if manifest["kind"] == "BatchPool")


async def applied(turns: Clockwork, manifests: Iterable[Manifest]) -> None:
    """Apply Secrets and resources as `kubectl apply` would."""
    for manifest in manifests:
        if manifest["kind"] == "Secret":
            _put(turns, manifest["metadata"], manifest["stringData"])
        else:
            await turns.apply(manifest)


def _put(turns: Clockwork, metadata: Mapping[str, str], values: Mapping[str, str]) -> None:
    turns.secrets.put(metadata["namespace"], metadata["name"], **values)
