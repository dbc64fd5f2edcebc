"""Rows → classes and packed values, by a Python function that is generated for the mapping and the file.

Most formulas of a mapping depend on one or two cells only, and cells repeat: their values are remembered by the
cells, so that a row costs a few dictionary look-ups. Whatever depends on more is worked out row by row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any

from tessera.engine.mapping.host import RowHost
from tessera.engine.mapping.packing import as_key, pack
from tessera.engine.mapping.readers import NUMBER_COLUMN, BadRow
from tessera.engine.mapping.readers import Row as Cells
from tessera.engine.mapping.rows import CHANGING, Expression, Finish, RowNames, readable
from tessera.errors import Json
from tessera.formula import FormulaError
from tessera.formula.arithmetic import exact
from tessera.meta.kinds.mapping import Mapping as MappingPart
from tessera.meta.kinds.mapping import Target

REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Reject:
    """A row that no document is made from, and why.

    row: its number. cells: as in the file, None when unreadable (then text). key: of the document it would be in.
    """

    row: int
    code: str
    message: str
    column: str = ""
    at: str = ""
    cells: list[str | None] | None = None
    text: str = ""
    key: str = ""


@dataclass
class Chunk:
    """What comes of a chunk of rows.

    accepted: for each target of the mapping its rows, each (key, number, place of its class, values…), in their order.
    counts: rows per class, the last one being `rejected`. keys: of all rows, for the register.
    """

    accepted: list[list[tuple[Any, ...]]] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)
    rows: int = 0
    key_of: Callable[[list[str]], str | None] = lambda cells: None

    def reject(self, number: int, cells: Cells, problem: FormulaError | None) -> None:
        """Put a row into `rejected`; without a problem no class took it."""
        if isinstance(cells, BadRow):
            self.rejects.append(Reject(number, cells.code, cells.message, text=cells.text))
        elif problem is None:
            self.rejects.append(Reject(number, "no_class", "No class takes this row.", cells=readable(cells)))
        else:
            column, at = str(problem.params.get("column", "")), str(problem.params.get("at", ""))
            kept, key = readable(cells), self.key_of(cells) or ""
            self.rejects.append(Reject(number, problem.kind, problem.message, column, at, kept, key=key))


class Classifier:
    """The generated function of a mapping for files with these places of the columns."""

    def __init__(self, mapping: MappingPart, places: Mapping[str, int | None], host: RowHost) -> None:
        self.mapping = mapping
        self.host = host
        self.names = RowNames(mapping, places, host)
        writer = _Writer(self.names, number_at=places.get(NUMBER_COLUMN))
        self.source = writer.function(mapping)
        self._run = writer.compiled(self.source)
        self._key = (
            self.names.getter(self.names.expression(mapping.register, "key"), as_key) if mapping.register else None
        )
        self._by = [
            self.names.getter(self.names.expression(each.by, "by"), as_key)
            for each in mapping.targets if each.by is not None
        ]  # fmt: skip
        self._joins = [
            (each, self.names.getter(self.names.expression(each.on, f"joins/{each.uid}"))) for each in mapping.joins
        ]

    def run(self, rows: Iterable[Cells], before: int) -> Chunk:
        """Classify rows; before: number of the row before the first of them."""
        chunk = Chunk([[] for _ in self.mapping.targets], key_of=self._key_of)
        with exact():  # once for all formulas of all rows
            self._run(rows, before, chunk)
        return chunk

    def _key_of(self, cells: list[str]) -> str | None:
        """The key of the document that a rejected row would be in, as far as it can be told."""
        row = self.names.row_type()
        row.cells = cells
        found: set[Any] = set()
        for by in self._by:
            _add(found, by, row)
            if found:
                return str(found.pop())
        return None

    def wanted(self, rows: Iterable[Cells]) -> tuple[set[str], dict[str, set[Any]]]:
        """The register keys and, per join, the record keys that the rows may ask for."""
        keys: set[str] = set()
        joined: dict[str, set[Any]] = {each.name: set() for each, _ in self._joins}
        for cells in self._distinct(rows):
            row = self.names.row_type()
            row.cells = cells
            if self._key is not None:
                _add(keys, self._key, row)
            for each, getter in self._joins:
                _add(joined[each.name], getter, row)
        return keys, joined


    def _distinct(self, rows: Iterable[Cells]) -> Iterable[list[str]]:
        """One of the rows for each combination of the cells that keys depend on."""
        wanted = [self.names.expression(each.on, f"joins/{each.uid}") for each in self.mapping.joins]
        if self.mapping.register is not None:
            wanted.append(self.names.expression(self.mapping.register, "key"))
        found = [self.names.cells_of(each) for each in wanted]
        good = [cells for cells in rows if not isinstance(cells, BadRow)]
        if None in found:
            return good
        places = sorted({place for each in found for place in each or ()})
        pick = itemgetter(*places) if places else len
        return {pick(cells): cells for cells in good}.values()


def row_number(cell: str, otherwise: int) -> int:
    """The number that a cell says its row has, else the other one."""
    return int(cell) if cell.isascii() and cell.isdigit() and len(cell) < 16 else otherwise


def _add(found: set[Any], getter: Callable[[Any], Any], row: Any) -> None:
    try:
        value = getter(row)
    except FormulaError:
        return
    if value is not None:
        found.add(value)


class _Writer:
    """Writes the source of the function; values that it needs are handed in by name."""

    def __init__(self, names: RowNames, *, number_at: int | None) -> None:
        self.names = names
        self.given: dict[str, Any] = {"new_row": names.row_type, "Error": FormulaError, "host": names.host}
        self.given["row_number"] = row_number
        self.number_at = number_at
        self.lines: list[str] = []

    def compiled(self, source: str) -> Callable[[Iterable[Cells], int, Chunk], None]:
        """The function of that source."""
        space = dict(self.given)
        exec(compile(source, f"<mapping {self.names.mapping.name}>", "exec"), space)
        function: Callable[[Iterable[Cells], int, Chunk], None] = space["classify"]
        return function

    def function(self, mapping: MappingPart) -> str:
        """The source: one loop over the rows, the classes in their order within it."""
        put = self.lines.append
        counts = range(len(mapping.classes))
        put("def classify(rows, number, chunk):")
        put("    add_key, reject, first, rejected = chunk.keys.add, chunk.reject, number, 0")
        for place in range(len(mapping.targets)):
            put(f"    accept{place} = chunk.accepted[{place}].append")
        put("    " + " = ".join([f"n{i}" for i in counts] + ["0"]))
        put("    for cells in rows:")
        put("        number += 1")
        put("        if cells.__class__ is not list:")
        self._reject("            ", "None")
        if self.number_at is not None:
            put(f"        place = row_number(cells[{self.number_at}], number)")
        if any(each & CHANGING for each in self._calls(mapping)):
            put("        host.next_row()")
        has_row = self._key(mapping)
        put("        try:")
        for i, each in enumerate(mapping.classes):
            has_row = self._class(i, each.when, each.target, has_row)
        put("        except Error as problem:")
        self._reject("            ", "problem")
        self._reject("        ", "None")
        put("    chunk.rows = number - first")
        put("    chunk.counts[:] = [" + ", ".join([*(f"n{i}" for i in counts), "rejected"]) + "]")
        return "\n".join(self.lines) + "\n"

    def _calls(self, mapping: MappingPart) -> Iterable[frozenset[str]]:
        yield from (each.value.calls for each in mapping.lets)
        yield from (each.when.calls for each in mapping.classes)
        for target in mapping.targets:
            yield from (each.value.calls for each in (*target.fields, *target.lines))
            yield from (each.calls for each in (target.by,) if each is not None)

    def _reject(self, indent: str, problem: str) -> None:
        number = "number" if self.number_at is None else "place"
        number = "number" if problem == "None" and indent == "            " else number
        self.lines += [f"{indent}rejected += 1", f"{indent}reject({number}, cells, {problem})", f"{indent}continue"]

    def _key(self, mapping: MappingPart) -> bool:
        if mapping.register is None:
            return False
        key = self.names.expression(mapping.register, "key")
        needs_row = self.names.cells_of(key) is None
        if needs_row:
            self.lines += ["        row = new_row()", "        row.cells = cells"]
        value = self._value(key, as_key)
        self.lines += [
            "        try:", f"            key = {value}",
            "            if key is not None:", "                add_key(key)",
            "        except Error:", "            pass",
        ]  # fmt: skip
        return needs_row

    def _class(self, i: int, when: Any, target: int, has_row: bool) -> bool:
        condition = self.names.expression(when, f"classes/{self.names.mapping.classes[i].uid}")
        has_row = self._row_for([condition], "            ", has_row)
        self.lines.append(f"            if {self._value(condition)}:")
        if target >= 0:
            self._accept(i, target, has_row)
        self.lines += [f"                n{i} += 1", "                continue"]
        return has_row

    def _row_for(self, expressions: Iterable[Expression], indent: str, has_row: bool) -> bool:
        if has_row or all(self.names.cells_of(each) is not None for each in expressions):
            return has_row
        self.lines += [f"{indent}row = new_row()", f"{indent}row.cells = cells"]
        return True

    def _accept(self, i: int, target_place: int, has_row: bool) -> None:
        target = self.names.mapping.targets[target_place]
        indent = "                "
        number = "number" if self.number_at is None else "place"
        tried = [] if target.each_row else self._tried(target)
        values = self.values(target)
        by = None if target.by is None else self.names.expression(target.by, f"documents/{target.uid}/by")
        self._row_for([*tried, *values, *([by] if by else [])], indent, has_row)
        self.lines += [f"{indent}{self._value(each, as_rows=True)}" for each in tried]
        packed = "".join(f", {self._value(each, pack)}" for each in values)
        key = self._value(by, as_key) if by else f"format({number}, '012d')"
        self.lines += [
            f"{indent}key = {key}",
            f"{indent}if key is None:",
            f"{indent}    raise Error('no_key', 'The row has no key.', at='documents/{target.uid}/by')",
            f"{indent}accept{target_place}((key, {number}, {i}{packed}))",
        ]

    def _tried(self, target: Target) -> list[Expression]:
        return [
            self.names.expression(value, f"documents/{target.uid}/fields/{uid}")
            for uid, value in target.document_formulas()
        ]

    def values(self, target: Target) -> list[Expression]:
        """What is kept of a row: the names that the document's formulas read, then its line or record."""
        names = self.names
        kept = [names.expression(formula, f"let/{name}") for name, formula in target.reads]
        place = "fields" if target.each_row else "lines"
        rows = target.row_formulas()
        return kept + [names.expression(each, f"documents/{target.uid}/{place}/{uid}") for uid, each in rows]

    def _value(self, expression: Expression, finish: Finish | None = None, *, as_rows: bool = False) -> str:
        places = self.names.cells_of(expression)
        if places is None:
            name = f"f{len(self.given)}"
            self.given[name] = self.names.direct(expression, finish, as_rows=as_rows)
            return f"{name}(row)"
        memo = self.names.memo(expression, finish, as_rows=as_rows)
        name = f"m{id(memo)}"
        self.given[name] = memo
        known = f"{name}[{', '.join(f'cells[{place}]' for place in places) or '()'}]"
        if not self.names.is_text_column(expression) or finish not in (None, pack, as_key):
            return known
        # The text of a column is its own value; texts seldom repeat, so that to remember them would only cost.
        cell = f"cells[{places[0]}]"
        return f"({cell} or None)" if finish is not as_key else f"({cell} or None if len({cell}) < 99 else {known})"


def class_counts(mapping: MappingPart, counts: Iterable[int]) -> dict[str, Json]:
    """Rows per class by name; classes that took no row are left out."""
    names = [*(each.name for each in mapping.classes), REJECTED]
    return {name: count for name, count in zip(names, counts, strict=True) if count}
