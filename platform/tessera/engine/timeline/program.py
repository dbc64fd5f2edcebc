"""A timeline's program in a release: its ledgers, compiled rulesets and tables, ready to fold lives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from tessera.engine.ledger.parts import BookRules, parted
from tessera.engine.ledger.scratch import Book
from tessera.engine.rules.compiling import Rules
from tessera.engine.rules.frame import Host
from tessera.engine.timeline.outside import OutsideRules
from tessera.engine.timeline.values import typed
from tessera.errors import Json
from tessera.meta.model import EMPTY, Model
from tessera.meta.rules import (
    EachStep,
    LedgerDoc,
    MatchStep,
    MomentDef,
    PostStep,
    RulesetDoc,
    Step,
    TimelineDoc,
    WhenStep,
)


@dataclass(frozen=True)
class Program:
    """What folds the lives of a timeline.

    tables: rows by the table's name. matched: (entity, lines field) pairs whose lines are matched by later moments.
    needs_whole_life: steps look back in ways that the log of a part does not tell, so late changes fold from the start.
    extends: steps move the last day of lots. several: ledgers in which a holder has several accounts. names: for each
    entity the names of its fields in this release, by key.
    """

    doc: TimelineDoc
    ledgers: tuple[LedgerDoc, ...]
    rules: Mapping[str, Rules]
    tables: Mapping[str, Any]
    release: int
    zone: ZoneInfo
    matched: frozenset[tuple[str, str]]
    needs_whole_life: bool
    outside: Rules
    moments: Mapping[str, MomentDef] = field(default_factory=dict)
    names: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    extends: bool = False
    several: tuple[LedgerDoc, ...] = ()
    _midnights: dict[date, datetime] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def of(cls, model: Model, timeline: TimelineDoc) -> Program:
        """The timeline's program in a Model, made once per Model."""
        found: Program | None = model.cache.get(("program", timeline.key))
        if found is None:
            found = model.cache[("program", timeline.key)] = _program(model, timeline)
        return found

    def rules_of(self, run: str) -> Rules:
        """The ruleset of that name; "" means what stands for one where a posting comes from outside."""
        return self.rules[run] if run else self.outside

    def books(self) -> dict[str, Book]:
        """Empty accounts of one holder, of ledgers in which a holder has one."""
        return {ledger.name: Book(book_rules(ledger)) for ledger in self.ledgers if not ledger.beside}

    def book(self, name: str) -> Book:
        """An empty account of that name, see `parts.book_name`."""
        ledger, _ = parted(name)
        return Book(replace(book_rules(next(each for each in self.ledgers if each.name == ledger)), name=name))

    def beside(self, kind: str, entity: str, fact: str) -> Mapping[str, str]:
        """For the moments of an entity, or facts of that uid: fields that name what accounts are kept by besides."""
        if kind == "document":
            definition = self.moments.get(entity)
            return definition.beside if definition is not None else EMPTY
        return next((each.beside for each in self.doc.facts if each.uid == fact), EMPTY) if kind == "fact" else EMPTY

    def state(self, host: Any) -> dict[str, Any]:
        """The state at the beginning of a life."""
        env = dict(self.tables)
        values: dict[str, Any] = {}
        for each in self.doc.state:
            value = each.initial(env, host) if each.initial is not None else None
            env[each.name] = values[each.name] = value
        return values

    def decode_state(self, texts: Mapping[str, Json]) -> dict[str, Any]:
        """The state that was written as JSON; what it does not tell has its value at the beginning."""
        values = self.state(Host(self.zone))
        for each in self.doc.state:
            if each.name not in texts:
                continue
            text = texts[each.name]
            if each.table and text is not None:
                values[each.name] = next((row for row in self.tables[each.table] if row["id"] == text["id"]), None)
            else:
                values[each.name] = typed(text, each.type.kind)
        return values

    def midnight(self, day: date) -> datetime:
        """The first instant of a day in the program's zone, in UTC."""
        found = self._midnights.get(day)
        if found is None:
            found = datetime(day.year, day.month, day.day, tzinfo=self.zone).astimezone(UTC)
            self._midnights[day] = found
        return found

    def day(self, at: datetime) -> date:
        """The day of an instant in the program's zone."""
        return at.astimezone(self.zone).date()


_DAYS = frozenset({"extend", "freeze", "unfreeze"})


def book_rules(ledger: LedgerDoc) -> BookRules:
    """What scratch accounts need to know of a ledger."""
    floor = None if ledger.floor is None else int(ledger.floor.scaleb(ledger.scale))
    return BookRules(ledger.name, ledger.scale, ledger.has_lots, ledger.by_expiry, ledger.settles, floor)


def programs(model: Model) -> list[Program]:
    """Every timeline's program of a Model."""
    return [Program.of(model, timeline) for timeline in model.all("timeline")]


def steps_in(steps: tuple[Step, ...]) -> Iterator[Step]:
    """Every step, also those inside others."""
    for step in steps:
        yield step
        if isinstance(step, EachStep):
            yield from steps_in(step.do)
        elif isinstance(step, WhenStep):
            yield from steps_in(step.do + step.otherwise)


def _program(model: Model, timeline: TimelineDoc) -> Program:
    ledgers = tuple(each for name in timeline.ledgers if (each := model.part("ledger", name)) is not None)
    scales = {each.name: each.scale for each in ledgers}
    docs: list[RulesetDoc] = [each for each in model.all("ruleset") if each.timeline == timeline.name]
    tables = {each.name: each.rows for each in model.all("table")}
    steps = [step for doc in docs for step in steps_in(doc.steps)]
    return Program(
        doc=timeline,
        ledgers=ledgers,
        rules={doc.name: Rules(doc, scales) for doc in docs},
        tables=tables,
        release=model.number,
        zone=ZoneInfo(timeline.zone),
        matched=frozenset((step.entity, step.lines) for step in steps if isinstance(step, MatchStep)),
        needs_whole_life=any(
            isinstance(step, PostStep) and (step.move in {"restore", *_DAYS} or step.if_expired == "waive_lapsed")
            for step in steps
        ),
        outside=OutsideRules(timeline),
        moments={each.of: each for each in timeline.moments},
        extends=any(isinstance(step, PostStep) and step.move in _DAYS for step in steps),
        several=tuple(each for each in ledgers if each.beside),
        names={entity.key: {each.key: each.name for each in entity.fields} for entity in model.entities.values()},
    )


