"""The scale subresource as autoscalers and GitOps use it: an HPA (KEDA drives one) reads it and puts it back."""

import json
from typing import Any

import pytest

from tests.support.controlplane import Answer, Kubectl
from tests.support.custom_resources import Manifest, apply, merged, quickstart

HPA = "horizontal-pod-autoscaler"
GIT = "argocd-controller"


@pytest.fixture
def pool(cluster: Kubectl, request: pytest.FixtureRequest) -> str:
    """The name of a pool that Git has given a first size of two nodes."""
    name = str(request.node.name).removeprefix("test_").replace("_", "-")[:50].strip("-")
    from_git(cluster, quickstart("batchpool.yaml", name=name))
    return name


def from_git(cluster: Kubectl, manifest: Manifest, *options: str) -> Answer:
    """What Argo CD and Flux do: server-side apply under a name of their own."""
    return apply(cluster, manifest, "--server-side", f"--field-manager={GIT}", *options)


def path(cluster: Kubectl, pool: str) -> str:
    return f"/apis/azurebatch.io/v1alpha1/namespaces/{cluster.namespace}/batchpools/{pool}/scale"


def scale(cluster: Kubectl, pool: str) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(cluster.run("get", "--raw", path(cluster, pool)))
    return read


def put(cluster: Kubectl, pool: str, wanted: dict[str, Any]) -> Answer:
    raw = f"{path(cluster, pool)}?fieldManager={HPA}"
    return cluster("replace", f"--raw={raw}", "--filename=-", stdin=json.dumps(wanted))


def sized(read: dict[str, Any], nodes: int) -> dict[str, Any]:
    return {**read, "spec": {"replicas": nodes}}


def nodes_wanted(cluster: Kubectl, pool: str) -> int | None:
    wanted: int | None = cluster.get("batchpool", pool)["spec"].get("targetDedicatedNodes")
    return wanted


def without_size(pool: str) -> Manifest:
    """The same in Git, once the size is somebody else's."""
    manifest = quickstart("batchpool.yaml", name=pool)
    del manifest["spec"]["targetDedicatedNodes"]
    return manifest


def test_an_autoscaler_reads_the_scale_and_puts_it_back_with_another_number(cluster: Kubectl, pool: str) -> None:
    read = scale(cluster, pool)

    answer = put(cluster, pool, sized(read, 7))

    assert (read["kind"], read["spec"]) == ("Scale", {"replicas": 2})
    assert answer.exit_status == 0, answer.stderr
    assert json.loads(answer.stdout)["spec"] == {"replicas": 7}
    assert nodes_wanted(cluster, pool) == 7


def test_a_scale_that_was_read_before_somebody_elses_change_is_refused(cluster: Kubectl, pool: str) -> None:
    read = scale(cluster, pool)
    cluster.run("scale", f"batchpool/{pool}", "--replicas=3")

    answer = put(cluster, pool, sized(read, 7))

    assert answer.exit_status != 0
    assert "the object has been modified" in answer.stderr
    assert nodes_wanted(cluster, pool) == 3


def test_a_merge_patch_of_the_scale_changes_the_number_alone(cluster: Kubectl, pool: str) -> None:
    before = cluster.get("batchpool", pool)["spec"]

    cluster.run(
        "patch",
        f"batchpool/{pool}",
        "--subresource=scale",
        "--type=merge",
        f"--field-manager={HPA}",
        '--patch={"spec":{"replicas":9}}',
    )

    assert cluster.get("batchpool", pool)["spec"] == merged(before, {"targetDedicatedNodes": 9})


def test_a_negative_number_is_refused(cluster: Kubectl, pool: str) -> None:
    answer = put(cluster, pool, sized(scale(cluster, pool), -1))

    assert answer.exit_status != 0
    assert nodes_wanted(cluster, pool) == 2


def test_git_that_no_longer_writes_the_size_leaves_it_to_the_autoscaler(cluster: Kubectl, pool: str) -> None:
    put(cluster, pool, sized(scale(cluster, pool), 7))

    applied = from_git(cluster, without_size(pool))

    assert applied.exit_status == 0, applied.stderr
    assert nodes_wanted(cluster, pool) == 7
    assert scale(cluster, pool)["spec"] == {"replicas": 7}


def test_git_that_still_writes_another_size_is_told_whose_it_is(cluster: Kubectl, pool: str) -> None:
    put(cluster, pool, sized(scale(cluster, pool), 7))

    applied = from_git(cluster, quickstart("batchpool.yaml", name=pool))

    assert applied.exit_status != 0
    assert HPA in applied.stderr
    assert ".spec.targetDedicatedNodes" in applied.stderr
    assert nodes_wanted(cluster, pool) == 7


def test_a_size_that_nobody_else_has_written_goes_when_git_drops_it(cluster: Kubectl, pool: str) -> None:
    """Why docs/pools.md says to drop it only after the autoscaler has written it once."""
    from_git(cluster, without_size(pool))

    assert nodes_wanted(cluster, pool) is None
    assert cluster("get", "--raw", path(cluster, pool)).exit_status != 0
