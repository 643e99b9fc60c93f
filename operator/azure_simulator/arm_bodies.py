"""Request bodies of Resource Manager: parsed into typed models, refused in Azure's words."""

import json
from collections.abc import Callable
from typing import Any, TypeVar

from aiohttp import web
from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError
from pydantic.alias_generators import to_camel
from pydantic_core import ErrorDetails

from azure_simulator.answers import ArmError

Json = dict[str, JsonValue]


class Body(BaseModel):
    """A part of a request body: camelCase on the wire, immutable, refusing members that Azure does not have."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid", frozen=True)

    def document(self) -> dict[str, Any]:
        """The members that were given, as they go on the wire."""
        return self.model_dump(by_alias=True, exclude_none=True, mode="json")


Parsed = TypeVar("Parsed", bound=BaseModel)
Value = TypeVar("Value")


def one_of(*choices: str) -> Callable[[Any], Any]:
    """A validator that accepts `choices` in any letter case and gives them their official one."""
    official = {choice.casefold(): choice for choice in choices}
    return lambda value: official.get(value.casefold(), value) if isinstance(value, str) else value


async def read_body(request: web.Request, model: type[Parsed], root: str) -> Parsed:
    """The request's JSON body as `model`; `root` is what Azure calls the body in its messages.

    Raises ArmError 400 that names the first member at fault.
    """
    try:
        content = json.loads(await request.read() or b"{}")
    except ValueError as error:
        raise _unreadable(str(error)) from error
    if not isinstance(content, dict):
        raise _unreadable("a JSON object was expected")
    try:
        return model.model_validate(content)
    except ValidationError as error:
        raise _refusal(error.errors()[0], root) from error


def given(value: Value | None, otherwise: Value) -> Value:
    """What a body gives, or what holds when it gives nothing."""
    return otherwise if value is None else value


def missing(parameter: str) -> ArmError:
    """The refusal of a request that lacks a required parameter."""
    return ArmError(400, "InvalidParameter", f"Required parameter '{parameter}' is missing (null).", target=parameter)


def out_of_range(parameter: str, value: int, low: int, high: int) -> ArmError:
    """The refusal of a number beyond its bounds."""
    return ArmError(
        400,
        "InvalidParameter",
        f"The value '{value}' of parameter '{parameter}' is out of range. The value must be between '{low}' "
        f"and '{high}', inclusive.",
        target=parameter,
    )


def change_not_allowed(parameter: str) -> ArmError:
    """The refusal of a change to something that never changes."""
    return ArmError(
        409,
        "PropertyChangeNotAllowed",
        f"Changing property '{parameter}' is not allowed.",
        target=parameter,
    )


def _unreadable(reason: str) -> ArmError:
    return ArmError(
        400,
        "InvalidRequestContent",
        f"The request content was invalid and could not be deserialized: '{reason}'.",
    )


def _refusal(error: ErrorDetails, root: str) -> ArmError:
    path = ".".join(str(part) for part in error["loc"])
    parameter = f"{root}.{path}"
    match error["type"]:
        case "missing":
            return missing(parameter)
        case "extra_forbidden":
            return ArmError(
                400,
                "BadRequest",
                f"Could not find member '{error['loc'][-1]}' on object of type '{root}'. Path '{path}'.",
                target=path,
            )
        case "literal_error":
            return _not_allowed(parameter, error)
        case _:
            return ArmError(
                400,
                "InvalidParameter",
                f"The value of parameter '{parameter}' is invalid: {error['msg']}.",
                target=parameter,
            )


def _not_allowed(parameter: str, error: ErrorDetails) -> ArmError:
    allowed = str(error.get("ctx", {}).get("expected", "")).replace("'", "").replace(" or ", ", ")
    return ArmError(
        400,
        "InvalidParameter",
        f"The value '{error['input']}' of parameter '{parameter}' is not allowed. Allowed values are: {allowed}.",
        target=parameter,
    )
