"""Documents of the sample as wire bodies, and the ways in which they may arrive."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from engine.trade import Document, read_sample
from tessera.context import Context
from tessera.engine import records
from tessera.engine.records import OnRepeat
from tessera.engine.work import Work
from tessera.runtime import Runtime


@dataclass(frozen=True)
class Arrival:
    """One thing that happens to a document. verb: write, delete or restore."""

    document: Document
    verb: str = "write"
    on_repeat: OnRepeat = "revise"


def documents(path: Path) -> list[Document]:
    """The documents of the sample, in the order of the file."""
    return read_sample(path)


def body_of(document: Document) -> dict[str, Any]:
    """A document as a client would send it."""
    lines = [{name: str(value) if name == "amount" else value for name, value in line.items()}
             for line in document.lines]  # fmt: skip
    return {"number": document.number, "at": document.at.isoformat(), "member": {"number": document.customer},
            "lines": lines}  # fmt: skip


def entity_of(document: Document) -> str:
    """The entity that it is a record of."""
    return "goods_return" if document.number.startswith("C") else "order"


def take_in(work: Work, arrivals: Iterable[Arrival]) -> None:
    """Let things happen to documents in one transaction, in order; the people of all documents are there first."""
    happening = list(arrivals)
    people = dict.fromkeys(each.document.customer for each in happening if each.verb == "write")
    records.upsert(work, "member", [{"number": each} for each in people], on_repeat="ignore").ensure_all()
    for each in happening:
        entity, number = entity_of(each.document), {"number": each.document.number}
        if each.verb == "delete":
            records.delete(work, entity, number)
        elif each.verb == "restore":
            records.restore(work, entity, number)
        else:
            records.upsert(work, entity, [body_of(each.document)], on_repeat=each.on_repeat).ensure_all()


def arrive(runtime: Runtime, arrivals: list[Arrival], rng: random.Random, sizes: tuple[int, ...]) -> None:
    """Let things happen in portions of these sizes, a transaction for each."""
    rest = list(arrivals)
    while rest:
        count = rng.choice(sizes)
        portion, rest = rest[:count], rest[count:]
        runtime.write(Context(), partial(take_in, arrivals=portion))


def shuffled(wanted: list[Document], rng: random.Random) -> list[Arrival]:
    """Every document once, in random order."""
    return [Arrival(each) for each in rng.sample(wanted, len(wanted))]


def with_duplicates(wanted: list[Document], rng: random.Random) -> list[Arrival]:
    """Every document once, a third of them twice or more often, in random order."""
    again = rng.choices(wanted, k=len(wanted) // 3)
    modes: tuple[OnRepeat, ...] = ("ignore", "revise")
    found = [Arrival(each, on_repeat=rng.choice(modes)) for each in [*wanted, *again]]
    rng.shuffle(found)
    return found


def with_edits(wanted: list[Document], rng: random.Random, count: int) -> list[Arrival]:
    """Every document in random order; some are wrong at first, or wrong in between, or deleted for a while."""
    found: list[tuple[float, Arrival]] = []
    edited = {each.number for each in rng.sample(wanted, count)}
    people = sorted({each.customer for each in wanted})
    for document in wanted:
        steps = list(_life(document, people, rng)) if document.number in edited else [Arrival(document)]
        moments = sorted(rng.random() for _ in steps)
        found += zip(moments, steps, strict=True)
    return [each for _, each in sorted(found, key=lambda pair: pair[0])]


def _life(document: Document, people: list[str], rng: random.Random) -> Iterator[Arrival]:
    if rng.random() < 0.5:
        yield Arrival(document)
    for _ in range(rng.choice((1, 1, 2))):
        yield Arrival(_wrong(document, people, rng))
    if rng.random() < 0.3:
        yield from (Arrival(document, "delete"), Arrival(document, "restore"))
    yield Arrival(document)


def _wrong(document: Document, people: list[str], rng: random.Random) -> Document:
    what = rng.choice(("at", "customer", "amount", "lines", "units"))
    if what == "at":
        return replace(document, at=document.at + timedelta(days=rng.randint(-200, 200), minutes=rng.randint(0, 600)))
    if what == "customer":
        return replace(document, customer=rng.choice(people))
    lines = [dict(line) for line in document.lines]
    if what == "amount":
        lines[0]["amount"] = lines[0]["amount"] * 3 + 1
    elif what == "units":
        lines[-1]["units"] += 5
    else:
        lines = [*lines[: len(lines) // 2 + 1], {**lines[0], "item": "22423"}]
    return replace(document, lines=lines)
