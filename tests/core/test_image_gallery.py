"""Galleries that exist: used as they are, whatever the spec says of them."""

from dataclasses import replace

import pytest

from azure_batch_operator.core.images import ObservedGallery, WantedGallery
from azure_batch_operator.core.plan.image_gallery import gallery_advice
from azure_batch_operator.core.plan.image_steps import Nothing
from azure_batch_operator.core.plan.images import next_step
from tests.support.images import HOME, OUR_GALLERY, WANTED, a_version, a_view

SHARED = replace(OUR_GALLERY, description="ours", permissions="Groups", tags={"Team": "rendering"})


def told(wanted: WantedGallery, gallery: ObservedGallery = SHARED) -> str:
    view = a_view(a_version(), wanted=replace(WANTED, gallery=wanted), gallery=gallery)
    assert next_step(view) == Nothing()
    return " ".join(f"{advice.reason}: {advice.message}" for advice in gallery_advice(view))


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        (WantedGallery(location="northeurope"), "location (westeurope)"),
        (WantedGallery(description="theirs"), "description"),
        (WantedGallery(sharing={"permissions": "Community"}), "sharing (Groups)"),
        (WantedGallery(tags={"team": "modelling", "cost": "42"}), "tags.team, tags.cost"),
    ],
)
def test_its_owner_is_told_what_the_gallery_has_otherwise(wanted: WantedGallery, field: str) -> None:
    message = told(wanted)
    assert message.startswith("GalleryMismatch: ")
    assert f"another {field} than spec.gallery says" in message


@pytest.mark.parametrize(
    "wanted",
    [
        WantedGallery(),
        WantedGallery(location="West Europe"),
        WantedGallery(description="ours", sharing={"permissions": "groups"}, tags={"team": "rendering"}),
    ],
)
def test_what_means_the_same_is_no_difference(wanted: WantedGallery) -> None:
    assert told(wanted) == ""


def test_what_azure_does_not_tell_is_no_difference() -> None:
    assert told(WantedGallery(location=HOME, sharing={"permissions": "Groups"}), OUR_GALLERY) == ""
