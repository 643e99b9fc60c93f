"""A pod's container without a kubelet: the command and environment that its Deployment gives it, for a process here."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tools.stage.cluster import Cluster


class NoSuchValueError(RuntimeError):
    """A container's environment refers to what is not there; a kubelet would not start it either."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pod:
    """What a process needs to stand in for the only container of a Deployment's pod."""

    namespace: str
    service_account: str
    arguments: tuple[str, ...]
    """What the program of the image is started with."""
    environment: Mapping[str, str]

    @classmethod
    def of(cls, cluster: Cluster, deployment: str, namespace: str) -> "Pod":
        """The pod that the Deployment in the cluster asks for; raises NoSuchValueError."""
        body = cluster.get("deployment", deployment, namespace)
        if body is None:
            raise NoSuchValueError(f"There is no Deployment {namespace}/{deployment}.")
        spec = body["spec"]["template"]["spec"]
        (container,) = spec["containers"]
        fields = {
            "metadata.name": f"{deployment}-0",
            "metadata.namespace": namespace,
            "spec.serviceAccountName": spec["serviceAccountName"],
        }
        return cls(
            namespace=namespace,
            service_account=spec["serviceAccountName"],
            arguments=tuple(container.get("args", ())),
            environment=_Sources(cluster, namespace, fields).resolved(container.get("env", ())),
        )


class _Sources:
    """Where the values of environment variables come from, each object read once."""

    def __init__(self, cluster: Cluster, namespace: str, fields: Mapping[str, str]) -> None:
        self._cluster = cluster
        self._namespace = namespace
        self._fields = fields
        self._secrets: dict[str, dict[str, str]] = {}

    def resolved(self, entries: Any) -> dict[str, str]:
        """The variables by name; one whose optional source is not there is not set."""
        values = {entry["name"]: self._value(entry) for entry in entries}
        return {name: value for name, value in values.items() if value is not None}

    def _value(self, entry: Mapping[str, Any]) -> str | None:
        match entry:
            case {"valueFrom": {"fieldRef": {"fieldPath": path}}}:
                return self._fields[path]
            case {"valueFrom": {"secretKeyRef": reference}}:
                return self._of_secret(entry["name"], **reference)
            case _:
                return str(entry.get("value", ""))

    def _of_secret(self, variable: str, *, name: str, key: str, optional: bool = False) -> str | None:
        value = self._secret(name).get(key)
        if value is None and not optional:
            raise NoSuchValueError(f"{variable} comes from key {key} of Secret {self._namespace}/{name}: not there.")
        return value if value is None else base64.b64decode(value).decode()

    def _secret(self, name: str) -> dict[str, str]:
        if name not in self._secrets:
            found = self._cluster.get("secret", name, self._namespace) or {}
            self._secrets[name] = found.get("data", {})
        return self._secrets[name]
