"""Cells of an exported list: values as people read them, or as programs do."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

import orjson

from tessera.engine import records
from tessera.engine.access import rights
from tessera.engine.identity import people
from tessera.engine.records.related import find
from tessera.engine.work import Work
from tessera.errors import Invalid, Problem, UnknownField
from tessera.meta.model import Entity, Field, Label

Cell: TypeAlias = "str | int | Decimal | bool | date | datetime | None"
Names: TypeAlias = "Mapping[tuple[str, int], str]"
_WORDS = {"zh": ("是", "否"), "en": ("yes", "no")}
_OWN = {
    "id": Label("编号", "Number"), "ref": Label("引用", "Reference"), "version": Label("版本", "Version"),
    "created_at": Label("创建时间", "Created at"), "created_by": Label("创建人", "Created by"),
    "updated_at": Label("更新时间", "Updated at"), "updated_by": Label("更新人", "Updated by"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ListColumn:
    """A column of an exported list. field: the last of the path; None for what every record has."""

    path: tuple[str, ...]
    label: Label
    field: Field | None


def columns_of(work: Work, entity: Entity, paths: Sequence[str] | None) -> list[ListColumn]:
    """The columns of these paths; None: every field that he may read, but lines. Raises: UnknownField, Invalid."""
    if paths is None:
        own = rights(work, entity)
        paths = [each.name for each in entity.fields if each.type != "lines" and own.may_read(each.name)]
    return [_column(work, entity, path, place) for place, path in enumerate(paths)]


def _column(work: Work, entity: Entity, path: str, place: int) -> ListColumn:
    """Masked fields, too: their cells are as the actor sees them."""
    pointer = f"/columns/{place}"
    here: Entity | None = entity
    names: list[str] = []
    labels: list[Label] = []
    field: Field | None = None
    for step in path.split("."):
        own = rights(work, here) if here is not None else None
        member = here.member(step) if here is not None and own is not None and own.can_read else None
        if here is None or member is None or own is None or not own.may_read(member.name):
            raise UnknownField(name=path, pointer=pointer)
        if field is not None and field.type == "multi_reference":
            raise _several(path, pointer)
        field = here.field(member.name)
        if field is not None and field.type == "lines":
            raise _several(path, pointer)
        names.append(member.name)
        labels.append(field.label if field is not None else _OWN.get(member.name, Label(member.name, member.name)))
        here = work.model.entities.get(field.target) if field is not None and field.target else None
    label = Label(*(" · ".join(each.get(language) for each in labels) for language in ("zh", "en")))
    return ListColumn(tuple(names), label, field)


def _several(path: str, pointer: str) -> Invalid:
    message = f'"{path}" has many values in a record.'
    return Invalid([Problem("wrong_value", pointer, message, "Export the lines by a view of their own.")])


def expansions(columns: Iterable[ListColumn]) -> tuple[str, ...]:
    """The paths of the references that columns lead over."""
    return tuple(sorted({".".join(each.path[:-1]) for each in columns if len(each.path) > 1}))


def value_at(record: Mapping[str, object], path: Sequence[str]) -> Any:
    """What stands at a path of a record, expanded as far as the path leads; None when there is nothing."""
    here: Any = record
    for name in path:
        here = here.get(name) if isinstance(here, Mapping) else None
    return here


class Shaper:
    """Makes cells of values. language: "" for codes and keys as programs read them."""

    def __init__(self, work: Work, columns: Sequence[ListColumn], language: str) -> None:
        self._work = work
        self._columns = columns
        self._language = language
        self._zone = ZoneInfo(work.settings.zone)

    def rows(self, found: Sequence[records.Record]) -> list[list[Cell]]:
        """The cells of records, in the order of the columns."""
        every = [[value_at(record, each.path) for each in self._columns] for record in found]
        names = self._names(every)
        cells = [self._cell_of(each, names) for each in self._columns]
        return [[make(value) for make, value in zip(cells, row, strict=True)] for row in every]

    def _names(self, rows: Sequence[Sequence[Any]]) -> dict[tuple[str, int], str]:
        """What the records and people that are referred to are called, set-wise."""
        wanted: dict[str, set[int]] = {}
        for place, column in enumerate(self._columns):
            for value in (row[place] for row in rows):
                for number in _numbers(column, value):
                    wanted.setdefault(_target(column), set()).add(number)
        named: dict[tuple[str, int], str] = {}
        for target, numbers in wanted.items():
            found = self._people(numbers) if target == "user" else self._titles(target, numbers)
            named.update({(target, number): text for number, text in found.items()})
        return named

    def _people(self, numbers: set[int]) -> dict[int, str]:
        if not self._language:
            return {}
        found = people(self._work.tx, self._work.ctx, ids=sorted(numbers), limit=len(numbers))
        return {each["id"]: each["display_name"] or each["name"] for each in found}

    def _titles(self, target: str, numbers: set[int]) -> dict[int, str]:
        """Titles for people, keys for programs, as far as the actor may read them."""
        entity = self._work.model.entities[target]
        own = rights(self._work, entity)
        key = entity.business_key[0] if len(entity.business_key) == 1 else ""
        name = (entity.title or key) if self._language else key
        field = entity.field(name) if name else None
        if field is None or not own.may_read(name) or name in own.masks:
            return {}
        rows = find(self._work, entity, [("id", number) for number in numbers], [(name,)])
        return {key[1]: str(field.dump(row[name])) for key, row in rows.items() if row.get(name) is not None}

    def _cell_of(self, column: ListColumn, names: Names) -> Callable[[Any], Cell]:
        field = column.field
        if _target(column):
            return lambda value: _named(column, value, names)
        if field is None:
            return lambda value: self._plain(value)
        if field.type in ("select", "multi_select") and self._language:
            labels = {each["value"]: _label(each, self._language) for each in field.options.get("options", ())}
            return lambda value: self._plain(
                [labels.get(each, each) for each in value] if isinstance(value, list) else labels.get(value, value)
            )
        if field.value_type.kind == "number" and not field.value_type.integer:
            return lambda value: value if value is None or isinstance(value, str) else Decimal(str(field.dump(value)))
        if field.type == "file":
            return lambda value: str(value.get("name", "")) if isinstance(value, Mapping) else self._plain(value)
        return self._plain

    def _plain(self, value: Any) -> Cell:
        if isinstance(value, bool):
            return (_WORDS[self._language][not value]) if self._language else value
        if isinstance(value, datetime):
            return value.astimezone(self._zone).replace(tzinfo=None)
        if value is None or isinstance(value, str | int | Decimal | date):
            return value
        if isinstance(value, list) and all(isinstance(each, str | int) for each in value):
            return ", ".join(map(str, value))
        if isinstance(value, Mapping | list):
            return orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS).decode()
        return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _target(column: ListColumn) -> str:
    """Key of the entity whose records a column refers to, "user" for people, "" for neither."""
    if column.field is None:
        return "user" if column.path[-1] in ("created_by", "updated_by") else ""
    if column.field.type in ("reference", "multi_reference"):
        return column.field.target
    return "user" if column.field.type == "user" else ""


def _numbers(column: ListColumn, value: Any) -> list[int]:
    if not _target(column) or value is None:
        return []
    several = value if isinstance(value, list) else [value]
    plain = [each["id"] if isinstance(each, Mapping) else each for each in several]
    return [each for each in plain if type(each) is int]


def _named(column: ListColumn, value: Any, names: Names) -> Cell:
    numbers = _numbers(column, value)
    if not numbers:
        return value if isinstance(value, str) else None
    texts = [names.get((_target(column), number), str(number)) for number in numbers]
    return ", ".join(texts)


def _label(option: Mapping[str, Any], language: str) -> str:
    label = option.get("label")
    if isinstance(label, Label | Mapping):
        return str(label.get(language) or option["value"])
    return str(label or option["value"])
