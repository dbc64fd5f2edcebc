"""Accepted rows on their way to their documents: sorted by key, chunk by chunk, and merged again key by key.

A chunk of a file is sorted by the keys of its rows and cut into packets. Read in the order of their first keys, packets
show when a document is complete: as soon as its key is less than the first key of all that are still to be read. So
documents come in the order of their keys, and no more rows are held than those of packets that were begun.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any, TypeAlias

import orjson

from tessera.engine.work import Work
from tessera.store.system import imports

PacketRow: TypeAlias = list[Any]
"""A row as it is kept: its document's key, its number, the place of its class, and values."""

Group: TypeAlias = tuple[str, list[PacketRow]]
"""A document's key and its rows, by number."""

PACKET_ROWS = 100
PACKET_CHARACTERS = 200_000
PORTION_PACKETS = 40
_AFTER_ALL = 2**63 - 1
_number = itemgetter(1)


def packets_of(target: str, rows: list[tuple[Any, ...]], place: int) -> list[tuple[str, str, int, str, str]]:
    """The rows of a chunk as packets for `insert_packets`. place: a number that no other chunk of the batch goes by."""
    rows.sort(key=itemgetter(0))  # those of one key stay in their order
    found: list[tuple[str, str, int, str, str]] = []
    for start in range(0, len(rows), PACKET_ROWS):
        for part, payload in _cut(rows[start : start + PACKET_ROWS]):
            found.append((target, part[0][0], place + len(found), part[-1][0], payload))
    return found


def _cut(rows: list[tuple[Any, ...]]) -> Iterator[tuple[list[tuple[Any, ...]], str]]:
    """The rows and their JSON, in halves where it is long."""
    payload = orjson.dumps(rows).decode()
    if len(payload) <= PACKET_CHARACTERS or len(rows) == 1:
        yield rows, payload
        return
    half = len(rows) // 2
    yield from _cut(rows[:half])
    yield from _cut(rows[half:])


@dataclass(frozen=True, slots=True)
class Reached:
    """How far the packets of a batch are merged.

    target: of the rows that are held, "" between two targets. after: the last packet that was taken.
    held: rows of documents that may not be complete yet, by key.
    """

    target: str = ""
    after: imports.PacketPlace | None = None
    held: Mapping[str, list[PacketRow]] = field(default_factory=dict)


def resumed(work: Work, batch: int, target: str, key: str) -> Reached:
    """Where the merging stands once every document up to that key is written."""
    held: dict[str, list[PacketRow]] = {}
    for payload in imports.open_packets(work.tx, batch, target, key):
        _take(held, (row for row in orjson.loads(payload) if row[0] > key))
    return Reached(target if held else "", (target, key, _AFTER_ALL), held)


def next_groups(work: Work, batch: int, reached: Reached) -> tuple[str, list[Group], Reached]:
    """The target of the next documents, their rows, and how far that is; none at the end of the batch."""
    held = {key: list(rows) for key, rows in reached.held.items()}
    target, after = reached.target, reached.after
    while True:
        found = imports.next_packets(work.tx, batch, after, PORTION_PACKETS + 1)
        target = target or (found[0][0][0] if found else "")
        own = [each for each in found if each[0][0] == target]
        for place, payload in own[:PORTION_PACKETS]:
            _take(held, orjson.loads(payload))
            after = place
        if len(own) <= PORTION_PACKETS:
            return target, _groups(held, sorted(held)), Reached("", after)
        bound = own[PORTION_PACKETS][0][1]
        ready = sorted(key for key in held if key < bound)
        if ready:
            groups = _groups(held, ready)
            return target, groups, Reached(target, after, held)


def _take(held: dict[str, list[PacketRow]], rows: Iterable[PacketRow]) -> None:
    for row in rows:
        held.setdefault(row[0], []).append(row)


def _groups(held: dict[str, list[PacketRow]], keys: list[str]) -> list[Group]:
    """The groups of these keys, taken out of what is held."""
    groups = []
    for key in keys:
        rows = held.pop(key)
        if len(rows) > 1:
            rows.sort(key=_number)
        groups.append((key, rows))
    return groups


def joined_by_kept(work: Work, corrected: int, target: str, groups: Iterable[Group]) -> list[Group]:
    """The groups with the rows that the corrected batch has kept of their documents."""
    found = dict(groups)
    for key, payload in imports.kept_fragments(work.tx, corrected, target, found):
        found[key] = sorted([*found[key], *orjson.loads(payload)], key=_number)
    return list(found.items())


def keep_lacking(work: Work, batch: int, corrected: int | None) -> None:
    """Keep the rows of documents that lack rejected ones, for a correction, and forget all others of the batch."""
    lacking = imports.lacking_keys(work.tx, batch)
    reached, is_more = Reached(), bool(lacking)
    while is_more:
        target, groups, reached = next_groups(work, batch, reached)
        is_more = bool(groups)
        wanted = [(key, rows) for key, rows in groups if key in lacking]
        if corrected is not None:
            wanted = joined_by_kept(work, corrected, target, wanted)
        kept = [(target, key, rows[0][1], orjson.dumps(rows).decode()) for key, rows in wanted]
        imports.insert_fragments(work.tx, batch, kept)
    imports.delete_packets(work.tx, batch)
