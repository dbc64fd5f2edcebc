"""What lies between two Models: changes by uid, each with its risk and a sentence in both languages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from tessera.errors import Json
from tessera.meta.canonical import fmt
from tessera.meta.change_texts import text_of
from tessera.meta.model import Entity, Field, Label, Model, Unique

Action: TypeAlias = Literal["add", "remove", "rename", "retype", "change"]
Risk: TypeAlias = Literal["safe", "rebuild", "loses_precision", "hides_data"]
Elements: TypeAlias = Iterable[tuple[str, Any]]


@dataclass(frozen=True, slots=True)
class Change:
    """One difference.

    kind: "entity", "field", "unique", "index", "option", or the kind of a document without columns. key: of what
    changed, of an option `<field key>.<option uid>`. part: what about it changed, for action "change": "required",
    "unique", "stored", "storage", "check", "default", "label" …; "" else. before, after: plain JSON, None for nothing.
    risk: safe: nothing stored is touched; rebuild: something is filled, indexed or checked over the rows;
    loses_precision: stored values may not fit any more; hides_data: values disappear from sight (they are kept).
    """

    action: Action
    kind: str
    key: str
    before: Json
    after: Json
    risk: Risk
    text: Label
    part: str = ""

    def to_json(self) -> dict[str, Json]:
        """The change as it goes over the wire."""
        body: dict[str, Json] = {"action": self.action, "kind": self.kind, "key": self.key, "risk": self.risk}
        body |= {"before": self.before, "after": self.after, "text": {"zh": self.text.zh, "en": self.text.en}}
        return {**body, "part": self.part} if self.part else body


@dataclass(frozen=True, slots=True)
class Plan:
    """All changes from one Model to the next: removals last, so that what they free is free only then."""

    changes: tuple[Change, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.changes)

    def of(self, kind: str, *actions: str) -> list[Change]:
        """The changes of a kind, only those with one of the actions when some are given."""
        return [each for each in self.changes if each.kind == kind and (not actions or each.action in actions)]

    def to_json(self) -> list[dict[str, Json]]:
        """The plan as it goes over the wire."""
        return [each.to_json() for each in self.changes]


def diff(old: Model, new: Model) -> Plan:
    """The plan that leads from one Model to the other; empty when both mean the same."""
    found = [*_entity_changes(old, new), *_document_changes(old, new)]
    return Plan(tuple(sorted(found, key=_order)))


_ORDER = {"rename": 0, "add": 1, "retype": 2, "change": 3, "remove": 4}
_KINDS = {"package": 0, "entity": 1, "field": 2, "option": 3, "unique": 4, "index": 5}


def _order(change: Change) -> tuple[int, int, str, str]:
    return _ORDER[change.action], _KINDS.get(change.kind, 9), change.key, change.part


def _change(
    action: Action, kind: str, key: str, before: Json, after: Json, risk: Risk, names: Mapping[str, str], part: str = ""
) -> Change:
    return Change(action, kind, key, before, after, risk, text_of(action, kind, part, names), part)


def _entity_changes(old: Model, new: Model) -> Iterator[Change]:
    for key, entity in new.entities.items():
        before = old.entities.get(key)
        names = {"name": entity.name, "entity": entity.name}
        if before is None:
            yield _change("add", "entity", key, None, describe_entity(entity), "safe", names)
            yield from _field_changes((), entity.fields, entity)
            continue
        if before.name != entity.name:
            yield _change("rename", "entity", key, before.name, entity.name, "safe", {**names, "old": before.name})
        yield from _own_changes(before, entity)
        yield from _field_changes(before.fields, entity.fields, entity)
        yield from _unique_changes(before, entity)
        yield from _index_changes(before, entity)
    for key, entity in old.entities.items():
        if key not in new.entities:
            names = {"name": entity.name, "entity": entity.name}
            yield _change("remove", "entity", key, describe_entity(entity), None, "hides_data", names)


def _own_changes(old: Entity, new: Entity) -> Iterator[Change]:
    """Changes of the entity itself, part by part."""
    before, after = describe_entity(old), describe_entity(new)
    for part in after:
        if part != "name" and before[part] != after[part]:
            risk: Risk = "rebuild" if part in ("business_key", "validations") else "safe"
            names = {"name": new.name, "entity": new.name, "part": part}
            yield _change("change", "entity", new.key, before[part], after[part], risk, names, part)


def _field_changes(old: tuple[Field, ...], new: tuple[Field, ...], entity: Entity) -> Iterator[Change]:
    before = {each.key: each for each in old}
    kept = {each.key for each in new}
    for field in new:
        names = {"name": field.name, "entity": entity.name}
        past = before.get(field.key)
        if past is None:
            is_filled = field.storage is not None and field.value is not None
            risk: Risk = "rebuild" if is_filled or (old and field.required) else "safe"
            yield _change("add", "field", field.key, None, describe_field(field), risk, names)
            continue
        if past.name != field.name:
            yield _change("rename", "field", field.key, past.name, field.name, "safe", {**names, "old": past.name})
        yield from _retyped(past, field, names)
        yield from _field_parts(past, field, names)
        yield from _option_changes(past, field, names)
    for past in old:
        if past.key not in kept:
            risk = "hides_data" if past.storage is not None or past.type in ("lines", "multi_reference") else "safe"
            names = {"name": past.name, "entity": entity.name}
            yield _change("remove", "field", past.key, describe_field(past), None, risk, names)


def _retyped(old: Field, new: Field, names: Mapping[str, str]) -> Iterator[Change]:
    if not is_retyped(old, new):
        return
    before, after = _type_of(old), _type_of(new)
    yield _change("retype", "field", new.key, before, after, retype_risk(old, new), names)


def is_retyped(old: Field, new: Field) -> bool:
    """Whether the field's type, the size of its column or its target changed."""
    return old.type != new.type or old.storage != new.storage or old.target != new.target


