"""Compiling the steps of a ruleset: each formula is typed in the scope that the steps before have made."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeAlias

from tessera.errors import Json
from tessera.formula import Formula
from tessera.formula.shapes import BOOLEAN, DATE, INTEGER, NUMBER, Member, Scope, Shape, StaticShape, Type
from tessera.meta.documents import Document
from tessera.meta.drafts import EntityDraft
from tessera.meta.linker import Linker
from tessera.meta.model import Label
from tessera.meta.rule_scope import PureFormulas, exact, lines_entity, lot_shape, scope_of
from tessera.meta.rules import (
    EachStep,
    FactorRow,
    FactorStep,
    LedgerDoc,
    LetStep,
    MatchStep,
    PostStep,
    SetStep,
    SpreadStep,
    Step,
    StopStep,
    TimelineDoc,
    WhenStep,
)

At: TypeAlias = tuple[object, ...]
_WORDS = re.compile(r"\w+").findall
LinesOf: TypeAlias = "Callable[[Surroundings, EntityDraft, str], tuple[Member, ...] | None]"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Where a ruleset stands. asking: keys of rulesets that are being compiled, this one among them.

    beside: keys of the entities whose record its moments name, which says which account is meant.
    """

    document: Document
    linker: Linker
    timeline: TimelineDoc
    entity: EntityDraft | None
    asking: frozenset[str]
    beside: frozenset[str] = frozenset()


_NAMELESS = Label()


class Blocks:
    """Compiles blocks of steps. line_values: what steps gave the lines of each field so far."""

    def __init__(self, where: Surroundings, root: Shape, members: Sequence[Member], lines_of: LinesOf) -> None:
        self.where = where
        self.root = root
        self.linker = where.linker
        self.pure = PureFormulas(where.linker)
        self.scope = scope_of(root, where.linker, members)
        self.fixed = {each.name for each in members}
        self.line_values: dict[str, list[Member]] = {}
        self.broken: set[str] = set()
        self.lines_of = lines_of

    def steps(self, items: Json, at: At) -> tuple[Step, ...]:
        """Every step that is right."""
        found = []
        for place, each in enumerate(items):
            key = next(key for key in _COMPILERS if key in each)
            if len(at) > 1 and ("match" in each or "over" in each):
                message = "A step within others gives no values to lines: they would lack them in other rounds."
                hint = "Put it before the steps that repeat or depend, and its condition into its formula."
                self.linker.problem("lines_in_block", self.pointer(*at, place), message, hint)
                self.broken |= {each[name] for name in ("let", "factor", "into", "filled") if name in each}
                continue
            step = _COMPILERS[key](self, each, (*at, place))
            if step is not None:
                found.append(step)
            else:
                self.broken |= {each[name] for name in ("let", "factor", "into", "filled") if name in each}
        return tuple(found)

    def formula(self, item: Json, key: str, at: At, expect: Type | None = None, over: str = "",
                scope: Scope | None = None) -> Formula | None:
        """The formula under a key of a step; None when there is none or it is wrong."""
        if key not in item:
            return None
        if not self.broken.isdisjoint(_WORDS(item[key])):
            return None  # it reads what is wrong itself, and reported
        scope = scope or (self.line_scope(over) if over else self.scope)
        return self.pure.formula(item[key], scope, self.pointer(*at, key), expect)

    def pointer(self, *at: object) -> str:
        """Pointer into the document."""
        return self.where.document.at(*at)

    def name(self, name: str, type_: Type, at: At, label: Label = _NAMELESS) -> None:
        """A value gets a name that later formulas see. label: how people are shown it."""
        if name in self.fixed:
            message = f'"{name}" is the name of a state, ledger or table already.'
            self.linker.problem("repeated_name", self.pointer(*at), message)
        self.scope = self.scope.plus(Member(name, type_, title=(label.zh, label.en)))

    def name_lines(self, over: str, name: str, type_: Type, label: Label = _NAMELESS) -> None:
        """Each line gets a value that later formulas see. label: how people are shown it."""
        known = self.line_values.setdefault(over, [])
        known[:] = [each for each in known if each.name != name]
        known.append(Member(name, type_, title=(label.zh, label.en)))
        shape = self.line_shape(over)
        if shape is not None:
            whole = self.scope.root.member(over)
            zh, en, *_ = (*(whole.labels if whole is not None else ()), "", "")
            self.scope = self.scope.plus(Member(over, Type("list", nullable=False, shape=shape), title=(zh, en)))

    def lines(self, name: str, at: At) -> EntityDraft | None:
        """The entity of a lines field of the document; reports one that is not there."""
        if self.where.entity is None:
            message = "There is no document here, so there are no lines."
            self.linker.problem("no_lines_field", self.pointer(*at), message)
            return None
        return lines_entity(self.linker, self.where.entity, name, self.pointer(*at))

    def line_shape(self, over: str, entity: EntityDraft | None = None,
                   values: Sequence[Member] | None = None) -> StaticShape | None:
        """A line with the values that steps gave it."""
        if entity is None and self.where.entity is not None:
            entity = lines_entity(self.linker, self.where.entity, over, self.pointer())
        if entity is None:
            return None
        given = self.line_values.get(over, ()) if values is None else values
        return StaticShape(entity.key, (*entity.shape.members(), *given))

    def line_scope(self, over: str) -> Scope:
        """The names that a formula over lines sees: the line's first, then those outside."""
        shape = self.line_shape(over)
        return self.scope if shape is None else self.scope.over(shape)

    def ledger(self, name: str, at: At) -> LedgerDoc | None:
        """The ledger to post to; reports one that is not of this timeline's holders."""
        found = self.linker.part("ledger", name, self.pointer(*at))
        if found is not None and found.name not in self.where.timeline.ledgers:
            message = f'The ledger "{name}" has other holders than the timeline.'
            self.linker.problem("wrong_ledger", self.pointer(*at), message)
            return None
        return found

    def label(self, item: Json, at: At, key: str = "label") -> Label:
        """The label of a step or row."""
        return self.linker.label(item, self.pointer(*at), key) if key in item else Label()


