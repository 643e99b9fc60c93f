"""Reads the models of the installed Azure SDK: names, types and texts of their properties."""

import re
import typing
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum

from azure.batch import models
from azure.batch.models import _enums, _models

from tools.generate.prose import plain


@dataclass(frozen=True, slots=True, kw_only=True)
class SdkProperty:
    """One property of an SDK model."""

    attribute: str
    name: str
    kind: str
    """The type in Python source: `str`, `int`, `bool`, `IsoDuration`, a model's name."""
    listed: bool
    mapped: bool
    required: bool
    read_only: bool
    model: str | None
    """The SDK model that the property holds, alone or in a list."""
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SdkModel:
    """One model of the SDK."""

    name: str
    text: str
    properties: tuple[SdkProperty, ...]


_SCALARS: dict[object, str] = {str: "str", int: "int", bool: "bool", timedelta: "IsoDuration"}
_NAMES = {**vars(_models), "_models": models, "_enums": _enums}


def reachable(root: str) -> dict[str, SdkModel]:
    """The model named `root` and all that it holds, each before those it holds."""
    found: dict[str, SdkModel] = {}
    waiting = [root]
    while waiting:
        name = waiting.pop(0)
        if name not in found:
            found[name] = read(name)
            waiting += [held.model for held in found[name].properties if held.model]
    return found


def read(name: str) -> SdkModel:
    """One model of the SDK by its name."""
    model = getattr(models, name)
    return SdkModel(name=name, text=plain(_summary(model)), properties=tuple(_properties(model)))


def _properties(model: type) -> Iterator[SdkProperty]:
    hints = typing.get_type_hints(model, _NAMES, _NAMES)
    texts = _texts(model)
    for attribute, rest_field in _rest_fields(model).items():
        yield _property(attribute, rest_field, hints[attribute], texts[attribute])


def _rest_fields(model: type) -> dict[str, typing.Any]:
    return {name: value for name, value in vars(model).items() if type(value).__name__ == "_RestField"}


def _property(attribute: str, rest_field: typing.Any, hint: object, text: str) -> SdkProperty:
    alternatives = [arg for arg in _alternatives(hint) if arg is not type(None)]
    outer = alternatives[0]
    inner = _alternatives(typing.get_args(outer)[-1]) if typing.get_args(outer) else alternatives
    return SdkProperty(
        attribute=attribute,
        name=rest_field._rest_name_input or attribute,  # noqa: SLF001 (the SDK shows the name nowhere else)
        kind=_kind(inner[0]),
        listed=typing.get_origin(outer) is list,
        mapped=typing.get_origin(outer) is dict,
        required=type(None) not in _alternatives(hint),
        read_only=rest_field._visibility == ["read"],  # noqa: SLF001
        model=_kind(inner[0]) if _is_model(inner[0]) else None,
        text=plain(text, known_values=_known_values(inner)),
    )


def _alternatives(hint: object) -> list[object]:
    return list(typing.get_args(hint)) if typing.get_origin(hint) is typing.Union else [hint]


def _kind(hint: object) -> str:
    if hint in _SCALARS:
        return _SCALARS[hint]
    assert isinstance(hint, type), f"the SDK has a type that the generator does not know: {hint}"
    return hint.__name__


def _is_model(hint: object) -> bool:
    return isinstance(hint, type) and hint.__module__ == _models.__name__


def _known_values(alternatives: list[object]) -> tuple[str, ...]:
    return tuple(
        str(value.value)
        for alternative in alternatives
        if isinstance(alternative, type) and issubclass(alternative, Enum)
        for value in alternative
    )


def _summary(model: type) -> str:
    return (model.__doc__ or "").split(":ivar ")[0]


def _texts(model: type) -> dict[str, str]:
    pairs = re.findall(r":ivar (\w+): (.*?)(?=\n\s*:vartype)", model.__doc__ or "", re.DOTALL)
    return dict(pairs)
