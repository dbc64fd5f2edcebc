"""Workers: what an RQ worker calls, and the processes of `tessera worker`.

The parent imports everything, opens the runtime and compiles the Model, and then has no connection and no thread; its
children are forked from it, and RQ forks once more for each job. A job is a doorbell: it does whatever is due, up to
200 runs, and stays for up to 2 s for the next ring. Beside the RQ workers stands a sweeper, which looks every 2 s for
what nobody was told of, and does the work itself while Redis is away. Without Redis every worker looks by itself.
"""

from __future__ import annotations

import ctypes
import logging
import os
import random
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from tessera.context import SYSTEM, Context
from tessera.engine.flows.draining import BUSY_S, IDLE_S, PORTION, Drain
from tessera.engine.flows.figures import anything_due, figures
from tessera.errors import TesseraError
from tessera.relay import STAY_S, Relay
from tessera.runtime import Runtime, open_runtime
from tessera.settings import Settings

_LOG = logging.getLogger("tessera.worker")

GRACE_S = 30.0
"""After SIGTERM what is under way has so long to come to its end."""

LATE_S = 3.0
"""What is due for longer than this, the sweeper does by itself."""

RECONNECT_S = 4.0
"""A worker that has lost Redis looks for it at least this often; RQ's own limit is a minute."""

_BUSY_FOR_S = 5.0
_MOST_RESTARTS = 10
_ROUNDS = 200
_PR_SET_PDEATHSIG = 1

_ready: Runtime | None = None


def prepare(settings: Settings) -> Runtime:
    """The runtime of this process, with the Model compiled and no connection open; made once."""
    global _ready
    if _ready is None:
        runtime = open_runtime(settings, role="worker")
        runtime.model()
        runtime.close()
        _ready = runtime
    return _ready


