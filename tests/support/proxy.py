"""A TCP proxy that tests can take away and bring back: an API server that is down for a while."""

import asyncio
import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self


class Proxy:
    """Forwards a loopback port to another one, while it is up."""

    def __init__(self, target_port: int) -> None:
        self._target_port = target_port
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()
        self._speaks = asyncio.Event()
        self._speaks.set()
        self.port = 0

    async def __aenter__(self) -> Self:
        await self.up()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.down()

    async def up(self) -> None:
        """Listen, on the same port as before if there was one."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def down(self) -> None:
        """Refuse new connections and break those that are open."""
        if self._server is not None:
            self._server.close()
        for connection in self._connections:
            connection.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    def fall_silent(self) -> None:
        """Keep connections, and take new ones, but let nothing through: what a network that is cut looks like."""
        self._speaks.clear()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = asyncio.create_task(self._forward(reader, writer))
        self._connections.add(connection)
        connection.add_done_callback(self._connections.discard)

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.ExitStack() as stack:
            stack.enter_context(contextlib.suppress(OSError))
            stack.callback(writer.transport.abort)
            to_reader, to_writer = await asyncio.open_connection("127.0.0.1", self._target_port)
            stack.callback(to_writer.transport.abort)
            await asyncio.gather(self._pump(reader, to_writer), self._pump(to_reader, writer))

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            await self._speaks.wait()
            writer.write(data)
            await writer.drain()
        writer.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Detour:
    """A proxy in a thread of its own, for tests that wait without an event loop."""

    port: int
    _proxy: Proxy
    _loop: asyncio.AbstractEventLoop

    @classmethod
    @contextlib.contextmanager
    def to(cls, target_port: int) -> Iterator[Self]:
        """A way to a loopback port that is open for the length of the block."""
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=loop.run_forever, name="proxy")
        thread.start()
        try:
            proxy = asyncio.run_coroutine_threadsafe(Proxy(target_port).__aenter__(), loop).result()
            yield cls(port=proxy.port, _proxy=proxy, _loop=loop)
            asyncio.run_coroutine_threadsafe(proxy.down(), loop).result()
        finally:
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            loop.close()

    def cut(self) -> None:
        """Let nothing through from now on."""
        self._loop.call_soon_threadsafe(self._proxy.fall_silent)
