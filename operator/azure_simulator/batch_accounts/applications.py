"""Application packages of Batch accounts: what pools and tasks refer to, and whether it is there."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from azure_simulator.arm_ids import key_of
from azure_simulator.batch.stamps import Stamps
from azure_simulator.batch_accounts.scenario import BatchApplication

MOST_APPLICATIONS = 200
MOST_PACKAGES = 40
"""Of an account, and versions of an application ("Batch service quotas and limits")."""


@dataclass(slots=True, kw_only=True)
class Package:
    """A version of an application: `format` and `activated` are set when it has been uploaded and activated."""

    version: str
    format: str | None = None
    activated: datetime | None = None

    @property
    def is_active(self) -> bool:
        """Whether nodes can get it."""
        return self.activated is not None


@dataclass(slots=True, kw_only=True)
class Application:
    """An application with its versions, found without letter case."""

    name: str
    stamps: Stamps
    display_name: str | None = None
    allow_updates: bool = True
    default_version: str | None = None
    packages: dict[str, Package] = field(default_factory=dict)

    def serves(self, version: str | None) -> bool:
        """Whether nodes can get this version, or the default one."""
        wanted = version or self.default_version
        package = self.packages.get(wanted.lower()) if wanted else None
        return package is not None and package.is_active


class Applications:
    """The applications of one account."""

    def __init__(self, account_id: str, applications: Iterable[Application] = ()) -> None:
        self._account_id = account_id
        self._applications = {one.name.lower(): one for one in applications}

    def __len__(self) -> int:
        return len(self._applications)

    def __iter__(self) -> Iterator[Application]:
        return iter(tuple(self._applications.values()))

    def find(self, name: str) -> Application | None:
        """The application of this name."""
        return self._applications.get(name.lower())

    def add(self, application: Application) -> None:
        """Take up an application."""
        self._applications[application.name.lower()] = application

    def discard(self, application: Application) -> None:
        """Forget an application."""
        self._applications.pop(application.name.lower(), None)

    def unserved(self, references: Iterable[tuple[str, str | None]]) -> list[str]:
        """The references (application and version) that nodes could not get, as the service writes them."""
        return [
            application if version is None else f"{application}:{version}"
            for application, version in references
            if not self._serves(application, version)
        ]

    def _serves(self, application: str, version: str | None) -> bool:
        """An application is named by its ARM id, by older clients by its name alone."""
        own = f"{key_of(self._account_id)}/applications/"
        found = self.find(key_of(application).removeprefix(own))
        return found is not None and found.serves(version)


def seeded(account_id: str, seeds: Iterable[BatchApplication], now: datetime) -> Applications:
    """The applications of a scenario, whose versions are all active."""
    return Applications(account_id, (_application(seed, now) for seed in seeds))


def _application(seed: BatchApplication, now: datetime) -> Application:
    packages = {version.lower(): Package(version=version, format="zip", activated=now) for version in seed.versions}
    return Application(name=seed.name, stamps=Stamps(now), default_version=seed.default_version, packages=packages)
