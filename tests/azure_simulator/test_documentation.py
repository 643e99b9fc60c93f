"""The page about the simulator names what there is, and nothing else."""

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from pydantic import BaseModel

from azure_simulator.batch.scenario import BatchSwitches
from azure_simulator.cli import serve
from azure_simulator.compute.replication_troubles import ReplicationOrder
from azure_simulator.compute.scenario import ComputePace, ComputeSwitches
from azure_simulator.control.routes import routes
from azure_simulator.faults import FaultOrder, Match
from azure_simulator.scenario import ResourcesPace, Scenario, Switches

PAGE = (Path(__file__).parents[2] / "docs" / "simulator.md").read_text()


def aliases(model: type[BaseModel]) -> list[str]:
    return [field.alias or name for name, field in model.model_fields.items()]


def switches() -> Iterator[tuple[str, object]]:
    yield "throttleResourceManager", Switches().throttle_resource_manager
    for prefix, model in (("compute", ComputeSwitches()), ("batch", BatchSwitches())):
        for name, field in type(model).model_fields.items():
            yield f"{prefix}.{field.alias}", getattr(model, name)


def test_every_request_of_the_control_api_is_described() -> None:
    described = set(re.findall(r"^\| `([A-Z]+ /_simulator/\S+)` \|", PAGE, re.MULTILINE))
    assert described == {f"{route.method} {route.path}" for route in routes()}


def test_every_option_of_the_command_is_described() -> None:
    options = {name for parameter in serve.params if isinstance(parameter, click.Option) for name in parameter.opts}
    table = PAGE[: PAGE.index("## Talking to it")]
    assert set(re.findall(r"`(--[a-z-]+)`", table)) == options


def test_every_switch_is_described_with_its_default() -> None:
    described = dict(re.findall(r"^\| `([a-zA-Z.]+)` \| (\S+) \|", PAGE, re.MULTILINE))
    shown = {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in switches()}
    assert {name: described[name].strip("`").removesuffix(".0") for name in shown} == {
        name: value.removesuffix(".0") for name, value in shown.items()
    }


@pytest.mark.parametrize("model", [FaultOrder, Match, ReplicationOrder, Scenario, ComputePace, ResourcesPace])
def test_every_setting_is_named(model: type[BaseModel]) -> None:
    missing = [name for name in aliases(model) if f"`{name}`" not in PAGE and f'"{name}"' not in PAGE]
    assert missing == []
