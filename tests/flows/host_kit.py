"""A host: `tessera worker` behind two lines of its own, which can be cut, with a step of the tests that tells of it.

As a program (`python -m flows.host_kit FILE`) it is the workers; what they tell the outside is added to the file.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flows.postgres_kit import Cluster
from flows.probe import probing
from flows.proxy_kit import Proxy, proxy
from tessera.settings import Settings

_LONGEST_S = 60


@dataclass
class Host:
    """A group of workers with lines of its own. calls: what they told the outside, with a line for each."""

    calls: Path
    process: subprocess.Popen[bytes]
    lines: tuple[Proxy, Proxy]

    def cut(self) -> None:
        """Nothing comes through any more, and both sides know."""
        for line in self.lines:
            line.cut()

    def stall(self) -> None:
        """Nothing comes through any more, and nobody knows."""
        for line in self.lines:
            line.stall()

    def mend(self) -> None:
        """The lines are whole again."""
        for line in self.lines:
            line.mend()

    def told(self) -> list[str]:
        """What its workers told the outside, in their order."""
        if not self.calls.exists():
            return []
        return [line.partition(" ")[2] for line in self.calls.read_text("utf-8").splitlines()]


@contextmanager
def host(calls: Path, settings: Settings, cluster: Cluster, redis_port: int) -> Iterator[Host]:
    """A host that is told to end after the with block."""
    with ExitStack() as stack:
        lines = (stack.enter_context(proxy(cluster.port)), stack.enter_context(proxy(redis_port)))
        database = urlsplit(settings.database_url).path.removeprefix("/")
        own = replace(settings, database_url=cluster.url(database, port=lines[0].port),
                      redis_url=f"redis://127.0.0.1:{lines[1].port}/0")  # fmt: skip
        environment = {**os.environ, **own.to_environment(), "PYTHONPATH": os.pathsep.join(("platform", "tests"))}
        process = subprocess.Popen([sys.executable, "-m", "flows.host_kit", str(calls)], env=environment)
        try:
            yield Host(calls, process, lines)
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=120)
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()


def meet(calls: Path, request: Any) -> Any:
    """An outside call that ends when the named number of hosts are inside such a call: `meet 3`."""
    word, _, count = request["text"].partition(" ")
    if word == "meet":
        end = time.monotonic() + _LONGEST_S
        (calls.parent / f"{calls.stem}.inside").touch()
        while len(list(calls.parent.glob("*.inside"))) < int(count):
            if time.monotonic() > end:
                raise TimeoutError("the others do not come")
            time.sleep(0.02)
    return request


def main() -> None:
    """The workers of a host."""
    from tessera.jobs import Crew

    calls = Path(sys.argv[1])
    with probing(calls) as probe:
        probe.act = lambda request, _key: meet(calls, request)
        Crew(Settings.from_environment()).run()


if __name__ == "__main__":
    main()
