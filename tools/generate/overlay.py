"""The overlay over the SDK's models: limits, rules, and what is left out."""

from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from azure_batch_operator.api.durations import ISO_DURATION, ISO_IN_SECONDS
from tools.generate.sdk import SdkModel

OVERLAY_FILE = Path(__file__).with_name("overlay.yaml")

Secrecy = Literal["always", "sometimes"]
"""Whether a value is a secret wherever it is given, or only where it happens to hold one."""


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel)


class OverlayRule(_Strict):
    """A CEL rule; `{seconds}` in it stands for those of the value, an ISO 8601 duration."""

    rule: str
    message: str
    field_path: str | None = None

    def expression(self) -> str:
        """The rule in plain CEL. A text that is no duration is refused by the type's own rule, not by this one."""
        if "{seconds}" not in self.rule:
            return self.rule
        return f"!self.matches('{ISO_DURATION}') || {self.rule.replace('{seconds}', ISO_IN_SECONDS)}"


class OverlayProperty(_Strict):
    """What the overlay adds to a property."""

    required: bool | None = None
    description: str | None = None
    any_json: bool = False
    secret: Secrecy | None = None
    """The value can be given by reference to a Secret: `always` in no other way, `sometimes` also plainly."""
    no_secret: str | None = None
    """Why a property that is called like a secret is none."""
    min_length: int | None = None
    max_length: int | None = None
    max_items: int | None = None
    minimum: int | None = None
    maximum: int | None = None
    rules: tuple[OverlayRule, ...] = ()


class OverlayModel(_Strict):
    """What the overlay adds to a model."""

    description: str | None = None
    left_out: dict[str, str] = Field(default_factory=dict)
    """Properties that are not in the CRD, each with the reason."""
    properties: dict[str, OverlayProperty] = Field(default_factory=dict)
    rules: tuple[OverlayRule, ...] = ()


class OverlayModule(_Strict):
    """A generated module: what it is about, and the models at its root."""

    about: str
    roots: tuple[str, ...]


class Overlay(_Strict):
    """The whole overlay."""

    root: str
    modules: dict[str, OverlayModule]
    models: dict[str, OverlayModel]

    def of(self, model: str) -> OverlayModel:
        """What is laid over a model; nothing, when the overlay does not name it."""
        return self.models.get(model, OverlayModel())


def load() -> Overlay:
    """The overlay as its file has it."""
    return Overlay.model_validate(yaml.safe_load(OVERLAY_FILE.read_text()))


def unknown_names(overlay: Overlay, models: dict[str, SdkModel]) -> list[str]:
    """Names in the overlay that the SDK does not have (any more), as `Model` or `Model.property`."""
    return [model for model in overlay.models if model not in models] + [
        f"{model}.{name}"
        for model, laid in overlay.models.items()
        if model in models
        for name in (*laid.left_out, *laid.properties)
        if name not in {found.name for found in models[model].properties}
    ]
