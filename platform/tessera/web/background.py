"""Work that goes on after its answer, in threads of the server: imports, exports and the flows.

Each step of an import and of a run is committed, so that what a server left when it stopped is simply resumed; a file
that was being exported is made anew.
"""

from __future__ import annotations

import threading
import time
from dataclasses import asdict

from tessera.context import Context
from tessera.engine import exports, mapping, outbox
from tessera.engine.flows.draining import BUSY_S, IDLE_S, Drain
from tessera.engine.mapping import Progress, undoing
from tessera.engine.mapping.errors import BatchRunning
from tessera.errors import Json, TesseraError
from tessera.runtime import Runtime, open_runtime
from tessera.settings import Settings
from tessera.web.log import logger

_BUSY_FOR_S = 5.0
_MANY = 50
_GATHER_S = 0.03
"""After a round that did little: how long what comes meanwhile is gathered, so that every write does not cost a round.

A round asks each chore, in transactions of its own: as much work as some writes together, on the same processor.
"""


class Flows:
    """Does the work of flows in a thread: rung for by this process, and looking for what others have left."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._rung = threading.Event()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._work, name="flows", daemon=True)

    def start(self) -> None:
        """Begin, and be rung for by every transaction of this process that leaves something to do."""
        outbox.doorbells.append(self._rung.set)
        self._thread.start()

    def stop(self) -> None:
        """End after what is under way."""
        if self._rung.set in outbox.doorbells:
            outbox.doorbells.remove(self._rung.set)
        self._stopped.set()
        self._rung.set()
        self._thread.join(timeout=30)

    def _work(self) -> None:
        runtime = open_runtime(self._settings, role="worker")
        try:
            drain, busy_until = Drain(runtime), 0.0
            while not self._stopped.is_set():
                self._rung.clear()
                done = drain.once()
                if done:
                    busy_until = time.monotonic() + _BUSY_FOR_S
                if 0 < done < _MANY:
                    self._stopped.wait(_GATHER_S)
                elif not done:
                    self._rung.wait(BUSY_S if time.monotonic() < busy_until else IDLE_S)
        except Exception as error:
            logger.exception("flows_stopped", exc_info=error)
        finally:
            runtime.close()


class Imports:
    """The imports that this process runs. They use connections of their own, without the web's time limits."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._turn = threading.Lock()
        self._guard = threading.Lock()
        self._running: dict[int, Progress | None] = {}
        self._failures: dict[int, dict[str, Json]] = {}

    def start(self, ctx: Context, batch: int) -> None:
        """Bring a batch to its end in the background, unless this process is at it already."""
        with self._guard:
            if batch in self._running:
                return
            self._running[batch] = None
            self._failures.pop(batch, None)
        threading.Thread(target=self._run, args=(ctx, batch), name=f"import-{batch}", daemon=True).start()

    def resume(self) -> list[int]:
        """Go on with every batch that was begun and not brought to its end; gives their ids."""
        runtime = open_runtime(self._settings, role="job")
        try:
            found = mapping.open_batches(runtime)
        finally:
            runtime.close()
        for batch, ctx in found:
            self.start(ctx, batch)
        return [batch for batch, _ in found]

    def state_of(self, batch: int) -> dict[str, Json]:
        """How far the batch is here: is_running, progress, and the problem that ended it."""
        with self._guard:
            progress = self._running.get(batch)
            return {
                "is_running": batch in self._running,
                "progress": asdict(progress) if progress is not None else None,
                "problem": self._failures.get(batch),
            }

    def _run(self, ctx: Context, batch: int) -> None:
        try:
            with self._turn:
                self._brought_to_end(ctx, batch)
        except BatchRunning:
            logger.info("import_runs_elsewhere", batch=batch)
        except TesseraError as error:
            self._fail(batch, error.problems()[0].to_json())
        except Exception as error:
            logger.exception("import_failed", exc_info=error, request_id=ctx.request_id)
            self._fail(batch, {"code": "internal", "pointer": "", "message": "Something went wrong on our side."})
        finally:
            with self._guard:
                self._running.pop(batch, None)

    def _brought_to_end(self, ctx: Context, batch: int) -> None:
        runtime: Runtime = open_runtime(self._settings, role="job")
        try:
            mapping.run_batch(runtime, ctx, batch, lambda progress: self._note(batch, progress))
        finally:
            runtime.close()

    def _note(self, batch: int, progress: Progress) -> None:
        with self._guard:
            self._running[batch] = progress

    def _fail(self, batch: int, problem: dict[str, Json]) -> None:
        with self._guard:
            self._failures[batch] = problem


class Undoings:
    """The batches of imports that this process takes back."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._guard = threading.Lock()
        self._running: set[int] = set()

    def start(self, ctx: Context, batch: int) -> None:
        """Take a batch back in the background, unless this process is at it already."""
        with self._guard:
            if batch in self._running:
                return
            self._running.add(batch)
        threading.Thread(target=self._run, args=(ctx, batch), name=f"undo-{batch}", daemon=True).start()

    def resume(self, runtime: Runtime) -> None:
        """Go on with every one that was cut off."""
        for batch, ctx in undoing.open_undoings(runtime):
            self.start(ctx, batch)

    def _run(self, ctx: Context, batch: int) -> None:
        try:
            runtime = open_runtime(self._settings, role="job")
            try:
                undoing.run_undo(runtime, ctx, batch)
            finally:
                runtime.close()
        except BatchRunning:
            logger.info("undo_runs_elsewhere", batch=batch)
        except Exception as error:
            logger.exception("undo_failed", exc_info=error, batch=batch)
        finally:
            with self._guard:
                self._running.discard(batch)


class Exports:
    """The exports that this process makes, over connections of their own."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._turn = threading.Lock()
        self._guard = threading.Lock()
        self._waiting: set[int] = set()

    def start(self, number: int) -> None:
        """Make an export in the background, unless this process is at it already; somebody else's is left to him."""
        with self._guard:
            if number in self._waiting:
                return
            self._waiting.add(number)
        threading.Thread(target=self._run, args=(number,), name=f"export-{number}", daemon=True).start()

    def resume(self, runtime: Runtime) -> list[int]:
        """Begin every export that nobody is making; gives their ids. runtime: to look by."""
        found = exports.ready_exports(runtime)
        for number in found:
            self.start(number)
        return found

    def _run(self, number: int) -> None:
        try:
            with self._turn:
                runtime = open_runtime(self._settings, role="job")
                try:
                    exports.run_export(runtime, number)
                finally:
                    runtime.close()
        except Exception as error:
            logger.exception("export_failed", exc_info=error, export=number)
        finally:
            with self._guard:
                self._waiting.discard(number)
