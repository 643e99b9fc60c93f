"""The simulated world: every service's state behind one clock, one randomness and one scenario."""

from collections.abc import Iterable
from random import Random

from aiohttp import web

from azure_simulator.batch.service import BatchService
from azure_simulator.batch_accounts.doors import Doors
from azure_simulator.batch_accounts.models import BatchAccount, BatchAccounts
from azure_simulator.clock import Clock
from azure_simulator.clouds import Cloud, plain
from azure_simulator.compute.gallery_seeds import seed_galleries
from azure_simulator.compute.machine_seeds import seed_machines
from azure_simulator.compute.models import Compute
from azure_simulator.exchanges import Observer
from azure_simulator.faults import Faults
from azure_simulator.identity.directory import Directory
from azure_simulator.identity.tokens import SigningKey, Tokens
from azure_simulator.instance_metadata.models import Instance
from azure_simulator.journal import Journal
from azure_simulator.managed_identities.models import ManagedIdentities
from azure_simulator.resources.models import Resources
from azure_simulator.resources.rights import Rights
from azure_simulator.scenario import Scenario


class World:
    """State of all services; `reset` makes it anew in place, as the scenario says it starts.

    `origin` is where Resource Manager and Entra ID answer, such as `https://localhost:40001`; `observers` are told
    of every exchange, those of the control API apart.
    """

    clock: Clock
    random: Random
    scenario: Scenario
    journal: Journal
    faults: Faults
    rights: Rights
    tokens: Tokens
    directory: Directory
    resources: Resources
    compute: Compute
    identities: ManagedIdentities
    instance: Instance
    batch_accounts: BatchAccounts
    batch: BatchService

    def __init__(
        self,
        scenario: Scenario,
        *,
        key: SigningKey,
        doors: Doors,
        origin: str,
        clock_speed: float = 1.0,
        observers: Iterable[Observer] = (),
    ) -> None:
        self.scenario = scenario
        self.observers = tuple(observers)
        self.origin = origin
        self._key = key
        self._doors = doors
        self.clock = Clock(scenario.start, speed=clock_speed)
        self.reset()

    @property
    def cloud(self) -> Cloud:
        """Which of Azure's clouds this is."""
        return self.scenario.cloud

    def issues_tokens_for(self, audience: str) -> bool:
        """Whether `audience` is a service of this cloud, or the simulator's own Resource Manager."""
        return self.cloud.serves(audience) or plain(audience) == plain(self.origin)

    def reset(self) -> None:
        """Begin again from the scenario: all state, faults and journal are new, the clock starts over."""
        scenario = self.scenario
        self.clock.restart(scenario.start)
        self.random = Random(scenario.seed)  # noqa: S311 reproducible by its seed; guards nothing
        self.journal = Journal()
        self.faults = Faults()
        self.directory = Directory(scenario.tenants)
        self.tokens = Tokens(self._key, self.directory, lifetime=scenario.token_lifetime)
        self.resources = Resources(scenario, clock=self.clock, random=self.random)
        self.compute = Compute(scenario, clock=self.clock, random=self.random, resources=self.resources)
        seed_machines(self.compute, scenario)
        seed_galleries(self.compute, scenario)
        self.identities = ManagedIdentities(
            scenario, random=self.random, resources=self.resources, directory=self.directory
        )
        self.instance = Instance(scenario, identities=self.identities, directory=self.directory)
        self.rights = Rights.from_scenario(scenario, self.directory)
        self._doors.close_all()
        self.batch_accounts = BatchAccounts(
            scenario,
            clock=self.clock,
            random=self.random,
            resources=self.resources,
            doors=self._doors,
        )
        self.batch = BatchService(self)


WORLD = web.AppKey("world", World)
ACCOUNT = web.AppKey("account", BatchAccount)
