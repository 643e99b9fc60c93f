"""Makes JSON Schemas of Swagger schemas: one for what is sent, one for what is answered.

Swagger says less than it means. Here properties that a model does not have are forbidden, enumerations stay open (Azure
adds values without notice), what is read-only need not be sent, and a secret is never answered.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from tools.contracts.documents import Located, Schema


class Direction(Enum):
    """Which way a body travels."""

    REQUEST = "request"
    ANSWER = "answer"


SECRETS = frozenset(
    {"accountKey", "adminPassword", "password", "protectedSettings", "sasKey", "sasUrl", "sshPrivateKey"}
)
"""Properties that Azure takes and never gives back (the documents mark few of them with `x-ms-secret`)."""

_KEPT = ("format", "pattern", "minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems")


@dataclass(slots=True)
class _Members:
    """The members of an object and of all that it extends."""

    properties: dict[str, Located] = field(default_factory=dict)
    required: set[str] = field(default_factory=set)
    additional: Located | None = None
    polymorphic: bool = False

    def gather(self, located: Located) -> None:
        here = located.resolved()
        for extended in here.schema.get("allOf", ()):
            self.gather(here.beside(extended))
        self.properties |= {name: here.beside(found) for name, found in here.schema.get("properties", {}).items()}
        self.required |= set(here.schema.get("required", ()))
        self.polymorphic |= "discriminator" in here.schema
        if isinstance(here.schema.get("additionalProperties"), dict):
            self.additional = here.beside(here.schema["additionalProperties"])


def json_schema(located: Located, direction: Direction) -> Schema:
    """The JSON Schema (Draft 4) of a body; models are written out where they are used, which makes validation fast."""
    return _written(located, direction, ())


def any_part(schema: Schema) -> Schema:
    """The same when the client has selected some properties (`$select`): none is required, of the items in a page."""
    page = schema.get("properties", {}).get("value", {})
    if "items" in page:
        selected = page | {"items": any_part(page["items"])}
        return schema | {"properties": schema["properties"] | {"value": selected}}
    return {keyword: value for keyword, value in schema.items() if keyword != "required"}


def with_metadata(schema: Schema) -> Schema:
    """The same with the annotation that the Batch service adds to every body (OData's minimal metadata)."""
    if "properties" not in schema:
        return schema
    return schema | {"properties": schema["properties"] | {"odata.metadata": {"type": "string"}}}


def _written(located: Located, direction: Direction, outer: tuple[int, ...]) -> Schema:
    here = located.resolved()
    if id(here.schema) in outer:  # a model that holds itself is looked at once
        return {}
    return _nullable(located.schema, direction, _typed(here, direction, (*outer, id(here.schema))))


def _typed(here: Located, direction: Direction, outer: tuple[int, ...]) -> Schema:
    match here.schema:
        case {"type": "file"} | {"format": "file"}:
            return {}
        case {"type": "array", "items": items}:
            return {"type": "array", "items": _written(here.beside(items), direction, outer), **_limits(here.schema)}
        case {"type": "object"} | {"properties": _} | {"allOf": _}:
            return _object(here, direction, outer)
        case {"type": kind}:
            return {"type": kind, **_limits(here.schema)}
        case _:
            return {}


def _object(here: Located, direction: Direction, outer: tuple[int, ...]) -> Schema:
    members = _Members()
    members.gather(here)
    hidden = {name for name, found in members.properties.items() if _is_hidden(name, found, direction)}
    optional = {name for name, found in members.properties.items() if _is_optional(found, direction)}
    properties = {
        name: _written(found, direction, outer) for name, found in members.properties.items() if name not in hidden
    }
    required = sorted(members.required - hidden - optional)
    return {
        "type": "object",
        **({"properties": properties} if properties else {}),
        **({"required": required} if required else {}),
        **_additional(members, direction, outer),
    }


def _additional(members: _Members, direction: Direction, outer: tuple[int, ...]) -> Schema:
    if members.additional is not None:
        return {"additionalProperties": _written(members.additional, direction, outer)}
    return {"additionalProperties": False} if members.properties and not members.polymorphic else {}


def _is_hidden(name: str, found: Located, direction: Direction) -> bool:
    return direction is Direction.ANSWER and (name in SECRETS or bool(found.schema.get("x-ms-secret")))


def _is_optional(found: Located, direction: Direction) -> bool:
    return direction is Direction.REQUEST and any(
        part.get("readOnly") for part in (found.schema, found.resolved().schema)
    )


def _nullable(schema: Mapping[str, Any], direction: Direction, written: Schema) -> Schema:
    if direction is Direction.ANSWER and schema.get("x-nullable") and isinstance(written.get("type"), str):
        return written | {"type": [written["type"], "null"]}
    return written


def _limits(schema: Schema, kept: Iterable[str] = _KEPT) -> Schema:
    return {keyword: schema[keyword] for keyword in kept if keyword in schema}
