"""What generated code is put together from."""

from __future__ import annotations

from dataclasses import dataclass, field

LEAF_BITS = 113
"""Bits of a whole number of 34 digits, the largest that comes from outside."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Code of a node. first: evaluates it. later: a local that holds the value once first has run, "" when there is
    none. nullable: it may be None. broken: it may be a Fraction. bits: how large a whole number may get."""

    first: str
    later: str = ""
    nullable: bool = False
    broken: bool = False
    bits: int = LEAF_BITS


@dataclass(slots=True)
class Frame:
    """A function being written. level: whose names are read in its loop; row: local that holds the element.
    known: locals by (level, name), bound where we are. hoists: lines before the loop; hoisted: the locals that they
    bind. conditional: how many branches we are in."""

    level: int
    row: str
    known: dict[tuple[int, str], str] = field(default_factory=dict)
    hoists: list[str] = field(default_factory=list)
    hoisted: dict[tuple[int, str], str] = field(default_factory=dict)
    conditional: int = 0
