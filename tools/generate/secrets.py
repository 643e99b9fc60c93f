"""Which properties hold secrets, and how a spec gives them: by the name and key of a Secret, never in plain sight."""

import re
from collections.abc import Iterator
from dataclasses import replace

from tools.generate.overlay import Overlay, OverlayModel, OverlayProperty, OverlayRule
from tools.generate.sdk import SdkModel, SdkProperty

_CALLED_LIKE_SECRETS = re.compile(
    r"pass(word|phrase)|secret|credential|token|signature|protected|private|key$|sas(key)?$|ur[li]$", re.IGNORECASE
)
"""A URL may hold a shared access signature."""


def unsaid(overlay: Overlay, models: dict[str, SdkModel]) -> list[str]:
    """Properties called like secrets of which the overlay does not say whether they are, as `Model.property`."""
    return [
        f"{model.name}.{found.name}"
        for model in models.values()
        for found in model.properties
        if found.model is None
        and _CALLED_LIKE_SECRETS.search(found.name)
        and not _is_said(overlay.of(model.name), found)
    ]


def _is_said(over: OverlayModel, found: SdkProperty) -> bool:
    laid = over.properties.get(found.name, OverlayProperty())
    return found.name in over.left_out or laid.secret is not None or laid.no_secret is not None


def said_by_reference(found: SdkProperty, laid: OverlayProperty) -> SdkProperty:
    """The property that stands for a secret one: `passwordSecretRef` for `password`."""
    way = "From" if laid.secret == "always" else f"Instead of {found.name}, from"
    return replace(
        found,
        attribute=f"{found.attribute}_secret_ref",
        name=f"{found.name}SecretRef",
        kind="SecretKeyRef",
        listed=False,
        mapped=False,
        required=found.required and laid.secret == "always",
        text=f"{way} a Secret of this namespace: {laid.description or found.text}",
    )


def either_way(over: OverlayModel) -> Iterator[OverlayRule]:
    """That a value which is a secret only sometimes is given in one of its two ways."""
    for name, laid in over.properties.items():
        if laid.secret == "sometimes":
            yield OverlayRule(
                rule=f"!has(self.{name}) || !has(self.{name}SecretRef)",
                message=f"give {name} in one way: write {name}, or {name}SecretRef",
                fieldPath=f".{name}",
            )
