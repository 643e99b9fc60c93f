"""A pool's body as Resource Manager takes it: the only interface that gives pools their managed identities."""

from collections.abc import Iterator, Mapping, Sequence

from azure_batch_operator.core.json import Json, JsonObject
from azure_batch_operator.core.pool_arm_table import CREATE_BODY, Row, Shape


def arm_pool(body: JsonObject, identities: Sequence[str]) -> JsonObject:
    """The Pool of Microsoft's management API that a create body, or properties of one, and identities describe.

    `identities`: Resource Manager ids of user-assigned identities; none takes all of them away. What `untranslatable`
    names in the body is left out.
    """
    return {"identity": arm_identity(identities), "properties": _translated(body, CREATE_BODY)}


def arm_identity(identities: Sequence[str]) -> JsonObject:
    """User-assigned identities as Resource Manager writes them; without any, that there is none."""
    if not identities:
        return {"type": "None"}
    return {"type": "UserAssigned", "userAssignedIdentities": {each: {} for each in identities}}


def untranslatable(body: JsonObject) -> tuple[str, ...]:
    """The paths of what the body has and Resource Manager's pools do not know."""
    return tuple(_unknown(body, CREATE_BODY, ()))


def _translated(given: JsonObject, shape: Shape) -> JsonObject:
    made: dict[str, Json] = {}
    for name, value in given.items():
        row = shape.get(name)
        path = () if row is None else (name,) if row.to is None else row.to
        if row is not None and path:
            made = _with(made, path, _value(value, row))
    return made


def _with(made: JsonObject, path: tuple[str, ...], value: Json) -> dict[str, Json]:
    """The object with a value put in at a path; objects on the way are made."""
    name, *rest = path
    if not rest:
        return {**made, name: value}
    inner = made.get(name)
    return {**made, name: _with(inner if isinstance(inner, Mapping) else {}, tuple(rest), value)}


def _value(value: Json, row: Row) -> Json:
    if isinstance(value, Mapping):
        return value if row.parts is None else _translated(value, row.parts)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_value(entry, row) for entry in value]
    if row.switch is not None:
        return row.switch[0] if value else row.switch[1]
    return _word(value, row.words) if isinstance(value, str) else value


def _word(value: str, words: Sequence[str]) -> str:
    """A value that is not among the known ones may be new: Azure judges it."""
    return next((word for word in words if word.casefold() == value.casefold()), value)


def _unknown(value: Json, shape: Shape | None, path: tuple[str, ...]) -> Iterator[str]:
    if shape is None:
        return
    if isinstance(value, Mapping):
        for name, part in value.items():
            row = shape.get(name)
            step = (*path, name)
            yield from [".".join(step)] if row is None else _unknown(part, row.parts, step)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for entry in value:
            yield from _unknown(entry, shape, path)
