"""What all API models share: camelCase names, immutability, and rules that the apiserver checks."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field, GetJsonSchemaHandler, JsonValue
from pydantic.alias_generators import to_camel
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

GROUP = "azurebatch.io"
VERSION = "v1alpha1"
API_VERSION = f"{GROUP}/{VERSION}"

Int64 = Annotated[int, Field(json_schema_extra={"format": "int64"})]
"""An integer wider than the 32 bits that the schema gives every other one."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A CEL rule of the CRD: `rule` must hold, or the apiserver refuses the object with `message`.

    Stands in `Annotated[…]` for a rule on one value, or in a model's `rules` for one on the whole object.
    """

    rule: str
    message: str
    field_path: str | None = None
    """Where the message points, `.name` of a property; None points at the value itself."""

    def __get_pydantic_json_schema__(self, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """The value's schema with this rule added."""
        schema = handler(core_schema)
        schema.setdefault("x-kubernetes-validations", []).append(self.as_schema())
        return schema

    def as_schema(self) -> dict[str, str]:
        """The rule as an entry of `x-kubernetes-validations`."""
        entry = {"rule": self.rule, "message": self.message}
        return entry | ({"fieldPath": self.field_path} if self.field_path else {})


@dataclass(frozen=True, slots=True)
class ListMapBy:
    """Marks a list of objects whose `key` property is unique, so that server-side apply merges it by that key."""

    key: str

    def __get_pydantic_json_schema__(self, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """The list's schema with the list type added."""
        return handler(core_schema) | {
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": [self.key],
        }


@dataclass(frozen=True, slots=True)
class ListSet:
    """Marks a list of plain values as a set: no value twice, and server-side apply merges them."""

    def __get_pydantic_json_schema__(self, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """The list's schema with the list type added."""
        return handler(core_schema) | {"x-kubernetes-list-type": "set"}


class Model(BaseModel):
    """One object of the API: frozen, named in camelCase outside and in snake_case inside, unknown keys dropped.

    `model_fields_set` tells a field that was left out from one that was written.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="ignore",
        alias_generator=to_camel,
        validate_by_alias=True,
        validate_by_name=True,
    )
    rules: ClassVar[tuple[Rule, ...]] = ()

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """The object's schema with the model's rules added."""
        schema = handler(core_schema)
        if cls.rules:
            target = handler.resolve_ref_schema(schema)
            target["x-kubernetes-validations"] = [rule.as_schema() for rule in cls.rules]
        return schema


def unchanged(now: str, before: str) -> str:
    """CEL for whether an optional property is left out in both places, or the same in both."""
    return f"has({now}) == has({before}) && (!has({now}) || {now} == {before})"


def fixed(field: str, because: str) -> Rule:
    """An optional property that may be neither changed nor added nor removed later; `because` is a sentence."""
    return Rule(
        unchanged(f"self.{field}", f"oldSelf.{field}"),
        f"{field} cannot be changed: {because}",
        f".{field}",
    )


def wire(model: BaseModel, include: AbstractSet[str] | None = None) -> dict[str, JsonValue]:
    """A model, or the fields of it in `include`, in wire form with only what was set."""
    dumped: dict[str, JsonValue] = model.model_dump(
        mode="json", by_alias=True, exclude_unset=True, exclude_none=True, include=set(include) if include else None
    )
    return dumped
