"""The steps of the import assistant: what is proposed for a file, a look at its first rows, running it, keeping it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from tessera.context import Context
from tessera.engine import mapping as batches
from tessera.engine.access import rights
from tessera.engine.building import documents as drafted
from tessera.engine.importing.entities import called_of, new_entity
from tessera.engine.importing.guessing import Profile, profiles
from tessera.engine.importing.matching import matched, targets
from tessera.engine.importing.planning import Plan, column_names, compiled, mapping_body, plan_of, proposed
from tessera.engine.importing.previewing import MOST_ROWS, PreviewRow, previewed
from tessera.engine.importing.sniffing import Sample, Written, corrected, sample_of
from tessera.engine.importing.uploads import Upload, get_upload, present
from tessera.engine.mapping import ImportFile, ad_hoc
from tessera.engine.process import Process
from tessera.engine.work import Work
from tessera.errors import Forbidden, Json, NotFound
from tessera.meta.model import Entity
from tessera.store.system import imports

SHOWN_ROWS = 20


@dataclass(frozen=True)
class Looked:
    """A file with its first rows, as it is written or somebody says that it is."""

    upload: Upload
    written: Written
    sample: Sample
    columns: tuple[Profile, ...]

    @property
    def called(self) -> str:
        """What it seems to be about."""
        return called_of(self.upload.name, self.written.sheet)


def looked_at(work: Work, number: int, given: Mapping[str, Json]) -> Looked:
    """Open a file. given: sheet, delimiter, encoding, has_header where it is written otherwise than it seems.

    Raises: NotFound, Forbidden, UploadGone, Invalid, UnreadableFile, BadHeader.
    """
    upload = present(get_upload(work, number))
    written = corrected(upload.written, given)
    sample = sample_of(upload.path, written)
    return Looked(upload, written, sample, tuple(profiles(sample)))


def proposal(work: Work, looked: Looked, entity_name: str = "") -> dict[str, Json]:
    """What the assistant proposes: {"file", "columns", "rows", "broken", "targets", "plan", "fields", "new_entity"}.

    plan: for the entity named, else for the one that is most like the file; None when there is none.
    """
    found = targets(work, looked.columns, looked.called)
    entity = _chosen(work, entity_name, found[0].entity if found and found[0].score > 0.2 else None)
    names = column_names(looked.sample.headings)
    facts = {**looked.upload.to_json(), **looked.written.to_json()}
    del facts["sha256"]
    return {
        "file": facts,
        "columns": [{"place": each.place, "name": names[each.place], **each.to_json()} for each in looked.columns],
        "imported_in": _imported_in(work, looked), "rows": looked.sample.rows[:SHOWN_ROWS],
        "broken": [{"number": number, "message": text} for number, text in list(looked.sample.broken.items())[:20]],
        "looked_at": len(looked.sample.rows), "is_whole": looked.sample.is_whole,
        "targets": [{"entity": each.entity.name, "label": {"zh": each.entity.label.zh, "en": each.entity.label.en},
                     "score": round(each.score * 100)}
                    for each in found],
        "plan": None if entity is None else _plan_json(work, entity, looked),
        "new_entity": new_entity(work.model, looked.columns, looked.called),
    }  # fmt: skip


def _imported_in(work: Work, looked: Looked) -> list[Json]:
    """The batches that had the same file, as far as the actor may see them."""
    found: list[Json] = []
    for number in imports.batches_with(work.tx, looked.written.sha256):
        with suppress(NotFound, Forbidden):
            found.append(batches.get_batch(work, number).id)
    return found


def _chosen(work: Work, name: str, otherwise: Entity | None) -> Entity | None:
    if not name:
        return otherwise
    entity = work.entity(name)
    if not rights(work, entity).can_read:
        raise NotFound(what="entity")
    rights(work, entity).ensure("create")
    return entity


def _plan_json(work: Work, entity: Entity, looked: Looked) -> dict[str, Json]:
    """A proposed plan, with how sure each match is and the formula that it comes to."""
    plan = proposed(work, entity, looked.sample, looked.columns)
    scores = {each.place: each for each in matched(work, entity, looked.columns)}
    mapped = {each.field for each in plan.columns if each.field}
    formulas: Mapping[str, str] = {}
    if mapped:
        formulas = mapping_body(work, plan, looked.sample, looked.written).formulas
    needed = [each.name for each in entity.fields if each.required and each.default is None and not each.read_only]
    needed += [name for name in entity.business_key if name not in needed]
    columns: list[Json] = [
        {
            "place": each.place, "heading": each.heading, "field": each.field or None,
            "formula": formulas.get(each.field) if each.field else None, "by": each.by, "missing": each.missing,
            "score": round(scores[each.place].score * 100) if each.field else 0,
            "way": scores[each.place].way if each.field else None,
        }
        for each in plan.columns
    ]  # fmt: skip
    return {
        "entity": entity.name, "on_repeat": plan.on_repeat, "zone": plan.zone, "columns": columns,
        "lacking": [name for name in needed if name not in mapped],
        "has_key": bool(entity.business_key) and set(entity.business_key) <= mapped,
    }  # fmt: skip


def preview(
    runtime: Process, ctx: Context, number: int, given: Mapping[str, Json], plan: Json, limit: int
) -> dict[str, Json]:
    """What would become of the first rows: {"headings", "rows", "counts", "formulas"}; nothing is written.

    Raises: as `looked_at`, `plan_of` and `compiled`.
    """
    with runtime.reading(ctx) as work:
        looked = looked_at(work, number, given)
        planned = mapping_body(work, _plan(work, plan, looked), looked.sample, looked.written)
        part = compiled(work, planned)
    headings, rows = previewed(runtime, ctx, looked.upload.path, looked.written, part, min(limit, MOST_ROWS))
    counts: dict[str, Json] = {}
    for row in rows:
        counts[row.outcome] = counts.get(row.outcome, 0) + 1
    return {
        "headings": headings, "rows": [_shown(each) for each in rows], "counts": counts,
        "formulas": dict(planned.formulas),
    }  # fmt: skip


def _shown(row: PreviewRow) -> dict[str, Json]:
    return row.to_json()


def run(runtime: Process, ctx: Context, number: int, given: Mapping[str, Json], plan: Json) -> int:
    """Begin a batch by a mapping that is used once; gives the batch's id. Raises: as preview."""
    with runtime.reading(ctx) as work:
        looked = looked_at(work, number, given)
        planned = mapping_body(work, _plan(work, plan, looked), looked.sample, looked.written)
        compiled(work, planned)
    key = runtime.write(ctx, lambda work: ad_hoc.keep(work, planned.body))
    return batches.start_batch(runtime, ctx, key, [ImportFile(looked.upload.path, looked.upload.name)])


def save(
    work: Work, number: int, given: Mapping[str, Json], plan: Json, *, draft: int, name: str, label: Json
) -> drafted.Edited:
    """Put the mapping of a plan into a draft as a document. Raises: as preview, Invalid for the name, Forbidden."""
    looked = looked_at(work, number, given)
    planned = mapping_body(work, _plan(work, plan, looked), looked.sample, looked.written, name=name, label=label)
    compiled(work, planned)
    body = {key: value for key, value in planned.body.items() if key != "uid"}
    return drafted.create_document(work, draft, body)


def _plan(work: Work, given: Json, looked: Looked) -> Plan:
    return plan_of(work, given, looked.sample.headings)
