"""Values of Secrets in a pool's body: where they belong, how they are read, and the body once they are known."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from azure_batch_operator.core.confidential import Confidential, ConfidentialObject, InSecret
from azure_batch_operator.core.json import Json, JsonObject

SecretValues: TypeAlias = Mapping[InSecret, Confidential[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretUse:
    """A place in a body at which the value of a Secret belongs."""

    path: tuple[str, ...]
    """Entries of lists by their names where they have some, else by their numbers."""
    value: InSecret

    @property
    def field(self) -> str:
        """The whole path, for people."""
        return ".".join(self.path)


class UnusableValueError(Exception):
    """Why a Secret's value cannot be used, in words that follow its name and show nothing of it."""


def uses(body: Json, path: tuple[str, ...] = ()) -> Iterator[SecretUse]:
    """Every place in a body that still lacks the value of a Secret."""
    match body:
        case InSecret():
            yield SecretUse(path=path, value=body)
        case Mapping():
            for name, held in body.items():
                yield from uses(held, (*path, name))
        case Sequence() if not isinstance(body, str):
            for number, entry in enumerate(body):
                yield from uses(entry, (*path, _called(entry, number)))
        case _:
            pass


def _called(entry: Json, number: int) -> str:
    name = entry.get("name") if isinstance(entry, Mapping) else None
    return name if isinstance(name, str) else str(number)


def filled(body: JsonObject, values: SecretValues) -> JsonObject:
    """The body with every value that is known in its place."""
    return {name: _filled(held, values) for name, held in body.items()}


def _filled(body: Json, values: SecretValues) -> Json:
    match body:
        case InSecret():
            return values.get(body, body)
        case Mapping():
            return filled(body, values)
        case Sequence() if not isinstance(body, str):
            return [_filled(entry, values) for entry in body]
        case _:
            return body


def value_from(data: bytes, form: str) -> Confidential[str]:
    """A value as it goes to Azure; raises UnusableValueError.

    A single line loses the break at its end, which many a Secret was made with; several lines, like those of a private
    key, stay as they are.
    """
    text = _text(data)
    if form == "object":
        _check_object(text)
        return ConfidentialObject(text)
    line = text.rstrip("\r\n")
    return Confidential(text if "\n" in line else line)


def _text(data: bytes) -> str:
    try:
        text = data.decode()
    except UnicodeDecodeError:
        raise UnusableValueError("is no text in UTF-8") from None
    if not text.strip():
        raise UnusableValueError("is empty")
    return text


def _check_object(text: str) -> None:
    try:
        parsed = json.loads(text)
    except ValueError:
        parsed = None
    if not isinstance(parsed, dict):
        raise UnusableValueError("is not the JSON of an object")
