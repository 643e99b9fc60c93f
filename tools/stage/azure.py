"""The simulator as a process of its own, as a person would start it."""

import contextlib
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self, TypeAlias
from uuid import NAMESPACE_URL, uuid5

import yaml

from azure_batch_operator.cloud.role import ROLE_NAME, role_definition
from azure_simulator.client import ControlClient, ReadyLine
from azure_simulator.scenario import Application, Role, RoleAssignment, Scenario, load_scenario
from tools.processes import running, tail
from tools.waiting import attempts

START_WITHIN = 30.0

Program: TypeAlias = Callable[[Path], Sequence[str]]
"""What runs the simulator, which writes to the given folder."""


def installed_simulator(_: Path) -> list[str]:
    """The one of this environment."""
    return [str(Path(sys.executable).with_name("azure-simulator"))]


@dataclass(frozen=True, slots=True, kw_only=True)
class Azure:
    """A running simulator: what it said when it was ready, and its control API."""

    ready: ReadyLine
    control: ControlClient
    log: Path
    administrator: Application
    """Somebody else, who may do everything in the first subscription."""
    at_first: frozenset[str]
    """Ids of what the scenario had made already."""

    def leftovers(self) -> list[str]:
        """Ids of every gallery, image definition, image version, snapshot and pool that was not there at first."""
        return [found for found in _existing(self.control) if found not in self.at_first]

    @classmethod
    @contextlib.contextmanager
    def start(
        cls,
        folder: Path,
        *,
        speed: float,
        scenario: Path | None = None,
        record: Path | None = None,
        program: Program = installed_simulator,
    ) -> Iterator[Self]:
        """Run `azure-simulator serve` in `folder`, `speed` simulated seconds a second, for the length of the block.

        The application of the ready line, which is the operator's, has the role that `azure-role` prints, and no other.
        Every exchange is kept in the file `record`. `program` says what to run.
        """
        folder.mkdir(parents=True, exist_ok=True)
        world = with_least_rights(load_scenario(scenario))
        (played := folder / "scenario.yaml").write_text(yaml.safe_dump(world.model_dump(mode="json", by_alias=True)))
        ready_file, log = folder / "ready.json", folder / "simulator.log"
        command = [
            *program(folder),
            "serve",
            f"--data-dir={folder / 'data'}",
            f"--clock-speed={speed}",
            f"--ready-file={ready_file}",
            f"--scenario={played}",
            *([f"--record={record}"] if record else []),
        ]
        with running(command, log=log) as process:
            for _ in attempts(START_WITHIN):
                if ready_file.exists() or process.poll() is not None:
                    break
            if not ready_file.exists():
                raise RuntimeError(f"The simulator did not get ready. Its last words:\n{tail(log)}")
            ready = ReadyLine.parse(ready_file.read_text())
            control = ControlClient(ready.control, ready.ca_file)
            yield cls(
                ready=ready,
                control=control,
                log=log,
                administrator=_named("administrator", world),
                at_first=frozenset(_existing(control)),
            )


def with_least_rights(scenario: Scenario, *, lacking: str | None = None) -> Scenario:
    """The scenario in which its first application has what `azure-role` prints, in every subscription, and no more.

    One action of it may be `lacking`.
    """
    operator = scenario.tenants[0].applications[0].name
    scopes = [f"/subscriptions/{subscription.id}" for subscription in scenario.subscriptions]
    others = [each for each in scenario.role_assignments if each.application != operator]
    own = [RoleAssignment(application=operator, role=ROLE_NAME, scope=scope) for scope in scopes]
    role = _as_simulated(role_definition(ROLE_NAME, scopes), lacking)
    return scenario.model_copy(update={"roles": (*scenario.roles, role), "role_assignments": (*others, *own)})


def _as_simulated(role: Mapping[str, Any], lacking: str | None) -> Role:
    return Role(
        id=str(uuid5(NAMESPACE_URL, ROLE_NAME)),
        name=role["Name"],
        description=role["Description"],
        actions=tuple(action for action in role["Actions"] if action != lacking),
        data_actions=tuple(action for action in role["DataActions"] if action != lacking),
    )


def _named(name: str, scenario: Scenario) -> Application:
    return next(each for each in scenario.tenants[0].applications if each.name == name)


def _existing(control: ControlClient) -> list[str]:
    state = control.state()
    galleries = state["galleries"]
    definitions = [definition for gallery in galleries for definition in gallery["definitions"]]
    versions = [version for definition in definitions for version in definition["versions"]]
    pools = [pool for account in state["batchAccounts"] for pool in account["pools"]]
    return [*(found["id"] for found in (*galleries, *definitions, *versions, *pools)), *state["snapshots"]]
