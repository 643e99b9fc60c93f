"""What changed in an operation between an older document and a newer one."""

from collections.abc import Iterator, Mapping

from jsonschema import Draft4Validator

from tools.contracts.contract import Operation
from tools.contracts.documents import Schema


def changes(older: Operation, newer: Operation) -> Iterator[str]:
    """Each change of query, statuses and bodies, such as `200.value[].ipv6Address added`; none: the same contract."""
    if older.query() != newer.query():
        yield "query changed"
    for status in sorted(older.statuses() ^ newer.statuses()):
        yield f"{status} {'removed' if status in older.statuses() else 'added'}"
    yield from _body_changes("request", _schema(older.body()), _schema(newer.body()))
    for status in sorted(older.statuses() & newer.statuses()):
        answers = (operation.answer(status, selected=False) for operation in (older, newer))
        yield from _body_changes(str(status), *map(_schema, answers))


def _schema(validator: Draft4Validator | None) -> Schema | None:
    if validator is None:
        return None
    assert isinstance(validator.schema, Mapping), "a body may not be just anything"
    return dict(validator.schema)


def _body_changes(at: str, older: Schema | None, newer: Schema | None) -> Iterator[str]:
    if older is not None and newer is not None:
        yield from _schema_changes(at, older, newer)
    elif older != newer:
        yield f"{at} {'added' if older is None else 'removed'}"


def _schema_changes(at: str, older: Schema, newer: Schema) -> Iterator[str]:
    if older.get("type") != newer.get("type"):
        yield f"{at} is {newer.get('type')}, was {older.get('type')}"
    yield from _property_changes(at, older.get("properties", {}), newer.get("properties", {}))
    yield from (f"{at}.{name} required" for name in _required(newer) - _required(older))
    yield from (f"{at}.{name} no longer required" for name in _required(older) - _required(newer))
    if "items" in older and "items" in newer:
        yield from _schema_changes(f"{at}[]", older["items"], newer["items"])


def _property_changes(at: str, older: Schema, newer: Schema) -> Iterator[str]:
    yield from (f"{at}.{name} added" for name in sorted(newer.keys() - older.keys()))
    yield from (f"{at}.{name} removed" for name in sorted(older.keys() - newer.keys()))
    for name in sorted(older.keys() & newer.keys()):
        yield from _schema_changes(f"{at}.{name}", older[name], newer[name])


def _required(schema: Schema) -> set[str]:
    return set(schema.get("required", ())) & set(schema.get("properties", ()))
