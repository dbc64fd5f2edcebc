"""Many new records from wire bodies, column by column: what `load` does to each value, once for a whole column.

Only what is in order is taken here; a row with anything doubtful is left to `load`, which says what is wrong with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from itertools import repeat
from typing import Any, TypeAlias

from tessera.engine.access import Rights
from tessera.engine.records.drafts import Draft
from tessera.engine.records.load import REFERENCES, load
from tessera.engine.records.plan import Plan
from tessera.errors import Json, TesseraError
from tessera.meta.fields.base import FIELD_TYPES
from tessera.meta.model import Field
from tessera.settings import Limits

Column: TypeAlias = Sequence[Any]

_FEW_ROWS = 8
_REPEATING = 50
_NONE = type(None)
_REPEATABLE = ({str}, {int}, {bool}, {Decimal})
"""Types of values that are looked up by value: those of one column, so that equal values are the same value."""


def load_many(
    plan: Plan, rows: Sequence[Json], rights: Rights, limits: Limits, indexes: Sequence[int]
) -> list[Draft]:
    """The drafts of new records from their wire bodies, as `load` makes them. indexes: places of the rows."""
    found = _Level(plan, rights, limits).drafts(rows, indexes, [""] * len(rows))
    return [
        load(plan, row, None, rights, limits, index=index) if draft is None else draft
        for draft, row, index in zip(found, rows, indexes, strict=True)
    ]


class _Level:
    """Loads records of one entity, or lines of one field."""

    def __init__(self, plan: Plan, rights: Rights, limits: Limits) -> None:
        self.plan = plan
        self.rights = rights
        self.limits = limits
        self.is_line = bool(plan.entity.parent)

    def drafts(self, rows: Sequence[Json], indexes: Sequence[int], pointers: Sequence[str]) -> list[Draft | None]:
        """The drafts of the rows that are in order, None for the others."""
        made: list[Draft | None] = [None] * len(rows)
        shapes: dict[tuple[Any, ...], list[int]] = {}
        for place, row in enumerate(rows):
            if row.__class__ is dict:
                shapes.setdefault(tuple(row), []).append(place)
        for names, places in shapes.items():
            fields = self._fields(names) if len(places) >= _FEW_ROWS or self.is_line else None
            if fields:
                given = {each.name for each in fields}
                columns = zip(*(rows[place].values() for place in places), strict=True)
                own = [indexes[place] for place in places]
                values, lines, bad = self._loaded(zip(fields, columns, strict=True), own)
                for at, place in enumerate(places):
                    if at not in bad:
                        draft = Draft(self.plan, pointers[place], None, values[at], given, indexes[place], values[at])
                        if lines:
                            draft.lines = {name: of_rows[at] for name, of_rows in lines.items()}
                        made[place] = draft
        return made

    def _fields(self, names: tuple[Any, ...]) -> list[Field] | None:
        """The fields that rows of these names fill; None when one of the names is not to be written."""
        inputs, rights = self.plan.inputs, self.rights
        fields = [inputs.get(name) for name in names]
        known = [each for each in fields if each is not None and rights.may_write(each.name)]
        is_right = len(known) == len(fields) == len({each.name for each in known})
        return known if is_right and self.plan.blank else None

    def _loaded(
        self, columns: Iterable[tuple[Field, Column]], indexes: Sequence[int]
    ) -> tuple[list[dict[str, Any]], dict[str, list[list[Draft]]], set[int]]:
        """Values of each row, lines of each row by field, and the places of the rows that are not in order."""
        loaded: dict[str, Column] = {}
        lines: dict[str, list[list[Draft]]] = {}
        bad: set[int] = set()
        for field, values in columns:
            if field.type == "lines":
                lines[field.name], refused = self._lines(field, values, indexes)
            else:
                loaded[field.name], refused = load_column(field, values)
            bad |= refused
        return self._values(loaded, len(indexes)), lines, bad

    def _values(self, loaded: Mapping[str, Column], count: int) -> list[dict[str, Any]]:
        """The values of each row, blanks in place of what is not given."""
        multiple = [each.name for each in self.plan.multiple]
        names = (*self.plan.blank, *multiple)
        columns = [loaded[name] if name in loaded else repeat(None, count) for name in names]
        made = [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]
        for name in multiple:
            if name not in loaded:
                for values in made:
                    values[name] = []
        return made

    def _lines(
        self, field: Field, values: Sequence[Json], indexes: Sequence[int]
    ) -> tuple[list[list[Draft]], set[int]]:
        """The lines of each row, and the places of the rows with lines that are not in order."""
        lower = _Level(self.plan.lines[field.name], self.rights.below(field.name), self.limits)
        most = self.limits.lines_per_record
        bad = {at for at, each in enumerate(values) if each.__class__ is not list or len(each) > most}
        owners = [at for at, each in enumerate(values) if at not in bad for _ in each]
        flat = [line for at, each in enumerate(values) if at not in bad for line in each]
        pointers = [
            f"/{field.name}/{place}" for at, each in enumerate(values) if at not in bad for place in range(len(each))
        ]
        found: list[list[Draft]] = [[] for _ in values]
        for owner, draft in zip(owners, lower.drafts(flat, [indexes[at] for at in owners], pointers), strict=True):
            if draft is None:
                bad.add(owner)
            else:
                found[owner].append(draft)
        return found, bad


def load_column(field: Field, values: Column) -> tuple[Column, set[int]]:
    """The Python values of a field's wire values, and the places of those that are refused."""
    return (values, set()) if field.type in REFERENCES else fit_column(field, field.load, values)


def fit_column(field: Field, fit: Callable[[Any], Any], values: Column) -> tuple[Column, set[int]]:
    """The values as `fit` (the field's loader, or one of typed values) makes them, and the places of refused ones."""
    known = FIELD_TYPES.get(field.type) if fit is field.load else None
    at_once = known.column_loader(field) if known is not None else None
    found = at_once(values) if at_once is not None else None
    if found is not None:
        return found, set()
    try:
        return each_once(fit, values), set()
    except TesseraError:
        return _one_by_one(fit, values)


def each_once(change: Callable[[Any], Any], values: Column) -> Column:
    """The values changed, blanks left blank; of those that repeat each is changed once. Raises: what `change` does."""
    kinds = set(map(type, values)) - {_NONE}
    if len(values) < _REPEATING or kinds not in _REPEATABLE:
        return [None if value is None else _plain(change(value)) for value in values]
    known = {value: None if value is None else change(value) for value in set(values)}
    return [known[value] for value in values]


def _one_by_one(change: Callable[[Any], Any], values: Column) -> tuple[Column, set[int]]:
    made: list[Any] = []
    bad = set()
    for place, value in enumerate(values):
        try:
            made.append(None if value is None else _plain(change(value)))
        except TesseraError:
            made.append(None)
            bad.add(place)
    return made, bad


def _plain(value: Any) -> Any:
    return list(value) if value.__class__ is tuple else value
