"""The simulator as one object: its endpoints, its world and its clock, started and stopped together."""

import asyncio
import contextlib
import json
import socket
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from azure_simulator.api_versions import check_api_version
from azure_simulator.authentication import (
    authenticate_for_batch,
    authenticate_for_resource_manager,
    authorize_for_resource_manager,
)
from azure_simulator.batch import routes as batch
from azure_simulator.batch_accounts import routes as batch_accounts
from azure_simulator.compute import routes as compute
from azure_simulator.control import routes as control
from azure_simulator.edge import BUCKETS, SERVICE, answer, throttle, trouble
from azure_simulator.exchanges import Observer
from azure_simulator.identity import routes as identity
from azure_simulator.identity.tokens import SigningKey
from azure_simulator.instance_metadata import routes as instance_metadata
from azure_simulator.managed_identities import routes as managed_identities
from azure_simulator.resources import routes as resources
from azure_simulator.resources.existence import answer_existence
from azure_simulator.scenario import Scenario
from azure_simulator.sites import SITES, Sites, runner_of
from azure_simulator.throttling import Buckets
from azure_simulator.tls import certificates_in
from azure_simulator.world import ACCOUNT, WORLD, World

_WILDCARDS = {"", "0.0.0.0", "::", "127.0.0.1", "::1"}  # noqa: S104 compared with, never bound to
_LARGEST_BODY = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """What somebody needs who wants to talk to the simulator; the first application's secret is included."""

    resource_manager: str
    managed_identity: str
    batch: dict[str, str]
    ca_file: Path
    tenant_id: str
    subscription_id: str
    client_id: str
    client_secret: str

    def line(self) -> str:
        """The ready line: one JSON document."""
        return json.dumps(
            {
                "resourceManager": self.resource_manager,
                "authority": self.resource_manager,
                "managedIdentity": self.managed_identity,
                "batch": self.batch,
                "caFile": str(self.ca_file),
                "control": f"{self.resource_manager}/_simulator",
                "tenantId": self.tenant_id,
                "subscriptionId": self.subscription_id,
                "clientId": self.client_id,
                "clientSecret": self.client_secret,
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Listening:
    """Where the simulator listens, and what clients call it."""

    host: str = "127.0.0.1"
    port: int = 0
    """That of Resource Manager; 0 takes a free one."""
    advertised: str | None = None
    """The host in all addresses that the simulator tells; None takes the one that it listens on."""
    account_ports: Sequence[int] = ()
    """Ports of Batch accounts in the order in which these are made; free ones after that."""

    @property
    def name(self) -> str:
        """The host in all addresses."""
        return self.advertised or ("localhost" if self.host in _WILDCARDS else self.host)


class Simulator:
    """A running simulator; make it, `await start()`, and `await stop()` in the same event loop.

    `observers` are told of every exchange.
    """

    def __init__(
        self,
        scenario: Scenario,
        data_dir: Path,
        *,
        listening: Listening = Listening(),
        clock_speed: float = 1.0,
        observers: Iterable[Observer] = (),
    ) -> None:
        self._scenario = scenario
        self._observers = tuple(observers)
        self._data_dir = data_dir
        self._listening = listening
        self._clock_speed = clock_speed
        self._stack = contextlib.AsyncExitStack()
        self.world: World

    async def start(self) -> Ready:
        """Listen on every endpoint and let the clock run."""
        self._data_dir.mkdir(parents=True, exist_ok=True)
        advertised = self._listening.name
        certificates = certificates_in(self._data_dir, advertised)
        key = SigningKey.kept_in(self._data_dir / "signing-key.pem")
        bound = self._bound(self._listening.port)
        origin = f"https://{advertised}:{bound.getsockname()[1]}"
        sites = Sites(self._listening.host, advertised, certificates.context, ports=self._listening.account_ports)
        self.world = World(
            self._scenario,
            key=key,
            doors=sites,
            origin=origin,
            clock_speed=self._clock_speed,
            observers=self._observers,
        )
        runner = runner_of(resource_manager_application(self.world, sites))
        await runner.setup()
        await web.SockSite(runner, bound, ssl_context=certificates.context).start()
        metadata, metadata_socket = runner_of(instance_metadata_application(self.world)), self._bound(0)
        await metadata.setup()
        await web.SockSite(metadata, metadata_socket).start()
        sites.serve_with(lambda account: batch_application(self.world, account))
        await sites.settle()
        self._stack.push_async_callback(runner.cleanup)
        self._stack.push_async_callback(metadata.cleanup)
        self._stack.push_async_callback(sites.stop)
        self._stack.push_async_callback(_cancelled, asyncio.create_task(self.world.clock.run()))
        return self._ready(certificates.ca_file, f"http://{advertised}:{metadata_socket.getsockname()[1]}")

    async def stop(self) -> None:
        """Stop the clock and every endpoint."""
        await self._stack.aclose()

    def _bound(self, port: int) -> socket.socket:
        host = self._listening.host
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)

    def _ready(self, ca_file: Path, managed_identity: str) -> Ready:
        tenant, subscription = self._scenario.tenants[0], self._scenario.subscriptions[0]
        application = tenant.applications[0]
        return Ready(
            resource_manager=self.world.origin,
            managed_identity=managed_identity,
            batch={account.name: account.endpoint for account in self.world.batch_accounts},
            ca_file=ca_file,
            tenant_id=tenant.id,
            subscription_id=subscription.id,
            client_id=application.client_id,
            client_secret=application.secrets[0],
        )


def resource_manager_application(world: World, sites: Sites) -> web.Application:
    """Resource Manager, Entra ID and the control API: one endpoint, as one client setting can name it."""
    application = web.Application(
        client_max_size=_LARGEST_BODY,
        middlewares=[
            answer,
            trouble,
            authenticate_for_resource_manager,
            throttle,
            check_api_version,
            authorize_for_resource_manager,
            answer_existence,
        ],
    )
    application[WORLD] = world
    application[SITES] = sites
    application[BUCKETS] = Buckets(world.clock)
    for service in (control, identity, compute, managed_identities, batch_accounts, resources):
        application.router.add_routes(service.routes())
    return application


def batch_application(world: World, account_key: str) -> web.Application:
    """The Batch service of one account, named `name.location`."""
    name, _, location = account_key.partition(".")
    account = world.batch_accounts.named(name, location)
    if account is None:
        raise LookupError(f"there is no Batch account {account_key}")
    application = web.Application(client_max_size=_LARGEST_BODY, middlewares=[answer, trouble, authenticate_for_batch])
    application[WORLD] = world
    application[ACCOUNT] = account
    application[SERVICE] = "batch"
    application.router.add_routes(batch.routes(world, account))
    return application


def instance_metadata_application(world: World) -> web.Application:
    """The metadata endpoint of the machine that clients run on: plain http, and nobody signs in."""
    application = web.Application(middlewares=[answer, trouble])
    application[WORLD] = world
    application[SERVICE] = "instance_metadata"
    application.router.add_routes(instance_metadata.routes())
    return application


async def _cancelled(task: asyncio.Task[None]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