def _let(blocks: Blocks, item: Json, at: At) -> Step | None:
    over = item.get("over", "")
    if over and blocks.lines(over, (*at, "over")) is None:
        return None
    value = blocks.formula(item, "be", at, over=over)
    if value is None:
        return None
    if over:
        blocks.name_lines(over, item["let"], value.type, blocks.label(item, at))
    else:
        blocks.name(item["let"], value.type, (*at, "let"), blocks.label(item, at))
    return LetStep(item["uid"], item["let"], value, over, _pin(item))


def _pin(item: Json) -> Any:
    pin = item.get("pin", "")
    return "first" if pin is True else pin


def _set(blocks: Blocks, item: Json, at: At) -> Step | None:
    state = next((each for each in blocks.where.timeline.state if each.name == item["set"]), None)
    if state is None:
        message = f'The timeline has no state "{item["set"]}".'
        blocks.linker.problem("unknown_state", blocks.pointer(*at, "set"), message)
        return None
    value = blocks.formula(item, "to", at, state.type)
    return SetStep(item["uid"], state.name, value) if value is not None else None


def _factor(blocks: Blocks, item: Json, at: At) -> Step | None:
    over = item.get("over", "")
    if over and blocks.lines(over, (*at, "over")) is None:
        return None
    default = blocks.formula(item, "default", at, NUMBER, over)
    cap = blocks.formula(item, "cap", at, NUMBER, over)
    rows = [_row(blocks, each, (*at, "rows", place), over) for place, each in enumerate(item["rows"])]
    type_ = NUMBER if any(row is None or row.value.type.nullable for row in rows) else NUMBER.required()
    if over:
        blocks.name_lines(over, item["factor"], type_, blocks.label(item, at))
    else:
        blocks.name(item["factor"], type_, (*at, "factor"), blocks.label(item, at))
    if default is None or None in rows or ("cap" in item and cap is None):
        return None
    good = tuple(row for row in rows if row is not None)
    return FactorStep(item["uid"], item["factor"], item["combine"], default, good, over, cap)


def _row(blocks: Blocks, item: Json, at: At, over: str) -> FactorRow | None:
    value = blocks.formula(item, "value", at, NUMBER, over)
    when = blocks.formula(item, "when", at, BOOLEAN, over)
    audience = blocks.formula(item, "audience", at, BOOLEAN)
    cap = blocks.formula(item, "cap", at, NUMBER, over)
    given = {"when": when, "audience": audience, "cap": cap}
    if value is None or any(key in item and found is None for key, found in given.items()):
        return None
    yearly = item.get("yearly")
    return FactorRow(
        item["uid"], value, when, audience, cap,
        (_month_day(yearly["from"]), _month_day(yearly["to"])) if yearly else None,
        date.fromisoformat(item["from"]) if "from" in item else None,
        date.fromisoformat(item["to"]) if "to" in item else None,
        blocks.label(item, at),
        item.get("off", False),
    )


def _month_day(text: str) -> tuple[int, int]:
    month, _, day = text.partition("-")
    return int(month), int(day)


