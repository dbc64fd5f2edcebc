"""One search box: words that must each stand in one of some text fields, whatever the case of their Latin letters."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from tessera.store.column_types import Text
from tessera.store.paths import Paths
from tessera.store.sql_values import Condition, NotPortable

MOST_WORDS = 6
MOST_CHARACTERS = 200


def words_of(text: str) -> tuple[str, ...]:
    """The words of what was typed into a search box, Latin letters small, six at most.

    >>> words_of("  Ann 静安 ann")
    ('ann', '静安')
    """
    small = "".join(each.lower() if each.isascii() else each for each in text[:MOST_CHARACTERS])
    return tuple(dict.fromkeys(small.split()))[:MOST_WORDS]


def finds(paths: Paths, count: int, searched: tuple[str, ...]) -> Condition:
    """Whether each of so many words, given at the call as q_word0 …, stands in one of the fields at these paths."""
    texts = []
    for path in searched:
        try:
            value = paths.root().value(tuple(path.split(".")))
        except NotPortable:
            continue
        if not isinstance(value, tuple) and value.kind == "text":
            texts.append(sa.func.lower(value.sql()))
    return sa.and_(*(sa.or_(sa.false(), *(_stands_in(paths, text, place) for text in texts)) for place in range(count)))


def _stands_in(paths: Paths, text: Any, place: int) -> Condition:
    word = sa.bindparam(f"q_word{place}", type_=Text())
    place_of = sa.func.strpos(text, word) if paths.dialect == "postgresql" else sa.func.instr(text, word)
    found: Condition = place_of > 0
    return found


def word_values(words: tuple[str, ...]) -> dict[str, str]:
    """The words as they are given at the call."""
    return {f"q_word{place}": word for place, word in enumerate(words)}
