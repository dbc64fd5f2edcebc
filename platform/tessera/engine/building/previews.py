"""Forms and views of a draft over real records, before anything is published; reading stays within rights."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from tessera.engine import records
from tessera.engine.building.checking import Checked
from tessera.engine.building.errors import BrokenDocument
from tessera.engine.building.formulas import plain_value, sample_records
from tessera.engine.building.samples import MOST, Hidden, LinkerNames, Sampler
from tessera.engine.records import ListQuery
from tessera.engine.records.plan import Path
from tessera.engine.views import open_compiled
from tessera.engine.views.formats import as_json, shaper
from tessera.engine.views.sources import ViewHost
from tessera.engine.work import Work
from tessera.errors import Forbidden, Json, NotFound, TesseraError
from tessera.formula import Formula, FormulaError, check_formula
from tessera.formula.shapes import BOOLEAN
from tessera.meta.kinds.form import Form
from tessera.meta.kinds.view import View, ViewColumn

ROWS = 100


def part_of(found: Checked, kind: str, key: str) -> Any:
    """The compiled document of that key. Raises: NotFound, BrokenDocument with its problems."""
    made = found.linker.parts().get(kind, {}).get(key)
    document = found.linker.documents.get(key)
    if document is None or document.kind != kind:
        raise NotFound(what=kind)
    problems = [each for each in found.placed() if each["document"] == key]
    if made is None or problems:
        raise BrokenDocument(count=len(problems), problems=problems[:50])
    return made


def acting_as(work: Work, role: str) -> Work:
    """The same transaction under one role alone: of the actor's own, or any for administrators. Raises: Forbidden."""
    actor = work.ctx.actor
    if not actor.is_admin and role not in actor.roles:
        raise Forbidden(action="look with the eyes of another role at")
    acting = replace(actor, roles=frozenset({role}), is_admin=False)
    return Work(work.tx, work.ctx.acting_as(acting), work.release, work.settings, False, work.now)


def preview_form(work: Work, found: Checked, key: str, record: Json = None) -> dict[str, Json]:
    """A form of a draft with a real record (the latest one, when none is named): what it shows, and on what condition.

    {"entity", "record": {"id", "ref", "title"} | None, "is_used": whether the form's condition holds, "sections":
    {uid: {"visible"}}, "items": {uid: {"field", "value", "visible", "required", "read_only"}}, "actions": {uid:
    {"visible"}}}; each condition is true, false, None without one, or {"problem"} or {"is_hidden"}.
    """
    form: Form = part_of(found, "form", key)
    live = work.model.entities.get(form.entity)
    draft = found.linker.entity_of(form.entity)
    rows = [] if live is None else sample_records(work, live.name, 1 if record is None else [record])
    look = _Look(work, found, form.entity, rows[0].id if rows else None, [each for _, each in _conditions(form)],
                 {item.field for section in form.sections for item in section.items})  # fmt: skip
    items = {
        item.uid: {
            "field": item.field, "value": look.value(item.field),
            **{name: look.holds(getattr(item, name)) for name in ("visible", "required", "read_only")},
        }
        for section in form.sections for item in section.items
    }  # fmt: skip
    shown = {"id": rows[0].id, "ref": rows[0].ref, "title": rows[0].title} if rows else None
    return {
        "entity": draft.name if draft is not None else None, "record": shown, "is_used": look.holds(form.when),
        "sections": {each.uid: {"visible": look.holds(each.visible)} for each in form.sections},
        "items": items,
        "actions": {each.uid: {"visible": look.holds(each.visible)} for each in form.actions},
    }  # fmt: skip


def _conditions(form: Form) -> Iterator[tuple[str, Formula]]:
    every: list[tuple[str, Formula | None]] = [("when", form.when)]
    for section in form.sections:
        every.append(("visible", section.visible))
        for item in section.items:
            every += [(name, getattr(item, name)) for name in ("visible", "required", "read_only")]
    every += [("visible", each.visible) for each in form.actions]
    return ((name, each) for name, each in every if each is not None)


class _Look:
    """One record as the conditions of a form see it; those over what the actor may not read are hidden."""

    def __init__(
        self, work: Work, found: Checked, entity: str, record: int | None, formulas: Iterable[Formula],
        fields: Iterable[str],
    ) -> None:  # fmt: skip
        self.work = work
        self.names = LinkerNames(found.linker)
        self.entity = entity
        wanted: set[Path] = {(each,) for each in fields} | {path for each in formulas for path in each.reads}
        self.hidden = {path for path in wanted if not self._is_seen(path)}
        sampler = Sampler(work, self.names, entity, wanted - self.hidden)
        self.env: dict[str, Any] = sampler.envs([record]).get(record, {}) if record is not None else {}

    def _is_seen(self, path: Path) -> bool:
        try:
            Sampler(self.work, self.names, self.entity, [path]).envs([])
        except Hidden:
            return False
        return True

    def value(self, field: str) -> Json:
        """The value of a field."""
        return {"is_hidden": True} if (field,) in self.hidden else plain_value(self.env.get(field))

    def holds(self, formula: Formula | None) -> Json:
        """Whether a condition holds."""
        if formula is None:
            return None
        if formula.reads & self.hidden:
            return {"is_hidden": True}
        try:
            return formula(self.env, self.work.host()) is True
        except FormulaError as error:
            return {"problem": error.message}


