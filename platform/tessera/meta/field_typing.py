"""How each field gets its type: at once from its settings, or by typing the formula or path behind it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypeAlias

from tessera.formula import Formula
from tessera.formula.shapes import BOOLEAN, NUMBER, Scope, Type
from tessera.meta.drafts import EntityDraft, FieldDraft, Unusable
from tessera.meta.fields.rollup_type import RollupType
from tessera.meta.linker import WORKFLOW_OFFERS, Linker

Typing: TypeAlias = Callable[[FieldDraft, Linker], Type]

MAX_DEPTH = 50
"""How many formula fields may build on each other."""

VOLATILE = frozenset({"TODAY", "NOW", "USER"})
"""Functions whose value changes without a change of the record."""

_PLAIN_KINDS = frozenset({"number", "text", "boolean", "date", "datetime", "time", "json"})
_NAMES = re.compile(r"[^\W\d]\w*")


def type_plain(field: FieldDraft, linker: Linker) -> Type:
    """The type that the settings alone tell."""
    return field.type.value_type(field.options)


def type_reference(field: FieldDraft, linker: Linker) -> Type:
    """A record, or a list of records, of the entity referred to."""
    target = linker.entity(field.options["to"], field.at("to"))
    if target is None:
        raise Unusable(field.key)
    if target.parent is not None:
        linker.problem("refers_to_lines", field.at("to"), f'"{target.name}" are lines; refer to their record.')
        raise Unusable(field.key)
    field.extra["target"] = target.key
    return field.type.value_type(field.options, target.shape)


def type_lines(field: FieldDraft, linker: Linker) -> Type:
    """A list of the records of its line entity."""
    target = linker.entity_of(field.key)
    if target is None:
        raise Unusable(field.key)
    field.extra["target"] = target.key
    return field.type.value_type(field.options, target.shape)


def type_formula(field: FieldDraft, linker: Linker) -> Type:
    """The formula's type, with the scale that the settings give it."""
    _resolve_ahead(field, linker)
    stored = bool(field.options["stored"])
    scope = linker.scope(field.entity, frozenset() if stored else WORKFLOW_OFFERS)
    formula = linker.formula(field.body["value"], scope, field.at("value"))
    if formula is None:
        raise Unusable(field.key)
    field.value = formula
    _ensure_shallow(field, formula.refs, linker)
    if formula.type.kind not in _PLAIN_KINDS:
        linker.problem("not_a_value", field.at("value"), "The formula gives no single value.")
        raise Unusable(field.key)
    if stored:
        _ensure_storable(field, linker)
    if formula.type.kind != "number":
        return formula.type
    return _scaled(field, formula.type, linker)


def _scaled(field: FieldDraft, found: Type, linker: Linker) -> Type:
    scale = field.options.get("scale", found.scale)
    needs_rounding = found.scale is None or (scale is not None and scale < found.scale)
    if not found.integer and (scale is None or (needs_rounding and "rounding" not in field.options)):
        linker.problem(
            "scale_needed",
            field.at(),
            "The formula's number of decimal places is not known; say its scale and how it is rounded.",
            'Add "scale" and "rounding", or use ROUND() in the formula.',
        )
        raise Unusable(field.key)
    return replace(found, scale=scale, integer=found.integer or scale == 0)


def _ensure_shallow(field: FieldDraft, refs: frozenset[str], linker: Linker) -> None:
    depths = [each.depth for each in linker.typed if each.key in refs]
    field.depth = 1 + max(depths, default=0)
    if field.depth > MAX_DEPTH:
        message = f"More than {MAX_DEPTH} fields are computed one from the other."
        linker.problem("chain_too_long", field.at("value"), message)
        raise Unusable(field.key)


