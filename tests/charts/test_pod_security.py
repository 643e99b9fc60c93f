"""The pods of the chart in a namespace that enforces Pod Security "restricted", judged by the API server."""

import copy
import json
from typing import Any

import pytest

from tests.support.charts import FEDERATED, Charts
from tests.support.controlplane import Kubectl
from tools.stage.manifests import merged

SECRET = {"signIn": "ClientCertificate", "existingSecret": "azure"}
VALUES = {
    "workload identity": merged(FEDERATED, {"azure": {"projectToken": True}}),
    "certificate": {"azure": {**SECRET, "certificateAuthorities": {"configMap": "trust"}}},
    "ids": merged(FEDERATED, {"podSecurity": {"runAsUser": 10001, "runAsGroup": 10001, "fsGroup": 10001}}),
    "simulator": {"simulator": {"enabled": True}},
}


@pytest.fixture
def restricted(kubectl: Kubectl) -> Kubectl:
    kubectl.run("label", "namespace", kubectl.namespace, "pod-security.kubernetes.io/enforce=restricted")
    return kubectl


def pods(charts: Charts, values: dict[str, Any]) -> list[dict[str, Any]]:
    """What the Deployments of the chart make pods of."""
    deployments = [found for found in charts.objects(values) if found["kind"] == "Deployment"]
    templates = [(found["metadata"]["name"], found["spec"]["template"]) for found in deployments]
    return [
        {"apiVersion": "v1", "kind": "Pod", **template, "metadata": {**template["metadata"], "name": name}}
        for name, template in templates
    ]


@pytest.mark.parametrize("values", VALUES.values(), ids=VALUES)
def test_every_pod_is_let_in(restricted: Kubectl, charts: Charts, values: dict[str, Any]) -> None:
    for pod in pods(charts, values):
        answer = restricted("create", "--dry-run=server", "--filename=-", stdin=json.dumps(pod))
        assert (answer.exit_status, answer.stderr) == (0, "")


def test_a_pod_that_may_gain_privileges_is_not(restricted: Kubectl, charts: Charts) -> None:
    [pod] = pods(charts, VALUES["certificate"])
    lax = copy.deepcopy(pod)
    lax["spec"]["containers"][0]["securityContext"]["allowPrivilegeEscalation"] = True
    answer = restricted("create", "--dry-run=server", "--filename=-", stdin=json.dumps(lax))
    assert 'violates PodSecurity "restricted' in answer.stderr


@pytest.mark.parametrize("values", VALUES.values(), ids=VALUES)
def test_no_container_can_write_to_its_image(charts: Charts, values: dict[str, Any]) -> None:
    containers = [container for pod in pods(charts, values) for container in pod["spec"]["containers"]]
    assert {container["securityContext"]["readOnlyRootFilesystem"] for container in containers} == {True}
