"""What the models of the API hold, read from their annotations."""

import typing
from collections.abc import Mapping
from typing import Any

from pydantic.fields import FieldInfo

from azure_batch_operator.api.model import Model


def properties(model: type[Model]) -> Mapping[str, FieldInfo]:
    """The properties of a model under the names that specs have."""
    return {field.alias or name: field for name, field in model.model_fields.items()}


def held(annotation: Any) -> tuple[type[Model] | None, bool]:
    """The model that a property holds, if any, and whether it holds a list."""
    found = kind(annotation)
    return (found if isinstance(found, type) and issubclass(found, Model) else None), listed(annotation)


def listed(annotation: Any) -> bool:
    """Whether a property holds a list."""
    return typing.get_origin(annotation) is tuple or any(listed(each) for each in typing.get_args(annotation))


def kind(annotation: Any) -> Any:
    """What a property is in the end, without `| None`, tuple and Annotated."""
    inner = [each for each in typing.get_args(annotation) if each not in (type(None), ...)]
    if not inner or typing.get_origin(annotation) is dict:
        return annotation
    return kind(inner[0])
