"""A record on its way through the write path."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from tessera.engine.records.hooks import Record
from tessera.engine.records.plan import Plan
from tessera.errors import Problem


@dataclass(slots=True, eq=False)
class Draft:
    """One record (or line) being written.

    index: place among the rows of the call. pointer: JSON pointer of its body. before: what is stored, None when new.
    values: field name → value as it will be. given: names that the caller gave. env: what formulas see; the same
    dict as values unless they read across references. lines: by lines field, in their order.
    dropped: ids of lines that go, by lines field.
    """

    plan: Plan
    pointer: str
    before: Record | None
    values: dict[str, Any]
    given: set[str]
    index: int = 0
    env: dict[str, Any] = field(default_factory=dict)
    lines: dict[str, list[Draft]] = field(default_factory=dict)
    dropped: dict[str, list[int]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    names_are_bad: bool = False

    @property
    def is_new(self) -> bool:
        """Whether the record is not stored yet."""
        return self.before is None

    def report(self, code: str, name: str, message: str, hint: str = "", /, **params: Any) -> None:
        """Note a problem with a field ("" for the record itself)."""
        pointer = f"{self.pointer}/{name}" if name else self.pointer
        self.problems.append(Problem(code, pointer, message, hint, params))

    def all_problems(self) -> list[Problem]:
        """Its problems, then those of its lines in their order."""
        if not self.lines:
            return self.problems
        found = list(self.problems)
        for lines in self.lines.values():
            for line in lines:
                found += line.problems
        return found


def levels(plan: Plan, drafts: Iterable[Draft]) -> Iterator[tuple[str, Plan, list[Draft]]]:
    """The drafts, then their lines by lines field: (name of the field or "", plan, drafts), where there are any."""
    records = list(drafts)
    yield "", plan, records
    for name, lower in plan.lines.items():
        lines = [line for draft in records for line in draft.lines.get(name, ())]
        if lines:
            yield name, lower, lines
