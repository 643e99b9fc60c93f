"""The operator as the chart installs it: command, environment, volumes and service account of its Deployment."""

import contextlib
import json
import random
import socket
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from azure_simulator.client import ControlClient
from azure_simulator.scenario import load_scenario
from tests.support.charts import Installation
from tests.support.eventually import eventually
from tests.support.play import Body, conditions, example, is_ready
from tools.chart.helm import CHART, NAME
from tools.processes import running, tail
from tools.stage.azure import Azure
from tools.stage.operator import ALONE, BRISK, Operator
from tools.stage.pod import Pod

pytestmark = pytest.mark.e2e
SPEED = 480.0
SIMULATOR = f"{NAME}-simulator"
NOTHING: Mapping[str, str] = {}
SIMULATOR_PORTS = range(8443, 8451)
OUT_OF_THE_WAY = {name: value for name, value in ALONE.items() if "HTTP" in name}
"""Nothing of the network is used; the rest is as the chart has it, the election of a leader too."""


@pytest.fixture
def azure(tmp_path: Path) -> Iterator[Azure]:
    with Azure.start(tmp_path / "azure", speed=SPEED) as azure:
        yield azure


def leading_to(azure: Azure) -> dict[str, Any]:
    """Values for a cloud of one's own."""
    ready = azure.ready
    return {
        "tenantId": ready.tenant_id,
        "clientId": ready.client_id,
        "subscriptionId": ready.subscription_id,
        "endpoints": {
            "authority": ready.authority,
            "resourceManager": ready.resource_manager,
            "tokenHosts": ["localhost"],
        },
        "certificateAuthorities": {"configMap": "trust"},
    }


def make(installation: Installation, *, azure: Azure) -> None:
    """Make what the values name: the namespace with the Secret and the ConfigMap in it."""
    cluster, ready = installation.cluster, azure.ready
    secret = f"--from-literal=AZURE_CLIENT_SECRET={ready.client_secret}"
    cluster.must("create", "namespace", NAME)
    cluster.must("create", "secret", "generic", "azure", f"--namespace={NAME}", secret)
    cluster.must("create", "configmap", "trust", f"--namespace={NAME}", f"--from-file=ca.crt={ready.ca_file}")


@contextlib.contextmanager
def operating(installation: Installation, folder: Path, overlaid: Mapping[str, str] = NOTHING) -> Iterator[Operator]:
    """The operator of the Deployment runs, with the token of its service account."""
    pod = Pod.of(installation.cluster, NAME, NAME, folder=folder / "operator", overlaid=overlaid)
    kubeconfig = installation.cluster.plane.service_account_kubeconfig(NAME, pod.service_account)
    environment = {**pod.environment, "KUBECONFIG": str(kubeconfig), **OUT_OF_THE_WAY, **BRISK}
    operator = Operator(environment=environment, command=pod.command, log=folder / "operator.log")
    with operator.running():
        yield operator


def apply(installation: Installation, body: Body, namespace: str) -> None:
    placed = {**body, "metadata": {**body["metadata"], "namespace": namespace}}
    installation.cluster.must("apply", "--filename=-", stdin=json.dumps(placed))


def until_ready(installation: Installation, operator: Operator, kind: str, name: str, namespace: str) -> Body:
    def there() -> Body:
        operator.must_run()
        body = installation.cluster.get(kind, name, namespace)
        assert body is not None
        assert is_ready(body), conditions(body)
        return body

    return eventually(there, within=90, every=0.3)


def test_with_roles_in_two_namespaces_it_works_there_and_nowhere_else(
    installation: Installation, azure: Azure, tmp_path: Path
) -> None:
    make(installation, azure=azure)
    for namespace in ("rendering", "encoding", "foreign"):
        installation.cluster.must("create", "namespace", namespace)
    installation.install(
        {
            "namespaces": ["rendering", "encoding"],
            "azure": {**leading_to(azure), "signIn": "ClientSecret", "existingSecret": "azure"},
            "rbac": {"aggregateToUserRoles": False},
        }
    )
    ours = [found for found in installation.cluster.list("clusterrole") if NAME in found["metadata"]["name"]]
    assert ours == []
    with operating(installation, tmp_path) as operator:
        for number, namespace in enumerate(("foreign", "encoding", "rendering")):
            gallery = {"name": f"gallery{number}", "resourceGroup": "images", "location": "westeurope", "create": True}
            image = example("galleryimage.yaml", gallery=gallery)
            apply(installation, image, namespace)
        until_ready(installation, operator, "galleryimage", "render-node", "encoding")
        until_ready(installation, operator, "galleryimage", "render-node", "rendering")
    foreign = installation.cluster.get("galleryimage", "render-node", "foreign") or {}
    assert "status" not in foreign
    assert "finalizers" not in foreign["metadata"]
    who = f"--as=system:serviceaccount:{NAME}:{NAME}"
    for namespace, allowed in (("rendering", "yes"), ("encoding", "yes"), ("foreign", "no")):
        for what in ("patch/galleryimages.azurebatch.io", "get/secrets", "create/events.events.k8s.io"):
            answer = installation.cluster.try_("auth", "can-i", *what.split("/"), who, f"--namespace={namespace}")
            assert answer.stdout.strip() == allowed, (namespace, what)


