"""The API server's own words for what is wrong with the structure of an object."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from azure_batch_operator.manifests.crds import Schema

UNCHECKED = (
    "some validation rules were not checked because the object was invalid; correct the existing errors to complete "
    "validation"
)

_JSON_TYPES = {
    bool: "boolean",
    int: "integer",
    float: "number",
    str: "string",
    list: "array",
    type(None): "null",
}


def as_quoted(value: Any) -> str:
    """A value in a message."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def in_words(keyword: str, field: str, value: Any, schema: Schema) -> str:
    """What the API server says of a value that a keyword of its schema does not let through."""
    return _WORDS[keyword](field, value, schema)


def _wrong_type(field: str, value: Any, schema: Schema) -> str:
    given, wanted = _json_type(value), schema["type"]
    if given == "number" and wanted == "integer":
        given, wanted = "float64", schema["format"]
    return f'Invalid value: "{given}": {field} in body must be of type {wanted}: "{given}"'


def _json_type(value: Any) -> str:
    return _JSON_TYPES.get(type(value), "object")


def _limit(comparison: str, keyword: str) -> Callable[[str, Any, Schema], str]:
    return lambda field, value, schema: (
        f"Invalid value: {as_quoted(value)}: {field} in body should be {comparison} {schema[keyword]}"
    )


def _too_many(keyword: str) -> Callable[[str, Any, Schema], str]:
    return lambda _, value, schema: f"Too many: {len(value)}: must have at most {schema[keyword]} items"


_WORDS: Mapping[str, Callable[[str, Any, Schema], str]] = {
    "type": _wrong_type,
    "required": lambda *_: "Required value",
    "enum": lambda _, value, schema: (
        f"Unsupported value: {as_quoted(value)}: supported values: {', '.join(map(as_quoted, schema['enum']))}"
    ),
    "format": lambda field, value, schema: (
        f"Invalid value: {value}: Checked value must be of type integer with format {schema['format']} in {field}"
    ),
    "minimum": _limit("greater than or equal to", "minimum"),
    "maximum": _limit("less than or equal to", "maximum"),
    "minLength": lambda field, value, schema: (
        f"Invalid value: {as_quoted(value)}: {field} in body should be at least {schema['minLength']} chars long"
    ),
    "maxLength": lambda _, __, schema: f"Too long: may not be more than {schema['maxLength']} bytes",
    "maxItems": _too_many("maxItems"),
    "maxProperties": _too_many("maxProperties"),
    "properties": lambda field, *_: f'unknown field "{field}"',
    "x-kubernetes-list-type": lambda _, value, __: f"Duplicate value: {as_quoted(value)}",
}
