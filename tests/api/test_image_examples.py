"""The examples of images: whole, one for each source, and accepted by the API server as they are."""

from pathlib import Path

import pytest
import yaml

from azure_batch_operator.api.image_sources import Source
from azure_batch_operator.api.images import GalleryImage
from tests.support.controlplane import Kubectl
from tests.support.custom_resources import ROOT, Manifest, apply, merged

FOLDER = ROOT / "examples" / "images"
EXAMPLES = sorted(FOLDER.glob("*.yaml"))
KINDS = {field.serialization_alias or field.alias for field in Source.model_fields.values()} - {"keepIntermediate"}

each_example = pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)


def objects(path: Path) -> list[Manifest]:
    return list(yaml.safe_load_all(path.read_text()))


def image(path: Path) -> Manifest:
    return next(manifest for manifest in objects(path) if manifest["kind"] == "GalleryImage")


@each_example
def test_the_api_server_accepts_the_example(path: Path, cluster: Kubectl) -> None:
    for manifest in objects(path):
        here = merged(manifest, {"metadata": {"namespace": cluster.namespace}})
        accepted = apply(cluster, here, "--dry-run=server", "--validate=strict")
        assert accepted.exit_status == 0, accepted.stderr


@each_example
def test_the_example_begins_with_three_lines_on_when_to_use_it(path: Path) -> None:
    lines = path.read_text().splitlines()

    assert [line.startswith("# ") for line in lines[:4]] == [True, True, True, False]


@each_example
def test_the_examples_may_all_be_applied_together(path: Path) -> None:
    others = [GalleryImage.model_validate(image(other)) for other in EXAMPLES if other != path]
    here = GalleryImage.model_validate(image(path))

    assert here.definition_name not in {other.definition_name for other in others}
    assert here.spec.definition.identifier not in {other.spec.definition.identifier for other in others}


def test_every_kind_of_source_and_both_ways_to_capture_have_an_example() -> None:
    sources = [image(path)["spec"].get("source", {}) for path in EXAMPLES]

    assert {kind for source in sources for kind in source} == KINDS
    assert {s["virtualMachine"]["capture"] for s in sources if "virtualMachine" in s} == {"Snapshots", "Direct"}


def test_every_example_is_in_the_list() -> None:
    listed = (FOLDER / "README.md").read_text()

    assert [path.name for path in EXAMPLES if f"`{path.name}`" not in listed] == []
