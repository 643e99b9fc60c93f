"""The alerts and the dashboard that are shipped."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

FILES = Path(__file__).parents[2] / "charts" / "azure-batch-operator" / "files"

_VARIABLES = {"$__rate_interval": "5m", "$job": ".*", "$namespace": ".*", "$resources": ".*"}
"""What Grafana puts in place of them, for instance."""


def alerts() -> list[dict[str, Any]]:
    """Every alerting rule."""
    groups = yaml.safe_load((FILES / "alerts.yaml").read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


def dashboard() -> dict[str, Any]:
    """The dashboard as Grafana reads it."""
    found: dict[str, Any] = json.loads((FILES / "dashboard.json").read_text())
    return found


def panels() -> list[dict[str, Any]]:
    """The panels of the dashboard, rows apart."""
    return [panel for panel in dashboard()["panels"] if panel["type"] != "row"]


def queries() -> Iterator[tuple[str, str]]:
    """Every query of the alerts and the dashboard, after the name of what asks."""
    yield from ((rule["alert"], rule["expr"]) for rule in alerts())
    for panel in panels():
        yield from ((panel["title"], _filled(target["expr"])) for target in panel["targets"])
    for variable in dashboard()["templating"]["list"]:
        if found := re.fullmatch(r"label_values\((.*), \w+\)", str(variable.get("definition"))):
            yield variable["name"], _filled(found[1])


def _filled(query: str) -> str:
    for variable, value in _VARIABLES.items():
        query = query.replace(variable, value)
    return query
