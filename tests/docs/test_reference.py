"""The reference of the two kinds has every field of their CRDs, in the CRDs' words."""

from collections.abc import Iterator

import pytest

from tests.support.custom_resources import CRDS, Manifest, schema_of, walk
from tools.site.markdown import plain
from tools.site.reference import reference_pages

KINDS = ("galleryimage", "batchpool")


def fields(kind: str) -> Iterator[tuple[str, Manifest]]:
    """Every field of spec and status, with its path."""
    schema = schema_of(f"{kind}s")["properties"]
    for part in ("spec", "status"):
        yield from ((path, field) for path, field in walk(schema[part], part) if path != part and path[-1] != "]")


def sections(page: str) -> dict[str, str]:
    """The text below each heading, by the path that it names."""
    parts = (part.partition("\n") for part in page.replace("\n####", "\n##").replace("\n###", "\n##").split("\n## "))
    return {head.strip("# ").partition(" {")[0]: text for head, _, text in parts}


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_is_described_under_the_object_that_it_is_in(kind: str) -> None:
    found = sections(reference_pages(CRDS)[f"reference/{kind}.md"])
    lost = [
        path
        for path, schema in fields(kind)
        if not any(
            line.startswith(f"| `{path.rpartition('.')[2]}`") and plain(schema.get("description", "")) in line
            for line in found[path.rpartition(".")[0]].splitlines()
        )
    ]
    assert lost == []


@pytest.mark.parametrize("kind", KINDS)
def test_every_rule_of_the_schema_is_told(kind: str) -> None:
    page = reference_pages(CRDS)[f"reference/{kind}.md"]
    rules = [rule["message"] for _, schema in fields(kind) for rule in schema.get("x-kubernetes-validations", ())]
    assert len(rules) > 30
    assert [message for message in rules if plain(message) not in page] == []


def test_types_limits_and_what_is_required_are_told() -> None:
    page = reference_pages(CRDS)["reference/batchpool.md"]
    assert "| `vmSize` **required** | string" in page
    assert "| `mode` | `Wait` or `Ignore` |" in page
    assert "| `targetDedicatedNodes` | integer, at least 0 |" in page
    assert "list of [object](#spec.mountConfiguration)" in page
