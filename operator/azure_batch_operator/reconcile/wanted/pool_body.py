"""The create body that a BatchPool describes, in which values that are in Secrets are named and not yet known."""

from collections.abc import Iterator

from azure_batch_operator.api.model import Model
from azure_batch_operator.api.pools import BatchPoolSpec
from azure_batch_operator.api.secrets import SecretKeyRef, StandsFor
from azure_batch_operator.core.confidential import InSecret
from azure_batch_operator.core.json import Json, JsonObject


def body_of(spec: BatchPoolSpec) -> JsonObject:
    """The create body in wire form as far as the spec gives it, with InSecret where a property names a Secret."""
    return dict(_properties(spec, spec.body()))


def _properties(model: Model, written: JsonObject) -> Iterator[tuple[str, Json]]:
    """The properties of an object as they were `written`, those that name a Secret under the name that Azure knows."""
    for attribute, declared in type(model).model_fields.items():
        name, value = declared.alias or attribute, getattr(model, attribute)
        if name not in written:
            continue
        if isinstance(value, SecretKeyRef):
            stands_for = next(mark for mark in declared.metadata if isinstance(mark, StandsFor))
            yield stands_for.name, InSecret(name=value.name, key=value.key, form=stands_for.form)
        else:
            yield name, _value(value, written[name])


def _value(value: object, written: Json) -> Json:
    match value, written:
        case Model(), dict():
            return dict(_properties(value, written))
        case tuple(), list():
            return [_value(one, as_written) for one, as_written in zip(value, written, strict=True)]
        case _:
            return written
