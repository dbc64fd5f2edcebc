"""A small program over neutral names, compiled from its JSON and folded in memory."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from tessera.engine.timeline.fold import Life, Moment, Outcome, fold_life
from tessera.engine.timeline.program import Program, programs
from tessera.errors import Problem
from tessera.meta import check, compile_model
from tessera.meta.documents import Package, document_of, package_of

Body = dict[str, Any]


def entity(name: str, rank: int = 0) -> Body:
    """A document entity with lines."""
    return {"kind": "entity", "uid": name, "name": name, "label": name, "title": "number", "business_key": ["number"],
            "fields": [
                {"uid": "number", "name": "number", "label": "Number", "type": "text", "required": True},
                {"uid": "instant", "name": "at", "label": "At", "type": "datetime"},
                {"uid": "owner", "name": "owner", "label": "Owner", "type": "reference", "to": "owner",
                 "on_delete": "refuse"},
                {"uid": "lines", "name": "lines", "label": "Lines", "type": "lines", "fields": [
                    {"uid": "item", "name": "item", "label": "Item", "type": "text", "required": True},
                    {"uid": "units", "name": "units", "label": "Units", "type": "integer", "required": True},
                    {"uid": "amount", "name": "amount", "label": "Amount", "type": "decimal", "required": True}]}]}


OWNER: Body = {"kind": "entity", "uid": "owner", "name": "owner", "label": "Owner", "title": "code",
               "business_key": ["code"],
               "fields": [{"uid": "code", "name": "code", "label": "Code", "type": "text", "required": True},
                          {"uid": "grade", "name": "grade", "label": "Grade", "type": "text"}]}
UNITS: Body = {"kind": "ledger", "uid": "units", "name": "units", "label": "Units", "per": "owner", "unit": "1",
               "lots": True}
GAIN: Body = {"kind": "ledger", "uid": "gain", "name": "gain", "label": "Gain", "per": "owner", "unit": "0.01"}


def pack(steps: Sequence[Body], back: Sequence[Body] = (), *, state: Sequence[Body] = (), tables: Sequence[Body] = (),
         zone: str = "UTC", more: Body | None = None, rules: Sequence[Body] = (), on_error: str = "park") -> Package:
    """A package: `ticket` runs the steps, `reversal` the steps back."""
    moments = [{"uid": "ticket", "of": "ticket", "holder": "owner", "at": "at", "run": "on_ticket"}]
    bodies: list[Body] = [OWNER, entity("ticket"), entity("reversal"), UNITS, GAIN, *tables, *rules,
                          {"kind": "ruleset", "uid": "on_ticket", "name": "on_ticket", "label": "r", "for": "ticket",
                           "on_error": on_error, "steps": list(steps)}]
    if back:
        moments.append({"uid": "reversal", "of": "reversal", "holder": "owner", "at": "at", "run": "on_reversal"})
        bodies.append({"kind": "ruleset", "uid": "on_back", "name": "on_reversal", "label": "r", "for": "reversal",
                       "steps": list(back)})
    bodies.append({"kind": "timeline", "uid": "life", "name": "life", "label": "Life", "per": "owner", "zone": zone,
                   "moments": moments, "state": list(state), **(more or {})})
    head = {"kind": "package", "uid": "small", "name": "small", "version": "1.0.0", "label": "Small"}
    documents = [document_of("small", f"{body['kind']}_{body['uid']}.json", body) for body in [head, *bodies]]
    return package_of("small", documents)


def problems(package: Package) -> list[Problem]:
    """What check says against a package."""
    return check([package])


def compiled(package: Package) -> Program:
    """The program of a package."""
    return programs(compile_model([package]))[0]


def ticket(number: str, at: str, *lines: tuple[str, int, str]) -> Moment:
    """A document; numbers beginning with R are reversals. lines: item, units, amount."""
    is_back = number.startswith("R")
    instant = datetime.fromisoformat(at).replace(tzinfo=UTC)
    document = {"number": number, "at": instant, "owner": 1, "lines": [
        {"item": item, "units": units, "amount": Decimal(amount)} for item, units, amount in lines]}
    return Moment(number, (instant, int(is_back), number), "document", instant.date(),
                  "on_reversal" if is_back else "on_ticket", "small:reversal" if is_back else "small:ticket",
                  int(is_back), document)


def live(program: Program, *moments: Moment, until: str = "") -> tuple[Life, list[Outcome]]:
    """A life over these moments, and what each came to."""
    for each in moments:
        each.day = program.day(each.place[0])
    life = Life(program, 1)
    end = (datetime.fromisoformat(until).replace(tzinfo=UTC), 0, "") if until else None
    return life, list(fold_life(life, sorted(moments, key=lambda each: each.place), end))


def gives(name: str, be: str, *, over: str = "") -> Body:
    """A step that names a value."""
    return {"uid": f"let_{name}", "let": name, "be": be, **({"over": over} if over else {})}
