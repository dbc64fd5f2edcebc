"""A TCP proxy that can be cut, or that lets nothing through: what stands between hosts in the tests."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_PORTION = 65_536


class Proxy:
    """Passes everything on between whoever connects to `port` and 127.0.0.1:target."""

    def __init__(self, target: int) -> None:
        self.target = target
        self.port = 0
        self._loop = asyncio.new_event_loop()
        self._is_cut = False
        self._writers: set[asyncio.StreamWriter] = set()
        self._flowing: asyncio.Event
        self._begun = threading.Event()
        self._thread = threading.Thread(target=self._run, name="proxy", daemon=True)

    def begin(self) -> None:
        """Listen, in a thread."""
        self._thread.start()
        self._begun.wait()

    def end(self) -> None:
        """Let go of everything."""
        self.cut()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._flowing = asyncio.Event()
        self._flowing.set()
        server = self._loop.run_until_complete(asyncio.start_server(self._passed_on, "127.0.0.1", 0))
        self.port = server.sockets[0].getsockname()[1]
        self._begun.set()
        self._loop.run_forever()
        server.close()
        tasks = asyncio.all_tasks(self._loop)
        for task in tasks:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        self._loop.close()

    async def _passed_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._is_cut:
            writer.transport.abort()
            return
        try:
            there, back = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            writer.transport.abort()
            return
        self._writers |= {writer, back}
        await asyncio.gather(self._pump(reader, back), self._pump(there, writer))
        self._writers -= {writer, back}

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while portion := await reader.read(_PORTION):
                await self._flowing.wait()
                writer.write(portion)
                await writer.drain()
        writer.close()

    def cut(self) -> None:
        """Break every connection, and take no new one."""
        self._do(self._cut)

    def _cut(self) -> None:
        self._is_cut = True
        for writer in list(self._writers):
            writer.transport.abort()
        self._flowing.set()

    def stall(self) -> None:
        """Hold back whatever comes, as a line does on which every packet is lost."""
        self._do(self._flowing.clear)

    def mend(self) -> None:
        """Take connections, and let through what was held back."""
        self._is_cut = False
        self._do(self._flowing.set)

    def _do(self, act: object) -> None:
        assert callable(act)
        done = threading.Event()
        self._loop.call_soon_threadsafe(lambda: (act(), done.set()))
        done.wait()


@contextmanager
def proxy(target: int) -> Iterator[Proxy]:
    """A proxy before a port of this machine, gone after the with block."""
    found = Proxy(target)
    found.begin()
    try:
        yield found
    finally:
        found.end()
