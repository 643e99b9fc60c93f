"""Objects against the schema of their kind, as the API server checks them: first the structure, then the rules."""

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from jsonschema import Draft7Validator, FormatChecker, ValidationError
from jsonschema.validators import create

from azure_batch_operator.core.json import JsonObject
from azure_batch_operator.manifests.crds import Schema
from azure_batch_operator.manifests.findings import Complaint, Level, field_name
from azure_batch_operator.manifests.rules import RULES, broken_rules
from azure_batch_operator.manifests.wording import UNCHECKED, in_words

_LIST_TYPE = "x-kubernetes-list-type"
_UNKNOWN = "properties"
"""The keyword that a field breaks which it does not have."""
_BLOCKING = frozenset({_UNKNOWN, "type", "required", "enum", "maxLength", "maxItems", "maxProperties"})
"""With one of these broken, the API server evaluates no rule."""

_STANDARD = Draft7Validator.VALIDATORS
_WAY_DOWN = ("properties", "items", "additionalProperties")
_LIMITS = ("type", "enum", "format", "minimum", "maximum", "minLength", "maxLength", "maxItems", "maxProperties")
_Errors = Iterator[ValidationError]


def complaints(schema: Schema, body: JsonObject) -> Iterator[Complaint]:
    """Everything that is wrong with an object that somebody would make."""
    found = [error for error in _structure(schema).iter_errors(_without_nulls(body)) if _counts(error)]
    yield from (_complaint(error) for error in found)
    if any(error.validator in _BLOCKING for error in found):
        yield Complaint(path=(), message=UNCHECKED, level=Level.NOTE)
    else:
        yield from (_of_rule(error) for error in _Rules(schema).iter_errors(_as_stored(body)))


def _counts(error: ValidationError) -> bool:
    """Whoever makes an object may write anything into its status, as long as the fields exist: it is dropped."""
    return error.validator == _UNKNOWN or next(iter(error.absolute_path), None) != "status"


def _as_stored(body: JsonObject) -> Any:
    stored = _without_nulls({name: value for name, value in body.items() if name != "status"})
    metadata = stored.get("metadata") or {}
    return stored | {"metadata": {"name": str(metadata.get("generateName"))} | metadata}


def _without_nulls(value: Any) -> Any:
    """The API server takes a property that is null as one that is not there."""
    match value:
        case dict():
            return {name: _without_nulls(one) for name, one in value.items() if one is not None}
        case list():
            return [_without_nulls(one) for one in value]
        case _:
            return value


def _complaint(error: ValidationError) -> Complaint:
    path = tuple(error.absolute_path)
    keyword, schema = str(error.validator), error.schema if isinstance(error.schema, Mapping) else {}
    return Complaint(
        path=path,
        message=in_words(keyword, field_name(path), error.instance, schema),
        hint=_instead(str(path[-1]), schema["properties"]) if keyword == _UNKNOWN else None,
    )


def _of_rule(error: ValidationError) -> Complaint:
    return Complaint(path=tuple(error.absolute_path), message=error.message)


def _instead(name: str, known: Schema) -> str | None:
    """The field that was meant by one that does not exist."""
    in_secret = f"{name}SecretRef"
    if in_secret in known:
        return f"a secret never stands in a spec: write {in_secret} with the name and key of a Secret"
    folded = {each.casefold(): each for each in known}
    near = get_close_matches(name.casefold(), folded, n=1)
    return f"write {folded[near[0]]}" if near else None


def _properties(validator: Any, properties: Schema, value: Any, schema: Schema) -> _Errors:
    """As in JSON schema; and no other properties, which JSON schema would let pass."""
    if isinstance(value, dict):
        for name in value.keys() - properties.keys():
            yield ValidationError(name, path=[name], instance=value[name], schema=schema, validator=_UNKNOWN)
    yield from _STANDARD["properties"](validator, properties, value, schema)


def _required(_: Any, names: Sequence[str], value: Any, __: Schema) -> _Errors:
    """As in JSON schema, but about the property that is missing."""
    if isinstance(value, dict):
        yield from (ValidationError(name, path=[name]) for name in names if name not in value)


def _unique(_: Any, kind: str, value: Any, schema: Schema) -> _Errors:
    """The lists whose entries the API server tells apart by a key, or by all that they are."""
    if kind not in {"map", "set"} or not isinstance(value, list):
        return
    keys = schema.get("x-kubernetes-list-map-keys", ())
    seen: list[Any] = []
    for index, one in enumerate(value):
        told_by = {key: one.get(key) for key in keys} if keys and isinstance(one, dict) else one
        if told_by in seen:
            yield ValidationError("", path=[index], instance=told_by)
        seen.append(told_by)


def _rules(_: Any, rules: Sequence[Schema], value: Any, __: Schema) -> _Errors:
    yield from (ValidationError(each.message, path=each.path) for each in broken_rules(rules, value))


_INTEGERS = FormatChecker(formats=())


@_INTEGERS.checks("int32")
def _is_int32(value: Any) -> bool:
    return not isinstance(value, int) or -(2**31) <= value < 2**31


@_INTEGERS.checks("int64")
def _is_int64(value: Any) -> bool:
    return not isinstance(value, int) or -(2**63) <= value < 2**63


_Structure = create(
    meta_schema={},
    validators={keyword: _STANDARD[keyword] for keyword in (*_WAY_DOWN, *_LIMITS)}
    | {"properties": _properties, "required": _required, _LIST_TYPE: _unique},
    type_checker=Draft7Validator.TYPE_CHECKER,
)
_Rules = create(
    meta_schema={},
    validators={keyword: _STANDARD[keyword] for keyword in _WAY_DOWN} | {RULES: _rules},
    type_checker=Draft7Validator.TYPE_CHECKER,
)


def _structure(schema: Schema) -> Any:
    return _Structure(schema, format_checker=_INTEGERS)
