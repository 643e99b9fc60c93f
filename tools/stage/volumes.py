"""What a kubelet brings into a container from the cluster: values of variables, and files of volumes."""

import base64
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tools.stage.cluster import Cluster


class NoSuchSourceError(RuntimeError):
    """A container refers to what is not there; a kubelet would not start it either."""


class Sources:
    """The Secrets, ConfigMaps and tokens of a pod, each read once."""

    def __init__(self, cluster: Cluster, *, namespace: str, service_account: str, fields: Mapping[str, str]) -> None:
        self._cluster = cluster
        self._namespace = namespace
        self._service_account = service_account
        self._fields = fields
        self._read: dict[tuple[str, str], dict[str, bytes]] = {}

    def value(self, entry: Mapping[str, Any]) -> str | None:
        """The value of a variable; None when it comes from what need not be there. Raises NoSuchSourceError."""
        match entry:
            case {"valueFrom": {"fieldRef": {"fieldPath": path}}}:
                return self._fields[path]
            case {"valueFrom": {"secretKeyRef": reference}}:
                return self._of_key("secret", reference)
            case {"valueFrom": {"configMapKeyRef": reference}}:
                return self._of_key("configmap", reference)
            case _:
                return str(entry.get("value", ""))

    def files(self, volume: Mapping[str, Any]) -> dict[str, bytes]:
        """The files of a volume by their names; raises NoSuchSourceError."""
        match volume:
            case {"secret": source}:
                return _chosen(self._data("secret", source["secretName"]), source)
            case {"configMap": source}:
                return _chosen(self._data("configmap", source["name"]), source)
            case {"projected": {"sources": sources}}:
                return dict(self._token(source["serviceAccountToken"]) for source in sources)
            case _:
                return {}

    def _of_key(self, kind: str, reference: Mapping[str, Any]) -> str | None:
        try:
            return self._data(kind, reference["name"])[reference["key"]].decode()
        except (KeyError, NoSuchSourceError):
            if reference.get("optional"):
                return None
            raise NoSuchSourceError(
                f"There is no {kind} {self._namespace}/{reference['name']} with key {reference['key']}: make it."
            ) from None

    def _data(self, kind: str, name: str) -> dict[str, bytes]:
        if (kind, name) not in self._read:
            found = self._cluster.get(kind, name, self._namespace)
            if found is None:
                raise NoSuchSourceError(f"There is no {kind} {self._namespace}/{name}: make it.")
            decoded = base64.b64decode if kind == "secret" else str.encode
            self._read[kind, name] = {key: decoded(value) for key, value in found.get("data", {}).items()}
        return self._read[kind, name]

    def _token(self, wanted: Mapping[str, Any]) -> tuple[str, bytes]:
        where = (f"--namespace={self._namespace}", f"--audience={wanted['audience']}")
        token = self._cluster.must("create", "token", self._service_account, *where)
        return wanted["path"], token.strip().encode()


def _chosen(data: dict[str, bytes], source: Mapping[str, Any]) -> dict[str, bytes]:
    """What a volume shows: all keys of its source as files, or those that it names."""
    items = source.get("items")
    return data if items is None else {item["path"]: data[item["key"]] for item in items}


def mounted(sources: Sources, spec: Mapping[str, Any], container: Mapping[str, Any], folder: Path) -> dict[str, str]:
    """Write the files of a container's volumes into `folder`; where each mount is, by where the container has it."""
    volumes = {volume["name"]: volume for volume in spec.get("volumes", ())}
    places = {
        mount["mountPath"]: folder / mount["mountPath"].removeprefix("/") for mount in container.get("volumeMounts", ())
    }
    for mount in container.get("volumeMounts", ()):
        files = sources.files(volumes[mount["name"]])
        for path, content in _shown(files, mount, places[mount["mountPath"]]):
            path.write_bytes(content)
    return {there: str(here) for there, here in places.items()}


def _shown(files: Mapping[str, bytes], mount: Mapping[str, Any], place: Path) -> Iterator[tuple[Path, bytes]]:
    """The files that a mount shows, by where they are; with a subPath it is one file itself."""
    if path := mount.get("subPath"):
        place.parent.mkdir(parents=True, exist_ok=True)
        yield place, files[path]
    else:
        place.mkdir(parents=True, exist_ok=True)
        yield from ((place / name, content) for name, content in files.items())