def _spread(blocks: Blocks, item: Json, at: At) -> Step | None:
    over = item["over"]
    if blocks.lines(over, (*at, "over")) is None:
        return None
    total = blocks.formula(item, "spread", at, NUMBER)
    by = blocks.formula(item, "by", at, NUMBER, over)
    unit = exact(item["unit"])
    places = max(0, -int(unit.as_tuple().exponent))
    given = Type("number", nullable=False, integer=places == 0, scale=places)
    blocks.name_lines(over, item["into"], given, blocks.label(item, at))
    if unit <= 0:
        blocks.linker.problem("out_of_bounds", blocks.pointer(*at, "unit"), "The unit must be above 0.")
        return None
    if total is None or by is None:
        return None
    return SpreadStep(item["uid"], total, unit, over, by, item["method"], item["into"])


_OF_LOTS = {"extend": "extended", "freeze": "frozen", "unfreeze": "unfrozen"}
"""Moves that read each open lot, and what they count as."""


def _post(blocks: Blocks, item: Json, at: At) -> Step | None:
    ledger = blocks.ledger(item["post"], (*at, "post"))
    if ledger is None:
        return None
    scope = None
    if item["move"] in _OF_LOTS:
        lot = Member("lot", Type("record", nullable=False, shape=lot_shape(ledger.scale)))
        scope = blocks.scope.plus(lot)
    found: dict[str, Formula | None] = {
        "amount": blocks.formula(item, "days" if item["move"] == "unfreeze" else "amount", at, NUMBER),
        "expires_on": blocks.formula(item, "expires_on", at, DATE, scope=scope),
        "available_from": blocks.formula(item, "available_from", at, DATE),
        "origin": blocks.formula(item, "origin", at),
        "debt_limit": blocks.formula(item, "debt_limit", at, NUMBER),
        "when": blocks.formula(item, "when", at, BOOLEAN, scope=scope),
    }
    if any(key in item and formula is None for key, formula in found.items()):
        return None
    _check_sources(blocks, item, at, ledger)
    beside = _beside(blocks, item, at, ledger)
    if beside is None:
        return None
    where = found.pop("when")
    return PostStep(
        item["uid"], ledger.name, item["move"], item.get("as") or _OF_LOTS[item["move"]],
        sources=tuple(item.get("from", ("queue",))),
        rest=item.get("rest", "refuse"), lot=item.get("lot", ""), if_expired=item.get("if_expired", "waive"),
        take=item.get("take", ""), pin=_pin(item), where=where, beside=beside, **found,
    )


def _beside(blocks: Blocks, item: Json, at: At, ledger: LedgerDoc) -> Mapping[str, Formula] | None:
    """What says which account is meant, where it is not the document's own; reports what is missing."""
    found: dict[str, Formula] = {}
    for place, text in enumerate(item.get("beside", ())):
        formula = blocks.pure.formula(text, blocks.scope, blocks.pointer(*at, "beside", place))
        if formula is None:
            return None
        target = formula.type.shape.key if formula.type.kind == "record" and formula.type.shape is not None else ""
        if target not in ledger.beside:
            message = f'The ledger "{ledger.name}" has no accounts by this.'
            blocks.linker.problem("no_account", blocks.pointer(*at, "beside", place), message)
            return None
        found[target] = formula
    if set(ledger.beside) <= blocks.where.beside | set(found):
        return found
    message = f'Nothing here says which account of "{ledger.name}" is meant.'
    hint = 'Refer to it in the document, or say it with "beside".'
    blocks.linker.problem("no_account", blocks.pointer(*at, "post"), message, hint)
    return None


def _check_sources(blocks: Blocks, item: Json, at: At, ledger: LedgerDoc) -> None:
    of_lots = {"lot", "expires_on", "available_from", "origin"} & set(item)
    if not ledger.has_lots and (of_lots or item["move"] in _OF_LOTS):
        message = f'The ledger "{ledger.name}" keeps no lots.'
        blocks.linker.problem("no_lots", blocks.pointer(*at, "post"), message, 'Set "lots" to true in the ledger.')
    if ("origin" in item.get("from", ())) != ("origin" in item) and item["move"] == "take":
        message = '"from" names origin exactly when "origin" says which line.'
        blocks.linker.problem("bad_origin", blocks.pointer(*at), message)


