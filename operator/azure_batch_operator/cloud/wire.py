"""Reading Azure's JSON answers by property, and writing our values as JSON."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from azure_batch_operator.core.confidential import Confidential, ConfidentialObject, InSecret
from azure_batch_operator.core.json import Json, JsonObject

_NOTHING: JsonObject = {}


class UnreadableError(ValueError):
    """An answer lacks what it must have, or has it in another form."""


def text(body: JsonObject, name: str) -> str:
    """A property that must be there and be text; raises UnreadableError."""
    value = body.get(name)
    if not isinstance(value, str):
        raise UnreadableError(f"Azure's answer has no text {name}")
    return value


def text_or(body: JsonObject, name: str, otherwise: str) -> str:
    """A text property, or `otherwise` where there is none."""
    value = body.get(name)
    return value if isinstance(value, str) else otherwise


def optional_text(body: JsonObject, name: str) -> str | None:
    """A text property, or None."""
    value = body.get(name)
    return value if isinstance(value, str) else None


def number(body: JsonObject, name: str) -> int:
    """A whole number, 0 where there is none."""
    value = body.get(name)
    return value if isinstance(value, int) else 0


def optional_number(body: JsonObject, name: str) -> int | None:
    """A whole number, or None."""
    value = body.get(name)
    return value if isinstance(value, int) else None


def child(body: JsonObject, name: str) -> JsonObject:
    """An object property, empty where there is none."""
    value = body.get(name)
    return value if isinstance(value, Mapping) else _NOTHING


def children(body: JsonObject, name: str) -> tuple[JsonObject, ...]:
    """The objects of a list property, none where there is no list."""
    value = body.get(name)
    if isinstance(value, str) or not isinstance(value, Sequence):
        return ()
    return tuple(item for item in value if isinstance(item, Mapping))


def texts(body: JsonObject, name: str) -> dict[str, str]:
    """A property that maps names to texts, such as `tags`; empty where there is none."""
    return {key: str(value) for key, value in child(body, name).items()}


def answer(body: object) -> JsonObject:
    """A whole answer, which must be a JSON object; raises UnreadableError."""
    if not isinstance(body, Mapping):
        raise UnreadableError("Azure's answer is no JSON object")
    return body


def plain(value: Json) -> Any:
    """The same JSON made of dicts and lists, which the SDKs and `json` can write; here secrets show themselves."""
    match value:
        case str():
            return value
        case ConfidentialObject():
            return json.loads(value.reveal())
        case Confidential():
            return value.reveal()
        case InSecret():
            raise TypeError(f"the body lacks what is in Secret {value.name}, key {value.key}")
        case Mapping():
            return {key: plain(inner) for key, inner in value.items()}
        case Sequence():
            return [plain(inner) for inner in value]
        case _:
            return value
