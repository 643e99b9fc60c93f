"""The API server is the judge: what it refuses is refused here in the same words, and nothing else is."""

import json
import re
import ssl
from collections.abc import Iterator
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
import yaml

from azure_batch_operator.core.preflight_facts import identity_references
from azure_batch_operator.manifests.check import findings
from azure_batch_operator.manifests.documents import Document, documents
from azure_batch_operator.manifests.findings import Finding, Level
from tests.support.controlplane import Kubectl, temporary_namespace
from tests.support.custom_resources import ROOT, Manifest, install_crds, merged, quickstart, read_manifest
from tools.controlplane.plane import ControlPlane

GOOD = {"galleryimages": "galleryimage.yaml", "batchpools": "batchpool.yaml"}
Words = set[tuple[str, str]]

UNKNOWN = re.compile(r'unknown field "([^"]+)"')
NO_TEXT = re.compile(r"cannot unmarshal \w+ into Go struct field ObjectMeta\.(\w+) of type string")
UNEVALUATED = re.compile(r'Invalid value: "\w+": .* evaluating rule: ')
SKIPPED = re.compile(r"some validation rules were not checked|Checked value must be of type integer")
"""What says nothing by itself; and what begins with a dot is about the scale subresource, a second time."""

BATCHPOOLS: dict[str, Manifest] = {
    "two unknown fields": {"spec": {"nope": 1, "startTask": {"x": 2}}},
    "an unknown field beside a wrong type": {"spec": {"nope": 1, "vmSize": 5}},
    "three wrong types": {"spec": {"vmSize": 5, "targetDedicatedNodes": "two", "account": []}},
    "half a node": {"spec": {"targetLowPriorityNodes": 2.5}},
    "two nodes as a fraction": {"spec": {"targetLowPriorityNodes": 2.0}},
    "a number that is too large": {"spec": {"targetLowPriorityNodes": 99999999999}},
    "two values out of bounds": {"spec": {"vmSize": "a b", "targetLowPriorityNodes": -1}},
    "a name with capitals": {"metadata": {"name": "Bad_Name"}},
    "a name too long for a tag": {"metadata": {"name": "a" * 70}},
    "a name too long for anything": {"metadata": {"name": "a" * 270}},
    "no name": {"metadata": {"name": None}},
    "a name that is to be made up": {"metadata": {"name": None, "generateName": "frames-"}},
    "illegal labels": {"metadata": {"labels": {"a b": "c d!"}}},
    "a number as label": {"metadata": {"labels": {"a": 1}}},
    "true as annotation": {"metadata": {"annotations": {"a": True}}},
    "an unknown field of metadata": {"metadata": {"foo": 1}},
    "an unknown field beside spec": {"foo": 1},
    "an unknown field of the status": {"status": {"nope": 1}},
    "a wrong status, which is dropped": {"status": {"poolId": 5}},
    "no spec": {"spec": None},
    "a required field that is null": {"spec": {"vmSize": None}},
    "a flag as text": {"spec": {"suspend": "yes"}},
    "equal entries of a list that may have them": {"spec": {"metadata": [{"name": "a", "value": "b"}] * 2}},
}
GALLERYIMAGES: dict[str, Manifest] = {
    "a tag's name of 300 letters that are no ASCII": {"spec": {"gallery": {"tags": {"é" * 300: "x"}}}},
    "a tag's name of 600 letters": {"spec": {"gallery": {"tags": {"é" * 600: "x"}}}},
    "a tag's value that is too long": {"spec": {"gallery": {"tags": {"a": "é" * 300}}}},
    "a region twice": {"spec": {"targetRegions": [{"name": "westeurope"}, {"name": "westeurope"}]}},
    "a region without its name": {"spec": {"targetRegions": [{"minReplicas": 1}]}},
    "a namespace twice": {"spec": {"allowedNamespaces": ["a", "a"]}},
}


def cases() -> Iterator[tuple[str, str, Manifest]]:
    """Everything in tests/data that is about one object alone, the changes above, and all examples."""
    for plural in GOOD:
        for row in yaml.safe_load((ROOT / "tests" / "data" / "bad_input" / f"{plural}.yaml").read_text()):
            if "was" not in row:
                yield plural, row["name"], row["change"]
    yield from (("batchpools", name, change) for name, change in BATCHPOOLS.items())
    yield from (("galleryimages", name, change) for name, change in GALLERYIMAGES.items())
    yield from ((plural, "the quickstart", {}) for plural in GOOD)


CASES = list(cases())


@pytest.fixture(scope="module")
def cluster(control_plane: ControlPlane) -> Iterator[Kubectl]:
    with temporary_namespace(control_plane) as kubectl:
        install_crds(kubectl)
        yield kubectl


