"""Objects in YAML or JSON text, each with the places of its properties."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from azure_batch_operator.api.model import GROUP
from azure_batch_operator.core.json import JsonObject
from azure_batch_operator.manifests.findings import Finding, Level, Path, Place

_TIMESTAMP = "tag:yaml.org,2002:timestamp"
_MERGE = "tag:yaml.org,2002:merge"
FastLoader: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The loader that is ten times as fast, where this Python has it."""


class _Loader(FastLoader):  # type: ignore[misc,valid-type]  # whichever of the two this Python has
    """Reads as kubectl does: a date is a text, since JSON has no dates."""

    yaml_implicit_resolvers = {  # noqa: RUF012  # PyYAML's attribute
        first: [(tag, pattern) for tag, pattern in resolvers if tag != _TIMESTAMP]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Document:
    """One object of a file."""

    file: str
    body: JsonObject
    node: yaml.Node

    @property
    def kind(self) -> str:
        """The object's kind as it is written."""
        return str(self.body.get("kind") or "")

    @property
    def namespace(self) -> str | None:
        """Its namespace, where it names one."""
        return self._metadata("namespace")

    @property
    def name(self) -> str:
        """Its name, as far as it has one."""
        return self._metadata("name") or "(no name)"

    @property
    def about(self) -> str:
        """Which object this is, for people."""
        scope = f"{self.namespace}/" if self.namespace else ""
        return f"{self.kind} {scope}{self.name}"

    def place(self, path: Path) -> Place:
        """Where the value of that path stands, or what it is missing from."""
        mark = self.node.start_mark
        node: yaml.Node | None = self.node
        for step in path:
            entry = _entry(node, step)
            if entry is None:
                break
            key, node = entry
            mark = key.start_mark
        return _place(self.file, mark)

    def _metadata(self, name: str) -> str | None:
        metadata = self.body.get("metadata")
        value = metadata.get(name) if isinstance(metadata, dict) else None
        return value if isinstance(value, str) else None


def documents(file: str, text: str) -> Iterator[Document | Finding]:
    """Our objects in a text, also those in lists; a text that cannot be read is a finding, and the end of it."""
    if GROUP not in text:
        return
    try:
        loader = _Loader(text)
        while loader.check_node():
            node = loader.get_node()
            yield from (_twice(file, key) for key in _repeated_keys(node))
            yield from _ours(file, loader.construct_document(node), node)
    except yaml.MarkedYAMLError as error:
        yield _unreadable(file, error)
    except (yaml.YAMLError, ValueError) as error:  # a character that YAML forbids, a number that is none
        yield Finding(place=Place(file=file), level=Level.ERROR, message=f"this is no YAML: {error}")


def _ours(file: str, body: Any, node: yaml.Node) -> Iterator[Document]:
    if not isinstance(body, dict):
        return
    group = str(body.get("apiVersion") or "").split("/", maxsplit=1)[0]
    items = body.get("items")
    if str(body.get("kind") or "").endswith("List") and isinstance(items, list):
        listed = _entry(node, "items")
        for one, its_node in zip(items, listed[1].value if listed else (), strict=True):
            yield from _ours(file, one, its_node)
    elif group == GROUP:
        yield Document(file=file, body=body, node=node)


def _entry(node: yaml.Node | None, step: str | int) -> tuple[yaml.Node, yaml.Node] | None:
    """What stands at a step below a node: the node that editors should jump to, and the value's."""
    match node, step:
        case yaml.MappingNode(), str():
            return next(((key, value) for key, value in reversed(node.value) if key.value == step), None)
        case yaml.SequenceNode(), int() if step < len(node.value):
            return node.value[step], node.value[step]
        case _:
            return None


def _repeated_keys(node: yaml.Node) -> Iterator[yaml.ScalarNode]:
    """Keys that stand in their mapping a second time: the API server is never told of the first ones."""
    match node:
        case yaml.MappingNode():
            seen: set[str] = set()
            for key, value in node.value:
                if isinstance(key, yaml.ScalarNode) and key.tag != _MERGE:
                    yield from [key] if key.value in seen else ()
                    seen.add(key.value)
                yield from _repeated_keys(value)
        case yaml.SequenceNode():
            for value in node.value:
                yield from _repeated_keys(value)
        case _:
            pass


def _twice(file: str, key: yaml.ScalarNode) -> Finding:
    message = f"{key.value!r} is written twice in one place: kubectl refuses the file, remove one of them"
    return Finding(place=_place(file, key.start_mark), level=Level.ERROR, message=message)


def _unreadable(file: str, error: yaml.MarkedYAMLError) -> Finding:
    said = " ".join(part for part in (error.problem, error.context) if part)
    mark = error.problem_mark or error.context_mark
    place = _place(file, mark) if mark else Place(file=file)
    return Finding(place=place, level=Level.ERROR, message=f"this is no YAML: {said}")


def _place(file: str, mark: yaml.Mark) -> Place:
    return Place(file=file, line=mark.line + 1, column=mark.column + 1)
