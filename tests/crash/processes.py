"""Real processes that are killed: forked from the test, at a fault point or some time after a number of them."""

from __future__ import annotations

import json
import os
import signal
import traceback
from collections.abc import Callable, Sequence

from tessera import faults
from tessera.runtime import Runtime

KILLED = -signal.SIGKILL
ALARMED = -signal.SIGALRM
"""How a process ends that is killed at a point, and one that is killed by the alarm that it has set there."""

Action = Callable[[Runtime], object]


def _start(runtime: Runtime, action: Action, fault: str = "") -> int:
    # A process must not inherit open connections, so there are none here while others run.
    runtime.close()
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        os.environ["TESSERA_FAULT"] = fault
        faults.arm_from_environment()
        action(runtime)
        runtime.close()
        code = 0
    except SystemExit as ending:
        code = int(str(ending.code))
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


def _ended(child: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def run(runtime: Runtime, action: Action, fault: str = "") -> int:
    """Exit code of a process that does the action, killed at `point` or `point:nth`."""
    return _ended(_start(runtime, action, fault))


def run_until(runtime: Runtime, action: Action, points: int, seconds: float = 0.0) -> int:
    """Exit code of a process that does the action and is killed once it has come by so many fault points.

    seconds: it may go on for so long, and is then killed wherever it is; 0: at the point, which is certain.
    """

    def counted(own: Runtime) -> None:
        left = points

        def reached() -> None:
            nonlocal left
            left -= 1
            if left == 0 and seconds:
                signal.setitimer(signal.ITIMER_REAL, seconds)
            elif left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

        faults._armed.update(dict.fromkeys(faults.known(), reached))
        action(own)

    return run(runtime, counted)


def run_all(runtime: Runtime, actions: Sequence[Action]) -> list[int]:
    """Exit codes of processes that act at the same time."""
    children = [_start(runtime, each) for each in actions]
    return [_ended(each) for each in children]


def count_points(runtime: Runtime, action: Action) -> dict[str, int]:
    """How often a process that does the action reaches each fault point."""
    reading, writing = os.pipe()

    def counted(own: Runtime) -> None:
        found: dict[str, int] = {}

        def note(name: str) -> Callable[[], None]:
            return lambda: found.update({name: found.get(name, 0) + 1})

        for name in faults.known():
            faults._armed[name] = note(name)
        action(own)
        os.write(writing, json.dumps(found).encode())

    assert run(runtime, counted) == 0
    os.close(writing)
    with os.fdopen(reading, "rb") as file:
        return dict(json.load(file))
