"""Moments as they are kept: what a row says of a fact, or of a change of an earlier moment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from tessera.engine.timeline.fold import Moment
from tessera.engine.timeline.lives import Prior
from tessera.engine.timeline.outside import document_of, ledger_key
from tessera.engine.timeline.program import Program
from tessera.engine.timeline.values import unpack


def moment_of(program: Program, row: Any) -> Moment | None:
    """The moment of a row that is a fact or a change; None for others."""
    if row.kind == "fact":
        return _fact(program, row)
    if row.kind != "change":
        return None
    return Moment(row.source, (row.at, row.rank, row.key), "change", row.business_on, rank=row.rank,
                  document=orjson.loads(row.payload), content=bytes.fromhex(row.content), id=row.id,
                  changes=row.changes)


def pins_of(row: Any) -> Mapping[str, Any]:
    """The values of a row that were told to the outside."""
    return {key: unpack(each) for key, each in orjson.loads(row.pins).items()} if row.pins else {}


def note_rows(prior: Prior, rows: Iterable[Any]) -> None:
    """Note the ids of these moments, and what the outside was told of them."""
    for row in rows:
        prior.ids[row.source] = row.id
        if row.pins:
            prior.pins[row.source] = pins_of(row)


def _fact(program: Program, row: Any) -> Moment:
    """A fact of which the timeline has no definition any more, or no ledger, stays where it is and does nothing."""
    name, run = row.source.split(":")[1], ""
    values = {key: unpack(packed) for key, packed in orjson.loads(row.payload).items()}
    own = ledger_key(name)
    if own:
        values = document_of(next((each for each in program.ledgers if each.key == own), None), values)
    else:
        definition = next((each for each in program.doc.facts if each.uid == name), None)
        if definition is None:
            values = document_of(None, {})
        else:
            run = definition.run
            values = {each.name: values.get(each.name) for each in definition.fields.members()}
    return Moment(row.source, (row.at, row.rank, row.key), "fact", row.business_on, run, rank=row.rank,
                  document=values, content=bytes.fromhex(row.content), pins=pins_of(row), id=row.id,
                  happened=row.happened_at)
