"""Every field of a GalleryImage's spec, from the spec to what Azure shows, and changed where Azure lets it change."""

from typing import Any

import pytest
from azure.mgmt.compute import ComputeManagementClient

from azure_batch_operator.reconcile.keys import ImageKey
from tests.support.clockwork import Clockwork
from tests.support.custom_resources import ROOT, Manifest, merged, read_manifest
from tests.support.image_turns import GALLERY, MINUTE, an_image

WHOLE = ImageKey("rendering", "whole")
DEFINITION = (*GALLERY, "whole-node")
SPEC = read_manifest(ROOT / "tests" / "data" / "whole_image.yaml")


def whole(**changes: Any) -> Manifest:
    """The whole image, looked after by the operator itself, with some of its spec changed."""
    spec = merged(SPEC, {"credentialsSecretRef": None, **changes})
    return {**an_image("whole"), "spec": spec}


@pytest.fixture
async def ready(turns: Clockwork) -> Clockwork:
    """An operator whose whole image is Ready."""
    await turns.apply(whole())
    await turns.until(lambda: turns.is_ready(WHOLE), step=5 * MINUTE)
    return turns


def comparable(properties: Any, like: Any) -> Any:
    """What Azure shows, as far as the spec says something of it, with dates as a spec has them."""
    if isinstance(like, dict):
        return {name: comparable(properties.get(name), held) for name, held in like.items()}
    return properties.replace(".0000000+00:00", "Z") if isinstance(properties, str) else properties


async def test_the_gallery_is_made_as_the_spec_describes_it(ready: Clockwork, compute: ComputeManagementClient) -> None:
    gallery = compute.galleries.get(*GALLERY).as_dict()
    wanted = SPEC["gallery"]
    assert gallery["tags"].items() >= wanted["tags"].items()
    assert gallery["properties"]["description"] == wanted["description"]
    sharing = gallery["properties"]["sharingProfile"]
    assert comparable(sharing, wanted["sharing"]) == wanted["sharing"]


async def test_the_definition_has_every_property_of_the_spec(
    ready: Clockwork, compute: ComputeManagementClient
) -> None:
    definition = compute.gallery_images.get(*DEFINITION).as_dict()
    wanted = {name: value for name, value in SPEC["definition"].items() if name not in ("name", "allowUpdateImage")}
    assert comparable(definition["properties"], wanted) == wanted
    assert definition["tags"].items() >= SPEC["tags"].items()


async def test_the_version_is_published_as_the_spec_says(ready: Clockwork, compute: ComputeManagementClient) -> None:
    version = compute.gallery_image_versions.get(*DEFINITION, "1.0.0").as_dict()
    profile = version["properties"]["publishingProfile"]
    regions = {region["name"].replace(" ", "").lower(): region for region in profile["targetRegions"]}
    as_a_whole = {name: SPEC[name] for name in ("excludeFromLatest", "endOfLifeDate")}
    assert comparable(profile, as_a_whole) == as_a_whole
    for wanted in SPEC["targetRegions"]:
        seen = regions[wanted["name"]]
        assert seen["regionalReplicaCount"] == wanted.get("minReplicas", 1)
        asked = {name: value for name, value in wanted.items() if name not in ("name", "minReplicas", "maxReplicas")}
        assert comparable(seen, asked) == asked


async def test_what_azure_lets_change_is_changed_in_place(ready: Clockwork, compute: ComputeManagementClient) -> None:
    changed = {
        "features": [*SPEC["definition"]["features"], {"name": "IsHibernateSupported", "value": "True"}],
        "recommended": {"vCPUs": {"min": 4, "max": 32}, "memory": {"min": 16, "max": 128}},
        "description": "Nodes that render faster",
        "releaseNoteUri": "https://contoso.example/notes/1.0.1",
        "endOfLifeDate": "2099-12-31T00:00:00Z",
    }
    as_a_whole = {"excludeFromLatest": False, "endOfLifeDate": "2099-04-30T00:00:00Z"}
    regions = [merged(SPEC["targetRegions"][0], {"excludeFromLatest": False}), SPEC["targetRegions"][1]]

    await ready.apply(
        whole(
            definition=changed,
            tags={"stage": "test"},
            targetRegions=regions,
            **as_a_whole,
        )
    )
    await ready.until(lambda: not ready.is_ready(WHOLE), step=1)
    await ready.until(lambda: ready.is_ready(WHOLE), step=5 * MINUTE)

    definition = compute.gallery_images.get(*DEFINITION).as_dict()
    version = compute.gallery_image_versions.get(*DEFINITION, "1.0.0").as_dict()
    profile = version["properties"]["publishingProfile"]
    assert comparable(definition["properties"], changed) == changed
    assert (definition["tags"]["stage"], version["tags"]["stage"]) == ("test", "test")
    assert comparable(profile, as_a_whole) == as_a_whole
    assert [region["excludeFromLatest"] for region in profile["targetRegions"]] == [False, False]
