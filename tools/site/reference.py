"""The reference of the two kinds: a page for each, with every field as its CRD describes it."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tools.site.markdown import code, plain, table

FOLDER = "reference"

Schema = dict[str, Any]

_DEEPEST_HEADING = 5


@dataclass(frozen=True, slots=True)
class Node:
    """An object in the schema of a kind, and where it is."""

    path: str
    schema: Schema

    @property
    def properties(self) -> dict[str, Schema]:
        """What is in it, by name."""
        found: dict[str, Schema] = self.schema.get("properties", {})
        return found

    def inner(self) -> Iterator["Node"]:
        """The objects right in it: its properties, the items of its lists, the values of its maps."""
        for name, schema in self.properties.items():
            path, held = _held(f"{self.path}.{name}", schema)
            if "properties" in held:
                yield Node(path, held)


def reference_pages(folder: Path) -> dict[str, str]:
    """The text of the page of each kind that a folder of CRDs defines, by its place in the site."""
    crds = [yaml.safe_load(file.read_text()) for file in sorted(folder.glob("*.yaml"))]
    return {f"{FOLDER}/{crd['spec']['names']['singular']}.md": "\n".join(_page(crd)) for crd in crds}


def _page(crd: dict[str, Any]) -> Iterator[str]:
    names, version = crd["spec"]["names"], crd["spec"]["versions"][0]
    schema = version["schema"]["openAPIV3Schema"]
    yield f"# {names['kind']}\n"
    yield f"{plain(schema['description'])}\n"
    yield f"`apiVersion: {crd['spec']['group']}/{version['name']}`; for short `kubectl get {names['shortNames'][0]}`."
    yield f"What it does, and how to use it: [{names['kind']}]({_guide(names)}).\n"
    yield from _rules(schema)
    for part in ("spec", "status"):
        yield from _section(Node(part, schema["properties"][part]))
    yield "## Columns of `kubectl get`\n"
    columns = (
        (c["name"], code(c["jsonPath"]), "" if not c.get("priority") else "with `-o wide`")
        for c in version["additionalPrinterColumns"]
    )
    yield from table(("column", "shows", ""), columns)


def _guide(names: dict[str, Any]) -> str:
    return "../images.md" if names["singular"] == "galleryimage" else "../pools.md"


def _section(node: Node) -> Iterator[str]:
    level = min(node.path.count(".") + 2, _DEEPEST_HEADING)
    last = node.path.rpartition(".")[2]
    yield f"{'#' * level} {node.path} {{#{_anchor(node.path)} data-toc-label='{last}'}}\n"
    yield f"{plain(node.schema.get('description', ''))}\n"
    yield from _rules(node.schema)
    required = set(node.schema.get("required", ()))
    rows = (_row(node, name, name in required) for name in node.properties)
    yield from table(("field", "type", "description"), rows)
    for inner in node.inner():
        yield from _section(inner)


def _row(node: Node, name: str, required: bool) -> tuple[str, str, str]:  # noqa: FBT001 (one cell of three)
    schema = node.properties[name]
    path, held = _held(f"{node.path}.{name}", schema)
    inner = path if "properties" in held else None
    description = plain(schema.get("description", ""))
    marked = f"`{name}`" + (" **required**" if required else "")
    return marked, _type(schema, inner), description + _refusals(schema, held)


def _held(path: str, schema: Schema) -> tuple[str, Schema]:
    """What a list or a map holds at the end; anything else itself."""
    if "items" in schema:
        return _held(f"{path}[]", schema["items"])
    if isinstance(schema.get("additionalProperties"), dict):
        return _held(f"{path}[]", schema["additionalProperties"])
    return path, schema


def _type(schema: Schema, inner: str | None) -> str:
    if "items" in schema:
        return f"list of {_type(schema['items'], inner)}{_bounds(schema, 'minItems', 'maxItems')}"
    if isinstance(schema.get("additionalProperties"), dict):
        return (
            f"map to {_type(schema['additionalProperties'], inner)}{_bounds(schema, 'minProperties', 'maxProperties')}"
        )
    if inner:
        return f"[object](#{_anchor(inner)})"
    if "enum" in schema:
        return " or ".join(code(value) for value in schema["enum"])
    return f"{schema.get('type', 'anything')}{_limits(schema)}"


def _limits(schema: Schema) -> str:
    return _bounds(schema, "minimum", "maximum") + _bounds(schema, "minLength", "maxLength", " characters")


def _bounds(schema: Schema, least: str, most: str, unit: str = "") -> str:
    match schema.get(least), schema.get(most):
        case None, None:
            return ""
        case None, high:
            return f", at most {high}{unit}"
        case low, None:
            return f", at least {low}{unit}"
        case low, high:
            return f", {low} to {high}{unit}"


def _messages(schema: Schema) -> list[str]:
    return [plain(rule["message"]) for rule in schema.get("x-kubernetes-validations", ())]


def _refusals(schema: Schema, held: Schema) -> str:
    """What is said to values that the API server refuses, in a table."""
    messages = [*_messages(schema), *(_messages(held) if held is not schema and "properties" not in held else ())]
    return f"<ul>{''.join(f'<li>{message}</li>' for message in messages)}</ul>" if messages else ""


def _rules(schema: Schema) -> Iterator[str]:
    """What is said to an object that the API server refuses."""
    if messages := _messages(schema):
        yield "Refused with:\n"
        yield from (f"- {message}" for message in messages)
        yield ""


def _anchor(path: str) -> str:
    return path.replace("[]", "")
