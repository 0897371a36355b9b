"""What can go wrong between a client and an API server: a relay that cuts, holds back, refuses and delays.

The certificate of a `Plane` is for 127.0.0.1 whatever the port, so `plane.kubeconfig(server=relay.url)` goes through
the relay. Every knob returns when it has been turned.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import threading
from collections.abc import Coroutine, Iterator
from typing import Any, TypeVar

from tests.live.waiting import until

T = TypeVar("T")
_CHUNK = 65536
_RESET = struct.pack("ii", 1, 0)  # SO_LINGER on, of no time: closing sends RST


class Relay:
    """Forwards TCP between `port`, which is its own, and `target_port`, both of 127.0.0.1."""

    def __init__(self, target_port: int) -> None:
        self.target_port = target_port
        self.port = 0
        self.connections = 0  # accepted so far
        self.bytes_up = 0  # forwarded to the server
        self.bytes_down = 0  # forwarded to the client
        self._delay = 0.0
        self._ends: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._flows = asyncio.Event()
        self._flows.set()
        self._server: asyncio.Server | None = None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.allow()

    @property
    def url(self) -> str:
        """The API server by way of the relay."""
        return f"https://127.0.0.1:{self.port}"

    @property
    def open(self) -> int:
        """How many clients are connected now."""
        return len(self._tasks)

    def wait_for(self, connections: int) -> None:
        """Waits until so many connections have been accepted."""
        until(lambda: self.connections >= connections, f"{connections} connections to the relay")

    def cut(self) -> None:
        """Resets every connection; new ones are accepted."""
        self._do(self._cut())

    def freeze(self) -> None:
        """Forwards nothing from now on: connections stay open, new ones are accepted and held."""
        self._do(self._set_flow(False))

    def thaw(self) -> None:
        """Forwards again, what was held back first."""
        self._do(self._set_flow(True))

    def refuse(self) -> None:
        """Refuses new connections; those that are there go on."""
        self._do(self._refuse())

    def allow(self) -> None:
        """Accepts connections again, on the same port."""
        self._do(self._allow())

    def delay(self, seconds: float) -> None:
        """Holds back each piece of an answer for so long; 0 ends it."""
        self._delay = seconds

    def close(self) -> None:
        """Ends the relay and its connections."""
        self.refuse()
        self.cut()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    # -- in the thread of the loop --

    def _do(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _set_flow(self, flows: bool) -> None:
        if flows:
            self._flows.set()
        else:
            self._flows.clear()

    async def _allow(self) -> None:
        if self._server is None:
            self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port)
            self.port = self._server.sockets[0].getsockname()[1]

    async def _refuse(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None

    async def _cut(self) -> None:
        for end in self._ends:
            end.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            end.transport.abort()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.create_task(self._forward(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with self._held(writer), contextlib.suppress(OSError):
            await self._flows.wait()
            answers, server = await asyncio.open_connection("127.0.0.1", self.target_port)
            with self._held(server):
                up = asyncio.create_task(self._pump(reader, server, up=True))
                down = asyncio.create_task(self._pump(answers, writer, up=False))
                try:
                    await asyncio.wait({up, down}, return_when=asyncio.FIRST_COMPLETED)
                finally:
                    up.cancel()
                    down.cancel()

    @contextlib.contextmanager
    def _held(self, end: asyncio.StreamWriter) -> Iterator[None]:
        self._ends.add(end)
        try:
            yield
        finally:
            self._ends.discard(end)
            end.close()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, up: bool) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(_CHUNK):
                await self._flows.wait()
                if not up and self._delay:
                    await asyncio.sleep(self._delay)
                if up:
                    self.bytes_up += len(data)
                else:
                    self.bytes_down += len(data)
                writer.write(data)
                await writer.drain()
        await self._flows.wait()  # the end of a connection is held back too
