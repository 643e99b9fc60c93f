"""The processes that stand in for pods: what a kubelet would bring into their containers, and what it would refuse."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.controlplane import Kubectl
from tools.stage.cluster import Cluster
from tools.stage.pod import NoSuchDeploymentError, Pod
from tools.stage.volumes import NoSuchSourceError

CONTAINER: dict[str, Any] = {
    "name": "operator",
    "image": "azure-batch-operator",
    "args": ["run", "--file=/etc/it/chosen"],
    "env": [
        {"name": "NAMESPACE", "valueFrom": {"fieldRef": {"fieldPath": "metadata.namespace"}}},
        {"name": "PROOF", "valueFrom": {"secretKeyRef": {"name": "proof", "key": "password"}}},
        {"name": "NONE", "valueFrom": {"secretKeyRef": {"name": "proof", "key": "other", "optional": True}}},
        {"name": "WORD", "valueFrom": {"configMapKeyRef": {"name": "words", "key": "word"}}},
        {"name": "TOKEN_FILE", "value": "/var/token/it"},
    ],
    "volumeMounts": [
        {"name": "words", "mountPath": "/etc/it"},
        {"name": "proof", "mountPath": "/single", "subPath": "password"},
        {"name": "token", "mountPath": "/var/token"},
    ],
}
VOLUMES = [
    {"name": "words", "configMap": {"name": "words", "items": [{"key": "word", "path": "chosen"}]}},
    {"name": "proof", "secret": {"secretName": "proof"}},
    {"name": "token", "projected": {"sources": [{"serviceAccountToken": {"audience": "someone", "path": "it"}}]}},
]


@pytest.fixture
def deployed(kubectl: Kubectl) -> Kubectl:
    """A Deployment that refers to much; the Secret is not there yet."""
    pod = {"serviceAccountName": "worker", "containers": [CONTAINER], "volumes": VOLUMES}
    labels = {"app": "it"}
    template = {"metadata": {"labels": labels}, "spec": pod}
    spec = {"selector": {"matchLabels": labels}, "template": template}
    kubectl.applied(
        json.dumps({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "it"}, "spec": spec})
    )
    kubectl.run("create", "serviceaccount", "worker")
    kubectl.run("create", "configmap", "words", "--from-literal=word=frames", "--from-literal=more=unseen")
    return kubectl


def made(kubectl: Kubectl, folder: Path, name: str = "it") -> Pod:
    return Pod.of(Cluster(plane=kubectl.plane), name, kubectl.namespace, folder=folder)


def test_a_process_gets_the_command_the_values_and_the_files_of_its_container(
    deployed: Kubectl, tmp_path: Path
) -> None:
    deployed.run("create", "secret", "generic", "proof", "--from-literal=password=secret")
    pod = made(deployed, tmp_path)
    assert Path(pod.command[0]).name == "azure-batch-operator"
    assert pod.command[1:] == ("run", f"--file={tmp_path}/etc/it/chosen")
    assert pod.environment == {
        "NAMESPACE": deployed.namespace,
        "PROOF": "secret",
        "WORD": "frames",
        "TOKEN_FILE": f"{tmp_path}/var/token/it",
    }
    assert [path.name for path in (tmp_path / "etc" / "it").iterdir()] == ["chosen"]
    assert (tmp_path / "single").read_text() == "secret"
    assert (tmp_path / "var" / "token" / "it").read_text().count(".") == 2, "no token of the service account"


def test_without_what_it_refers_to_it_does_not_start(deployed: Kubectl, tmp_path: Path) -> None:
    with pytest.raises(NoSuchSourceError, match=f"no secret {deployed.namespace}/proof"):
        made(deployed, tmp_path)


def test_without_a_deployment_there_is_no_pod(kubectl: Kubectl, tmp_path: Path) -> None:
    with pytest.raises(NoSuchDeploymentError, match="no Deployment"):
        made(kubectl, tmp_path, "nothing")
