"""Ends what waits on a socket when its time is up, however slowly the other side drips."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Deadline:
    """Whether the time ran out."""

    def __init__(self) -> None:
        self.is_over = False


@contextmanager
def cut_off_after(seconds: float, connected: Callable[[], socket.socket | None]) -> Iterator[Deadline]:
    """A with block whose connection is shut down after so many seconds.

    connected: gives its socket, None before there is one. What then fails in the block fails by itself; the block
    looks at `is_over` to say why.
    """
    made = Deadline()

    def cut() -> None:
        made.is_over = True
        found = connected()
        if found is not None:
            try:
                socket.socket.shutdown(found, socket.SHUT_RDWR)
            except OSError:
                return

    watch = threading.Timer(max(seconds, 0.0), cut)
    watch.daemon = True
    watch.start()
    try:
        yield made
    finally:
        watch.cancel()
        watch.join()
