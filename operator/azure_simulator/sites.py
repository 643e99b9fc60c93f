"""The HTTPS ports of Batch accounts: bound at once, served as soon as the event loop comes round to it."""

import asyncio
import socket
import ssl
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from aiohttp import web
from typing_extensions import override

from azure_simulator.batch_accounts.doors import Doors

_BACKLOG = 256


@dataclass(slots=True, kw_only=True)
class _Site:
    """An account's port: bound while the account is wanted, remembered for when it comes back."""

    socket: socket.socket
    port: int
    runner: web.AppRunner | None = None
    stale: bool = True
    wanted: bool = True


class Sites(Doors):
    """One port per Batch account, of `ports` first, kept for the account's name until the simulator stops."""

    def __init__(self, host: str, advertised: str, context: ssl.SSLContext, *, ports: Iterable[int] = ()) -> None:
        self._host = host
        self._ports = iter(ports)
        self._advertised = advertised
        self._context = context
        self._sites: dict[str, _Site] = {}
        self._lock = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()
        self._application: Callable[[str], web.Application] | None = None

    def serve_with(self, application: Callable[[str], web.Application]) -> None:
        """Serve accounts with what `application` makes for `name.location`."""
        self._application = application
        self._settle_soon()

    @override
    def open(self, account: str) -> str:
        site = self._sites.get(account)
        if site is None:
            site = self._sites[account] = self._bound(next(self._ports, 0))
        elif site.socket.fileno() < 0:
            site = self._sites[account] = self._bound(site.port)
        site.wanted = site.stale = True
        self._settle_soon()
        return f"https://{self._advertised}:{site.port}"

    @override
    def close(self, account: str) -> None:
        self._sites[account].wanted = False
        self._settle_soon()

    @override
    def close_all(self) -> None:
        for site in self._sites.values():
            site.wanted = False
        self._settle_soon()

    async def settle(self) -> None:
        """Start and stop until what is served is what was asked for."""
        async with self._lock:
            for account, site in tuple(self._sites.items()):
                if site.stale or not site.wanted:
                    await self._stop(site)
                if not site.wanted:
                    site.socket.close()
                elif self._application is not None and site.runner is None:
                    site.stale = False
                    await self._start(site, self._application(account))

    async def stop(self) -> None:
        """Serve nothing any more and give the ports back."""
        await asyncio.gather(*self._tasks)
        async with self._lock:
            for site in self._sites.values():
                await self._stop(site)
                site.socket.close()
            self._sites.clear()

    def _settle_soon(self) -> None:
        if self._application is None:
            return
        task = asyncio.get_running_loop().create_task(self.settle())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _bound(self, port: int) -> _Site:
        family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
        bound = socket.create_server((self._host, port), family=family, backlog=_BACKLOG)
        return _Site(socket=bound, port=bound.getsockname()[1])

    async def _start(self, site: _Site, application: web.Application) -> None:
        site.runner = runner_of(application)
        await site.runner.setup()
        await web.SockSite(site.runner, site.socket.dup(), ssl_context=self._context).start()

    async def _stop(self, site: _Site) -> None:
        runner, site.runner = site.runner, None
        if runner is not None:
            await runner.cleanup()


SITES = web.AppKey("sites", Sites)


def runner_of(application: web.Application) -> web.AppRunner:
    """A runner that stops at once and writes no access log: the journal is the log."""
    return web.AppRunner(application, access_log=None, shutdown_timeout=0.0, handle_signals=False)
