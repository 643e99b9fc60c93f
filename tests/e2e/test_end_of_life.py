"""The end of life of an image, as people and as Prometheus see it coming."""

import socket
import urllib.request
from datetime import UTC, datetime, timedelta

import pytest

from tests.support.controlplane import Kubectl
from tests.support.eventually import eventually
from tests.support.play import Play, conditions, example, is_ready, staged
from tools.controlplane.plane import ControlPlane

pytestmark = pytest.mark.e2e

GAUGE = "azure_batch_operator_image_version_end_of_life_days"


def test_an_end_of_life_is_advised_and_measured_days_before(control_plane: ControlPlane, kubectl: Kubectl) -> None:
    port = _free_port()
    with staged(control_plane, kubectl, http_port=str(port)) as stage, stage.operator.running():
        play = Play(stage=stage, kubectl=kubectl)
        end = (datetime.now(UTC) + timedelta(days=20)).strftime("%Y-%m-%dT00:00:00Z")
        play.apply(example("galleryimage.yaml", endOfLifeDate=end))
        advised = eventually(lambda: _advised(play), within=60, every=0.3) or ""
        assert "1.0.0" in advised
        assert 18 < _measured(port) < 21


def _advised(play: Play) -> str:
    image = play.image()
    assert is_ready(image), conditions(image)
    advisory = conditions(image).get("Advisory", {})
    assert advisory.get("reason") == "EndOfLife", advisory
    message: str = advisory["message"]
    return message


def _measured(port: int) -> float:
    """Days that the gauge shows for the image's only version."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        lines = answer.read().decode().splitlines()
    return next(float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith(GAUGE + "{"))


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port
