"""What needs no Azure to be judged wrong is refused by `kubectl apply`, with a sentence that says what to write."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from tests.support.controlplane import Kubectl
from tests.support.custom_resources import Manifest, apply, merged, quickstart, schema_of, walk

TABLES = Path(__file__).parents[1] / "data" / "bad_input"
KINDS = {"galleryimages": "galleryimage.yaml", "batchpools": "batchpool.yaml"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrong:
    """A change that makes a good object wrong; `was` is set where the object exists before."""

    plural: str
    name: str
    change: Manifest
    says: str
    was: Manifest | None = None


def table(plural: str) -> Iterator[Wrong]:
    for row in yaml.safe_load((TABLES / f"{plural}.yaml").read_text()):
        yield Wrong(plural=plural, **row)


WRONG = [wrong for plural in KINDS for wrong in table(plural)]


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: f"{wrong.plural}: {wrong.name}")
def test_kubectl_apply_refuses(wrong: Wrong, cluster: Kubectl) -> None:
    before = merged(good(wrong), wrong.was or {})
    if wrong.was is not None:
        stored = apply(cluster, before)
        assert stored.exit_status == 0, stored.stderr

    refused = apply(cluster, merged(before, wrong.change), "--dry-run=server")

    assert refused.exit_status != 0
    assert wrong.says in refused.stderr


@pytest.mark.parametrize("wrong", [wrong for wrong in WRONG if "signature" in wrong.name], ids=lambda wrong: wrong.name)
def test_a_secret_in_the_wrong_place_is_not_quoted_in_the_refusal(wrong: Wrong, cluster: Kubectl) -> None:
    refused = apply(cluster, merged(good(wrong), wrong.change), "--dry-run=server")

    assert "sig=c2VjcmV0" in str(wrong.change)
    assert refused.exit_status != 0
    assert "sig=c2VjcmV0" not in refused.stdout + refused.stderr


@pytest.mark.parametrize("plural", KINDS)
def test_the_object_that_the_wrong_ones_are_made_of_is_accepted(plural: str, cluster: Kubectl) -> None:
    accepted = apply(cluster, quickstart(KINDS[plural]), "--dry-run=server")

    assert accepted.exit_status == 0, accepted.stderr


@pytest.mark.parametrize("plural", KINDS)
def test_every_rule_of_the_spec_has_an_object_that_it_refuses(plural: str) -> None:
    told = [wrong.says for wrong in table(plural)]

    untold = [message for message in messages(plural) if not any(says in message for says in told)]

    assert untold == []


def good(wrong: Wrong) -> Manifest:
    return quickstart(KINDS[wrong.plural], name=f"case-{WRONG.index(wrong)}")


def messages(plural: str) -> Iterator[str]:
    for path, schema in walk(schema_of(plural)):
        if not path.startswith(".status"):
            yield from (rule["message"] for rule in schema.get("x-kubernetes-validations", ()))