@pytest.mark.parametrize(("plural", "change"), [(p, c) for p, _, c in CASES], ids=[f"{p}: {n}" for p, n, _ in CASES])
def test_the_verdict_and_the_words_are_those_of_the_api_server(plural: str, change: Manifest, cluster: Kubectl) -> None:
    manifest = merged(quickstart(GOOD[plural]), change)
    agree(cluster, manifest)


@pytest.mark.parametrize("path", sorted(ROOT.glob("examples/**/*.yaml")), ids=lambda path: path.name)
def test_examples_are_accepted_by_both(path: Any, cluster: Kubectl) -> None:
    for document in documents(str(path), path.read_text()):
        assert isinstance(document, Document)
        metadata = {key: value for key, value in document.body["metadata"].items() if key != "namespace"}  # type: ignore[union-attr]  # an example has some
        assert agree(cluster, {**document.body, "metadata": metadata}) == set()


def test_an_image_with_every_field_is_accepted_by_both(cluster: Kubectl) -> None:
    spec = read_manifest(ROOT / "tests" / "data" / "whole_image.yaml")

    assert agree(cluster, {**quickstart("galleryimage.yaml"), "spec": spec}) == set()


def test_a_pool_with_every_field_is_accepted_by_both(cluster: Kubectl) -> None:
    body = read_manifest(ROOT / "tests" / "data" / "whole_pool.yaml")
    account = {"resourceGroup": "batch", "name": "contoso"}
    spec = {"account": account, "identity": {"userAssignedIdentities": sorted(set(identity_references(body)))}, **body}

    assert agree(cluster, {**quickstart("batchpool.yaml"), "spec": spec}) == set()


def agree(cluster: Kubectl, manifest: Manifest) -> Words:
    """What both refuse, in the same words, as far as the API server came; nothing where both accept."""
    theirs, ours = refused(cluster, manifest), complained(manifest)
    assert bool(ours) == bool(theirs)
    if theirs and all("unknown field" in words for _, words in theirs):  # it looks no further then
        ours = {(field, words) for field, words in ours if "unknown field" in words}
    assert ours == theirs or is_list_as_map(manifest)
    return ours


def is_list_as_map(manifest: Manifest) -> bool:
    """The API server looks for fields in an object that stands where a list belongs, and complains of these."""
    return isinstance(manifest["spec"].get("metadata"), dict)


def refused(cluster: Kubectl, manifest: Manifest) -> Words:
    """What the API server says, of every property."""
    plane, plural = cluster.plane, f"{manifest['kind'].lower()}s"
    address = f"{plane.url}/apis/azurebatch.io/v1alpha1/namespaces/{cluster.namespace}/{plural}"
    request = Request(
        f"{address}?dryRun=All&fieldValidation=Strict",
        data=json.dumps(manifest).encode(),
        headers={"Authorization": f"Bearer {plane.admin_token}", "Content-Type": "application/json"},
    )
    try:
        urlopen(request, context=ssl.create_default_context(cafile=plane.ca_file)).close()
    except HTTPError as error:
        return set(words_of(json.loads(error.read())))
    return set()


def words_of(status: dict[str, Any]) -> Iterator[tuple[str, str]]:
    causes = status.get("details", {}).get("causes", ())
    yield from (cause for each in causes if (cause := word_of(each.get("field", ""), each["message"])))
    yield from ((field, f'unknown field "{field}"') for field in UNKNOWN.findall(status["message"]) if not causes)
    if field := NO_TEXT.search(status["message"]):
        yield field[1], "no text"


def word_of(field: str, message: str) -> tuple[str, str] | None:
    if field.startswith(".") or SKIPPED.search(message):
        return None
    return field.replace("<nil>", ""), UNEVALUATED.sub("Invalid value: ", message)


def complained(manifest: Manifest) -> Words:
    read = list(documents("one.yaml", json.dumps(manifest, ensure_ascii=False)))
    assert [each for each in read if isinstance(each, Finding)] == []
    objects = [each for each in read if isinstance(each, Document)]
    found = [each for each in findings(objects) if each.level is Level.ERROR and not SKIPPED.search(each.message)]
    return {as_told(each) for each in found}


def as_told(finding: Finding) -> tuple[str, str]:
    """What the API server says in words of Go, and we do not, is compared by what is said."""
    if "put it into quotes" in finding.message:
        return finding.field.rpartition(".")[0].removeprefix("metadata."), "no text"
    if finding.field == "spec.scaling.drainTimeout":
        return finding.field, finding.message.replace('"PT1H": Batch', "Batch")
    return finding.field, finding.message