@contextlib.contextmanager
def simulating(installation: Installation, folder: Path, overlaid: Mapping[str, str]) -> Iterator[None]:
    """The simulator of its Deployment runs."""
    pod = Pod.of(installation.cluster, SIMULATOR, NAME, folder=folder / "simulator", overlaid=overlaid)
    with running(pod.command, log=folder / "simulator.log") as process:
        yield
        assert process.poll() is None, tail(folder / "simulator.log")


def free_ports(count: int) -> range:
    """Ports in a row that nobody listens on."""
    while True:
        first = random.randrange(20_000, 30_000)
        with contextlib.suppress(OSError), contextlib.ExitStack() as stack:
            for port in range(first, first + count):
                stack.enter_context(socket.create_server(("127.0.0.1", port)))
            return range(first, first + count)


def on_this_machine() -> dict[str, str]:
    """The simulator's Service and its ports, by what they are here."""
    (first, *accounts), here = SIMULATOR_PORTS, free_ports(len(SIMULATOR_PORTS))
    host = f"{SIMULATOR}.{NAME}.svc"
    return {
        **{f"{host}:{there}": f"localhost:{port}" for there, port in zip(SIMULATOR_PORTS, here, strict=True)},
        host: "localhost",
        "--host=0.0.0.0": "--host=127.0.0.1",
        f"--port={first}": f"--port={here[0]}",
        f"--account-ports={accounts[0]}-{accounts[-1]}": f"--account-ports={here[1]}-{here[-1]}",
    }


def control(installation: Installation, here: Mapping[str, str], folder: Path) -> ControlClient:
    """The control API of the simulator, trusted by what the chart made of its authority."""
    trust = installation.there("configmap", SIMULATOR)
    assert trust is not None
    (folder / "trust.pem").write_text(trust["data"]["ca.crt"])
    address = here[f"{SIMULATOR}.{NAME}.svc:{SIMULATOR_PORTS[0]}"]
    return ControlClient(f"https://{address}/_simulator", folder / "trust.pem")


def test_with_the_simulator_a_pool_gets_ready_and_outlives_the_operator(
    installation: Installation, tmp_path: Path
) -> None:
    values, here = {"simulator": {"enabled": True, "clockSpeed": SPEED}}, on_this_machine()
    installation.install(values)
    installation.cluster.must("create", "namespace", "rendering")
    with simulating(installation, tmp_path, here):
        azure = control(installation, here, tmp_path)
        eventually(azure.healthy, within=30)
        with operating(installation, tmp_path, here) as operator:
            apply(installation, example("galleryimage.yaml"), "rendering")
            apply(installation, example("batchpool.yaml"), "rendering")
            until_ready(installation, operator, "batchpool", "frames", "rendering")
        pools = [pool["id"] for account in azure.state()["batchAccounts"] for pool in account["pools"]]
        assert len(pools) == 1

        installation.uninstall()
        assert installation.cluster.get("batchpool", "frames", "rendering") is not None
        assert [pool["id"] for account in azure.state()["batchAccounts"] for pool in account["pools"]] == pools


def test_the_simulators_authority_stays_the_same(installation: Installation) -> None:
    installation.install({"simulator": {"enabled": True}})
    before = installation.there("secret", SIMULATOR), installation.there("configmap", SIMULATOR)
    installation.install({"simulator": {"enabled": True, "clockSpeed": 7}})
    after = installation.there("secret", SIMULATOR), installation.there("configmap", SIMULATOR)
    assert [found and found["data"] for found in after] == [found and found["data"] for found in before]


def test_what_the_simulator_is_told_is_what_the_operator_is_told() -> None:
    """The chart names ids and the secret of the simulator's default scenario."""
    scenario = load_scenario()
    tenant = scenario.tenants[0]
    texts = "".join((CHART / "templates" / name).read_text() for name in ("_simulator.tpl", "simulator.yaml"))
    for named in (
        f"tenantId: {tenant.id}",
        f"clientId: {tenant.applications[0].client_id}",
        f"subscriptionId: {scenario.subscriptions[0].id}",
        f'b64enc "{tenant.applications[0].secrets[0]}"',
    ):
        assert named in texts