def _ensure_storable(field: FieldDraft, linker: Linker) -> None:
    if field.value is None:
        return
    derived = {each.key: each for each in linker.typed if each.type.computed}
    for ref in sorted(field.value.refs):
        each = derived.get(ref)
        if each is not None and not (each.type.name == "formula" and each.options["stored"]):
            is_live = each.type.name != "formula" or is_volatile(each, linker)
            if is_live:
                _not_storable(field, linker, f'"{each.name}" changes without this record.')
    for path in field.value.reads:
        first = field.entity.field(path[0])
        if first is not None and first.type.name == "reference" and len(path) > 1 and path[1] != "id":
            _not_storable(field, linker, f'"{".".join(path)}" belongs to another record.')


def _not_storable(field: FieldDraft, linker: Linker, why: str) -> None:
    linker.problem("not_storable", field.at("stored"), f"It cannot be stored: {why}", "Capture it, or do not store.")


def is_volatile(field: FieldDraft, linker: Linker) -> bool:
    """Whether the field's value may change although nothing about its record does."""
    if field.type.name in ("rollup", "balance", "lookup"):
        return True
    if field.value is None:
        return False
    by_key = {each.key: each for each in linker.typed}
    return bool(field.value.calls & VOLATILE) or any(
        is_volatile(by_key[ref], linker) for ref in field.value.refs if ref in by_key and ref != field.key
    )


def _resolve_ahead(field: FieldDraft, linker: Linker) -> None:
    """Type the fields that this one builds on, innermost first, so that long chains need no deep recursion."""
    seen, waiting, order = {field}, [field], []
    while waiting:
        each = waiting.pop()
        for name in _NAMES.findall(str(each.body.get("value", ""))):
            found = each.entity.field(name) or each.entity.by_label.get(name)
            if found is not None and found.type.name == "formula" and found.is_new and found not in seen:
                seen.add(found)
                waiting.append(found)
                order.append(found)
    for each in reversed(order):
        try:
            each.resolve(linker)
        except Unusable:
            continue


def type_lookup(field: FieldDraft, linker: Linker) -> Type:
    """The type of the field at the end of the path."""
    fields = linker.path(field.entity, field.body["path"], field.at("path"))
    if fields is None:
        raise Unusable(field.key)
    if len(fields) < 2:
        linker.problem("path_too_short", field.at("path"), "A lookup's path leads over a reference: account.region.")
        raise Unusable(field.key)
    field.path = tuple(fields)
    found = linker.type_of(fields[-1])
    if found.kind not in _PLAIN_KINDS:
        linker.problem("not_a_value", field.at("path"), "The path does not end at a single value.")
        raise Unusable(field.key)
    return found.optional() if found.kind != "boolean" else found


def type_rollup(field: FieldDraft, linker: Linker) -> Type:
    """The type of what is folded, as the fold changes it."""
    source = linker.entity(field.body["from"], field.at("from"))
    if source is None or not isinstance(field.type, RollupType):
        raise Unusable(field.key)
    via = _via(field, source, linker)
    scope = linker.scope(source, frozenset())
    value = _rollup_formula(field, "value", linker, scope, None)
    where = _rollup_formula(field, "where", linker, scope, BOOLEAN)
    at = _dated(field, source, linker)
    if via is None or (at is None) != ("at" not in field.body):
        raise Unusable(field.key)
    found = field.type.folded_type(field.options, value.type if value else None)
    if found is None or (found.kind == "number" and not found.integer and found.scale is None):
        code = "scale_needed" if found else "cannot_fold"
        linker.problem(code, field.at("value"), f"{field.body['fold']} cannot take this value as it is.")
        raise Unusable(field.key)
    field.extra |= {"source": source.key, "via": via.name, "value": value, "where": where, "at": at.name if at else ""}
    return found


def _rollup_formula(field: FieldDraft, key: str, linker: Linker, scope: Scope, expect: Type | None) -> Formula | None:
    if key not in field.body:
        return None
    found = linker.formula(field.body[key], scope, field.at(key), expect)
    if found is None:
        raise Unusable(field.key)
    return found


