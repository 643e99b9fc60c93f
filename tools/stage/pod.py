"""A pod's container without a kubelet: the command and environment that its Deployment gives it, for a process here."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from tools.stage.cluster import Cluster
from tools.stage.volumes import Sources, mounted

IMAGE_COMMAND = ("azure-batch-operator",)
"""What the image starts when its container names no command."""


class NoSuchDeploymentError(RuntimeError):
    """There is no Deployment of that name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pod:
    """What a process needs to stand in for the only container of a Deployment's pod."""

    namespace: str
    service_account: str
    command: tuple[str, ...]
    environment: Mapping[str, str]

    @classmethod
    def of(
        cls,
        cluster: Cluster,
        deployment: str,
        namespace: str,
        *,
        folder: Path,
        number: int = 0,
        overlaid: Mapping[str, str] = MappingProxyType({}),
    ) -> "Pod":
        """The pod of that number which the Deployment in the cluster asks for, with its volumes in `folder`.

        In its command and environment, texts that are keys of `overlaid` become the values.
        Raises NoSuchDeploymentError and NoSuchSourceError.
        """
        body = cluster.get("deployment", deployment, namespace)
        if body is None:
            raise NoSuchDeploymentError(f"There is no Deployment {namespace}/{deployment}.")
        spec = body["spec"]["template"]["spec"]
        (container,) = spec["containers"]
        account = spec.get("serviceAccountName", "default")
        fields = {"metadata.name": f"{deployment}-{number}", "metadata.namespace": namespace}
        sources = Sources(cluster, namespace=namespace, service_account=account, fields=fields)
        here = {**mounted(sources, spec, container, folder), **overlaid}
        return cls(
            namespace=namespace,
            service_account=account,
            command=_installed([_laid_over(word, here) for word in _command(container)]),
            environment={name: _laid_over(value, here) for name, value in _environment(container, sources).items()},
        )


def _command(container: Mapping[str, Any]) -> list[str]:
    return [*container.get("command", IMAGE_COMMAND), *container.get("args", ())]


def _environment(container: Mapping[str, Any], sources: Sources) -> dict[str, str]:
    """The variables by name; one whose optional source is not there is not set."""
    values = {entry["name"]: sources.value(entry) for entry in container.get("env", ())}
    return {name: value for name, value in values.items() if value is not None}


def _laid_over(text: str, here: Mapping[str, str]) -> str:
    for there, instead in here.items():
        text = text.replace(there, instead)
    return text


def _installed(command: list[str]) -> tuple[str, ...]:
    """The command with the program of the project's environment, where the image has it on its path."""
    return (str(Path(sys.executable).with_name(command[0])), *command[1:])
