"""Facts: what the outside did, recorded on a holder's timeline and taken as given by every replay.

`post` is for what another program did to an account: it names the ledger and says what is posted. `record_fact` is for
facts that the timeline describes, whose rules say what they post.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from hashlib import blake2b
from types import MappingProxyType
from typing import Any, Literal

import orjson
import sqlalchemy as sa

from tessera.engine.ledger.amounts import to_units
from tessera.engine.timeline.figures import timeline_named
from tessera.engine.timeline.fold import FACT_RANK, OUTSIDE_RANK
from tessera.engine.timeline.outside import source_name
from tessera.engine.timeline.program import Program
from tessera.engine.timeline.reading import ledger_named, one_account, timeline_of_holder
from tessera.engine.timeline.saving import moment_seal
from tessera.engine.timeline.settle import Settler
from tessera.engine.timeline.values import dump, pack, unpack
from tessera.engine.timeline.watching import settle, touch
from tessera.engine.work import Work
from tessera.errors import Conflict, Invalid, NotFound, Problem
from tessera.meta.rules import FactDef
from tessera.store.system.timeline import moment

NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class _Place:
    """Where facts of a name stand on a holder's timeline."""

    program: Program
    holder: int
    name: str
    rank: int


@dataclass(frozen=True, slots=True)
class Noted:
    """A fact as it is recorded. values: by field name. is_present: it was not taken back."""

    moment: int
    key: str
    at: datetime
    values: Mapping[str, Any]
    is_present: bool


def post(work: Work, ledger: str, holder: int, move: Literal["grant", "take"], amount: int | Decimal, *, key: str,
         name: str, at: datetime | None = None, lot: str = "", expires_on: date | None = None,
         available_from: date | None = None, may_owe: bool = False, beside: Sequence[int] = (),
         notes: Mapping[str, Any] = NOTHING) -> int:
    """Post what the outside did to a holder's account, at that instant (now), under that key; the id of its moment.

    move: units come (grant) or go (take). key: identifies it among the holder's postings to this ledger: the same again
    changes nothing, whatever the instant when none is given. name: the total under which it counts. lot, expires_on,
    available_from: of the lot that a grant opens. may_owe: what a take does not find is owed, else it is refused.
    beside: of ledgers in which a holder has several accounts, which: ids in the ledger's order. notes: kept with it;
    rules do not read them.
    A replay takes it as given; `take_back` undoes it.
    Raises: NotFound, Invalid for an amount of 0 or less, NotWhole, NotCovered, Conflict when the key is known with
    other values.
    """
    doc = ledger_named(work, ledger)
    if to_units(amount, doc.scale) <= 0:
        raise Invalid([Problem("wrong_value", "/amount", "The amount must be above 0.")])
    values = {"move": move, "as": name, "amount": amount, "lot": lot or None, "expires_on": expires_on,
              "available_from": available_from, "may_owe": may_owe or None, "beside": one_account(doc, beside) or None}
    program = Program.of(work.model, timeline_of_holder(work, doc.per))
    place = _Place(program, holder, source_name(doc), OUTSIDE_RANK)
    known = {name: value for name, value in values.items() if value is not None}
    return _record(work, place, key, at, {**known, **notes})


def take_back(work: Work, ledger: str, holder: int, *, key: str) -> None:
    """Undo a posting from outside, as if it had never been; done twice it changes nothing. Raises: NotFound."""
    doc = ledger_named(work, ledger)
    program = Program.of(work.model, timeline_of_holder(work, doc.per))
    place = _Place(program, holder, source_name(doc), OUTSIDE_RANK)
    found = _known(work, place, key)
    if found is None:
        raise NotFound(what="posting")
    if found.is_present:
        _withdraw(work, place, key)


def record_fact(work: Work, timeline: str, holder: int, fact: str, *, key: str, at: datetime | None = None,
                values: Mapping[str, Any], notes: Mapping[str, Any] = NOTHING) -> int:
    """Record a fact of the timeline, at that instant (now), and settle it; the id of its moment.

    key: identifies it among the facts of that name; the same fact again changes nothing. values: by field name.
    notes: kept with it under names that no field has; rules do not read them.
    Raises: NotFound, Conflict when the key is known with other values, and what the rules say against it.
    """
    place = _place_of(work, timeline, holder, fact)
    definition = definition_of(place.program, fact)
    known = {each.name: values.get(each.name) for each in definition.fields.members()}
    return _record(work, place, key, at, {**known, **notes})