def _type_of(field: Field) -> dict[str, Json]:
    found = {"type": field.type, "target": field.target, "storage": _storage_of(field)}
    return {**found, "options": _PARTS["options"](field)}


def _storage_of(field: Field) -> Json:
    kept = field.storage
    if kept is None:
        return None
    return {"kind": kept.kind, "precision": kept.precision, "scale": kept.scale, "length": kept.length}


def retype_risk(old: Field, new: Field) -> Risk:
    """What becomes of stored values when a field gets another type or size."""
    before, after = old.storage, new.storage
    if before is None or after is None:
        return "rebuild" if before is None else "hides_data"
    if old.target != new.target:
        return "hides_data"
    if before.kind != after.kind:
        return "rebuild" if after.kind == "text" and after.length is None else "loses_precision"
    if before.kind == "decimal":
        whole_before, whole_after = before.precision - before.scale, after.precision - after.scale
        return "loses_precision" if after.scale < before.scale or whole_after < whole_before else "rebuild"
    if before.kind == "text" and after.length is not None:
        return "loses_precision" if before.length is None or after.length < before.length else "safe"
    return "safe"


_PARTS: Mapping[str, Callable[[Field], Json]] = {
    "required": lambda field: field.required,
    "unique": lambda field: field.unique,
    "read_only": lambda field: field.read_only,
    "personal": lambda field: field.personal,
    "label": lambda field: [field.label.zh, field.label.en],
    "default": lambda field: field.default.text if field.default else None,
    "value": lambda field: field.value.text if field.value else None,
    "check": lambda field: field.check.text if field.check else None,
    "check_message": lambda field: [field.check_message.zh, field.check_message.en],
    "capture": lambda field: ".".join(field.capture),
    "aliases": lambda field: list(field.aliases),
    "options": lambda field: plain({key: each for key, each in field.options.items() if key != "options"}),
}


def _field_parts(old: Field, new: Field, names: Mapping[str, str]) -> Iterator[Change]:
    for part, read in _PARTS.items():
        before, after = read(old), read(new)
        if before != after and not (part == "options" and is_retyped(old, new)):
            risk = _part_risk(part, before, after, new)
            yield _change("change", "field", new.key, before, after, risk, {**names, "part": part}, part)


def _part_risk(part: str, before: Json, after: Json, field: Field) -> Risk:
    if part in ("required", "unique"):
        return "rebuild" if after else "safe"
    if part == "check":
        return "rebuild" if after is not None else "safe"
    if part in ("value", "options"):
        return (
            "rebuild" if (field.storage is not None and field.value is not None) or field.type == "rollup" else "safe"
        )
    return "safe"


def _option_changes(old: Field, new: Field, names: Mapping[str, str]) -> Iterator[Change]:
    before = {each["uid"]: each for each in old.options.get("options", ())}
    after = {each["uid"]: each for each in new.options.get("options", ())}
    if old.type == new.type and list(before) != list(after) and set(before) == set(after):
        yield _change(
            "change", "field", new.key, list(before), list(after), "safe", {**names, "part": "order"}, "order"
        )
    for uid in {**before, **after}:
        key = f"{new.key}.{uid}"
        was, now = before.get(uid), after.get(uid)
        told = {**names, "option": str((now or was or {}).get("value")), "old": str((was or {}).get("value"))}
        if was is None:
            yield _change("add", "option", key, None, plain(now), "safe", told)
        elif now is None:
            yield _change("remove", "option", key, plain(was), None, "hides_data", told)
        elif was["value"] != now["value"]:
            yield _change("rename", "option", key, was["value"], now["value"], "rebuild", told)
        elif was != now:
            yield _change("change", "option", key, plain(was), plain(now), "safe", told, "label")


