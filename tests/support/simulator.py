"""The Azure simulator for tests: in this process with a clock that stands still, or as the installed program."""

import asyncio
import contextlib
import functools
import signal
import subprocess
import sysconfig
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from azure.identity import ClientSecretCredential
from azure.mgmt.batch import BatchManagementClient
from azure.mgmt.compute import ComputeManagementClient

from azure_simulator.client import ControlClient, ReadyLine
from azure_simulator.exchanges import Observer
from azure_simulator.scenario import Scenario, load_scenario
from azure_simulator.server import Simulator
from azure_simulator.world import World
from tests.support.contracts import Witness, recorded_exchanges
from tests.support.eventually import eventually
from tests.support.guard import guard

_START_SECONDS = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedAzure:
    """A running simulator and clients for it; `control` moves its clock and reads its journal."""

    ready: ReadyLine
    scenario: Scenario
    control: ControlClient = field(init=False)
    _credentials: dict[str, ClientSecretCredential] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "control", ControlClient(self.ready.control, self.ready.ca_file))

    @property
    def subscription(self) -> str:
        """The subscription's id."""
        return self.ready.subscription_id

    @property
    def verify(self) -> str:
        """What SDK clients take as `connection_verify`."""
        return str(self.ready.ca_file)

    def credential(self, application: str = "operator") -> ClientSecretCredential:
        """The credential of an application of the scenario, by its name there; it keeps its tokens."""
        if application not in self._credentials:
            self._credentials[application] = self._new_credential(application)
        return self._credentials[application]

    def _new_credential(self, application: str) -> ClientSecretCredential:
        found = next(app for app in self.scenario.tenants[0].applications if app.name == application)
        return ClientSecretCredential(
            self.ready.tenant_id,
            found.client_id,
            found.secrets[0],
            authority=self.ready.authority,
            disable_instance_discovery=True,
            connection_verify=self.verify,
        )

    def compute(self, application: str = "operator") -> ComputeManagementClient:
        """A compute client that never retries by itself."""
        return ComputeManagementClient(
            self.credential(application),
            self.subscription,
            base_url=self.ready.resource_manager,
            connection_verify=self.verify,
            retry_total=0,
        )

    def batch_management(self, application: str = "operator") -> BatchManagementClient:
        """A client for Batch accounts that never retries by itself."""
        return BatchManagementClient(
            self.credential(application),
            self.subscription,
            base_url=self.ready.resource_manager,
            connection_verify=self.verify,
            retry_total=0,
        )


class SimulatorThread:
    """A simulator of this process in a thread and event loop of its own, so that blocking clients can use it."""

    def __init__(self, scenario: Scenario, data_dir: Path, *, clock_speed: float, observer: Observer) -> None:
        self._scenario = scenario
        self._simulator = Simulator(scenario, data_dir, clock_speed=clock_speed, observers=[observer, guard().overhear])
        guard().confide_scenario(scenario)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="azure-simulator", daemon=True)

    @property
    def world(self) -> World:
        """The world inside, for asserting on it between requests."""
        return self._simulator.world

    def start(self) -> SimulatedAzure:
        """Serve until `stop`."""
        self._thread.start()
        ready = asyncio.run_coroutine_threadsafe(self._simulator.start(), self._loop).result(_START_SECONDS)
        return SimulatedAzure(ready=ReadyLine.parse(ready.line()), scenario=self._scenario)

    def stop(self) -> None:
        """Stop serving and end the thread."""
        asyncio.run_coroutine_threadsafe(self._simulator.stop(), self._loop).result(_START_SECONDS)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_START_SECONDS)
        self._loop.close()


StartSimulator = Callable[..., SimulatedAzure]


@pytest.fixture(scope="session")
def simulator_data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where all simulators of the session keep one certificate authority and one signing key."""
    return tmp_path_factory.mktemp("azure-simulator")


@pytest.fixture
def start_simulator(simulator_data_dir: Path, contracts: Witness) -> Iterator[StartSimulator]:
    """Start simulators in this process: `start_simulator(clock_speed=0, **changes_of_the_default_scenario)`.

    A change names a section as Python does and replaces it: a model, or the mapping that the YAML would hold.
    """
    with contextlib.ExitStack() as stack:

        def start(*, clock_speed: float = 0.0, **changes: Any) -> SimulatedAzure:
            scenario = default_scenario(**changes)
            thread = SimulatorThread(scenario, simulator_data_dir, clock_speed=clock_speed, observer=contracts)
            running = thread.start()
            stack.callback(thread.stop)
            return running

        yield start


@pytest.fixture
def simulator(start_simulator: StartSimulator) -> SimulatedAzure:
    """A fresh simulator with the default scenario whose clock stands still until a test advances it."""
    return start_simulator()


def default_scenario(**changes: Any) -> Scenario:
    """The default scenario with some sections changed, mappings merged into what is there."""
    scenario = _unchanged_scenario()
    return Scenario.model_validate(_merged(scenario.model_dump(mode="json"), changes)) if changes else scenario


@functools.cache
def _unchanged_scenario() -> Scenario:
    return load_scenario()


def _merged(document: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(document)
    for key, change in changes.items():
        before = merged.get(key)
        both = isinstance(before, Mapping) and isinstance(change, Mapping)
        merged[key] = _merged(before, change) if both and before is not None else change
    return merged


@contextlib.contextmanager
def simulator_process(data_dir: Path, *options: str) -> Iterator[ReadyLine]:
    """The installed `azure-simulator serve` with `options`, from its ready line until SIGTERM has ended it."""
    program = Path(sysconfig.get_path("scripts")) / "azure-simulator"
    ready_file = data_dir / "ready.json"
    ready_file.unlink(missing_ok=True)
    command = [str(program), "serve", "--data-dir", str(data_dir), "--ready-file", str(ready_file), *options]
    with recorded_exchanges() as record:
        process = subprocess.Popen([*command, "--record", str(record)], stdout=subprocess.DEVNULL)
        try:
            eventually(lambda: ready_file.exists() or process.poll() is not None, within=_START_SECONDS)
            assert process.poll() is None, f"azure-simulator ended with status {process.returncode}"
            yield ReadyLine.parse(ready_file.read_text())
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(_START_SECONDS) == 0