def withdraw_fact(work: Work, timeline: str, holder: int, fact: str, *, key: str) -> None:
    """Take a fact back, as if it had never been. Raises: NotFound("not_found")."""
    _withdraw(work, _place_of(work, timeline, holder, fact), key)


def facts_noted(work: Work, timeline: str, holder: int, fact: str, prefix: str) -> list[Noted]:
    """The facts of a name whose keys begin with a prefix, in order of recording. fact: or "@…" of postings."""
    program = Program.of(work.model, timeline_named(work, timeline))
    name = fact if fact.startswith("@") else definition_of(program, fact).uid
    statement = sa.select(moment).where(
        moment.c.timeline == program.doc.key, moment.c.holder == holder, moment.c.kind == "fact",
        moment.c.source.startswith(f"fact:{name}:{prefix}", autoescape=True),
    )
    return [_noted(row) for row in work.tx.execute(statement.order_by(moment.c.id))]


def definition_of(program: Program, name: str) -> FactDef:
    """The fact of that name. Raises: NotFound("not_found")."""
    for each in program.doc.facts:
        if each.name == name:
            return each
    raise NotFound(what="fact")


def _place_of(work: Work, timeline: str, holder: int, fact: str) -> _Place:
    program = Program.of(work.model, timeline_named(work, timeline))
    definition = definition_of(program, fact)
    return _Place(program, holder, definition.uid, FACT_RANK + program.doc.facts.index(definition))


def _record(work: Work, place: _Place, key: str, at: datetime | None, values: Mapping[str, Any]) -> int:
    program, holder = place.program, place.holder
    Settler(work, program.doc).lock([holder])
    payload = dump({name: pack(value) for name, value in values.items()})
    row = _row(work, place, key)
    if row is not None:
        is_same = row.payload == payload and at in (None, row.happened_at or row.at)
        if not is_same or not row.is_present:
            raise Conflict("This fact is recorded already, with other values.")
        return int(row.id)
    when = work.now if at is None else at
    number = work.tx.allocate(moment.name, 1)[0]
    content = blake2b(payload.encode(), digest_size=12).hexdigest()
    where = (when, place.rank, key, program.day(when))
    source = _source(place, key)
    hash_ = moment_seal((number, program.doc.key, holder, source, "fact", *where, None, None, content))
    work.tx.insert_many(moment, _COLUMNS, [
        (number, program.doc.key, holder, source, "fact", *where, content, True, payload, hash_)
    ])
    touch(work, program.doc, {holder: {("", number)}})
    settle(work)
    return number


def _withdraw(work: Work, place: _Place, key: str) -> None:
    Settler(work, place.program.doc).lock([place.holder])
    row = _row(work, place, key)
    if row is None or not row.is_present:
        raise NotFound(what="fact")
    work.tx.execute(sa.update(moment).where(moment.c.id == row.id).values(is_present=False))
    touch(work, place.program.doc, {place.holder: {("", row.id)}})
    settle(work)


def _row(work: Work, place: _Place, key: str) -> Any:
    mine = sa.and_(moment.c.timeline == place.program.doc.key, moment.c.holder == place.holder)
    return work.tx.execute(sa.select(moment).where(mine, moment.c.source == _source(place, key))).first()


def _known(work: Work, place: _Place, key: str) -> Noted | None:
    row = _row(work, place, key)
    return None if row is None else _noted(row)


def _source(place: _Place, key: str) -> str:
    return f"fact:{place.name}:{key}"


def _noted(row: Any) -> Noted:
    values = {name: unpack(packed) for name, packed in orjson.loads(row.payload).items()}
    return Noted(row.id, row.source.split(":", 2)[2], row.happened_at or row.at, values, row.is_present)


_COLUMNS = ("id", "timeline", "holder", "source", "kind", "at", "rank", "key", "business_on", "content", "is_present",
            "payload", "hash")
