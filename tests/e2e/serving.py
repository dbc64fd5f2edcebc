"""A real server for the tests that come from outside."""

from __future__ import annotations

import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

from patience import until

_TRIES = 5


@contextmanager
def server() -> Iterator[int]:
    """The port of a server of the database that the environment names, once it answers."""
    for _ in range(_TRIES):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port: int = free.getsockname()[1]
        process = subprocess.Popen([sys.executable, "-m", "tessera.cli", "serve", "--port", str(port)])
        try:
            if until(lambda: _state(process, port), f"the server on port {port}") == "up":  # noqa: B023, called at once
                yield port
                return
        finally:
            process.terminate()
            process.wait()
    raise AssertionError(f"{_TRIES} servers ended at once")


def _state(process: subprocess.Popen[bytes], port: int) -> str:
    """Whether it is "up", or has "ended": somebody else may have taken the port in the meantime."""
    if process.poll() is not None:
        return "ended"
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=20).close()
    except (urllib.error.URLError, OSError):
        return ""
    return "up"
