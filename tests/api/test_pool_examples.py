"""The examples of pools: accepted by the API server as they are, and each begins with when to use it."""

from pathlib import Path

import pytest

from tests.support.controlplane import Kubectl
from tests.support.custom_resources import apply, merged
from tests.support.pool_examples import EXAMPLES, FOLDER, objects, pool_of

SUBJECTS = {
    "autoscale.yaml": "enableAutoScale",
    "spot.yaml": "targetLowPriorityNodes",
    "containers.yaml": "containerConfiguration",
    "vnet.yaml": "subnetId",
    "mounts.yaml": "mountConfiguration",
    "windows.yaml": "windowsConfiguration",
    "identity.yaml": "userAssignedIdentities",
    "pinned-version.yaml": "galleryImageRef",
    "user-accounts.yaml": "userAccounts",
}
"""What each example is an example of."""

each_example = pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)


@each_example
def test_the_api_server_accepts_the_example(path: Path, cluster: Kubectl) -> None:
    for manifest in objects(path):
        here = merged(manifest, {"metadata": {"namespace": cluster.namespace}})
        accepted = apply(cluster, here, "--dry-run=server", "--validate=strict")
        assert accepted.exit_status == 0, accepted.stderr


@each_example
def test_the_example_begins_with_three_lines_on_when_to_use_it(path: Path) -> None:
    lines = path.read_text().splitlines()

    assert [line.startswith("# ") for line in lines[:4]] == [True, True, True, False]


@each_example
def test_the_example_has_what_it_is_an_example_of(path: Path) -> None:
    assert SUBJECTS[path.name] in str(pool_of(path)["spec"])


def test_every_example_is_in_the_list() -> None:
    listed = (FOLDER / "README.md").read_text()

    assert [path.name for path in EXAMPLES if f"`{path.name}`" not in listed] == []
    assert set(SUBJECTS) == {path.name for path in EXAMPLES}


def test_the_examples_may_all_be_applied_together() -> None:
    names = [pool_of(path)["metadata"]["name"] for path in EXAMPLES]

    assert len(names) == len(set(names))