def _match(blocks: Blocks, item: Json, at: At) -> Step | None:
    own = blocks.lines(item["of"], (*at, "of"))
    name, _, field = item["with"].partition(".")
    entity = blocks.linker.entity(name, blocks.pointer(*at, "with"))
    if own is None or entity is None:
        return None
    if entity.key not in {each.of for each in blocks.where.timeline.moments}:
        message = f'"{name}" is no moment of the timeline "{blocks.where.timeline.name}".'
        blocks.linker.problem("not_a_moment", blocks.pointer(*at, "with"), message)
        return None
    other = lines_entity(blocks.linker, entity, field, blocks.pointer(*at, "with"))
    units = blocks.formula(item, "match", at, NUMBER, item["of"])
    document = blocks.formula(item, "document", at)
    is_named = item["prefer"] == "document"
    if other is None or units is None or (is_named and document is None):
        return None
    good = _matched_fields(blocks, item, at, own, other)
    if is_named and "document_field" not in item:
        blocks.linker.problem("missing_key", blocks.pointer(*at), 'The key "document_field" is missing.')
        return None
    if is_named:
        named = blocks.linker.field(entity, item["document_field"], blocks.pointer(*at, "document_field"))
        blocks.pure.refs |= {named.key} if named is not None else set()
    _name_pairs(blocks, item, at, entity, other, field)
    if not good:
        return None
    return MatchStep(
        item["uid"], units, item["of"], entity.key, field, item["capacity"], tuple(item["on"]), item["prefer"],
        item["into"], item["filled"], document, item.get("document_field", ""),
    )


def _matched_fields(blocks: Blocks, item: Json, at: At, own: EntityDraft, other: EntityDraft) -> bool:
    wanted = [(other, item["capacity"], (*at, "capacity"))]
    for place, name in enumerate(item["on"]):
        wanted += [(own, name, (*at, "on", place)), (other, name, (*at, "on", place))]
    found = [blocks.linker.field(entity, name, blocks.pointer(*where)) for entity, name, where in wanted]
    blocks.pure.refs |= {each.key for each in found if each is not None}
    return None not in found


def _name_pairs(blocks: Blocks, item: Json, at: At, entity: EntityDraft, other: EntityDraft, field: str) -> None:
    values = blocks.lines_of(blocks.where, entity, field)
    if values is None:
        blocks.broken.add(item["into"])  # what its lines have is unknown; the ruleset that gives it is reported
    given = (Member(each.name, each.type.optional()) for each in values or ())
    to = StaticShape(other.key, (*other.shape.members(), *given))
    blocks.name_lines(item["of"], item["filled"], NUMBER.required())
    own = blocks.line_shape(item["of"])
    members = [
        Member("from", Type("record", nullable=False, shape=own)),
        Member("to", Type("record", nullable=False, shape=to)),
        Member("before", NUMBER.required()),
        Member("after", NUMBER.required()),
        Member("id", INTEGER.required()),
    ]
    shape = StaticShape(f"{blocks.where.document.key}.{item['uid']}", tuple(members))
    blocks.name(item["into"], Type("list", nullable=False, shape=shape), (*at, "into"))


def _each(blocks: Blocks, item: Json, at: At) -> Step | None:
    items = blocks.formula(item, "in", at)
    if items is None:
        return None
    if items.type.kind != "list":
        blocks.linker.problem("wrong_type", blocks.pointer(*at, "in"), "It must be a table or a list.")
        return None
    outer = blocks.scope
    member = items.type.item or Type("record", nullable=False, shape=items.type.shape)
    blocks.name(item["each"], member, (*at, "each"))
    where = blocks.formula(item, "where", at, BOOLEAN)
    do = blocks.steps(item["do"], (*at, "do"))
    blocks.scope = outer
    if "where" in item and where is None:
        return None
    return EachStep(item["uid"], item["each"], items, do, where)


def _when(blocks: Blocks, item: Json, at: At) -> Step | None:
    test = blocks.formula(item, "when", at, BOOLEAN)
    outer = blocks.scope
    do = blocks.steps(item["do"], (*at, "do"))
    blocks.scope = outer
    otherwise = blocks.steps(item.get("else", ()), (*at, "else"))
    blocks.scope = outer
    return WhenStep(item["uid"], test, do, otherwise) if test is not None else None


def _stop(blocks: Blocks, item: Json, at: At) -> Step | None:
    kind = "refuse" if "refuse" in item else "review"
    test = blocks.formula(item, "when", at, BOOLEAN)
    if "when" in item and test is None:
        return None
    return StopStep(item["uid"], kind, test, blocks.label(item, at, kind))  # type: ignore[arg-type]


_COMPILERS: Mapping[str, Callable[[Blocks, Json, At], Step | None]] = {
    "let": _let,
    "set": _set,
    "factor": _factor,
    "spread": _spread,
    "post": _post,
    "match": _match,
    "each": _each,
    "refuse": _stop,
    "review": _stop,
    "when": _when,
}
