"""The spec of a pool, found in Azure's own JSON by the models of the API."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from azure_batch_operator.api.batch_body import BatchPoolCreateOptions
from azure_batch_operator.api.model import API_VERSION, Model
from azure_batch_operator.api.pools import BatchPool
from azure_batch_operator.api.secrets import SecretKeyRef, StandsFor
from azure_batch_operator.core import durations
from azure_batch_operator.core.pool_body import OUR_METADATA
from tools.convert.shape import held, kind, properties

Json = dict[str, Any]
_SIGNED = re.compile(r"[?&]sig=", re.IGNORECASE)
_OF_TARGETS = ("targetDedicatedNodes", "targetLowPriorityNodes", "resizeTimeout")
_OF_FORMULAS = ("enableAutoScale", "autoScaleFormula", "autoScaleEvaluationInterval")
_CLOCK = re.compile(r"(?:(\d+) days?, )?(\d+):(\d\d):(\d\d)(?:\.\d+)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Converted:
    """What stands for a pool in a cluster."""

    objects: tuple[Json, ...]
    """A Secret where one is needed, and the BatchPool."""
    left_out: tuple[str, ...]
    """Properties of the pool that a BatchPool does not have, among them all that Azure only answers."""


def converted(document: Json, *, account: Mapping[str, str], namespace: str) -> Converted:
    """The BatchPool that describes the pool; raises ValueError where the document shows none."""
    pool = _pool_in(document)
    name = re.sub(r"[^a-z0-9]+", "-", pool["id"].lower()).strip("-")
    secrets = _Secrets(name=f"{name}-secrets")
    body = _sized(_object(BatchPoolCreateOptions, pool, secrets, ()))
    spec = {"account": dict(account), **({} if name == pool["id"] else {"poolId": pool["id"]}), **body}
    manifest = {
        "apiVersion": API_VERSION,
        "kind": "BatchPool",
        "metadata": {"name": name, "namespace": namespace},
        "spec": spec,
    }
    BatchPool.model_validate(manifest)
    return Converted(objects=(*secrets.manifests(namespace), manifest), left_out=tuple(_left_out(pool)))


@dataclass(slots=True)
class _Secrets:
    """The one Secret with all values that a spec does not show."""

    name: str
    values: dict[str, str] = field(default_factory=dict)

    def ref(self, path: tuple[str, ...], value: Any) -> Json:
        """Put a value there; where Azure does not answer it, a note of what to write."""
        key = ".".join(path)
        text = value if isinstance(value, str) or value is None else json.dumps(value)
        self.values[key] = text or f"write the value of {key} here"
        return {"name": self.name, "key": key}

    def manifests(self, namespace: str) -> Iterator[Json]:
        """The Secret, unless nothing is in it."""
        if self.values:
            metadata = {"name": self.name, "namespace": namespace}
            yield {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": self.values}


def _pool_in(document: Json) -> Json:
    """Microsoft's examples have the create body among their parameters."""
    found = [each for each in document.get("parameters", {}).values() if isinstance(each, dict)]
    pool: Json = found[0] if found else document
    if "id" not in pool or "vmSize" not in pool:
        raise ValueError("This is no pool: it has no id and vmSize. Give the JSON of `az batch pool show`.")
    return pool


def _object(model: type[Model], found: Json, secrets: _Secrets, path: tuple[str, ...]) -> Json:
    """What a model knows of an object, under its own names: the command line writes some in another letter case."""
    given = {name.casefold(): value for name, value in found.items() if value is not None}
    return {name: value for name, value in _known(model, given, secrets, path) if value not in (None, [], {})}


def _known(
    model: type[Model], given: Mapping[str, Any], secrets: _Secrets, path: tuple[str, ...]
) -> Iterator[tuple[str, Any]]:
    for name, declared in properties(model).items():
        mark = next((mark for mark in declared.metadata if isinstance(mark, StandsFor)), None)
        if mark is None:
            value = given.get(name.casefold())
            if not _is_signed(value):
                yield name, _value(declared.annotation, name, value, secrets, (*path, name))
        elif _belongs_in_secret(model, mark.name, given) or declared.is_required():
            yield name, secrets.ref((*path, mark.name), given.get(mark.name.casefold()))


def _belongs_in_secret(model: type[Model], name: str, given: Mapping[str, Any]) -> bool:
    """A property that a spec can show too is a secret only where its address opens what it names."""
    value = given.get(name.casefold())
    return value is not None and (name not in properties(model) or _is_signed(value))


def _is_signed(value: Any) -> bool:
    return isinstance(value, str) and _SIGNED.search(value) is not None


def _value(annotation: Any, name: str, value: Any, secrets: _Secrets, path: tuple[str, ...]) -> Any:
    model, is_list = held(annotation)
    if value is None or model is SecretKeyRef:
        return None
    if model is not None and is_list:
        entries = enumerate(value) if name != "metadata" else enumerate(_of_others(value))
        return [_object(model, one, secrets, (*path, str(number))) for number, one in entries]
    if model is not None:
        return _object(model, value, secrets, path)
    if kind(annotation) is timedelta:
        return _duration(value)
    return json.loads(value) if name == "settings" and isinstance(value, str) else value


def _of_others(items: list[Json]) -> list[Json]:
    return [item for item in items if not item["name"].startswith(OUR_METADATA)]


def _duration(text: str) -> str:
    """The command line shows durations as `0:15:00`."""
    found = _CLOCK.fullmatch(text)
    if found is None:
        return text
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return durations.iso(timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds))


def _sized(body: Json) -> Json:
    """Either a formula sizes the pool, or targets do."""
    other = _OF_TARGETS if body.get("enableAutoScale") else _OF_FORMULAS
    return {name: value for name, value in body.items() if name not in other}


def _left_out(pool: Json) -> Iterator[str]:
    known = {name.casefold() for name in (*properties(BatchPoolCreateOptions), "id")}
    return (name for name, value in pool.items() if value is not None and name.casefold() not in known)
