"""Which release's program decides a moment: the one in force at its business time."""

from __future__ import annotations

from datetime import datetime

from tessera.engine.packages.stored import load_model
from tessera.engine.timeline.program import Program
from tessera.engine.work import Work
from tessera.meta.model import Model
from tessera.meta.rules import TimelineDoc
from tessera.store.system import catalog

HEAD_ONLY = "timeline.head_only"
"""In the scratch of a transaction in which the head decides every moment, whenever it happened: a trial of it."""


class Programs:
    """The programs of one timeline by business time.

    A release that does not know the timeline yet leaves its moments to the first one that does.
    """

    def __init__(self, work: Work, timeline: TimelineDoc) -> None:
        self.work = work
        self.head = Program.of(work.model, timeline)
        every = () if work.scratch.get(HEAD_ONLY) else catalog.releases(work.tx)
        self._rows = [row for row in every if row.number <= work.model.number]
        self._by_number: dict[int, Program | None] = {work.model.number: self.head}

    @property
    def has_older(self) -> bool:
        """Whether there are releases before the head."""
        return len(self._rows) > 1

    def at(self, instant: datetime) -> Program:
        """The program that decides what happened then."""
        if len(self._rows) < 2:
            return self.head
        number = catalog.in_force(self._rows, instant)
        for row in self._rows:
            if row.number >= number:
                found = self._program(row.number)
                if found is not None:
                    return found
        return self.head

    def _program(self, number: int) -> Program | None:
        if number not in self._by_number:
            model = self._model(number)
            timeline = model.parts.get("timeline", {}).get(self.head.doc.key)
            self._by_number[number] = Program.of(model, timeline) if timeline is not None else None
        return self._by_number[number]

    def _model(self, number: int) -> Model:
        kept = self.work.model.cache
        found: Model | None = kept.get(("release", number))
        if found is None:
            found = kept[("release", number)] = load_model(self.work.tx, number)
        return found
