"""The kind `flow`: what happens after an event, at a time or on a button, step by step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar

from tessera.errors import Json
from tessera.formula import Formula
from tessera.formula.shapes import BOOLEAN, DATETIME, INTEGER, JSON, TEXT, Member, StaticShape, Type
from tessera.meta.documents import Document
from tessera.meta.drafts import EntityDraft
from tessera.meta.flow_steps import FlowCompiler, reads_of
from tessera.meta.flows import FlowDoc, Returned, TriggerDoc, Variable
from tessera.meta.kinds.base import KINDS, Kind
from tessera.meta.linker import Linker
from tessera.meta.rule_scope import VALUE_TYPES
from tessera.meta.triggers import TRIGGER_TYPES, TriggerType

RUN = StaticShape("run", (
    Member("id", INTEGER.required()), Member("key", TEXT), Member("depth", INTEGER.required()),
    Member("started_at", DATETIME.required()),
))  # fmt: skip
"""What formulas see of the run itself. key: its order key. depth: how many runs led to it."""

EVENT = (
    Member("id", INTEGER), Member("topic", TEXT), Member("at", DATETIME.required()), Member("by", INTEGER),
    Member("changed", Type("list", nullable=False, item=TEXT.required())),
)  # fmt: skip
"""What formulas see of the event that began the run. by: id of the user. changed: names of fields."""

_NOT_KEPT = frozenset({"lines", "multi_reference", "rollup", "lookup", "balance"})
_SCALARS = frozenset({"number", "text", "boolean", "date", "datetime", "time", "record", "blank"})


class FlowKind(Kind):
    """How flows are understood."""

    name: ClassVar[str] = "flow"
    phase: ClassVar[int] = 60

    def compile(self, document: Document, linker: Linker) -> FlowDoc | None:
        """The flow; reports everything that is wrong with it."""
        return _Flow(document, linker).compiled()


@dataclass
class _Flow:
    document: Document
    linker: Linker

    def compiled(self) -> FlowDoc | None:
        body, document, linker = self.document.body, self.document, self.linker
        trigger_body: Mapping[str, Json] = body["trigger"]
        kind = TRIGGER_TYPES[trigger_body["on"]]
        entity = self._entity(kind, trigger_body)
        if entity is None and ("entity" in trigger_body or kind.has_record):
            return None
        into = FlowCompiler(document, linker, entity)
        inputs = input_members(trigger_body.get("input", ()), document, linker)
        self._name_givens(into, kind, entity, inputs)
        trigger = self._trigger(into, kind, trigger_body, entity, inputs)
        order = self._order(into)
        self._name_rest(into)
        variables = self._variables(into)
        steps = into.steps(body["steps"], ("steps",))
        returns = self._returns(into)
        limits = body.get("limits", {})
        label = linker.label(body, document.at())
        reads = self._reads(entity)
        if trigger is None or not linker.is_sound(document):
            return None
        return FlowDoc(
            key=document.key, uid=document.uid, name=document.name, label=label, trigger=trigger, steps=steps,
            entity=entity.key if entity is not None else "", order=order, is_ordered=body.get("ordered", True),
            group=body.get("group", ""), holds=body.get("hold", False), run_as=body.get("run_as", "system"),
            is_active=body.get("active", True), max_steps=limits.get("steps", 0),
            per_minute=limits.get("per_minute", 0), variables=variables, returns=returns, reads=reads,
            aliases=tuple(body.get("aliases", ())),
        )

    def _entity(self, kind: TriggerType, body: Mapping[str, Json]) -> EntityDraft | None:
        at = self.document.at("trigger")
        if "entity" not in body:
            if kind.has_record:
                self.linker.problem("missing_key", at, 'The key "entity" is missing.', key="entity")
            return None
        found = self.linker.entity(body["entity"], f"{at}/entity")
        if found is not None and found.parent is not None:
            message = f'"{found.name}" are lines; events are about the record that they belong to.'
            self.linker.problem("unknown_entity", f"{at}/entity", message)
            return None
        return found

    def _name_givens(self, into: FlowCompiler, kind: TriggerType, entity: EntityDraft | None,
                     inputs: tuple[Member, ...]) -> None:
        """What is known when a run begins."""
        members = [Member("event", Type("record", nullable=False, shape=StaticShape("event", (*EVENT, *kind.event))))]
        if entity is not None:
            members.append(Member("record", Type("record", nullable=False, shape=entity.shape)))
            for name in ("before", "after"):
                if getattr(kind, f"has_{name}"):
                    members.append(Member(name, Type("record", nullable=False, shape=entity.shape)))
        if kind.takes_input:
            members.append(Member("input", Type("record", nullable=False, shape=StaticShape("input", inputs))))
        into.scope = into.scope.plus(*members)
        into.fixed |= {"event", "record", "before", "after", "input", "run", "error"}

    def _name_rest(self, into: FlowCompiler) -> None:
        into.scope = into.scope.plus(Member("run", Type("record", nullable=False, shape=RUN)))

    def _trigger(self, into: FlowCompiler, kind: TriggerType, body: Mapping[str, Json], entity: EntityDraft | None,
                 inputs: tuple[Member, ...]) -> TriggerDoc | None:
        at = ("trigger",)
        when = into.formula(body, "when", at, BOOLEAN)
        options = kind.compile(body, at, into)
        if options is None or into.is_lacking(body, {"when": when}):
            return None
        return TriggerDoc(kind.name, entity.key if entity is not None else "", when, options, inputs)

    def _order(self, into: FlowCompiler) -> Formula | None:
        order = into.formula(self.document.body, "order_by", ())
        if order is not None and order.type.kind not in _SCALARS:
            into.problem("wrong_type", ("order_by",), "An order key is one value or a record.")
        return order

    def _variables(self, into: FlowCompiler) -> tuple[Variable, ...]:
        found = []
        for place, each in enumerate(self.document.body.get("variables", ())):
            type_ = VALUE_TYPES[each["type"]].optional()
            initial = into.formula(each, "initial", ("variables", place), type_)
            if each["name"] in into.fixed:
                into.problem("repeated_name", ("variables", place, "name"), f'"{each["name"]}" is taken.')
            found.append(Variable(each["uid"], each["name"], type_, initial))
        for variable in found:
            into.variables[variable.name] = variable.type
            into.fixed.add(variable.name)
        into.scope = into.scope.plus(*(Member(each.name, each.type) for each in found))
        return tuple(found)

    def _returns(self, into: FlowCompiler) -> tuple[Returned, ...]:
        found = []
        for place, each in enumerate(self.document.body.get("returns", ())):
            type_ = VALUE_TYPES[each["type"]].optional()
            value = into.formula(each, "value", ("returns", place), type_)
            if value is not None:
                found.append(Returned(each["uid"], each["name"], type_, value))
        return tuple(found)

    def _reads(self, entity: EntityDraft | None) -> Mapping[str, frozenset[str]]:
        """The fields that formulas read of the record before and after the event; reports what is not kept of it."""
        found: dict[str, frozenset[str]] = {}
        own = {at: each for (key, at), each in self.linker.formulas.items() if key == self.document.key}
        for name in ("before", "after"):
            keys: set[str] = set()
            for pointer, formula in own.items():
                for path in reads_of([formula], name):
                    field = entity.field(path[0]) if entity is not None else None
                    if len(path) > 1 or field is None or field.type.name in _NOT_KEPT:
                        message = f'"{name}.{".".join(path)}" is not kept with the event: only own values are.'
                        self.linker.problem("not_kept", f"{self.document.file}#{pointer}", message)
                    else:
                        keys.add(field.key)
            found[name] = frozenset(keys)
        return MappingProxyType(found)


def input_members(items: Json, document: Document, linker: Linker) -> tuple[Member, ...]:
    """The values that whoever begins a run gives, as formulas see them; reports an unknown entity."""
    found: list[Member] = []
    for place, each in enumerate(items):
        pointer = document.at("trigger", "input", place)
        if any(other.name == each["name"] for other in found):
            linker.problem("duplicate_name", f"{pointer}/name", f'There is an input "{each["name"]}" already.')
        type_ = input_type(each, linker, pointer)
        if type_ is not None:
            found.append(Member(each["name"], type_, f"{document.key}.{each['uid']}"))
    return tuple(found)


def input_type(item: Mapping[str, Json], linker: Linker, pointer: str) -> Type | None:
    """The type of an input; None, reported, for a record of an unknown entity."""
    if item["type"] == "record":
        entity = linker.entity(item.get("of", ""), f"{pointer}/of")
        found = None if entity is None else Type("record", shape=entity.shape)
    else:
        found = JSON if item["type"] == "json" else VALUE_TYPES[item["type"]]
    return found.required() if found is not None and item.get("required") else found


KINDS.add("flow", FlowKind())
