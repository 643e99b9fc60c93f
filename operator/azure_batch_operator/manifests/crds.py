"""The definitions of the two custom resources, as they are shipped."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, TypeAlias

import yaml

from azure_batch_operator.manifests.documents import FastLoader

Schema: TypeAlias = Mapping[str, Any]

_FOLDER = "crds"


@cache
def schemas() -> Mapping[str, Schema]:
    """The structural schema of each kind, by its name."""
    folder = files(__package__) / _FOLDER
    definitions = [_read(path) for path in folder.iterdir() if path.name.endswith(".yaml")]
    return {each["spec"]["names"]["kind"]: _schema(each) for each in definitions}


def _read(path: Traversable) -> Mapping[str, Any]:
    definition: Mapping[str, Any] = yaml.load(path.read_text(), Loader=FastLoader)  # noqa: S506  # it is a safe one
    return definition


def _schema(definition: Mapping[str, Any]) -> Schema:
    served = next(version for version in definition["spec"]["versions"] if version["storage"])
    schema: Schema = served["schema"]["openAPIV3Schema"]
    return schema
