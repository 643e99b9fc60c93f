"""The CRDs: what the models say, described for people, and what kubectl makes of them."""

import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.support.custom_resources import CRDS, ROOT, Manifest, read_manifest, schema_of, walk
from tools.generate import overlay, sdk

PLURALS = ("galleryimages", "batchpools")

COLUMNS = {
    "galleryimages": ["READY", "STATUS", "VERSION", "REGIONS", "REPLICAS", "NODES", "SUSPENDED", "AGE"],
    "batchpools": ["READY", "STATUS", "IMAGE", "DEDICATED", "SPOT", "STATE", "SUSPENDED", "AGE"],
}
WIDE_COLUMNS = {"galleryimages": ["DEFINITION"], "batchpools": ["VM SIZE", "ACCOUNT"]}


def test_generated_files_are_what_the_models_say() -> None:
    checked = subprocess.run(
        [sys.executable, "-m", "tools.generate", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.parametrize("plural", PLURALS)
def test_every_field_is_described(plural: str) -> None:
    undescribed = [path for path, schema in fields(plural) if not schema.get("description")]

    assert undescribed == []


@pytest.mark.parametrize("plural", PLURALS)
def test_no_field_has_a_default(plural: str) -> None:
    assert [path for path, schema in fields(plural) if "default" in schema] == []


@pytest.mark.parametrize("plural", PLURALS)
def test_descriptions_are_plain_sentences(plural: str) -> None:
    marked = [
        path
        for path, schema in fields(plural)
        if any(m in schema["description"] for m in ("`", "<br", "**", ":class:", "http://"))
    ]

    assert marked == []


def test_every_property_of_the_create_call_is_in_the_spec_or_left_out_with_a_reason() -> None:
    laid = overlay.load()
    left_out = {f"{model}.{name}" for model, over in laid.models.items() for name in over.left_out}
    described = dict(fields("batchpools"))

    missing = [
        path
        for path in properties(laid.root, ".spec", left_out)
        if path not in described and f"{path}SecretRef" not in described
    ]

    assert missing == []


def test_nothing_of_the_create_call_is_left_out_but_what_has_another_place_or_only_azure_writes() -> None:
    left_out = {f"{model}.{name}" for model, over in overlay.load().models.items() for name in over.left_out}

    assert left_out == {"BatchPoolCreateOptions.id", "BatchVmImageReference.exactVersion"}


def test_the_spec_has_no_place_for_a_secret() -> None:
    secret = ("password", "accountkey", "saskey", "sshprivatekey", "protectedsettings")

    assert [path for path, _ in fields("batchpools") if path.lower().endswith(secret)] == []


def test_every_secret_of_the_body_is_given_by_the_name_and_key_of_a_secret() -> None:
    references = {path: schema for path, schema in fields("batchpools") if path.endswith("SecretRef")}
    by_reference = {path: schema for path, schema in references.items() if path != ".spec.credentialsSecretRef"}

    assert {name.rpartition(".")[2] for name in by_reference} == {
        "accountKeySecretRef",
        "httpUrlSecretRef",
        "passwordSecretRef",
        "protectedSettingsSecretRef",
        "sasKeySecretRef",
        "sshPrivateKeySecretRef",
        "storageContainerUrlSecretRef",
        "valueSecretRef",
    }
    assert all(schema["required"] == ["name", "key"] for schema in by_reference.values())


@pytest.mark.parametrize("plural", PLURALS)
def test_kubectl_get_has_its_columns(plural: str) -> None:
    columns = version(plural)["additionalPrinterColumns"]

    assert [column["name"] for column in columns if "priority" not in column] == COLUMNS[plural]
    assert [column["name"] for column in columns if "priority" in column] == WIDE_COLUMNS[plural]


@pytest.mark.parametrize("plural", PLURALS)
def test_argo_cd_is_told_to_keep_the_crd(plural: str) -> None:
    annotations = read_manifest(CRDS / f"{plural}.yaml")["metadata"]["annotations"]

    assert annotations["argocd.argoproj.io/sync-options"] == "ServerSideApply=true,Prune=false"


@pytest.mark.parametrize("plural", PLURALS)
def test_the_crd_is_small_enough_for_client_side_apply(plural: str) -> None:
    limit_of_all_annotations = 256 * 1024

    assert (CRDS / f"{plural}.yaml").stat().st_size < limit_of_all_annotations


def version(plural: str) -> Manifest:
    only: Manifest = read_manifest(CRDS / f"{plural}.yaml")["spec"]["versions"][0]
    return only


def fields(plural: str) -> Iterator[tuple[str, Manifest]]:
    """What `kubectl explain` explains: each named field, and each object in a list."""
    for path, schema in walk(schema_of(plural)):
        if path != ".metadata" and (not path.endswith("[]") or schema.get("type") == "object"):
            yield path, schema


def properties(model: str, path: str, left_out: set[str]) -> Iterator[str]:
    for held in sdk.read(model).properties:
        if f"{model}.{held.name}" not in left_out:
            below = f"{path}.{held.name}"
            yield below
            if held.model:
                yield from properties(held.model, f"{below}[]" if held.listed else below, left_out)
