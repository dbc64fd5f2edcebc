"""Rows that were sorted chunk by chunk come out key by key, from the beginning or from any key on."""

from __future__ import annotations

import random
from typing import Any

import pytest

from tessera.context import Context
from tessera.engine.mapping import packets
from tessera.engine.mapping.packets import Group, Reached, next_groups, packets_of, resumed
from tessera.engine.work import Work
from tessera.runtime import Runtime
from tessera.store.system import imports

BATCH = 7


def _chunks(chance: random.Random, keys: int) -> list[list[tuple[str, list[Any]]]]:
    """Chunks of rows of two targets, some keys in many of them."""
    number = 0
    chunks = []
    for _ in range(chance.randrange(1, 7)):
        chunk = []
        for _ in range(chance.randrange(40)):
            number += 1
            key = f"K{chance.randrange(keys):03}" if chance.random() < 0.9 else f"{number:012d}"
            chunk.append((chance.choice(["t:one", "t:two"]), [key, number, 0, "x" * chance.randrange(30)]))
        chunks.append(chunk)
    return chunks


def _put(work: Work, chunks: list[list[tuple[str, list[Any]]]]) -> dict[tuple[str, str], list[Any]]:
    """Keep the chunks as packets; gives what must come out, by target and key."""
    wanted: dict[tuple[str, str], list[Any]] = {}
    place = 0
    for chunk in chunks:
        for target in ("t:one", "t:two"):
            rows = [tuple(row) for of, row in chunk if of == target]
            imports.insert_packets(work.tx, BATCH, packets_of(target, rows, place))
        place += len(chunk)
        for target, row in chunk:
            wanted.setdefault((target, row[0]), []).append(row)
    return wanted


def _rest(work: Work, reached: Reached) -> list[tuple[str, Group]]:
    found = []
    while True:
        target, groups, reached = next_groups(work, BATCH, reached)
        if not groups:
            return found
        found += [(target, group) for group in groups]


def test_every_row_comes_out_once_in_the_order_of_keys(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(11)
    for trial in range(12):
        monkeypatch.setattr(packets, "PACKET_ROWS", chance.choice([1, 3, 10]))
        monkeypatch.setattr(packets, "PORTION_PACKETS", chance.choice([1, 2, 5]))
        monkeypatch.setattr(packets, "PACKET_CHARACTERS", chance.choice([60, 200_000]))
        with runtime.writing(Context()) as work:
            imports.delete_packets(work.tx, BATCH)
            wanted = _put(work, _chunks(chance, chance.choice([2, 30])))
            found = _rest(work, Reached())
            assert [(target, key) for target, (key, _) in found] == sorted(wanted), trial
            assert {(target, key): rows for target, (key, rows) in found} == wanted
            for target, (key, _) in chance.sample(found, min(3, len(found))):
                later = [(of, group) for of, group in found if (of, group[0]) > (target, key)]
                assert _rest(work, resumed(work, BATCH, target, key)) == later
