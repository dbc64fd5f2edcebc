"""The kind `mapping`: rows of outside files → classes, documents, records."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias
from zoneinfo import ZoneInfo, available_timezones

from tessera.errors import Json
from tessera.formula import Formula, check_formula
from tessera.formula.shapes import BOOLEAN, INTEGER, NUMBER, TEXT, Member, Scope, StaticShape, Type
from tessera.meta.documents import Document
from tessera.meta.drafts import EntityDraft, FieldDraft, Unusable
from tessera.meta.kinds.base import KINDS, Kind
from tessera.meta.linker import Linker

OnRepeat: TypeAlias = Literal["ignore", "revise", "review"]
REJECTED = "rejected"
OFFERS = frozenset({"batch"})
_COLUMN_TYPES = {"text": TEXT, "integer": INTEGER, "decimal": NUMBER}


@dataclass(frozen=True, slots=True)
class Column:
    """A column that formulas read. headings: under which it may stand in a file, the preferred one first."""

    uid: str
    name: str
    headings: tuple[str, ...]
    type: str = "text"
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Let:
    """A named value of a row."""

    uid: str
    name: str
    value: Formula


@dataclass(frozen=True, slots=True)
class Join:
    """A record found by the value of `on` in its field `key`. reads: the fields of it that formulas use."""

    uid: str
    name: str
    entity: str
    key: str
    on: Formula
    reads: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RowClass:
    """What may become of a row. target: place in the mapping's targets, -1: it is counted and let be."""

    uid: str
    name: str
    when: Formula
    target: int = -1


@dataclass(frozen=True, slots=True)
class Value:
    """A field's value. reference: key of the entity referred to, "" when it is no reference.

    missing: what happens when there is no such record. extra: further values of one that is created.
    """

    uid: str
    field: str
    value: Formula
    reference: str = ""
    missing: Literal["create", "reject"] = "reject"
    extra: tuple[Value, ...] = ()


@dataclass(frozen=True, slots=True)
class Drop:
    """A condition on the finished document under which it is counted and let be."""

    uid: str
    name: str
    when: Formula


@dataclass(frozen=True, slots=True)
class Target:
    """How accepted rows become documents of one entity.

    by: its value is the document's key; None: each row for itself. reads: what the document's formulas read of a
    row: (path, formula of the row that gives it). lines_field: "" when the document has no lines.
    """

    uid: str
    entity: str
    on_repeat: OnRepeat
    by: Formula | None
    each_row: bool
    fields: tuple[Value, ...]
    lines_field: str = ""
    lines: tuple[Value, ...] = ()
    drops: tuple[Drop, ...] = ()
    reads: tuple[tuple[tuple[str, ...], Formula], ...] = ()

    def row_values(self) -> tuple[Value, ...]:
        """The values that are worked out row by row: of the lines, or of the record that each row is."""
        return self.fields if self.each_row else self.lines

    def row_formulas(self) -> Iterator[tuple[str, Formula]]:
        """(uid, formula) of what is worked out row by row, values of created records after their reference."""
        return _formulas(self.row_values())

    def document_formulas(self) -> Iterator[tuple[str, Formula]]:
        """(uid, formula) of what is worked out once per document."""
        return _formulas(() if self.each_row else self.fields)


def _formulas(values: Iterable[Value]) -> Iterator[tuple[str, Formula]]:
    for value in values:
        yield value.uid, value.value
        yield from ((each.uid, each.value) for each in value.extra)


@dataclass(frozen=True, slots=True)
class Mapping:
    """A compiled mapping. register: what is kept of every row for IN_EARLIER_BATCH; None: nothing."""

    key: str
    name: str
    format: str
    delimiter: str
    quote: str
    encoding: str
    decimal: str
    has_header: bool
    sheet: str
    rows_at: str
    skip_rows: int
    zone: ZoneInfo
    columns: tuple[Column, ...]
    register: Formula | None
    lets: tuple[Let, ...]
    joins: tuple[Join, ...]
    classes: tuple[RowClass, ...]
    targets: tuple[Target, ...]


class MappingKind(Kind):
    """How documents of the kind `mapping` are checked and compiled."""

    name = "mapping"
    phase = 60

    def compile(self, document: Document, linker: Linker) -> Mapping:
        """The mapping of that document; what is wrong is reported to the linker."""
        return _Compiler(document, linker).mapping()


KINDS.add("mapping", MappingKind())


