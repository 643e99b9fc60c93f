"""The rights that we ship: the operator's own are no more than it needs, and people's do not reach into the status."""

import pytest

from tests.support.controlplane import Kubectl
from tests.support.kube import apply_rbac

OPERATOR = "system:serviceaccount:azure-batch-operator:azure-batch-operator"


@pytest.fixture(scope="module")
def ruled(shared: Kubectl) -> Kubectl:
    apply_rbac(shared.plane)
    return shared


def may(kubectl: Kubectl, who: str, verb: str, what: str, part: str = "", namespace: str | None = None) -> bool:
    where = [f"--namespace={namespace}"] if namespace else []
    asked = kubectl("auth", "can-i", verb, what, f"--subresource={part}", f"--as={who}", *where)
    return asked.stdout.strip() == "yes"


@pytest.mark.parametrize(
    ("verb", "what"),
    [
        ("create", "batchpools.azurebatch.io"),
        ("update", "batchpools.azurebatch.io"),
        ("delete", "batchpools.azurebatch.io"),
        ("delete", "galleryimages.azurebatch.io"),
        ("list", "secrets"),
        ("watch", "secrets"),
        ("create", "secrets"),
        ("update", "secrets"),
        ("list", "namespaces"),
        ("get", "namespaces/kube-public"),
        ("list", "customresourcedefinitions.apiextensions.k8s.io"),
        ("list", "events.events.k8s.io"),
        ("create", "pods"),
        ("create", "leases.coordination.k8s.io"),
        ("get", "leases.coordination.k8s.io/azure-batch-operator"),
    ],
)
def test_the_operator_may_not(ruled: Kubectl, verb: str, what: str) -> None:
    assert not may(ruled, OPERATOR, verb, what)


@pytest.mark.parametrize(
    ("verb", "what", "allowed"),
    [
        ("get", "leases.coordination.k8s.io/azure-batch-operator", True),
        ("patch", "leases.coordination.k8s.io/azure-batch-operator", True),
        ("create", "leases.coordination.k8s.io", True),
        ("delete", "leases.coordination.k8s.io/azure-batch-operator", False),
        ("patch", "leases.coordination.k8s.io/another", False),
        ("list", "leases.coordination.k8s.io", False),
    ],
)
def test_in_its_own_namespace_the_operator_keeps_one_lease(
    ruled: Kubectl, verb: str, what: str, *, allowed: bool
) -> None:
    assert may(ruled, OPERATOR, verb, what, namespace="azure-batch-operator") is allowed


@pytest.fixture(scope="module")
def bound(ruled: Kubectl) -> Kubectl:
    """A viewer and an editor of the namespace."""
    for role, who in (("view", "viewer"), ("edit", "editor")):
        ruled.run("create", "rolebinding", role, f"--clusterrole=azure-batch-operator-{role}", f"--user={who}")
    return ruled


@pytest.mark.parametrize(
    ("who", "verb", "what", "part", "allowed"),
    [
        ("viewer", "list", "batchpools.azurebatch.io", "", True),
        ("viewer", "get", "galleryimages.azurebatch.io", "", True),
        ("viewer", "patch", "batchpools.azurebatch.io", "", False),
        ("editor", "create", "batchpools.azurebatch.io", "", True),
        ("editor", "delete", "galleryimages.azurebatch.io", "", True),
        ("editor", "patch", "batchpools.azurebatch.io", "scale", True),
        ("editor", "patch", "batchpools.azurebatch.io", "status", False),
        ("editor", "update", "galleryimages.azurebatch.io", "status", False),
    ],
)
def test_people_may_view_or_edit_but_never_write_a_status(
    bound: Kubectl, who: str, verb: str, what: str, part: str, *, allowed: bool
) -> None:
    assert may(bound, who, verb, what, part) is allowed


@pytest.mark.parametrize("role", ["view", "edit"])
def test_the_roles_join_those_that_kubernetes_has_for_people(ruled: Kubectl, role: str) -> None:
    labels = ruled.get("clusterrole", f"azure-batch-operator-{role}")["metadata"]["labels"]
    assert labels[f"rbac.authorization.k8s.io/aggregate-to-{role}"] == "true"
