"""A GalleryImage with every field: accepted, and the same after the API server and the models."""

import pytest

from azure_batch_operator.api.images import GalleryImage
from azure_batch_operator.api.model import wire
from tests.support.controlplane import Kubectl
from tests.support.custom_resources import ROOT, Manifest, apply, quickstart, read_manifest, schema_of, walk

ELSEWHERE = {
    *("managedImage", "snapshots", "vhd", "galleryImageVersion"),  # a version has one source
    "purchasePlan",  # the source's, which has none
    "securityProfile",  # of Confidential images
    "endpoint",  # instead of an account's name
}


@pytest.fixture
def spec() -> Manifest:
    return read_manifest(ROOT / "tests" / "data" / "whole_image.yaml")


def test_it_goes_through_the_api_server_and_the_models_unchanged(cluster: Kubectl, spec: Manifest) -> None:
    accepted = apply(cluster, quickstart("galleryimage.yaml", name="whole") | {"spec": spec})

    assert accepted.exit_status == 0, accepted.stderr
    assert wire(GalleryImage.model_validate(cluster.get("galleryimage", "whole")).spec) == spec


def test_it_has_every_field_that_goes_together() -> None:
    written = set(fields(read_manifest(ROOT / "tests" / "data" / "whole_image.yaml"), ".spec"))
    described = {path for path, _ in walk(schema_of("galleryimages")) if path.startswith(".spec.")}

    missing = {path for path in described - written if not ELSEWHERE & set(path.replace("[]", "").split("."))}

    assert {path for path in missing if not path.endswith("[]")} == set()


def fields(value: object, path: str) -> list[str]:
    match value:
        case dict():
            return [path, *(found for name, held in value.items() for found in fields(held, f"{path}.{name}"))]
        case list():
            return [path, *(found for held in value for found in fields(held, f"{path}[]"))]
        case _:
            return [path]