class _Compiler:
    """Compiles one document; the scope grows by the names that come before."""

    def __init__(self, document: Document, linker: Linker) -> None:
        self.document = document
        self.body = document.body
        self.linker = linker
        self.scope = Scope(StaticShape(document.key, ()), offers=OFFERS)
        self.joined: dict[str, set[str]] = {}

    def mapping(self) -> Mapping:
        """All of it."""
        body = self.body
        columns = tuple(_column(each) for each in body["columns"])
        self.scope = self.scope.plus(*(Member(each.name, _COLUMN_TYPES[each.type]) for each in columns))
        self._ensure_distinct()
        joins = self._joins()
        lets = self._lets()
        register = self._formula(body.get("key"), self.scope, "key")
        targets = self._targets(register)
        classes = self._classes(targets)
        return Mapping(
            self.document.key, self.document.name, body["format"], body.get("delimiter", ","), body.get("quote", '"'),
            body.get("encoding", "auto"), body.get("decimal", "."), body.get("header", True), body.get("sheet", ""),
            body.get("rows_at", ""), body.get("skip_rows", 0), self._zone(), columns, register, lets,
            tuple(replace(each, reads=tuple(sorted(self.joined[each.name]))) for each in joins), classes, targets,
        )  # fmt: skip

    def _problem(self, code: str, steps: tuple[object, ...], message: str, **params: Json) -> None:
        self.linker.problem(code, self.document.at(*steps), message, **params)

    def _zone(self) -> ZoneInfo:
        name = self.body["zone"]
        if name not in available_timezones():
            self._problem("unknown_zone", ("zone",), f'There is no time zone "{name}".', name=name)
            name = "UTC"
        return ZoneInfo(name)

    def _ensure_distinct(self) -> None:
        names: set[str] = {"rows"}
        for part in ("columns", "joins", "let", "classes"):
            if part == "classes":
                names = {REJECTED}
            for i, each in enumerate(self.body.get(part, ())):
                if each["name"] in names:
                    message = f'The name "{each["name"]}" is taken.'
                    self._problem("repeated_name", (part, i, "name"), message, name=each["name"])
                names.add(each["name"])

    def _formula(self, text: str | None, scope: Scope, *steps: object, expect: Type | None = None) -> Formula | None:
        if text is None:
            return None
        formula = self.linker.formula(text, scope, self.document.at(*steps), expect)
        if formula is not None:
            for path in formula.reads:
                inner = path[1:] if path[0] == "rows" else path
                if len(inner) > 1 and inner[0] in self.joined:
                    self.joined[inner[0]].add(inner[1])
        return formula

    def _joins(self) -> list[Join]:
        found = []
        scope = self.scope
        for i, each in enumerate(self.body.get("joins", ())):
            entity = self.linker.entity(each["entity"], self.document.at("joins", i, "entity"))
            if entity is None:
                continue
            key = self.linker.field(entity, each["key"], self.document.at("joins", i, "key"))
            if key is None:
                continue
            if not key.body.get("unique") and _business_key(entity) != (key.name,):
                message = f'"{key.name}" does not identify a record of "{entity.name}".'
                self._problem("not_a_key", ("joins", i, "key"), message, name=key.name)
            on = self._formula(each["on"], scope, "joins", i, "on")
            self.scope = self.scope.plus(Member(each["name"], Type("record", shape=entity.shape)))
            self.joined[each["name"]] = set()
            if on is not None:
                found.append(Join(each["uid"], each["name"], entity.key, key.name, on))
        return found

    def _lets(self) -> tuple[Let, ...]:
        found = []
        for i, each in enumerate(self.body.get("let", ())):
            value = self._formula(each["value"], self.scope, "let", i, "value")
            if value is not None:
                self.scope = self.scope.plus(Member(each["name"], value.type))
                found.append(Let(each["uid"], each["name"], value))
        return tuple(found)

    def _classes(self, targets: tuple[Target, ...]) -> tuple[RowClass, ...]:
        places: dict[str, int] = {}
        for place, target in enumerate(targets):
            places.setdefault(target.entity, place)
        found = []
        for i, each in enumerate(self.body["classes"]):
            when = self._formula(each["when"], self.scope, "classes", i, "when", expect=BOOLEAN)
            place = -1
            if "into" in each:
                entity = self.linker.entity(each["into"], self.document.at("classes", i, "into"))
                place = places.get(entity.key, -1) if entity is not None else -1
                if entity is not None and place == -1:
                    message = f'No element of "documents" says how rows become records of "{entity.name}".'
                    self._problem("no_document", ("classes", i, "into"), message, name=entity.name)
            if when is not None:
                found.append(RowClass(each["uid"], each["name"], when, place))
        return tuple(found)

    def _targets(self, register: Formula | None) -> tuple[Target, ...]:
        found: list[Target] = []
        for i, block in enumerate(self.body["documents"]):
            for place, name in enumerate(block["into"]):
                entity = self.linker.entity(name, self.document.at("documents", i, "into", place))
                if entity is None:
                    continue
                if any(each.entity == entity.key for each in found):
                    message = f'"{name}" has a document block already.'
                    self._problem("repeated_name", ("documents", i, "into", place), message, name=name)
                found.append(self._target(block, i, entity, register))
        return tuple(found)

    def _target(self, block: Json, i: int, entity: EntityDraft, register: Formula | None) -> Target:
        each_row = block.get("each_row", False)
        by = self._formula(block["by"], self.scope, "documents", i, "by") if "by" in block else None
        if "by" not in block:
            by = register
            if "key" not in self.body and not each_row:
                self._problem("missing_key", ("documents", i), 'A document needs "by", or the mapping a "key".')
        inner = self.scope if each_row else self._document_scope()
        fields = self._values(block["fields"], ("documents", i, "fields"), entity, inner)
        lines_field, lines = self._lines(block, i, entity, each_row=each_row)
        drops = self._drops(block, i, fields, lines_field, lines)
        reads = () if each_row else self._reads(fields)
        return Target(
            block["uid"], entity.key, block["on_repeat"], by, each_row, fields, lines_field, lines, drops, reads
        )

    def _document_scope(self) -> Scope:
        rows = StaticShape(self.document.key, tuple(dict.fromkeys(self.scope.extras.values())))
        listed = Member("rows", Type("list", nullable=False, shape=rows))
        return replace(self.scope, offers=frozenset()).plus(listed)

    def _lines(self, block: Json, i: int, entity: EntityDraft, *, each_row: bool) -> tuple[str, tuple[Value, ...]]:
        if "lines" not in block:
            return "", ()
        lines = block["lines"]
        at = self.document.at("documents", i, "lines", "into")
        field = self.linker.field(entity, lines["into"], at)
        if field is None:
            return "", ()
        if each_row or field.type.name != "lines":
            message = f'"{field.name}" is no lines field of "{entity.name}", or each row is a record.'
            self.linker.problem("no_lines_field", at, message, name=field.name)
            return "", ()
        draft = self.linker.entity(f"{entity.name}.{field.name}", at)
        steps = ("documents", i, "lines", "values")
        return field.name, self._values(lines["values"], steps, draft, self.scope) if draft else ()

    def _values(
        self, items: Json, steps: tuple[object, ...], entity: EntityDraft, scope: Scope
    ) -> tuple[Value, ...]:
        found = []
        for i, each in enumerate(items):
            field = self.linker.field(entity, each["field"], self.document.at(*steps, i, "field"))
            value = None if field is None else self._value(each, (*steps, i), field, scope)
            if value is not None:
                found.append(value)
        return tuple(found)

    def _value(self, item: Json, steps: tuple[object, ...], field: FieldDraft, scope: Scope) -> Value | None:
        reference = ""
        extra: tuple[Value, ...] = ()
        if field.type.name == "reference":
            at = self.document.at(*steps, "field")
            target = self.linker.entity(str(field.options.get("to")), at)
            if target is None:
                return None
            reference = target.key
            if len(_business_key(target)) != 1:
                message = f'"{target.name}" has no business key of one field to find its records by.'
                self.linker.problem("not_a_key", at, message, name=target.name)
            extra = self._values(item.get("with", ()), (*steps, "with"), target, scope)
        value = self._formula(item["value"], scope, *steps, "value", expect=self._expected(field))
        if value is None:
            return None
        return Value(item["uid"], field.name, value, reference, item.get("missing", "reject"), extra)

    def _expected(self, field: FieldDraft) -> Type | None:
        if field.type.name == "reference":
            return None
        try:
            return self.linker.type_of(field)
        except Unusable:
            return None

    def _drops(
        self, block: Json, at: int, fields: tuple[Value, ...], lines_field: str, lines: tuple[Value, ...]
    ) -> tuple[Drop, ...]:
        members = [Member(each.field, each.value.type) for each in fields]
        if lines_field:
            inner = StaticShape(self.document.key, tuple(Member(each.field, each.value.type) for each in lines))
            members.append(Member(lines_field, Type("list", nullable=False, shape=inner)))
        scope = Scope(StaticShape(self.document.key, tuple(members)))
        found = []
        for i, each in enumerate(block.get("drop", ())):
            when = self._formula(each["when"], scope, "documents", at, "drop", i, "when", expect=BOOLEAN)
            if when is not None:
                found.append(Drop(each["uid"], each["name"], when))
        return tuple(found)

    def _reads(self, fields: tuple[Value, ...]) -> tuple[tuple[tuple[str, ...], Formula], ...]:
        paths: set[tuple[str, ...]] = set()
        for _, formula in _formulas(fields):
            for path in formula.reads:
                inner = path[1:] if path[0] == "rows" else path
                if inner:
                    paths.add(inner[:2] if inner[0] in self.joined else inner[:1])
        # These formulas stand nowhere in the document, so a rename must not look for them there.
        return tuple((path, check_formula(".".join(path), self.scope)) for path in sorted(paths))


def _business_key(entity: EntityDraft) -> tuple[str, ...]:
    return tuple(entity.document.body.get("business_key", ()))


def _column(item: Json) -> Column:
    headings = (item.get("heading", item["name"]), item["name"], *item.get("aliases", ()))
    return Column(
        item["uid"], item["name"], tuple(dict.fromkeys(headings)), item.get("type", "text"), item.get("optional", False)
    )
