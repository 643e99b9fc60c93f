"""The stage that demo, end-to-end tests and benchmarks play on."""

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Self

from azure_simulator.client import ReadyLine
from tools.controlplane.plane import ControlPlane
from tools.processes import fleeting_folder
from tools.stage.azure import Azure, Program, installed_simulator
from tools.stage.cluster import OPERATOR_DEPLOYMENT, OPERATOR_NAMESPACE, Cluster
from tools.stage.operator import Operator, operator_environment
from tools.stage.pod import Pod


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Control plane with our resources installed, simulated Azure, and an operator that is not started yet."""

    folder: Path
    cluster: Cluster
    azure: Azure
    operator: Operator

    @classmethod
    @contextlib.contextmanager
    def set(
        cls,
        *,
        speed: float,
        scenario: Path | None = None,
        record: Path | None = None,
        plane: ControlPlane | None = None,
        settings: Mapping[str, str] = MappingProxyType({}),
        simulator: Program = installed_simulator,
    ) -> Iterator[Self]:
        """Set everything up for the length of the block; nothing is left afterwards, however it ends.

        `settings` are the operator's, by their names in its settings module; exchanges with Azure go to `record`.
        `simulator` says what to run for it.
        """
        with contextlib.ExitStack() as stack:
            folder = stack.enter_context(fleeting_folder("azure-batch-operator-"))
            azure = stack.enter_context(
                Azure.start(folder / "azure", speed=speed, scenario=scenario, record=record, program=simulator)
            )
            plane = plane or stack.enter_context(ControlPlane.start())
            cluster = Cluster(plane=plane)
            cluster.install()
            operator = _operator(cluster, azure.ready, settings, folder)
            yield cls(folder=folder, cluster=cluster, azure=azure, operator=operator)


def _operator(cluster: Cluster, ready: ReadyLine, settings: Mapping[str, str], folder: Path) -> Operator:
    """The operator of the Deployment that is installed, as its service account: never as the administrator."""
    cluster.let_sign_in(tenant_id=ready.tenant_id, client_id=ready.client_id, client_secret=ready.client_secret)
    pod = Pod.of(cluster, OPERATOR_DEPLOYMENT, OPERATOR_NAMESPACE, folder=folder / "operator")
    kubeconfig = cluster.plane.service_account_kubeconfig(pod.namespace, pod.service_account)
    environment = operator_environment(pod, ready, kubeconfig, settings)
    return Operator(environment=environment, command=pod.command, log=folder / "operator.log")
