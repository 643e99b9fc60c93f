"""What is said of objects beyond the words of the API server."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from azure_batch_operator.manifests.check import findings
from azure_batch_operator.manifests.documents import Document, documents
from azure_batch_operator.manifests.findings import Finding, Level
from tests.support.custom_resources import ROOT, Manifest, merged, quickstart


def judged(*manifests: Manifest) -> list[Finding]:
    text = yaml.safe_dump_all(manifests)
    return list(findings([each for each in documents("all.yaml", text) if isinstance(each, Document)]))


def said(*manifests: Manifest) -> list[tuple[str, str]]:
    return [(each.level.value, each.message) for each in judged(*manifests)]


def image(**spec: Any) -> Manifest:
    changed: Manifest = merged(quickstart("galleryimage.yaml"), {"spec": spec})
    return changed


def pool(**spec: Any) -> Manifest:
    changed: Manifest = merged(quickstart("batchpool.yaml"), {"spec": spec})
    return changed


def files() -> Iterator[Path]:
    yield from sorted((ROOT / "examples").rglob("*.yaml"))


@pytest.mark.parametrize("path", list(files()), ids=lambda path: path.name)
def test_nothing_is_wrong_with_an_example(path: Path) -> None:
    found = findings([each for each in documents(path.name, path.read_text()) if isinstance(each, Document)])

    assert [each for each in found if each.level is not Level.NOTE] == []


def test_the_quickstart_leaves_nothing_to_say() -> None:
    assert said(image(), pool()) == []


def test_an_image_in_other_files_is_only_a_note() -> None:
    assert said(pool()) == [
        ("note", "GalleryImage render-node is not in these files: whether it fits could not be checked")
    ]


def test_a_node_agent_of_another_operating_system_than_the_images_is_wrong() -> None:
    ((level, words),) = said(image(), pool(virtualMachineConfiguration={"nodeAgentSKUId": "batch.node.windows amd64"}))

    assert level == "error"
    assert words.startswith("Node agent 'batch.node.windows amd64' is for windows, the image for Linux")


def test_a_finding_stands_at_the_property_that_is_to_be_changed() -> None:
    (found,) = judged(image(), pool(virtualMachineConfiguration={"nodeAgentSKUId": "batch.node.windows amd64"}))

    text = yaml.safe_dump_all(
        [image(), pool(virtualMachineConfiguration={"nodeAgentSKUId": "batch.node.windows amd64"})]
    )
    assert "nodeAgentSKUId: batch.node.windows" in text.splitlines()[found.place.line - 1]
    assert found.field == "spec.virtualMachineConfiguration.nodeAgentSKUId"


def test_an_identity_that_the_pool_does_not_have_is_wrong_without_any_image() -> None:
    identity = "/subscriptions/s/resourceGroups/r/providers/Microsoft.ManagedIdentity/userAssignedIdentities/i"
    files = [
        {
            "httpUrl": "https://contoso.blob.core.windows.net/a/b",
            "filePath": "b",
            "identityReference": {"resourceId": identity},
        }
    ]

    words = said(image(), pool(startTask={"commandLine": "true", "resourceFiles": files}))

    assert [(level, text.split(" without")[0]) for level, text in words] == [
        ("error", f"The pool refers to {identity}")
    ]


def test_a_reference_that_the_image_does_not_allow_is_wrong() -> None:
    theirs = merged(image(), {"metadata": {"namespace": "images"}})
    ours = merged(pool(galleryImageRef={"namespace": "images"}), {"metadata": {"namespace": "rendering"}})

    assert said(merged(theirs, {"spec": {"allowedNamespaces": ["rendering"]}}), ours) == []
    ((level, words),) = said(theirs, ours)
    assert level == "error"
    assert "to list rendering in spec.allowedNamespaces" in words


def test_a_region_that_an_image_does_not_go_to_is_a_warning() -> None:
    stays = image(replication={"followPools": False})

    assert said(stays, pool(account={"location": "westeurope"})) == []
    ((level, words),) = said(stays, pool(account={"location": "Japan East"}))
    assert level == "warning"
    assert "the account is in japaneast" in words


def test_two_objects_that_describe_one_pool_are_a_warning() -> None:
    other = merged(pool(poolId="frames"), {"metadata": {"name": "others"}})

    ((level, words),) = said(image(), pool(), other)

    assert level == "warning"
    assert words.startswith("frames describes the same pool of one account")


def test_an_object_that_is_described_twice_is_a_warning() -> None:
    ((level, words),) = said(image(), pool(), pool())

    assert level == "warning"
    assert "the same object is described twice" in words


def test_a_value_that_looks_like_a_secret_is_a_warning_that_does_not_repeat_it() -> None:
    settings = [{"name": "STORAGE_ACCOUNT_KEY", "value": "c2VjcmV0"}, {"name": "MODE", "value": "fast"}]
    found = said(image(), pool(startTask={"commandLine": "get ?sig=c2VjcmV0&a", "environmentSettings": settings}))

    assert [level for level, _ in found] == ["warning", "warning"]
    assert "c2VjcmV0" not in str(found)
    assert "valueSecretRef" in str(found)


@pytest.mark.parametrize(
    ("wrong", "hint"),
    [
        ({"targetDedicatedNode": 2}, "write targetDedicatedNodes"),
        ({"vmsize": "STANDARD_D2_V3"}, "write vmSize"),
        (
            {"userAccounts": [{"name": "a", "password": "b"}]},
            "a secret never stands in a spec: write passwordSecretRef with the name and key of a Secret",
        ),
    ],
)
def test_an_unknown_field_is_told_with_the_one_that_was_meant(wrong: Manifest, hint: str) -> None:
    assert hint in [each.hint for each in judged(image(), pool(**wrong))]


def test_an_unknown_kind_is_told_with_the_nearest() -> None:
    (found,) = judged(merged(pool(), {"kind": "Batchpool"}))

    assert found.level is Level.ERROR
    assert found.hint == "write apiVersion: azurebatch.io/v1alpha1 and kind: BatchPool"


def test_names_of_tags_are_counted_in_characters() -> None:
    assert said(image(tags={"é" * 512: "a"})) == []
    assert [level for level, _ in said(image(tags={"é" * 513: "a"}))] == ["error"]