def _unique_changes(old: Entity, new: Entity) -> Iterator[Change]:
    yield from _element_changes(old, new, "unique", _uniques(old), _uniques(new))


def _uniques(entity: Entity) -> dict[str, Json]:
    return {each.key: _unique(each) for each in entity.uniques}


def _unique(each: Unique) -> Json:
    return list(each.fields)


def _index_changes(old: Entity, new: Entity) -> Iterator[Change]:
    yield from _element_changes(old, new, "index", _indexes(old), _indexes(new))


def _indexes(entity: Entity) -> dict[str, Json]:
    """Indexes by the uids of their fields, so that a rename of a column is no change of an index."""
    uids = {each.column: each.uid for each in entity.fields if each.column}
    found: dict[str, Json] = {}
    for each in entity.indexes:
        marks = {column: "-" for column in each.descending}
        fields = [marks.get(column, "") + uids.get(column, column) for column in each.columns]
        found[f"{entity.key}.{'ux' if each.unique else 'ix'}({','.join(fields)})"] = fields
    return found


def _element_changes(
    old: Entity, new: Entity, kind: str, before: Mapping[str, Json], after: Mapping[str, Json]
) -> Iterator[Change]:
    names = {"name": new.name, "entity": new.name}
    for key in {**before, **after}:
        if key not in before:
            yield _change("add", kind, key, None, after[key], "rebuild", names)
        elif key not in after:
            yield _change("remove", kind, key, before[key], None, "safe", names)
        elif before[key] != after[key]:
            yield _change("change", kind, key, before[key], after[key], "rebuild", names, "fields")


def _document_changes(old: Model, new: Model) -> Iterator[Change]:
    """Changes of documents that have no columns: compared as they stand after overlays."""
    before, after = _documents(old), _documents(new)
    for key in {**before, **after}:
        was, now = before.get(key), after.get(key)
        document = now or was
        assert document is not None, "one side has it"
        names = {"name": document.name, "entity": document.name, "old": was.name if was else ""}
        if was is None:
            yield _change("add", document.kind, key, None, plain(document.body), "safe", names)
        elif now is None:
            yield _change("remove", document.kind, key, plain(was.body), None, "safe", names)
        elif fmt(was.body) != fmt(now.body):
            if was.name != now.name:
                yield _change("rename", now.kind, key, was.name, now.name, "safe", names)
            if fmt({**was.body, "name": ""}) != fmt({**now.body, "name": ""}):
                yield _change("change", now.kind, key, plain(was.body), plain(now.body), "safe", names, "document")


def _documents(model: Model) -> dict[str, Any]:
    return {each.key: each for each in model.all("document") if each.kind not in ("entity", "overlay")}


def describe_entity(entity: Entity) -> dict[str, Json]:
    """What an entity says of itself, without its fields, as plain JSON."""
    cycle = entity.life_cycle
    uids = {each.name: each.uid for each in entity.fields}
    return {
        "name": entity.name,
        "label": [entity.label.zh, entity.label.en],
        "aliases": list(entity.aliases),
        "title": uids.get(entity.title, ""),
        "business_key": [uids.get(name, "") for name in entity.business_key],
        "validations": [
            [each.uid, each.rule.text, each.message.zh, each.message.en, each.at] for each in entity.validations
        ],
        "states": None if cycle is None else [
            uids.get(cycle.field, ""), cycle.initial,
            [[t.uid, t.source, t.target, t.when.text if t.when else None, sorted(t.roles)] for t in cycle.transitions],
        ],
        "order": [each.uid for each in entity.fields],
        "options": plain(entity.options),
    }  # fmt: skip


def describe_field(field: Field) -> dict[str, Json]:
    """What a field says of itself, as plain JSON."""
    found: dict[str, Json] = {"name": field.name, **_type_of(field)}
    found |= {part: read(field) for part, read in _PARTS.items()}
    return found


def plain(value: Any) -> Json:
    """A value of the Model as plain JSON: formulas as their text, tuples as lists."""
    if isinstance(value, Mapping):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    if isinstance(value, frozenset | set):
        return sorted(plain(each) for each in value)
    return value.text if hasattr(value, "text") else value
