"""Running a batch from wherever it stands to its end: read, write, settle, complete."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tessera import faults
from tessera.context import Context
from tessera.engine.mapping.batches import Batch, batch_row, get_batch
from tessera.engine.mapping.claims import claimed
from tessera.engine.mapping.errors import BatchClosed, BatchMoved, MappingChanged
from tessera.engine.mapping.packets import keep_lacking
from tessera.engine.mapping.progress import Listener, Meter, Progress, deaf
from tessera.engine.mapping.reading import Reader
from tessera.engine.mapping.rejects import fill_cells
from tessera.engine.mapping.writing import Writer
from tessera.engine.process import Process
from tessera.engine.timeline.watching import settle_pending
from tessera.engine.work import Work
from tessera.store.system import assistant, imports

SETTLED = faults.point("import.settled")
_READ_AGAIN = {"status": "reading", "rows": 0, "file_place": 0, "file_rows": 0, "counts": {}, "documents": {},
               "cursor_target": None, "cursor_key": None}  # fmt: skip


def run_batch(runtime: Process, ctx: Context, batch: int, listener: Listener = deaf) -> Batch:
    """Go on with a batch until it is complete; after a kill at any point the next call goes on from there.

    Raises: BatchRunning and BatchMoved when somebody else runs it, BatchClosed when it was cancelled, NotFound.
    """
    with claimed(runtime.settings.data_dir / "imports", batch):
        return _run(runtime, replace(ctx, request_id=request_of(batch)), batch, listener)


def request_of(batch: int) -> str:
    """The request that the audit names for what a batch does; none that comes over the wire has a colon."""
    return f"import:{batch}"


def _run(runtime: Process, ctx: Context, batch: int, listener: Listener) -> Batch:
    while True:
        with runtime.reading(ctx) as work:
            status = batch_row(work, batch)["status"]
            if status == imports.COMPLETE:
                return get_batch(work, batch)
        if status == "reading":
            _read(runtime, ctx, batch, listener)
        elif status == "writing":
            _write(runtime, ctx, batch, listener)
        elif status == "settling":
            _settle(runtime, ctx, batch, listener)
        else:
            raise BatchClosed(batch=batch, status=status)


def _read(runtime: Process, ctx: Context, batch: int, listener: Listener) -> None:
    reader = Reader(runtime, ctx, batch)
    meter = Meter("reading", sum(each["lines"] for each in reader.files), listener)
    reader.run(meter)
    meter.end()


def _write(runtime: Process, ctx: Context, batch: int, listener: Listener) -> None:
    writer = Writer(runtime, ctx, batch)
    try:
        writer.run(Meter("writing", writer.accepted, listener))
    except MappingChanged:
        # Another release came in between: what was read by the old mapping is read again by the new one. Documents
        # that were written already are recognised by their keys and contents.
        runtime.write(ctx, lambda work: _read_again(work, batch))


def _read_again(work: Work, batch: int) -> None:
    imports.delete_progress(work.tx, batch)
    _step(work, batch, _READ_AGAIN)


def _settle(runtime: Process, ctx: Context, batch: int, listener: Listener) -> None:
    fill_cells(runtime, ctx, batch)

    def told(done: int, total: int) -> None:
        listener(Progress("settling", done, total, 0, None))

    settle_pending(runtime, ctx, told)
    faults.reach(SETTLED)
    runtime.write(ctx, lambda work: _complete(work, batch))
    with runtime.reading(ctx) as work:
        paths = imports.unused_files(work.tx, batch)
    for path in paths:
        Path(path).unlink(missing_ok=True)


def _complete(work: Work, batch: int) -> None:
    keep_lacking(work, batch, batch_row(work, batch)["corrects"])
    until = assistant.latest_audit(work.tx)
    _step(work, batch, {"status": imports.COMPLETE, "finished_at": work.now, "audit_until": until})


def _step(work: Work, batch: int, values: dict[str, object]) -> None:
    row = batch_row(work, batch)
    if not imports.step_on(work.tx, batch, row["step"], {**values, "updated_at": work.now}):
        raise BatchMoved(batch=batch)
