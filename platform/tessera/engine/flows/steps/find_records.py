"""Runs `find_records`, within the rights of whom the flow acts for."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from tessera.engine.flows.errors import FieldGone, TooManyFound
from tessera.engine.flows.steps.base import STEP_RUNNERS, Done, Outcome, Run, StepRunner
from tessera.engine.records.reading import ListQuery, moving_with, query_of
from tessera.engine.work import Work
from tessera.meta.flows import StepDoc
from tessera.meta.model import Entity
from tessera.meta.steps.find_records_step import FindRecords
from tessera.store import query as queries
from tessera.store.query import Direction


class FindRecordsRunner(StepRunner):
    """Gives the records by their ids; formulas read them again when they need them."""

    name: ClassVar[str] = "find_records"

    def run(self, work: Work, step: StepDoc, run: Run) -> Outcome:
        """The records, in their order; the history says whether there were more."""
        options: FindRecords = step.options
        entity = run.entity(options.entity)
        most = work.settings.limits.flow_found_records
        if options.limit > most:
            raise TooManyFound(limit=most)
        query = query_of(work, entity, ListQuery(), ())
        sort = tuple((".".join(_names(work, entity, keys)), _direction(is_down)) for keys, is_down in options.sort)
        where = run.bound(options.where) if options.where is not None else None
        if where is not None and run.model is not work.model:
            where = where.renamed(lambda key: _name_now(work, key))
        query = moving_with(work, replace(query, filter=where, sort=sort))  # type: ignore[arg-type]
        ids = queries.first_ids(work.tx, work.tables, query, options.limit + 1)
        note = {"found": min(len(ids), options.limit), "more": len(ids) > options.limit}
        found = [{"id": number} for number in ids[: options.limit]]
        return Done((found[0] if found else None) if options.is_one else found, note)


def _direction(is_down: bool) -> Direction:
    return "desc" if is_down else "asc"


def _names(work: Work, entity: Entity, keys: tuple[str, ...]) -> list[str]:
    """The names along a path of fields, as they are now. Raises: FieldGone."""
    found: list[str] = []
    here: Entity | None = entity
    for key in keys:
        field = next((each for each in here.fields if each.key == key), None) if here is not None else None
        if field is None:
            raise FieldGone(field=key)
        found.append(field.name)
        here = work.model.entities.get(field.target) if field.target else None
    return found


def _name_now(work: Work, key: str) -> str | None:
    """The name that the field of that key has now; None when there is no such field."""
    entity = work.model.entities.get(key.rpartition(".")[0])
    return next((each.name for each in entity.fields if each.key == key), None) if entity is not None else None


STEP_RUNNERS.add("find_records", FindRecordsRunner())
