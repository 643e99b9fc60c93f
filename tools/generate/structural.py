"""Turns the JSON schema that pydantic makes of a model into a structural schema, as a CRD needs it."""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel

Schema = dict[str, Any]

RULES = "x-kubernetes-validations"
_ANYTHING: Schema = {"x-kubernetes-preserve-unknown-fields": True}


def structural(model: type[BaseModel]) -> Schema:
    """The model's schema without references, titles, defaults and alternatives with null."""
    schema = model.model_json_schema(by_alias=True)
    return _value(schema, schema.get("$defs", {}))


def _value(schema: Mapping[str, Any], definitions: Mapping[str, Schema]) -> Schema:
    flat = _flat(schema, definitions)
    if not flat.keys() - {"description", RULES}:
        return flat | _ANYTHING
    converted = {key: _keyword(key, value, definitions) for key, value in flat.items()}
    if converted.get("type") == "integer":
        converted.setdefault("format", "int32")
    return converted


def _keyword(key: str, value: Any, definitions: Mapping[str, Schema]) -> Any:
    match key:
        case "properties":
            return {name: _value(one, definitions) for name, one in value.items()}
        case "items" | "additionalProperties":
            return _value(value, definitions)
        case _:
            return value


def _flat(schema: Mapping[str, Any], definitions: Mapping[str, Schema]) -> Schema:
    """One schema of what a reference or an alternative with null spreads over several; the outer words win."""
    own = {key: value for key, value in schema.items() if key not in _DROPPED}
    rules: list[Any] = []
    merged: Schema = {}
    for layer in (*(_flat(part, definitions) for part in _parts(schema, definitions)), own):
        rules += layer.get(RULES, [])
        merged |= layer
    return merged | ({RULES: rules} if rules else {})


_DROPPED = ("$ref", "$defs", "anyOf", "title", "default")


def _parts(schema: Mapping[str, Any], definitions: Mapping[str, Schema]) -> Iterator[Mapping[str, Any]]:
    if "$ref" in schema:
        yield definitions[schema["$ref"].rpartition("/")[2]]
    yield from (part for part in schema.get("anyOf", ()) if part != {"type": "null"})
