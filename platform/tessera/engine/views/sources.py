"""Where the rows of a view come from: each source gives the names that the view's formulas read, row by row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from tessera.engine import records
from tessera.engine.access import rights
from tessera.engine.records import ListQuery
from tessera.engine.records.related import complete, find
from tessera.engine.timeline.days import figures_by_day
from tessera.engine.timeline.figures import holder_figures
from tessera.engine.work import Work
from tessera.errors import NotFound
from tessera.formula import Formula
from tessera.meta.kinds.view import View
from tessera.meta.model import Entity
from tessera.meta.rules import TimelineDoc

PAGE_ROWS = 500
Names: TypeAlias = "dict[str, Any]"
Paths: TypeAlias = "frozenset[tuple[str, ...]]"


@dataclass
class ViewHost:
    """What formulas of a view may ask: the clock, the actor, and for decisions the place of the moment's sort."""

    now: datetime
    zone: ZoneInfo
    user: Mapping[str, Any]
    rank: int = 0

    @property
    def today(self) -> date:
        """The day in the view's zone."""
        return self.now.astimezone(self.zone).date()

    def call(self, name: str, *args: Any) -> Any:
        """The answer to a function that needs a moment. Raises: LookupError."""
        if name == "MOMENT":
            return self.rank
        raise LookupError(name)


def timeline_of(work: Work, view: View) -> TimelineDoc:
    """The timeline of a view. Raises: NotFound when its holders are not the actor's business."""
    found = work.model.parts.get("timeline", {}).get(view.of)
    if not isinstance(found, TimelineDoc) or not rights(work, work.model.entities[found.per]).can_read:
        raise NotFound(what="view")
    return found


def record_rows(work: Work, view: View, condition: str, reads: Paths) -> Iterator[Names]:
    """The records that the actor may see and the view's filter (and a further one) finds, in the view's order."""
    entity = work.model.entities[view.of]
    asked = asked_of(work, view, condition, reads)
    while True:
        page = records.list_page(work, entity.name, asked)
        yield from _completed(work, entity, page.rows, asked, reads)
        if not page.next:
            return
        asked = replace(asked, cursor=page.next)


def rows_among(work: Work, view: View, condition: str, reads: Paths, ids: Sequence[int]) -> list[Names]:
    """Those of the records of these ids that a view of records holds, in the order of the ids."""
    entity = work.model.entities[view.of]
    asked = asked_of(work, view, condition, reads)
    return _completed(work, entity, records.list_of(work, entity.name, asked, ids), asked, reads)


def asked_of(work: Work, view: View, condition: str, reads: Paths = frozenset()) -> ListQuery:
    """What a view of records, with a further condition, asks of its entity."""
    entity = work.model.entities[view.of]
    texts = [each for each in (view.filter.text if view.filter else "", condition) if each]
    return ListQuery(
        filter=texts[0] if len(texts) == 1 else " AND ".join(f"({each})" for each in texts),
        sort=tuple(f"-{each.path}" if each.is_descending else each.path for each in view.sort if not each.is_column),
        limit=min(PAGE_ROWS, work.settings.limits.page_rows),
        fields=_fields(work, entity),
        expand=tuple(sorted(_lines_read(entity, reads))),
    )


def _completed(
    work: Work, entity: Entity, found: Sequence[records.Record], asked: ListQuery, reads: Paths
) -> list[Names]:
    rows = [dict(row) for row in found]
    complete(work, entity, rows, {path for path in reads if len(path) > 1 and path[0] not in asked.expand})
    return rows


def _fields(work: Work, entity: Entity) -> tuple[str, ...]:
    own = rights(work, entity)
    return tuple(each.name for each in entity.fields if each.type != "lines" and own.may_read(each.name))


def _lines_read(entity: Entity, reads: Paths) -> set[str]:
    fields = {path[0]: entity.field(path[0]) for path in reads}
    return {name for name, field in fields.items() if field is not None and field.type == "lines"}


