"""Opening an approval that waits: its step, as the run's release says, and formulas in the scope of the waiting run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from tessera.engine.approvals.cases import Case, locked_row, read, row_of
from tessera.engine.approvals.frames import Frame, See
from tessera.engine.work import Work
from tessera.errors import NotFound
from tessera.meta.approvals import ApproveDoc, NodeDoc
from tessera.meta.flows import Block, FlowDoc, StepDoc
from tessera.meta.model import Model
from tessera.store.system.flows import run as run_table

if TYPE_CHECKING:
    from tessera.engine.flows.steps.base import Run

OVER = frozenset({"done", "failed", "cancelled"})


def open_case(work: Work, approval_id: int, *, lock: bool) -> Case:
    """An approval by its id. lock: for a change, so that whoever comes second sees what the first has done.

    Raises: NotFound("not_found").
    """
    row = locked_row(work, approval_id) if lock else row_of(work, approval_id)
    return read(work, row, frame_of(work, row))


def frame_of(work: Work, row: Mapping[str, Any]) -> Frame:
    """What the approval of a row rests on. Raises: NotFound."""
    from tessera.engine.flows.programs import flow_of, model_of, steps_of

    run = work.tx.row(sa.select(run_table).where(run_table.c.id == row["run_id"]))
    model = model_of(work, row["release"])
    doc = flow_of(model, row["flow"])
    step = steps_of(model, doc).get(row["step"])
    if step is None:
        raise NotFound(what="approval")
    see = None if run is None or run["state"] in OVER else _see(work, run, model, doc, row["path"])
    return framed(doc, step, model, see)


def frame_in(run: Run, step: StepDoc) -> Frame:
    """The frame of a step while its run is at work at it."""
    return framed(run.doc, step, run.model, lambda formula, more: run.value(formula, more))


def framed(doc: FlowDoc, step: StepDoc, model: Model, see: See | None) -> Frame:
    """The frame of a step of a flow. see: gives formulas their values."""
    around = list(_blocks_around(doc.steps, step))
    before = tuple(node for block, place in around for each in block[:place] for node in _nodes(each))
    after = tuple(node for block, place in reversed(around) for each in block[place + 1 :] for node in _nodes(each))
    options: ApproveDoc = step.options
    return Frame(doc, step.path, step.label, options, model, see, before, after)


def _nodes(step: StepDoc) -> tuple[NodeDoc, ...]:
    return step.options.nodes if isinstance(step.options, ApproveDoc) else ()


def _blocks_around(block: Block, step: StepDoc) -> Iterator[tuple[Block, int]]:
    """The blocks in which a step stands, from the outermost, each with the place of what leads to it."""
    for place, each in enumerate(block):
        if each.path == step.path:
            yield block, place
            return
        if step.path.startswith(f"{each.path}."):
            yield block, place
            for inner in (*each.blocks.values(), each.on_error.steps):
                yield from _blocks_around(inner, step)
            return


def earlier_steps(doc: FlowDoc, step: StepDoc) -> list[StepDoc]:
    """The approve steps that a run has surely passed before it comes to a step, in order."""
    around = _blocks_around(doc.steps, step)
    return [each for block, place in around for each in block[:place] if isinstance(each.options, ApproveDoc)]


def _see(work: Work, run: Mapping[str, Any], model: Model, doc: FlowDoc, path: str) -> See | None:
    """Formulas in the scope of the step at which a run waits; None when it does not wait there any more."""
    from tessera.engine.flows.controlling import claimed_of
    from tessera.engine.flows.cursor import Cursor, steps_above
    from tessera.engine.flows.running import Sight

    cursor = Cursor.load(run["cursor"])
    here = next(
        (thread for thread in cursor.threads for _, at in steps_above(doc, thread.frames)[-1:] if at == path), None
    )
    if here is None:
        return None
    sight = Sight(work, claimed_of(run), model, doc, cursor)
    return lambda formula, more: sight.value(formula, here, more)
