"""Describes the models of an installed Azure SDK as the definitions of a Swagger 2.0 document."""

import datetime
import importlib
import typing
from collections.abc import Iterator
from enum import Enum
from typing import Any, TypeAlias

Schema: TypeAlias = dict[str, Any]

_SCALARS: dict[object, Schema] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    bytes: {"type": "string"},
    datetime.datetime: {"type": "string", "format": "date-time"},
    datetime.timedelta: {"type": "string", "format": "duration"},
    Any: {},
}
_ENCODED: dict[str, Schema] = {"str": {"type": "string"}, "rfc7231": {"type": "string"}}
"""What the format of a field makes of its type on the wire: large numbers travel as text."""


class Definitions:
    """The definitions of one SDK package, described as they are asked for."""

    def __init__(self, package: str) -> None:
        self._models = importlib.import_module(f"{package}.models")
        declarations = importlib.import_module(f"{package}.models._models")
        self._module_name = declarations.__name__
        self._names = {**vars(declarations), "_models": self._models}
        self._described: dict[str, Schema] = {}

    def reference(self, name: str) -> Schema:
        """A `$ref` to a model; it and all that it holds will be among the definitions."""
        if name not in self._described:
            self._described[name] = {}
            self._described[name] = self._described_model(getattr(self._models, name, None) or self._names[name])
        return {"$ref": f"#/definitions/{name}"}

    def described(self) -> dict[str, Schema]:
        """Every definition that was asked for, by name."""
        return dict(sorted(self._described.items()))

    def _described_model(self, model: type) -> Schema:
        hints = typing.get_type_hints(model, self._names, self._names)
        fields = dict(_rest_fields(model))
        properties = {_wire_name(name, field): self._property(hints[name], field) for name, field in fields.items()}
        required = [_wire_name(name, field) for name, field in fields.items() if not _is_optional(hints[name])]
        return {
            "type": "object",
            "properties": properties,
            **({"required": required} if required else {}),
            **({"discriminator": _discriminator(fields)} if hasattr(model, "__mapping__") else {}),
        }

    def _property(self, hint: object, field: Any) -> Schema:
        encoded = _ENCODED.get(field._format)  # noqa: SLF001 (the SDK shows it nowhere else)
        read_only = {"readOnly": True} if field._visibility == ["read"] else {}  # noqa: SLF001
        return {**(encoded or self._typed(hint)), **read_only}

    def _typed(self, hint: object) -> Schema:
        alternatives = [argument for argument in _alternatives(hint) if argument is not type(None)]
        enums = [one for one in alternatives if isinstance(one, type) and issubclass(one, Enum)]
        if enums:
            return _enumerated(enums[0])
        return self._single(alternatives[0])

    def _single(self, hint: Any) -> Schema:
        match typing.get_origin(hint):
            case None:
                return self._plain(hint)
            case typing.Literal:
                return {"type": "string", "enum": list(typing.get_args(hint))}
            case origin if origin is list:
                return {"type": "array", "items": self._typed(typing.get_args(hint)[0])}
            case _:
                return {"type": "object", "additionalProperties": self._typed(typing.get_args(hint)[1])}

    def _plain(self, hint: Any) -> Schema:
        if hint in _SCALARS:
            return dict(_SCALARS[hint])
        assert hint.__module__ == self._module_name, f"the SDK has a type that is not known here: {hint}"
        return self.reference(hint.__name__)


def _rest_fields(model: type) -> Iterator[tuple[str, Any]]:
    for ancestor in reversed(model.__mro__):
        for name, value in vars(ancestor).items():
            if type(value).__name__ == "_RestField":
                yield name, value


def _wire_name(attribute: str, field: Any) -> str:
    return str(field._rest_name_input or attribute)  # noqa: SLF001 (the SDK shows it nowhere else)


def _discriminator(fields: dict[str, Any]) -> str:
    return next(_wire_name(name, field) for name, field in fields.items() if field._is_discriminator)  # noqa: SLF001


def _alternatives(hint: object) -> list[object]:
    return list(typing.get_args(hint)) if typing.get_origin(hint) is typing.Union else [hint]


def _is_optional(hint: object) -> bool:
    return type(None) in _alternatives(hint)


def _enumerated(enum: type[Enum]) -> Schema:
    values = [value.value for value in enum]
    return {"type": "string", "enum": values, "x-ms-enum": {"name": enum.__name__, "modelAsString": True}}
