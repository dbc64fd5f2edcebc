"""The second phase of a batch: packets → documents → records, a transaction per portion of documents."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tessera import faults
from tessera.context import Context
from tessera.engine import records
from tessera.engine.mapping.assembly import Assembled, Assembler
from tessera.engine.mapping.batches import batch_row, fingerprint, mapping_named
from tessera.engine.mapping.classifier import REJECTED
from tessera.engine.mapping.errors import BatchMoved, MappingChanged
from tessera.engine.mapping.host import RowHost
from tessera.engine.mapping.packets import Group, Reached, joined_by_kept, next_groups, resumed
from tessera.engine.mapping.progress import Meter
from tessera.engine.mapping.related import ids_of_documents, resolve
from tessera.engine.mapping.wire import as_wire, rejected_record
from tessera.engine.process import Process
from tessera.engine.timeline.watching import deferred
from tessera.engine.work import Work
from tessera.errors import Problem
from tessera.formula.arithmetic import exact
from tessera.meta.kinds.mapping import Mapping as MappingPart
from tessera.meta.kinds.mapping import OnRepeat, Target
from tessera.meta.model import Entity
from tessera.store.system import imports

ANALYZE_FROM = 1_000
DOCUMENTS_READY = faults.point("import.documents_ready")
DOCUMENTS_WRITTEN = faults.point("import.documents_written")
PORTION_WRITTEN = faults.point("import.portion_written")


@dataclass
class Portion:
    """What one transaction of the phase does. counts may be negative: rows that move to `rejected`.

    told: what became of each document, with the id of its record; None when nobody wants to know.
    """

    counts: Counter[str] = field(default_factory=Counter)
    documents: Counter[str] = field(default_factory=Counter)
    rejects: list[dict[str, Any]] = field(default_factory=list)
    kept: list[tuple[str, int, str, int, int]] = field(default_factory=list)
    known: set[str] = field(default_factory=set)
    rows: int = 0
    told: list[tuple[Assembled, str, int | None]] | None = None


class Writer:
    """Writes a batch from where it stands to its last document."""

    def __init__(self, runtime: Process, ctx: Context, batch: int) -> None:
        self.runtime = runtime
        self.ctx = ctx
        self.batch = batch
        with runtime.reading(ctx) as work:
            self.row = batch_row(work, batch)
            mapping = mapping_named(work, self.row["mapping"])
        taken = {each.name for each in mapping.classes if each.target >= 0}
        self.accepted = sum(count for name, count in self.row["counts"].items() if name in taken)
        self.done = 0
        self.reached: Reached | None = None
        """None until the packets are read from where the batch stands."""

    def run(self, meter: Meter) -> None:
        """Write to the end; then the batch is `settling`. Raises: MappingChanged when it must be read again."""
        meter.tell(0)
        counted = ANALYZE_FROM
        while self.runtime.write(self.ctx, self._portion):
            faults.reach(PORTION_WRITTEN)
            meter.tell(self.done)
            if self.done >= counted:
                counted = self.done * 2
                self.runtime.write(self.ctx, self._count_anew)
        self.runtime.write(self.ctx, lambda work: self._step(work, {"status": "settling"}))

    def _count_anew(self, work: Work) -> None:
        """Have PostgreSQL plan for tables that are not empty any more; else it reads them whole for each portion."""
        if work.tx.dialect != "postgresql":
            return
        targets = {each.entity for each in mapping_named(work, self.row["mapping"]).targets}
        for entity in (work.model.entities[each] for each in sorted(targets)):
            for each in (entity, *(lines for _, lines in work.model.lines_of(entity))):
                work.tx.analyze_grown(work.tables.of(each), self.done)
        work.tx.analyze_grown(imports.documents, self.done)

    def _portion(self, work: Work) -> bool:
        mapping = mapping_named(work, self.row["mapping"])
        if fingerprint(work, mapping) != self.row["fingerprint"]:
            raise MappingChanged(batch=self.batch)
        target, groups, reached = next_groups(work, self.batch, self._reached(work))
        if not groups:
            return False
        portion = Portion()
        with deferred(work):
            self._write(work, mapping, target, groups, portion)
        faults.reach(DOCUMENTS_WRITTEN)
        self._keep(work, portion, target, groups[-1][0])

        def moved() -> None:
            self.reached = reached

        work.after_commit(moved)
        return True

    def _reached(self, work: Work) -> Reached:
        if self.reached is None and self.row["cursor_target"] is not None:
            return resumed(work, self.batch, self.row["cursor_target"], self.row["cursor_key"])
        return self.reached or Reached()

    def _write(self, work: Work, mapping: MappingPart, entity: str, groups: list[Group], portion: Portion) -> None:
        target = next((each for each in mapping.targets if each.entity == entity), None)
        if target is None:
            raise MappingChanged(batch=self.batch)
        if self.row["corrects"] is not None:
            groups = joined_by_kept(work, self.row["corrects"], entity, groups)
        policy = self._policy(target)
        host = RowHost(mapping.zone, self.row["started_at"])
        assembler = Assembler(target, host, has_content=target.by is not None or policy == "review")
        with exact():  # once for all formulas of all documents
            made = assembler.documents(groups)
        documents = _Documents(work, mapping, target, self.batch, portion, policy)
        documents.write(made)
        imports.keep_documents(work.tx, mapping.key, entity, self.batch, portion.kept, portion.known)

    def _policy(self, target: Target) -> OnRepeat:
        # A correction completes documents of its own batch: they differ because they were lacking rows.
        return "revise" if self.row["corrects"] is not None else target.on_repeat

    def _keep(self, work: Work, portion: Portion, target: str, last: str) -> None:
        imports.insert_rejects(work.tx, self.batch, portion.rejects)
        done = self.done + portion.rows
        self._step(work, {
            "counts": _added(self.row["counts"], portion.counts),
            "documents": _added(self.row["documents"], portion.documents),
            "cursor_target": target,
            "cursor_key": last,
        })  # fmt: skip

        def moved() -> None:
            self.done = done

        work.after_commit(moved)

    def _step(self, work: Work, values: Mapping[str, Any]) -> None:
        if not imports.step_on(work.tx, self.batch, self.row["step"], {**values, "updated_at": work.now}):
            raise BatchMoved(batch=self.batch)

        def moved() -> None:
            self.row = {**self.row, **values, "step": self.row["step"] + 1}

        work.after_commit(moved)


def _added(before: Mapping[str, int], more: Mapping[str, int]) -> dict[str, int]:
    total = Counter(before)
    total.update(more)
    return {name: count for name, count in total.items() if count or name in before or name in more}


def write_alone(work: Work, mapping: MappingPart, target: Target, groups: list[Group]) -> Portion:
    """Write documents that belong to no batch, and tell what became of each: for a look that is undone again."""
    host = RowHost(mapping.zone, work.now)
    with exact():
        made = Assembler(target, host, has_content=target.by is not None).documents(groups)
    portion = Portion(told=[])
    _Documents(work, mapping, target, 0, portion, target.on_repeat).write(made)
    return portion


class _Documents:
    """Takes in the documents of one target within one transaction."""

    def __init__(
        self, work: Work, mapping: MappingPart, target: Target, batch: int, portion: Portion, policy: OnRepeat
    ) -> None:
        self.work = work
        self.mapping = mapping
        self.target = target
        self.entity = work.model.entities[target.entity]
        self.batch = batch
        self.portion = portion
        self.policy = policy

    def write(self, made: list[Assembled]) -> None:
        """Reject, drop, leave, create, revise or put up for review, each as it must be."""
        self.portion.rows += sum(len(each.rows) for each in made)
        self.portion.documents.update({each.name: 0 for each in self.target.drops})
        sound = [each for each in made if not self._is_out(each)]
        known = self._known(sound)
        self.portion.known.update(known)
        sound = [each for each in sound if not self._is_unchanged(each, known)]
        sound = self._resolved(sound)
        there = {key: record for key, (record, _) in known.items()}
        strangers = {each.key: each.record for each in sound if each.key not in there}
        there.update(ids_of_documents(self.work, self.entity, strangers))
        faults.reach(DOCUMENTS_READY)
        self._store([each for each in sound if each.key not in there], "created")
        again = [each for each in sound if each.key in there]
        if self.policy == "revise" and self.entity.business_key:
            self._store(again, "revised")
        else:
            for each in again:
                self._repeat(each, there[each.key])

    def _known(self, made: list[Assembled]) -> dict[str, tuple[int, str]]:
        if self.target.by is None:
            return {}
        asked = [each.key for each in made]
        return imports.known_documents(self.work.tx, self.mapping.key, self.entity.key, asked)

    def _is_out(self, made: Assembled) -> bool:
        if made.problem is not None:
            code, column = made.problem.kind, str(made.problem.params.get("column", ""))
            self._reject(made, code, made.problem.message, column)
        elif made.dropped:
            self.portion.documents[made.dropped] += 1
            self._tell(made, made.dropped)
        return made.problem is not None or bool(made.dropped)

    def _is_unchanged(self, made: Assembled, known: Mapping[str, tuple[int, str]]) -> bool:
        same = made.key in known and known[made.key][1] == made.content
        if same:
            self.portion.documents["unchanged"] += 1
            self._tell(made, "unchanged", known[made.key][0])
        return same

    def _resolved(self, made: list[Assembled]) -> list[Assembled]:
        links = [link for each in made for link in each.links]
        unknown = {id(link): link for link in resolve(self.work, links, _create_all)}
        if not unknown:
            return made
        sound = []
        for each in made:
            lost = next((unknown[id(link)] for link in each.links if id(link) in unknown), None)
            if lost is None:
                sound.append(each)
                continue
            value = lost.holder[lost.value.field]
            message = f'"{lost.value.field}" names no record: {value}'
            self._reject(each, "unknown_reference", message, lost.value.field)
        return sound

    def _store(self, made: list[Assembled], outcome: str) -> None:
        rows = [each.record for each in made]
        is_new = outcome == "created"
        on_repeat = self.policy if is_new else "revise"
        result = records.import_documents(self.work, self.entity.name, rows, on_repeat=on_repeat, are_new=is_new)
        for place, each in enumerate(made):
            if place in result.problems:
                first = result.problems[place][0]
                self._reject(each, first.code, first.message, first.pointer.strip("/").partition("/")[0])
            else:
                self._keep(each, result.ids[place])
                self.portion.documents[outcome] += 1
                self._tell(each, outcome, result.ids[place])

    def _repeat(self, made: Assembled, record: int) -> None:
        if self.policy == "ignore":
            self.portion.documents["ignored"] += 1
            self._tell(made, "ignored", record)
        elif self.policy == "review":
            self.portion.documents["review"] += 1
            self.portion.rejects.append({
                "row": made.rows[0][0], "stage": "review", "code": "differs", "target": self.entity.key,
                "message": "A document of this key is known, with another content.", "key": made.key,
                "document": {"record": record, "content": made.content, "rows": len(made.rows),
                             "values": as_wire(self.entity, self.work.model, made.record)},
            })  # fmt: skip
        else:
            self._revise(made, record)

    def _revise(self, made: Assembled, record: int) -> None:
        problem = revise(self.work, self.entity, record, as_wire(self.entity, self.work.model, made.record))
        if problem is None:
            self._keep(made, record)
            self.portion.documents["revised"] += 1
            self._tell(made, "revised", record)
        else:
            self._reject(made, problem.code, problem.message, problem.pointer.strip("/").partition("/")[0])

    def _tell(self, made: Assembled, outcome: str, record: int | None = None) -> None:
        if self.portion.told is not None:
            self.portion.told.append((made, outcome, record))

    def _keep(self, made: Assembled, record: int) -> None:
        if self.target.by is None:
            return
        self.portion.kept.append((made.key, record, made.content, made.rows[0][0], len(made.rows)))

    def _reject(self, made: Assembled, code: str, message: str, column: str) -> None:
        self.portion.documents[REJECTED] += 1
        for place, count in made.classes().items():
            self.portion.counts[self.mapping.classes[place].name] -= count
            self.portion.counts[REJECTED] += count
        self.portion.rejects.extend(
            {
                "row": number, "stage": "document", "code": code, "message": message, "column": column or None,
                "target": self.entity.key, "key": made.key,
            }
            for number, _ in made.rows
        )  # fmt: skip


def revise(work: Work, entity: Entity, record: int, values: Mapping[str, Any]) -> Problem | None:
    """Change a record to these wire values; lines keep their identity by their place. What is wrong, if anything."""
    body = dict(values)
    for lines, _ in work.model.lines_of(entity):
        if lines.name in body:
            stored = records.get(work, entity.name, record)[lines.name] or []
            body[lines.name] = [
                {**line, "id": stored[place]["id"]} if place < len(stored) else line
                for place, line in enumerate(body[lines.name])
            ]
    return rejected_record(work, lambda: records.update(work, entity.name, record, body))


def _create_all(work: Work, entity: Entity, rows: list[dict[str, Any]]) -> list[int | None]:
    result = records.import_documents(work, entity.name, rows)
    return [None if place in result.problems else result.ids[place] for place in range(len(rows))]