def _via(field: FieldDraft, source: EntityDraft, linker: Linker) -> FieldDraft | None:
    if "via" in field.body:
        found = linker.field(source, field.body["via"], field.at("via"))
        if found is not None and not _refers(found, field.entity, linker):
            message = f'"{found.name}" of "{source.name}" does not refer to "{field.entity.name}".'
            linker.problem("wrong_reference", field.at("via"), message)
            return None
        return found
    candidates = [each for each in source.fields if _refers(each, field.entity, linker)]
    if len(candidates) == 1:
        return candidates[0]
    names = ", ".join(each.name for each in candidates)
    message = f'"{source.name}" has no single reference to "{field.entity.name}"'
    linker.problem("via_needed", field.at(), f"{message}{': ' + names if names else ''}.", 'Say which with "via".')
    return None


def _refers(field: FieldDraft, entity: EntityDraft, linker: Linker) -> bool:
    return field.type.name == "reference" and linker.names.get(("entity", field.options["to"])) == entity.key


def _dated(field: FieldDraft, source: EntityDraft, linker: Linker) -> FieldDraft | None:
    if "at" not in field.body:
        return None
    found = linker.field(source, field.body["at"], field.at("at"))
    if found is not None and linker.type_of(found).kind not in ("date", "datetime"):
        linker.problem("not_a_date_field", field.at("at"), f'"{found.name}" is no date.')
        return None
    return found


def type_balance(field: FieldDraft, linker: Linker) -> Type:
    """The type of the ledger's figure."""
    key = linker.find("ledger", field.options["ledger"], field.at("ledger"))
    if key is None:
        raise Unusable(field.key)
    shape = linker.shape("ledger", field.options["ledger"])
    figure = field.options["figure"]
    member = shape.member(figure) if shape else None
    if shape is not None and member is None:
        known = ", ".join(each.name for each in shape.members())
        linker.problem("unknown_figure", field.at("figure"), f'A ledger has no figure "{figure}", but {known}.')
        raise Unusable(field.key)
    field.extra["ledger_key"] = key
    _type_holders(field, linker.documents[key].body["per"], linker)
    return member.type if member else NUMBER


def _type_holders(field: FieldDraft, per: str | list[str], linker: Linker) -> None:
    """The record must hold accounts of the ledger; beside says which of several, in the ledger's order."""
    names = [per] if isinstance(per, str) else per
    keys = [linker.names.get(("entity", name)) for name in names]
    if field.entity.key not in keys:
        own = ", ".join(names)
        message = f'The accounts of "{field.options["ledger"]}" are of {own}, not of "{field.entity.name}".'
        linker.problem("wrong_ledger", field.at("ledger"), message)
        raise Unusable(field.key)
    told: dict[str | None, str] = {}
    for place, name in enumerate(field.body.get("beside", ())):
        other = linker.field(field.entity, name, field.at("beside", place))
        target = linker.names.get(("entity", str(other.options.get("to")))) if other is not None else None
        if other is not None:
            told[target] = other.name
    if told and (field.entity.key != keys[0] or set(told) != set(keys[1:])):
        message = "It refers to each of the other entities by which the ledger keeps accounts, from the first of them."
        linker.problem("no_account", field.at("beside"), message)
        raise Unusable(field.key)
    if told:
        field.extra["beside"] = tuple(told[key] for key in keys[1:])
    elif field.entity.key != keys[0] and len(keys) > 2:
        message = "Only a ledger of two entities says what all accounts of the second one come to."
        linker.problem("no_account", field.at("ledger"), message)
        raise Unusable(field.key)


_TYPINGS: Mapping[str, Typing] = {
    "reference": type_reference,
    "multi_reference": type_reference,
    "lines": type_lines,
    "formula": type_formula,
    "lookup": type_lookup,
    "rollup": type_rollup,
    "balance": type_balance,
}


def typing_of(type_name: str) -> Typing:
    """How a field of that type gets its type."""
    return _TYPINGS.get(type_name, type_plain)
