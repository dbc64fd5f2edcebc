"""What must never run away: done in a process that the kernel ends when it takes too much of the processor."""

from __future__ import annotations

import os
import resource
import signal
import traceback
from collections.abc import Callable

ENOUGH_S = 20
"""So much processor time that no refusal needs it on the slowest machine, and that what never ends is ended by it."""


def limited(action: Callable[[], object], seconds: int = ENOUGH_S) -> None:
    """Do it in a forked process of at most so many seconds of processor time; what it raises fails here.

    Waiting for a busy machine costs no processor time, so that nothing fails by its load.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
            action()
            code = 0
        except BaseException:
            os.write(writing, traceback.format_exc()[-8_000:].encode())
        finally:
            os._exit(code)
    os.close(writing)
    with os.fdopen(reading, "rb") as file:
        told = file.read().decode()
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert code not in (-signal.SIGXCPU, -signal.SIGKILL), f"it took more than {seconds} s of the processor"
    assert code == 0, told