def preview_view(work: Work, found: Checked, key: str, *, condition: str = "", limit: int = 50) -> dict[str, Json]:
    """The rows of a view of a draft. Where the draft changes nothing that the view reads, they are those of the head;
    else of the latest records, as far as they fit its filter, and is_partial says so.

    {"columns": [{"uid", "name", "label", "format"}], "rows": [[value]], "is_partial", "hidden": names of columns}.
    """
    view: View = part_of(found, "view", key)
    if _means_the_same(work, found, view):
        opened = open_compiled(work, view, condition=condition)
        rows = [[as_json(cell) for cell in row] for row in islice(opened.rows, min(limit, ROWS))]
        return _view_json(view, opened.columns, rows, is_partial=False)
    if view.source != "entity":
        raise BrokenDocument("What this view reads is changed by the draft; publish it to see its rows.", count=0)
    return _sampled_view(work, found, view, condition, min(limit, ROWS))


def _means_the_same(work: Work, found: Checked, view: View) -> bool:
    """Whether all that a view names is in the head as the draft has it."""
    if view.source != "entity":
        kind = {"totals": "view"}.get(view.source, "timeline")
        part = work.model.parts.get(kind, {}).get(view.of)
        return part is not None and work.model.documents.get(view.of) is not None
    names = LinkerNames(found.linker)
    live = work.model.entities.get(view.of)
    paths = {*view.reads(), *(tuple(each.path.split(".")) for each in view.sort if not each.is_column)}
    return live is not None and all(_is_same(work, names, view.of, path) for path in paths)


def _is_same(work: Work, names: LinkerNames, entity: str, path: Path) -> bool:
    here = entity
    for name in path:
        live = work.model.entities.get(here)
        known, part = live.field(name) if live is not None else None, names.part(here, name)
        if known is None or part is None:
            return known is None and part is None and live is not None
        texts = [each.text if each is not None else None for each in (known.value, part.value)]
        if (known.key, known.type) != (part.key, part.type) or (part.type == "formula" and texts[0] != texts[1]):
            return False
        here = part.target
    return True


def _sampled_view(work: Work, found: Checked, view: View, condition: str, limit: int) -> dict[str, Json]:
    live = work.model.entities.get(view.of)
    names = LinkerNames(found.linker)
    page = records.list_page(work, live.name, ListQuery(sort=("-id",), fields=(), limit=MOST)) if live else None
    ids = [row["id"] for row in page.rows] if page is not None else []
    draft = found.linker.entity_of(view.of)
    wanted = check_formula(condition, found.linker.scope(draft), BOOLEAN) if condition and draft is not None else None
    filters = [each for each in (view.filter, wanted) if each is not None]
    columns, hidden = _seen_columns(work, names, view)
    reads = {path for each in (*(one.value for one in columns), *filters) for path in each.reads}
    try:
        envs = Sampler(work, names, view.of, reads).envs(ids)
    except Hidden:
        raise Forbidden(action="filter by what you may not read of") from None
    zone = ZoneInfo(view.zone or work.settings.zone)
    host = ViewHost(work.now, zone, work.host().user)
    chosen = [envs[number] for number in ids if number in envs and _fits(filters, envs[number], host)]
    shown = [each for each in columns if not each.is_hidden]
    rows = [_cells(shown, env, host, zone) for env in chosen[:limit]]
    made = _view_json(view, shown, rows, is_partial=True)
    return {**made, "hidden": hidden}


def _seen_columns(work: Work, names: LinkerNames, view: View) -> tuple[list[ViewColumn], list[str]]:
    columns, hidden = [], []
    for each in view.columns:
        try:
            Sampler(work, names, view.of, each.value.reads).envs([])
            columns.append(each)
        except Hidden:
            hidden.append(each.name)
    return columns, hidden


def _fits(filters: Iterable[Formula], env: Mapping[str, Any], host: ViewHost) -> bool:
    try:
        return all(each(env, host) is True for each in filters)
    except FormulaError:
        return False


def _cells(columns: Sequence[ViewColumn], env: Mapping[str, Any], host: ViewHost, zone: ZoneInfo) -> list[Json]:
    cells: list[Json] = []
    for each in columns:
        try:
            cells.append(as_json(shaper(each, zone)(each.value(env, host))))
        except TesseraError as error:
            cells.append({"problem": error.message})
    return cells


def _view_json(
    view: View, columns: Sequence[ViewColumn], rows: list[list[Json]], *, is_partial: bool
) -> dict[str, Json]:
    shown = [{"uid": each.uid, "name": each.name, "label": {"zh": each.label.zh, "en": each.label.en},
              "format": each.format} for each in columns]  # fmt: skip
    return {"source": view.source, "columns": shown, "rows": rows, "is_partial": is_partial, "hidden": []}


