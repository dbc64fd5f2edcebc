"""Which entity a file seems to be about, and which of its fields each column seems to fill."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, TypeAlias

from tessera.engine.access import Rights, rights
from tessera.engine.importing.guessing import Kind, Profile
from tessera.engine.work import Work
from tessera.meta.model import Entity, Field, Model

Way: TypeAlias = Literal["name", "label", "like", "kind"]
LEAST = 0.55
"""Columns less like a field than that are left to people."""

_TARGETS = 10
_FITS: dict[str, frozenset[Kind]] = {
    "text": frozenset({"text", "select", "integer", "phone", "email", "url", "boolean", "long_text", "decimal"}),
    "long_text": frozenset({"text", "long_text", "select", "url", "integer"}),
    "integer": frozenset({"integer", "boolean"}),
    "decimal": frozenset({"decimal", "integer", "money"}),
    "money": frozenset({"money", "decimal", "integer"}),
    "percent": frozenset({"percent", "decimal", "integer"}),
    "boolean": frozenset({"boolean"}),
    "date": frozenset({"date", "datetime"}),
    "datetime": frozenset({"datetime", "date"}),
    "select": frozenset({"select", "text", "boolean", "integer"}),
    "phone": frozenset({"phone", "integer", "text"}),
    "email": frozenset({"email"}),
    "url": frozenset({"url"}),
    "color": frozenset({"text", "select"}),
    "sequence": frozenset({"text", "integer", "select"}),
    "reference": frozenset({"text", "integer", "select", "phone", "email"}),
}
"""What columns may hold that fill a field of a type."""

MAPPED = frozenset(_FITS)
"""The types of fields that a column of texts can fill."""


@dataclass(frozen=True, slots=True)
class Match:
    """A column that seems to fill a field. score: from 0 to 1. way: by what it was found."""

    place: int
    field: str
    score: float
    way: Way


@dataclass(frozen=True, slots=True)
class TargetGuess:
    """An entity that the file may be about."""

    entity: Entity
    score: float
    matches: tuple[Match, ...]


def targets(work: Work, columns: Sequence[Profile], hint: str) -> list[TargetGuess]:
    """The entities whose records the actor may create, those that are most like the file first.

    hint: name of the file or sheet.
    """
    found = []
    for entity in work.model.entities.values():
        if entity.parent or not rights(work, entity).can_create:
            continue
        matches = matched(work, entity, columns)
        found.append(TargetGuess(entity, _score(entity, columns, matches, hint), tuple(matches)))
    found.sort(key=lambda each: (-each.score, each.entity.name))
    return found[:_TARGETS]


def _score(entity: Entity, columns: Sequence[Profile], matches: Sequence[Match], hint: str) -> float:
    used = [each for each in columns if each.kind != "blank"]
    share = sum(each.score for each in matches) / max(len(used), 1)
    needed = {each.name for each in entity.fields if each.required and each.default is None} | {*entity.business_key}
    there = needed & {each.field for each in matches}
    coverage = len(there) / len(needed) if needed else 1.0
    called = max(like(hint, each) for each in (entity.name, entity.label.zh, entity.label.en))
    return round(0.55 * share + 0.3 * coverage * (1.0 if matches else 0.0) + 0.15 * called, 4)


def matched(work: Work, entity: Entity, columns: Sequence[Profile]) -> list[Match]:
    """The fields that columns seem to fill, each field and each column once, in the order of the columns."""
    own = rights(work, entity)
    fields = [each for each in entity.fields if can_fill(work.model, each, own)]
    options: list[Match] = []
    for column in columns:
        for field in fields:
            score, way = _likeness(work.model, field, column)
            if score >= LEAST:
                options.append(Match(column.place, field.name, score, way))
    options.sort(key=lambda each: (-each.score, each.place))
    taken: dict[int, Match] = {}
    filled: set[str] = set()
    for each in options:
        if each.place not in taken and each.field not in filled:
            taken[each.place] = each
            filled.add(each.field)
    return [taken[place] for place in sorted(taken)]


def can_fill(model: Model, field: Field, own: Rights) -> bool:
    """Whether a column may fill the field: of a type that texts stand for, and open to the actor."""
    if field.type not in MAPPED or field.read_only or not own.may_write(field.name):
        return False
    if field.type == "sequence":
        return bool(field.options.get("may_be_given"))
    return field.type != "reference" or len(model.entities[field.target].business_key) == 1


def _likeness(model: Model, field: Field, column: Profile) -> tuple[float, Way]:
    """How much a column looks like it fills a field."""
    score, way = _name_likeness(model, field, column.heading)
    if column.kind == "blank":
        return score * 0.9, way
    fits = column.kind in _FITS[field.type]
    if not fits:
        return score * 0.6, way
    is_telling = column.kind == field.type and field.type in ("email", "phone", "url")
    return (max(score, 0.6), way if score >= 0.6 else "kind") if is_telling else (score, way)


def _name_likeness(model: Model, field: Field, heading: str) -> tuple[float, Way]:
    plain = bare(heading)
    if not plain:
        return 0.0, "like"
    if plain in {bare(name) for name in (field.name, *field.aliases)}:
        return 1.0, "name"
    labels = [text for text in (field.label.zh, field.label.en) if text]
    if plain in map(bare, labels):
        return 1.0, "label"
    names = [field.name, *labels]
    if field.type == "reference":
        names += _by_key(model, field, labels)
    return max((like(heading, each) for each in names), default=0.0), "like"


def _by_key(model: Model, field: Field, labels: Sequence[str]) -> list[str]:
    """A reference may stand under its label with that of the key behind it."""
    target = model.entities[field.target]
    key = target.field(target.business_key[0])
    if key is None:
        return []
    behind = [text for text in (key.label.zh, key.label.en, key.name) if text]
    return [f"{label}{one}" for label in (*labels, field.name) for one in behind]


def bare(text: str) -> str:
    """A name without case, blanks and signs, in one form of its letters.

    >>> bare("Paid at (CNY)"), bare("ＡＢ_c-1")
    ('paidatcny', 'abc1')
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    return re.sub(r"[\W_]+", "", folded)


@lru_cache(maxsize=20_000)
def like(first: str, second: str) -> float:
    """How much two names are alike, from 0 to 1: by their pairs of letters, more when one is the end of the other.

    >>> like("Site number", "site_number"), like("Colour", "Site name") < 0.4
    (1.0, True)
    """
    one, other = bare(first), bare(second)
    if not one or not other:
        return 0.0
    if one == other:
        return 1.0
    pairs = [Counter(_pairs(each)) for each in (one, other)]
    shared = sum((pairs[0] & pairs[1]).values())
    dice = 2 * shared / max(sum(pairs[0].values()) + sum(pairs[1].values()), 1)
    short, long = sorted((one, other), key=len)
    if short in long and len(short) > 1:
        # A short name in the end of a long one says more than one in its beginning: a site name is a name.
        dice = max(dice, (0.6 if long.endswith(short) else 0.55) + 0.3 * len(short) / len(long))
    return round(min(dice, 0.95), 4)


def _pairs(text: str) -> Iterable[str]:
    return [text] if len(text) == 1 else [text[place : place + 2] for place in range(len(text) - 1)]
