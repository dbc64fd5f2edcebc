"""Compiling the steps of a flow: each formula is typed in the scope that the steps before it have made."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TypeAlias

from tessera.errors import Json
from tessera.formula import Formula
from tessera.formula.shapes import BOOLEAN, TEXT, Member, Scope, Shape, StaticShape, Type
from tessera.meta.documents import Document, pointer_to
from tessera.meta.drafts import EntityDraft, EntityShape, FieldDraft, Unusable
from tessera.meta.flows import Block, FieldValue, OnError, Retry, StepDoc, seconds
from tessera.meta.linker import WORKFLOW_OFFERS, Linker
from tessera.meta.model import EMPTY, Label
from tessera.meta.rule_scope import NOTHING, table_members
from tessera.meta.steps import STEP_TYPES

At: TypeAlias = tuple[object, ...]

_WORDS = re.compile(r"\w+").findall
_DEFAULT_TIMEOUT_S = 60
ERROR = StaticShape("error", (Member("code", TEXT.required()), Member("message", TEXT.required()),
                              Member("step", TEXT.required())))
"""What formulas see of a failure, in the steps that deal with it."""


class FlowCompiler:
    """Compiles the blocks of a flow; what the kinds of steps and triggers are handed as `into`.

    document: the flow. linker: the documents around it. scope: the names that a formula here may use. entity: of the
    trigger's record, None without one.
    """

    def __init__(self, document: Document, linker: Linker, entity: EntityDraft | None = None) -> None:
        self.document = document
        self.linker = linker
        self.entity = entity
        self.scope = Scope(NOTHING, EMPTY, WORKFLOW_OFFERS).plus(*table_members(linker))
        self.fixed: set[str] = set()
        self.variables: dict[str, Type] = {}
        self._broken: set[str] = set()
        self._path = ""

    # Problems

    def pointer(self, at: At) -> str:
        """Pointer to a place of the document."""
        return self.document.at(*at)

    def problem(self, code: str, at: At, message: str, hint: str = "", **params: Json) -> None:
        """Report what is wrong at a place."""
        self.linker.problem(code, self.pointer(at), message, hint, **params)

    # What kinds ask for

    def formula(
        self, item: Mapping[str, Json], key: str, at: At, expect: Type | None = None, *members: Member
    ) -> Formula | None:
        """The formula under a key of the step at that place; None when there is none, or when it is wrong.

        expect: the type that it must give. members: further names that this formula sees.
        """
        if key not in item:
            return None
        return self.text(item[key], (*at, key), expect, *members)

    def row_formula(
        self, item: Mapping[str, Json], key: str, at: At, row: Shape, expect: Type | None = None
    ) -> Formula | None:
        """The formula under a key that is asked of every row; names of the row come first."""
        return self._checked(item[key], self.scope.over(row), (*at, key), expect) if key in item else None

    def text(self, text: str, at: At, expect: Type | None = None, *members: Member) -> Formula | None:
        """The formula that stands at a place; None when it is wrong."""
        return self._checked(text, self.scope.plus(*members) if members else self.scope, at, expect,
                             {each.name for each in members})

    def _checked(self, text: str, scope: Scope, at: At, expect: Type | None, own: Iterable[str] = ()) -> Formula | None:
        if not self._broken.difference(own).isdisjoint(_WORDS(text)):
            return None  # it reads what is wrong itself, and reported
        return self.linker.formula(text, scope, self.pointer(at), expect)

    def is_lacking(self, item: Mapping[str, Json], found: Mapping[str, object]) -> bool:
        """Whether one of these parts of a step, by key, is given but was wrong."""
        return any(key in item and part is None for key, part in found.items())

    def named_entity(self, name: str, at: At) -> EntityDraft | None:
        """The root entity of that name; reports another one."""
        found = self.linker.entity(name, self.pointer(at))
        if found is not None and found.parent is not None:
            self.problem("unknown_entity", at, f'"{name}" are lines; records of their entity are written as a whole.')
            return None
        return found

    def named_document(self, kind: str, name: str, at: At) -> Document | None:
        """The document of that kind and name; reports an unknown one."""
        try:
            key = self.linker.find(kind, name, self.pointer(at))
        except Unusable:
            return None
        return self.linker.documents.get(key) if key else None

    def field(self, entity: EntityDraft, name: str, at: At) -> FieldDraft | None:
        """The field of that name, which stands as a text at the place; reports an unknown one."""
        return self.linker.field(entity, name, self.pointer(at))

    def record(
        self, item: Mapping[str, Json], key: str, at: At, entity: EntityDraft | None = None
    ) -> tuple[Formula, EntityDraft] | None:
        """The formula under a key, which must give a record (of that entity), and the record's entity.

        Without the key it is the trigger's record.
        """
        found = self.text(item[key], (*at, key)) if key in item else self._own_record((*at, key))
        if found is None:
            return None
        of = self.entity_of(found.type) if found.type.kind == "record" else None
        if of is None or (entity is not None and of.key != entity.key):
            wanted = f'a record of "{entity.name}"' if entity is not None else "a record"
            self.problem("wrong_type", (*at, key), f"This must give {wanted}.")
            return None
        return found, of

    def _own_record(self, at: At) -> Formula | None:
        if self.entity is None:
            self.problem("missing_key", at[:-1], f'The key "{at[-1]}" is missing: the trigger gives no record.')
            return None
        return self.linker.formula("record", self.scope, self.pointer(at[:-1]))

    def entity_of(self, type_: Type) -> EntityDraft | None:
        """The root entity of which a type is a record, or a list of records."""
        shape = type_.shape
        draft = shape.draft if isinstance(shape, EntityShape) else None
        return draft if draft is not None and draft.parent is None else None

    def values(self, entity: EntityDraft, values: Mapping[str, Json], at: At) -> tuple[FieldValue, ...] | None:
        """Formulas for fields of an entity by their names; None when one of them is wrong."""
        found: list[FieldValue | None] = []
        for name, text in values.items():
            field = self.linker.field(entity, name, self.pointer((*at, name)), "key")
            if field is None:
                found.append(None)
            elif isinstance(text, Mapping):
                found.append(self._lines(field, text, (*at, name)))
            else:
                found.append(self._value(field, text, (*at, name)))
        good = [each for each in found if each is not None]
        return tuple(good) if len(good) == len(found) else None

    def _value(self, field: FieldDraft, text: str, at: At) -> FieldValue | None:
        try:
            wanted = field.resolve(self.linker)
        except Unusable:
            return None
        if field.type.computed:
            self.problem("read_only", at, f'"{field.name}" is worked out; it cannot be given a value.')
            return None
        if field.type.name == "lines":
            message = 'The values of lines stand as {"each": a list, "values": {…}}.'
            self.problem("wrong_type", at, message)
            return None
        # A reference may be given as the record, or by its key.
        is_key = field.type.name in {"reference", "user", "file"}
        found = self.text(text, at, None if is_key else wanted)
        if found is None:
            return None
        if is_key and found.type.kind == "record" and wanted.shape is not None:
            if found.type.shape is None or found.type.shape.key != wanted.shape.key:
                self.problem("wrong_type", at, f'"{field.name}" refers to records of another entity.')
                return None
        return FieldValue(field.key, found)

    def _lines(self, field: FieldDraft, item: Mapping[str, Json], at: At) -> FieldValue | None:
        entity = self.linker.entity_of(field.key)
        if entity is None:
            self.problem("not_lines", at, f'"{field.name}" are no lines.')
            return None
        each = self.formula(item, "each", at)
        if each is None:
            return None
        member = self.item_member(each, str(item.get("as", "item")), (*at, "each"))
        if member is None:
            return None
        outer, self.scope = self.scope, self.scope.plus(member)
        inner = self.values(entity, item["values"], (*at, "values"))
        self.scope = outer
        return None if inner is None else FieldValue(field.key, inner, each, member.name)

    def item_member(self, items: Formula, name: str, at: At) -> Member | None:
        """A member of a list as a name; reports a formula that gives no list."""
        if items.type.kind != "list":
            self.problem("wrong_type", at, "It must be a list.")
            return None
        return Member(name, items.type.item or Type("record", nullable=False, shape=items.type.shape))

    def block(self, items: Iterable[Mapping[str, Json]], at: At, name: str, *members: Member) -> Block:
        """The steps of a block inside the step that is being compiled; names in it end with it.

        name: of the block, unique in the step. members: further names that its formulas see.
        """
        outer_scope, outer_path, outer_broken = self.scope, self._path, set(self._broken)
        for each in members:
            if each.name != "error":
                self._ensure_free(each.name, at)
        outer_fixed, self.fixed = self.fixed, self.fixed | {each.name for each in members}
        self.scope = self.scope.plus(*members)
        self._broken -= {each.name for each in members}
        self._path = f"{outer_path}.{name}/"
        found = self.steps(items, at)
        self.scope, self._path, self._broken, self.fixed = outer_scope, outer_path, outer_broken, outer_fixed
        return found

    def names_read(self, at: At) -> frozenset[str]:
        """The names that the formulas below a place read, as far as they are compiled."""
        below = f"{self.document.key}\n{pointer_to(at)}/"
        read = [each for (key, place), each in self.linker.formulas.items() if f"{key}\n{place}".startswith(below)]
        return frozenset(path[0] for each in read for path in each.reads)

    def label(self, item: Mapping[str, Json], at: At, key: str = "label") -> Label:
        """The label under a key, empty without one."""
        return self.linker.label(item, self.pointer(at), key) if key in item else Label()

    # Blocks

    def steps(self, items: Iterable[Mapping[str, Json]], at: At) -> Block:
        """Every step that is right, in order; what each gives is named for those after it."""
        found: list[StepDoc] = []
        outer = self._path
        for place, item in enumerate(items):
            self._path = f"{outer}{item['uid']}"
            step = self._step(item, (*at, place))
            self._path = outer
            if step is not None:
                found.append(step)
            elif "as" in item:
                self._broken.add(item["as"])
        return tuple(found)

    def _step(self, item: Mapping[str, Json], at: At) -> StepDoc | None:
        kind = STEP_TYPES[item["do"]]
        path = self._path
        when = self.formula(item, "when", at, BOOLEAN)
        compiled = kind.compile(item, at, self)
        on_error = self._on_error(item.get("on_error", {}), (*at, "on_error"))
        if compiled is None or self.is_lacking(item, {"when": when}):
            return None
        result = compiled.result
        if "as" in item:
            if result is None:
                self.problem("no_result", (*at, "as"), "This step gives nothing that could be named.")
                return None
            is_sure = when is None and on_error.then == "stop"
            result = result if is_sure else result.optional()
            self._ensure_free(item["as"], (*at, "as"))
            self.scope = self.scope.plus(Member(item["as"], result))
            self._broken.discard(item["as"])
        return StepDoc(
            uid=item["uid"], do=kind.name, path=path, label=self.label(item, at), name=item.get("as", ""),
            result=result, options=compiled.options, when=when, on_error=on_error, blocks=compiled.blocks,
            timeout_s=seconds(item["timeout"]) if "timeout" in item else _DEFAULT_TIMEOUT_S,
            at_most_once=bool(item.get("at_most_once", False)),
        )

    def _ensure_free(self, name: str, at: At) -> None:
        if name in self.fixed:
            message = f'"{name}" means something else in every flow, or is a variable of this one.'
            self.problem("repeated_name", at, message)

    def _on_error(self, item: Mapping[str, Json], at: At) -> OnError:
        retry = None
        if "retry" in item:
            told = item["retry"]
            defaults = Retry(0)
            retry = Retry(
                told["times"],
                seconds(told["first"]) if "first" in told else defaults.first_s,
                told.get("factor", defaults.factor),
                seconds(told["longest"]) if "longest" in told else defaults.longest_s,
            )
        then = item.get("then", "stop")
        if not isinstance(then, Mapping):
            return OnError(retry, then)
        error = Member("error", Type("record", nullable=False, shape=ERROR))
        return OnError(retry, "steps", self.block(then["steps"], (*at, "then", "steps"), "error", error))


def reads_of(formulas: Iterable[Formula], name: str) -> set[tuple[str, ...]]:
    """The paths, without their first name, that formulas read of the record of that name."""
    return {path[1:] for each in formulas for path in each.reads if path[0] == name and len(path) > 1}

