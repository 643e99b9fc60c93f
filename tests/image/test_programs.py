"""The image's programs at work, against a real API server and each other."""

import contextlib
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.support.controlplane import Kubectl
from tests.support.eventually import eventually
from tests.support.play import SPEED, Play
from tools.controlplane.kubeconfig import write_kubeconfig
from tools.controlplane.plane import ControlPlane
from tools.image.container import Container
from tools.image.stage import image_stage
from tools.image.start import crowded_stage, started
from tools.processes import running

pytestmark = pytest.mark.image

OBJECTS = 100
NO_AZURE = {"AZURE_TENANT_ID": "tenant", "AZURE_CLIENT_ID": "client", "AZURE_CLIENT_SECRET": "secret"}


@contextlib.contextmanager
def playing(container: Container, plane: ControlPlane, kubectl: Kubectl) -> Iterator[Play]:
    with image_stage(container, speed=SPEED, plane=plane, settings={"namespaces": kubectl.namespace}) as stage:
        yield Play(stage=stage, kubectl=kubectl)


def status(play: Play) -> str:
    (*program, _), environment = play.stage.operator.command, play.stage.operator.environment
    command = [*program, "status", f"--namespace={play.kubectl.namespace}"]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout


def test_the_operator_of_the_image_gets_ready_with_100_objects_and_starts_to_work_on_them(
    container: Container, control_plane: ControlPlane
) -> None:
    with crowded_stage(container, control_plane, OBJECTS) as stage, started(stage.operator):
        eventually(stage.azure.leftovers, within=60)


def test_a_kubeconfig_that_logs_in_by_a_command_is_refused_with_what_to_do(
    container: Container, tmp_path: Path
) -> None:
    user = {"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": "kubelogin"}}
    kubeconfig = write_kubeconfig(tmp_path / "kubeconfig", url="https://127.0.0.1:1", ca_file=Path(__file__), token="-")
    content = yaml.safe_load(kubeconfig.read_text())
    kubeconfig.write_text(yaml.safe_dump({**content, "users": [{"name": "local", "user": user}]}))
    program = container.command("azure-batch-operator", "run", volumes={container.own(tmp_path): "/run/credentials"})
    log = tmp_path / "log"
    with running(program, log=log, env={**NO_AZURE, "KUBECONFIG": "/run/credentials/kubeconfig"}):
        eventually(lambda: "The kubeconfig logs in by a command, which needs the" in log.read_text(), within=60)


def test_operator_and_simulator_of_the_image_look_after_a_pool(
    container: Container, control_plane: ControlPlane, kubectl: Kubectl
) -> None:
    with playing(container, control_plane, kubectl) as play, play.stage.operator.running():
        play.quickstart()
        play.sized(2)
        play.replicated(1)
        play.scale(3)
        play.sized(3)
        assert "frames" in status(play)
        play.stage.operator.process.send_signal(signal.SIGTERM)
        assert play.stage.operator.process.wait(15) == 0
