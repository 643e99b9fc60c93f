"""What clients send to manage pools through Resource Manager."""

import json
from collections.abc import Mapping
from typing import Any

from pydantic import JsonValue

from azure_simulator.arm_bodies import Body, Json
from azure_simulator.batch.bodies.body import Duration, NodeDeallocationOption, Whole
from azure_simulator.batch.bodies.pools import PoolCreate, PoolPatch
from azure_simulator.batch.doors import parse_body
from azure_simulator.batch.errors import invalid_property
from azure_simulator.batch.versions import LATEST, V2024_07
from azure_simulator.batch_accounts.pool_translation import for_service


class FixedScale(Body):
    """A size that stays."""

    resize_timeout: Duration | None = None
    target_dedicated_nodes: Whole | None = None
    target_low_priority_nodes: Whole | None = None
    node_deallocation_option: NodeDeallocationOption | None = None


class AutoScale(Body):
    """A size that a formula tells."""

    formula: str
    evaluation_interval: Duration | None = None


class ScaleSettings(Body):
    """How a pool is sized: in one way or the other."""

    fixed_scale: FixedScale | None = None
    auto_scale: AutoScale | None = None

    def or_none(self) -> "ScaleSettings":
        """The same settings, where none at all mean no nodes."""
        nothing = FixedScale(target_dedicated_nodes=0, target_low_priority_nodes=0)
        return self if self.fixed_scale or self.auto_scale else ScaleSettings(fixed_scale=nothing)


class Identity(Body):
    """Which user-assigned identities nodes have, by ARM id; what Azure answers inside is ignored."""

    type: str
    user_assigned_identities: dict[str, JsonValue] | None = None

    def ids(self) -> tuple[str, ...]:
        """The ARM ids; raises BatchError 400 where they contradict the type."""
        named = tuple(self.user_assigned_identities or ())
        if self.type.casefold() not in ("userassigned", "none"):
            raise invalid_property("identity", "The identity of a pool is of type UserAssigned or None.", self.type)
        if (self.type.casefold() == "userassigned") != bool(named):
            raise invalid_property(
                "identity", "User-assigned identities go with the type UserAssigned, and this type with at least one."
            )
        return named


class PoolBody(Body):
    """PUT or PATCH of a pool; members that Azure only answers are accepted and ignored."""

    id: JsonValue = None
    name: JsonValue = None
    type: JsonValue = None
    etag: JsonValue = None
    system_data: JsonValue = None
    tags: dict[str, str] | None = None
    identity: Identity | None = None
    properties: Json | None = None

    def scale(self) -> ScaleSettings:
        """How the pool is to be sized; raises BatchError 400 for both ways at once."""
        settings = ScaleSettings.model_validate((self.properties or {}).get("scaleSettings") or {})
        if settings.fixed_scale is not None and settings.auto_scale is not None:
            raise invalid_property("scaleSettings", "Exactly one of fixedScale and autoScale may be specified.")
        return settings

    def creation(self, name: str, version: str) -> PoolCreate:
        """The pool as the Batch service is asked to make it."""
        features = for_service(self.properties or {})
        sizes = _sizes(self.scale())
        return parse_body(PoolCreate, _text({**features, "id": name, **sizes}), _service_version(version))

    def changes(self, version: str) -> PoolPatch:
        """The features that are given."""
        return parse_body(PoolPatch, _text(for_service(self.properties or {})), _service_version(version))


def _sizes(scale: ScaleSettings) -> dict[str, Any]:
    if scale.auto_scale is not None:
        formula = scale.auto_scale.document()
        interval = formula.get("evaluationInterval")
        return {
            "enableAutoScale": True,
            "autoScaleFormula": scale.auto_scale.formula,
            **({} if interval is None else {"autoScaleEvaluationInterval": interval}),
        }
    fixed = {} if scale.fixed_scale is None else scale.fixed_scale.document()
    return {name: value for name, value in fixed.items() if name != "nodeDeallocationOption"}


def _service_version(version: str) -> str:
    """What an api-version of Resource Manager knows, told as one of the Batch service."""
    return LATEST if version >= LATEST else V2024_07


def _text(document: Mapping[str, Any]) -> bytes:
    return json.dumps(document).encode()
