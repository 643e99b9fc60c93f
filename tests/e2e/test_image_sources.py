"""Every example of an image, from `kubectl apply` to a version that pools can boot from; and killed on the way."""

import os
import random
from pathlib import Path

import pytest
import yaml

from tests.support.controlplane import Kubectl
from tests.support.eventually import eventually
from tests.support.play import Body, Play, conditions, is_ready, staged
from tests.support.simulator import default_scenario
from tools.controlplane.plane import ControlPlane

pytestmark = pytest.mark.e2e

EXAMPLES = Path(__file__).parents[2] / "examples" / "images"
MADE = [path.name for path in sorted(EXAMPLES.glob("*.yaml")) if path.name != "adopt.yaml"]
MAKERS = {"Snapshots_CreateOrUpdate", "GalleryImageVersions_CreateOrUpdate"}
VIOLATIONS = ("extension", "encrypt", "Ultra", "plan", "Windows", "running")
CRASHES = int(os.environ.get("CRASHES", "3"))


@pytest.mark.parametrize("file", MADE)
def test_each_example_becomes_a_version_and_leaves_nothing_else(play: Play, file: str) -> None:
    image = _apply(play, file)
    published = _published(play, image)
    assert conditions(published)["SourceReady"]["status"] == "True"
    assert _snapshots(play) == []
    play.kubectl.run("delete", f"galleryimage/{image}", "--wait=false")
    play.gone(f"galleryimage/{image}")
    assert play.stage.azure.leftovers() == []


@pytest.mark.parametrize("number", range(CRASHES))
def test_a_kill_between_any_two_steps_doubles_nothing_and_leaves_no_snapshot(
    control_plane: ControlPlane, kubectl: Kubectl, number: int
) -> None:
    """A machine's capture has the most steps: snapshots of its disks, a version, and the snapshots' removal."""
    moments = random.Random(f"{os.environ['CRASH_SEED']}/sources/{number}")
    with staged(control_plane, kubectl) as stage, stage.operator.running():
        play = Play(stage=stage, kubectl=kubectl)
        image = _apply(play, "virtual-machine-snapshots.yaml")
        for _ in range(2):
            play.kill_after(moments.randint(1, 8))
        _published(play, image)
        eventually(lambda: _snapshots(play) == [], within=30, every=0.2)
        made = [
            r.path
            for r in play.writes()
            if r.operation in {"Snapshots_CreateOrUpdate", "GalleryImageVersions_CreateOrUpdate"}
        ]
        assert len(made) == len(set(made))
        play.kubectl.run("delete", f"galleryimage/{image}", "--wait=false")
        play.kill_after(moments.randint(1, 3))
        play.gone(f"galleryimage/{image}")
        assert stage.azure.leftovers() == []


def test_an_image_that_goes_while_its_snapshots_are_made_takes_them_with_it(play: Play) -> None:
    image = _apply(play, "virtual-machine-snapshots.yaml")
    eventually(lambda: _snapshots(play), within=30, every=0.05)
    play.kubectl.run("delete", f"galleryimage/{image}", "--wait=false")
    play.gone(f"galleryimage/{image}")
    assert play.stage.azure.leftovers() == []


def test_every_rule_that_a_machine_violates_is_told_at_once(play: Play) -> None:
    body = _image_of("virtual-machine-snapshots.yaml")
    machine = body["spec"]["source"]["virtualMachine"]
    machine["id"] = machine["id"].replace("render-golden", "render-broken")
    play.apply(body)
    name = body["metadata"]["name"]
    told = eventually(lambda: _told(play, name), within=30, every=0.2) or ""
    missing = [word for word in VIOLATIONS if word.casefold() not in told.casefold()]
    assert missing == [], told
    assert play.stage.azure.leftovers() == []


def _apply(play: Play, file: str) -> str:
    """Apply the objects of an example; the name of its GalleryImage."""
    for body in yaml.safe_load_all((EXAMPLES / file).read_text()):
        play.apply(_with_the_scenarios_sas(body) if body["kind"] == "Secret" else body)
    name: str = _image_of(file)["metadata"]["name"]
    return name


def _image_of(file: str) -> Body:
    documents = yaml.safe_load_all((EXAMPLES / file).read_text())
    found: Body = next(body for body in documents if body["kind"] == "GalleryImage")
    return found


def _with_the_scenarios_sas(secret: Body) -> Body:
    """The example's Secret with the SAS URI that the simulated storage account accepts instead of the placeholder."""
    blobs = [blob for account in default_scenario().storage_accounts for blob in account.blobs]
    sas = next(blob.sas for blob in blobs if blob.needs_sas)
    filled = {key: value.split("?", 1)[0] + f"?{sas}" for key, value in secret["stringData"].items()}
    return {**secret, "stringData": filled}


def _published(play: Play, name: str) -> Body:
    def there() -> Body:
        play.stage.operator.must_run()
        body = play.image(name)
        assert is_ready(body), conditions(body)
        return body

    return eventually(there, within=60, every=0.2) or {}


def _told(play: Play, name: str) -> str:
    """What stands against the source, once that was looked at."""
    found = conditions(play.image(name)).get("SourceReady", {})
    assert found.get("status") == "False", found
    message: str = found["message"]
    return message


def _snapshots(play: Play) -> list[str]:
    return [found for found in play.stage.azure.leftovers() if "/snapshots/" in found.casefold()]