def end_with_parent() -> None:
    """Have this process told to end (SIGTERM) when the one that began it has gone, where the system can do that."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGTERM), 0, 0, 0)


def drain() -> int:
    """The body of an RQ job: do what is due, then stay a while for more. How many things were done."""
    end_with_parent()
    runtime = prepare(Settings.from_environment())
    relay = Relay(runtime.settings)
    drain_ = Drain(runtime)
    done, until = 0, time.monotonic() + STAY_S
    while True:
        count = drain_.once()
        done += count
        if count >= PORTION // 10:
            relay.call_help()
        if done >= PORTION:
            break
        if count:
            until = time.monotonic() + STAY_S
        elif (left := until - time.monotonic()) <= 0 or not relay.await_ring(left):
            break
    if relay.leave() or done >= PORTION:
        relay.ring(again=True)
    return done


@dataclass
class Stopping:
    """Whether this process was asked to end."""

    asked: bool = False

    def listen(self) -> None:
        """Note SIGTERM and SIGINT instead of dying of them."""
        signal.signal(signal.SIGTERM, self._note)
        signal.signal(signal.SIGINT, self._note)

    def _note(self, _signal: int, _frame: object) -> None:
        self.asked = True

    def sleep(self, seconds: float) -> None:
        """Sleep, but not longer than until the end is asked for."""
        until = time.monotonic() + seconds
        while not self.asked and (left := until - time.monotonic()) > 0:
            time.sleep(min(left, 0.05))


def poll(runtime: Runtime, stopping: Stopping) -> None:
    """Look for work again and again, without a doorbell: every 250 ms while there is some, else every 2 s."""
    drain_ = Drain(runtime)
    busy_until = 0.0
    while not stopping.asked:
        if drain_.once():
            busy_until = time.monotonic() + _BUSY_FOR_S
        else:
            stopping.sleep(BUSY_S if time.monotonic() < busy_until else IDLE_S * random.uniform(0.75, 1.25))


def sweep(runtime: Runtime, stopping: Stopping) -> None:
    """Every 2 s: ring for what is due and was not rung for; do it here when nobody comes, or Redis is away.

    As long as there is work to be done here, look every 250 ms.
    """
    relay = Relay(runtime.settings)
    drain_ = Drain(runtime)
    busy_until = 0.0
    while not stopping.asked:
        stopping.sleep(BUSY_S if time.monotonic() < busy_until else IDLE_S * random.uniform(0.75, 1.25))
        try:
            with runtime.reading(Context(actor=SYSTEM)) as work:
                if not anything_due(work):
                    continue
                told = figures(work)
            lag = max(told["event_lag_s"], told["ready_lag_s"], told["timer_lag_s"])
            if (not relay.ring(again=True) or lag > LATE_S) and drain_.all(rounds=_ROUNDS):
                busy_until = time.monotonic() + _BUSY_FOR_S
        except TesseraError as error:
            _LOG.warning("the sweeper has to wait: %s", error.message)


def work_by_rq(runtime: Runtime) -> None:
    """An RQ worker on the queue of this database, until it is told to end. It forks for each job."""
    from rq import Worker
    from rq.serializers import JSONSerializer

    relay = Relay(runtime.settings)
    worker = Worker([relay.queue()], connection=relay.connection(), serializer=JSONSerializer)
    worker.max_connection_wait_time = RECONNECT_S
    worker.work(logging_level="WARNING", with_scheduler=False)


@dataclass
class Crew:
    """The processes of one `tessera worker`. settings: theirs. count: of workers."""

    settings: Settings
    count: int = 1
    children: dict[int, str] = field(default_factory=dict)
    _restarts: int = 0

    def run(self) -> None:
        """Begin, and stay until SIGTERM or SIGINT; workers that die are begun anew."""
        os.environ.update(self.settings.to_environment())
        runtime = prepare(self.settings)
        stopping = Stopping()
        stopping.listen()
        for _ in range(self.count):
            self._start("worker", runtime)
        if self.settings.redis_url:
            self._start("sweeper", runtime)
        while not stopping.asked and self.children:
            self._reap(runtime)
            stopping.sleep(0.2)
        self._stop()

    def _start(self, role: str, runtime: Runtime) -> None:
        child = os.fork()
        if child:
            self.children[child] = role
            return
        code = 1
        try:
            self.children.clear()
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            end_with_parent()
            self._work(role, runtime)
            runtime.close()
            code = 0
        except SystemExit as ending:
            code = int(str(ending.code or 0))
        except KeyboardInterrupt:
            code = 0
        except BaseException:
            _LOG.exception("a %s ended", role)
        finally:
            sys.stdout.flush()
            os._exit(code)

    def _work(self, role: str, runtime: Runtime) -> None:
        if role == "worker" and self.settings.redis_url:
            self._with_redis(runtime)
            return
        stopping = Stopping()
        stopping.listen()
        act: Callable[[Runtime, Stopping], None] = sweep if role == "sweeper" else poll
        act(runtime, stopping)

    def _with_redis(self, runtime: Runtime) -> None:
        """Wait for Redis, then work by RQ."""
        relay = Relay(runtime.settings)
        while not relay.is_there():
            time.sleep(1.0)
        work_by_rq(runtime)

    def _reap(self, runtime: Runtime) -> None:
        while self.children:
            child, status = os.waitpid(-1, os.WNOHANG)
            if not child:
                return
            role = self.children.pop(child, "")
            if role:
                _LOG.warning("a %s ended with %s; another one begins", role, os.waitstatus_to_exitcode(status))
                self._restarts += 1
                if self._restarts > _MOST_RESTARTS:
                    time.sleep(1.0)  # whatever kills them, do not begin new ones in a hurry
                self._start(role, runtime)

    def _stop(self) -> None:
        """Let every child finish what it has at hand; those that do not come to an end are killed."""
        for child in self.children:
            _signal(child, signal.SIGTERM)
        deadline = time.monotonic() + GRACE_S
        while self.children and time.monotonic() < deadline:
            child, _ = os.waitpid(-1, os.WNOHANG)
            if child:
                self.children.pop(child, None)
            else:
                time.sleep(0.05)
        for child in self.children:
            _signal(child, signal.SIGKILL)
            os.waitpid(child, 0)


def _signal(child: int, number: signal.Signals) -> None:
    try:
        os.kill(child, number)
    except ProcessLookupError:
        return