def holder_rows(work: Work, view: View, as_of: date | None, reads: Paths) -> Iterator[Names]:
    """The holders of a timeline that the actor may see, with their state and accounts at the end of that day."""
    program = timeline_of(work, view)
    entity = work.model.entities[program.per]
    wanted = _holder_paths(program, reads)
    for some in _portions(holder_figures(work, program.name, as_of)):
        people = holders(work, entity, {each.holder for each in some}, wanted)
        for each in some:
            person = people.get(each.holder)
            if person is not None:
                yield {**person, **each.ledgers, **each.state, "holder": person}


def days_rows(work: Work, view: View, reads: Paths) -> Iterator[Names]:
    """Each day of the view, with the holders that the actor may see as they were at its end."""
    program = timeline_of(work, view)
    entity = work.model.entities[program.per]
    wanted = _holder_paths(program, reads)
    people: dict[int, Names | None] = {}
    for day, figures in figures_by_day(work, program.name, view.days):
        for some in _portions(each.holder for each in figures if each.holder not in people):
            found = holders(work, entity, some, wanted)
            people.update((number, found.get(number)) for number in some)
        rows = [
            {**person, **each.ledgers, **each.state, "holder": person}
            for each in figures
            if (person := people[each.holder]) is not None
        ]
        yield {"day": day, "holders": rows}


def _holder_paths(program: TimelineDoc, reads: Paths) -> set[tuple[str, ...]]:
    taken = {*program.ledgers, *(each.name for each in program.state), "day"}
    inner = {path[1:] if path[0] in {"holders", "holder"} else path for path in reads}
    inner = {path[1:] if path[:1] == ("holder",) else path for path in inner}
    return {path for path in inner if path and path[0] not in taken}


def holders(work: Work, entity: Entity, ids: Iterable[int], paths: Iterable[tuple[str, ...]]) -> dict[int, Names]:
    """The holders of these ids that the actor may see, with what the paths name."""
    known = {path for path in paths if entity.field(path[0]) is not None}
    found = find(work, entity, {("id", each) for each in ids}, known)
    return {key[1]: dict(row) for key, row in found.items()}


def _portions(rows: Iterable[Any]) -> Iterator[list[Any]]:
    portion: list[Any] = []
    for row in rows:
        portion.append(row)
        if len(portion) >= PAGE_ROWS:
            yield portion
            portion = []
    if portion:
        yield portion


def visible(work: Work, view: View, formula: Formula) -> bool:
    """Whether the actor may see all that a formula of a view reads."""
    if view.source == "totals":
        inner = work.model.parts["view"][view.of]
        wanted = {path[1] for path in formula.reads if len(path) > 1}
        return all(visible(work, inner, each.value) for each in inner.columns if each.name in wanted)
    if view.source == "entity":
        return all(_path_is_visible(work, work.model.entities[view.of], path) for path in formula.reads)
    program = timeline_of(work, view)
    taken = {*program.ledgers, *(each.name for each in program.state), *(each.name for each in view.values)}
    people = work.model.entities[program.per]
    documents = [work.model.entities[each.of] for each in program.moments] if view.source == "decisions" else [people]
    for path in formula.reads:
        inside = path[1:] if path[0] == "holders" else path
        if inside[:1] == ("holder",):
            if not _path_is_visible(work, people, inside[1:]):
                return False
        elif inside and inside[0] not in taken and not all(_path_is_visible(work, each, inside) for each in documents):
            return False
    return True


def _path_is_visible(work: Work, entity: Entity, path: Sequence[str]) -> bool:
    here: Entity | None = entity
    prefix = ""
    for name in path:
        if here is None:
            return True
        field = here.field(name)
        if field is None:
            return True
        root = work.model.entities[here.parent] if here.parent else here
        own = rights(work, root)
        if not own.can_read or not own.may_read(prefix + field.name) or prefix + field.name in own.masks:
            return False
        prefix = f"{field.name}." if field.type == "lines" else ""
        here = work.model.entities.get(field.target) if field.target else None
    return True
