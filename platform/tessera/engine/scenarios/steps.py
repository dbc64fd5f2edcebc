"""What a step of a scenario does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeAlias

from tessera.engine import mapping, records
from tessera.engine.identity import users
from tessera.engine.scenarios.posting import BOOKINGS
from tessera.engine.scenarios.stage import Cast, Stage
from tessera.engine.scenarios.working import PRESSES, TIMED
from tessera.engine.work import Work
from tessera.errors import Json, NotFound, TesseraError

Body: TypeAlias = Mapping[str, Json]
Action: TypeAlias = Callable[[Stage, Work, Body], None]


def give(stage: Stage, given: Body) -> None:
    """Create a record that is there beforehand."""
    with stage.work() as work:
        _create(stage, work, given)


def admit(stage: Stage, given: Body) -> None:
    """Create a user who is there beforehand; whoever is called by an alias signs in under it unless it has a name."""
    body = {"name": given.get("name", given["as"])}
    body |= {name: given[name] for name in ("display_name", "roles", "attributes", "language") if name in given}
    stage.cast[given["as"]] = Cast("", users.create_user(stage.tx, stage.context(), body)["id"])


def play(stage: Stage, step: Body) -> list[str]:
    """Do a step; what went otherwise than it says, in words."""
    if step["do"] not in TIMED:
        stage.set_clock(step.get("at"))
    wanted = step.get("expect_error", "")
    try:
        with stage.tx.savepoint(), stage.work(step) as work:
            ACTIONS[step["do"]](stage, work, step)
    except TesseraError as error:
        codes = {error.code, *(each.code for each in error.problems())}
        if wanted in codes:
            return []
        told = "; ".join(f"{each.pointer} {each.message} ({each.code})".strip() for each in error.problems())
        return [f"expected the error {wanted}, got {told}" if wanted else told]
    return [f"expected the error {wanted}, but it was done"] if wanted else []


def _create(stage: Stage, work: Work, step: Body) -> None:
    record = records.create(work, step["entity"], stage.values(step.get("values", {})))
    if "as" in step:
        stage.cast[step["as"]] = Cast(step["entity"], record["id"])


def _update(stage: Stage, work: Work, step: Body) -> None:
    record = stage.called(step["record"])
    records.update(work, record.entity, record.id, stage.values(step.get("values", {})))


def _find(stage: Stage, work: Work, step: Body) -> None:
    found = records.matching_ids(work, step["entity"], step["where"])
    if not found:
        raise NotFound(what="record")
    stage.cast[step["as"]] = Cast(step["entity"], max(found))


def _delete(stage: Stage, work: Work, step: Body) -> None:
    record = stage.called(step["record"])
    records.delete(work, record.entity, record.id)


def _restore(stage: Stage, work: Work, step: Body) -> None:
    record = stage.called(step["record"])
    records.restore(work, record.entity, record.id)


def _upsert(stage: Stage, work: Work, step: Body) -> None:
    result = records.upsert(work, step["entity"], [stage.values(step.get("values", {}))])
    result.ensure_all()
    if "as" in step:
        stage.cast[step["as"]] = Cast(step["entity"], result.ids[0])


def _import(stage: Stage, _work: Work, step: Body) -> None:
    data = stage.files.get(step["file"])
    if data is None:
        raise NotFound(what=f'file "{step["file"]}" in the package')
    path = stage.settings.data_dir / Path(step["file"]).name
    path.write_bytes(data)
    batch = mapping.start_batch(stage, stage.context(), step["mapping"], [mapping.ImportFile(path, path.name)])
    mapping.run_batch(stage, stage.context(), batch)


def _wait(_stage: Stage, _work: Work, _step: Body) -> None:
    """Only the clock moves."""


ACTIONS: dict[str, Action] = {
    "create": _create,
    "update": _update,
    "delete": _delete,
    "restore": _restore,
    "upsert": _upsert,
    "import": _import,
    "wait": _wait,
    "find": _find,
    **BOOKINGS,
    **PRESSES,
}
