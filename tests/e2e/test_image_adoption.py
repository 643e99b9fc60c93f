"""The example of an image that takes over what exists, from `kubectl apply` until it leaves all of it again."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.eventually import eventually
from tests.support.play import Body, Play, conditions, example, is_ready

pytestmark = pytest.mark.e2e

ADOPT = Path(__file__).parents[2] / "examples" / "images" / "adopt.yaml"


def test_what_a_resource_left_behind_is_taken_over_by_another_and_left_behind_again(play: Play) -> None:
    play.apply(example("galleryimage.yaml", deletionPolicy="Retain"))
    _ready(play, "render-node")
    play.kubectl.run("delete", "galleryimage/render-node")
    begun = play.requests()[-1].sequence
    (adopt,) = yaml.safe_load_all(ADOPT.read_text())
    name = adopt["metadata"]["name"]

    play.apply(_refusing("another"))
    refused = play.reason("galleryimage", "another", "Stalled", "OwnedByAnother")
    assert f"was made for GalleryImage {play.kubectl.namespace}/render-node, which is gone" in refused["message"]
    assert "write adoptionPolicy: Adopt" in refused["message"]
    play.kubectl.run("delete", "galleryimage/another")
    assert play.writes(since=begun) == []

    play.apply(adopt)
    _ready(play, name)
    written = [request.operation for request in play.writes(since=begun)]
    assert written == ["GalleryImages_CreateOrUpdate", "GalleryImageVersions_Update"]
    assert _told(play, name) == ["Adopting", "Adopted", "Adopted", "Published"]

    left = play.stage.azure.leftovers()
    play.kubectl.run("delete", f"galleryimage/{name}")
    assert play.stage.azure.leftovers() == left != []


def _refusing(name: str) -> Body:
    """An image of another name for the same definition, which takes over nothing."""
    body = example("galleryimage.yaml")
    definition = {**body["spec"]["definition"], "name": "render-node"}
    return {**body, "metadata": {"name": name}, "spec": {**body["spec"], "definition": definition}}


def _ready(play: Play, name: str) -> Body:
    def there() -> Body:
        play.stage.operator.must_run()
        body = play.image(name)
        assert is_ready(body), conditions(body)
        return body

    return eventually(there, within=60, every=0.2) or {}


def _told(play: Play, name: str) -> list[str]:
    """The reasons of the Events of an image, in the order in which they were told."""
    listed: Any = json.loads(play.kubectl.run("get", "events.events.k8s.io", "--output=json"))
    of_image = [event for event in listed["items"] if event["regarding"]["name"] == name]
    return [event["reason"] for event in sorted(of_image, key=lambda event: event["eventTime"])]
