"""The definitions of the two custom resources, as they are shipped."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, TypeAlias

import yaml

Schema: TypeAlias = Mapping[str, Any]

_FOLDER = "crds"


@cache
def schemas() -> Mapping[str, Schema]:
    """The structural schema of each kind, by its name."""
    folder = files(__package__) / _FOLDER
    definitions = [yaml.safe_load(path.read_text()) for path in folder.iterdir() if path.name.endswith(".yaml")]
    return {each["spec"]["names"]["kind"]: _schema(each) for each in definitions}


def _schema(definition: Mapping[str, Any]) -> Schema:
    served = next(version for version in definition["spec"]["versions"] if version["storage"])
    schema: Schema = served["schema"]["openAPIV3Schema"]
    return schema
