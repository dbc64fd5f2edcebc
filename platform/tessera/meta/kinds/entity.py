"""The kind `entity`: a table's meaning. Its lines fields become entities of their own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from tessera.errors import Json
from tessera.formula.shapes import BOOLEAN
from tessera.meta.contacts import contact_fields
from tessera.meta.documents import Document
from tessera.meta.drafts import EntityDraft, EntityShape, FieldDraft, Unusable
from tessera.meta.field_building import build_field
from tessera.meta.field_typing import typing_of
from tessera.meta.fields import FIELD_TYPES
from tessera.meta.kinds.base import KINDS, Kind
from tessera.meta.linker import Linker
from tessera.meta.model import Entity, LifeCycle, Transition, Unique, Validation
from tessera.meta.physical import line_table
from tessera.meta.schema import did_you_mean
from tessera.names import ENGINE_COLUMNS, ROUTE_NAMES, SYSTEM_FIELDS

RESERVED_WORDS = frozenset({"and", "or", "not", "true", "false", "if", "in", "is", "lambda", "none"})
"""Names that mean something else in formulas."""

_FIELD_PLACE = re.compile(r"/fields/[0-9]+")


class EntityKind(Kind):
    """Fields, keys, validations and life cycle of a record."""

    name: ClassVar[str] = "entity"
    phase: ClassVar[int] = 20

    def tolerated(self, places: list[str]) -> set[str] | None:
        """Wrong fields are left out, and what reads them with them."""
        found = [_FIELD_PLACE.match(each) for each in places]
        return None if not all(found) else {each.group() for each in found if each}

    def declare(self, document: Document, linker: Linker) -> None:
        """Make the entity and its fields known; types are found when they are asked for."""
        if document.name.startswith(("tsr_", "x_")):
            linker.problem("reserved_name", document.at("name"), f'"{document.name}" is kept for the platform.')
        for name in (document.name, *document.body.get("aliases", ())):
            if name in ROUTE_NAMES:
                message = f'"{name}" is an address of the API itself; records of that name could not be reached.'
                linker.problem("reserved_name", document.at("name"), message, "Take the singular, or another name.")
        draft = EntityDraft(document, document.key, document.name, EntityShape(document.key, linker))
        linker.declare_entity(draft)
        _declare_fields(draft, document.body["fields"], ("fields",), linker)

    def compile(self, document: Document, linker: Linker) -> Any:
        """The entity; its line entities go to linker.extra_entities."""
        draft = linker.entity_of(document.key)
        if draft is None:
            return None
        for each in linker.entities():
            if each.parent is draft:
                linker.extra_entities[each.key] = _built(each, {}, linker)
        return _built(draft, document.body, linker)


def _declare_fields(draft: EntityDraft, bodies: Any, steps: tuple[object, ...], linker: Linker) -> None:
    for index, body in enumerate(bodies):
        here = (*steps, index)
        pointer = draft.document.at(*here)
        if pointer in linker.broken_places:
            draft.broken.add(str(body.get("name", "")) if isinstance(body, Mapping) else "")
            continue
        _ensure_name_free(draft, body, pointer, linker)
        key = f"{draft.key}.{body['uid']}"
        field_type = FIELD_TYPES[body["type"]]
        label = linker.label(body, pointer)
        field = FieldDraft(
            draft.document, here, body, draft, key, body["name"], label, field_type,
            field_type.options(body), typing_of(body["type"]),
        )  # fmt: skip
        for place, code, message in field_type.faults(field.options):
            linker.problem(code, f"{pointer}/{place}".rstrip("/"), message)
        draft.add(field)
        if body["type"] == "lines":
            _declare_lines(draft, field, (*here, "fields"), linker)


def _ensure_name_free(draft: EntityDraft, body: Mapping[str, Json], pointer: str, linker: Linker) -> None:
    name = body["name"]
    if name in draft.by_name:
        linker.problem("duplicate_name", f"{pointer}/name", f'There is a field "{name}" already.')
    if name in SYSTEM_FIELDS or name in ENGINE_COLUMNS or name.startswith("x_"):
        linker.problem("reserved_name", f"{pointer}/name", f'"{name}" is kept for the platform.')
    if name in RESERVED_WORDS:
        linker.problem("reserved_name", f"{pointer}/name", f'"{name}" means something else in formulas.')


def _declare_lines(draft: EntityDraft, field: FieldDraft, steps: tuple[object, ...], linker: Linker) -> None:
    if draft.parent is not None:
        linker.problem("lines_in_lines", field.at(), "Lines cannot have lines of their own.", "Make it an entity.")
        return
    name = f"{draft.name}.{field.name}"
    shape = EntityShape(field.key, linker)
    lines = EntityDraft(draft.document, field.key, name, shape, steps[:-1], draft, field.name)
    linker.declare_entity(lines)
    _declare_fields(lines, field.body["fields"], steps, linker)


def _built(draft: EntityDraft, body: Mapping[str, Json], linker: Linker) -> Entity:
    fields = [found for each in draft.fields if (found := build_field(each, linker)) is not None]
    _check_aliases(draft, linker)
    document = draft.document
    key_fields = _names(draft, body.get("business_key", ()), "business_key", linker)
    for name in key_fields:
        _ensure_column(draft, name, document.at("business_key"), linker)
    return Entity(
        key=draft.key,
        package=document.package,
        uid=document.uid if draft.parent is None else draft.key.rpartition(".")[2],
        name=draft.name,
        label=linker.label(body or document.body, document.at()) if draft.parent is None else _line_label(draft),
        table=draft.name if draft.parent is None else line_table(draft.parent.name, draft.parent_field),
        fields=tuple(fields),
        aliases=tuple(body.get("aliases", ())),
        title=_title(draft, body, key_fields, linker),
        parent=draft.parent.key if draft.parent else "",
        parent_field=draft.parent_field,
        business_key=key_fields,
        uniques=tuple(_uniques(draft, body, linker)),
        life_cycle=_life_cycle(draft, body, linker),
        validations=tuple(_validations(draft, body, linker)),
        options=_options(draft, body, linker),
    )


def _options(draft: EntityDraft, body: Mapping[str, Json], linker: Linker) -> Mapping[str, Json]:
    options: dict[str, Json] = {"history": body.get("history", True)}
    if "subject" in body:
        pointer = draft.document.at("subject")
        field = linker.field(draft, body["subject"], pointer)
        if field is not None and field.type.name != "reference":
            linker.problem("not_a_reference", pointer, f'"{field.name}" is no reference.')
        options["subject"] = field.name if field else ""
    if "contact" in body:
        options["contact"] = contact_fields(draft, body["contact"], linker)
    return options


def _line_label(draft: EntityDraft) -> Any:
    field = draft.parent.field(draft.parent_field) if draft.parent else None
    assert field is not None, "lines belong to a field"
    return field.label


def _names(draft: EntityDraft, names: Any, key: str, linker: Linker) -> tuple[str, ...]:
    found = []
    for index, name in enumerate(names):
        field = linker.field(draft, name, draft.document.at(key, index))
        if field is not None:
            found.append(field.name)
    return tuple(found)


def _ensure_column(draft: EntityDraft, name: str, pointer: str, linker: Linker) -> None:
    field = draft.field(name)
    if field is None:
        return
    if field.type.name in ("multi_reference", "lines", "long_text", "json", "file", "multi_select") or (
        field.type.computed and not field.options.get("stored")
    ):
        linker.problem("not_unique_type", pointer, f'"{name}" cannot be part of a key.')


def _title(draft: EntityDraft, body: Mapping[str, Json], key: tuple[str, ...], linker: Linker) -> str:
    if "title" in body:
        field = linker.field(draft, body["title"], draft.document.at("title"))
        if field is not None and field.type.name in ("lines", "json", "file", "multi_reference"):
            linker.problem("bad_title", draft.document.at("title"), f'"{field.name}" cannot name a record.')
        return field.name if field else ""
    texts = [each.name for each in draft.fields if each.type.name in ("text", "sequence")]
    named = [name for name in ("name", "title", "label") if name in texts]
    return next(iter([*named, *key, *texts]), "")


def _check_aliases(draft: EntityDraft, linker: Linker) -> None:
    taken = dict.fromkeys(draft.names())
    for field in draft.fields:
        for index, alias in enumerate(field.body.get("aliases", ())):
            if alias in taken:
                linker.problem("duplicate_name", field.at("aliases", index), f'"{alias}" is the name of another field.')
            taken[alias] = None


def _uniques(draft: EntityDraft, body: Mapping[str, Json], linker: Linker) -> list[Unique]:
    found = []
    for index, each in enumerate(body.get("uniques", ())):
        uids = []
        for place, name in enumerate(each["fields"]):
            pointer = draft.document.at("uniques", index, "fields", place)
            field = linker.field(draft, name, pointer)
            if field is not None:
                _ensure_column(draft, name, pointer, linker)
                uids.append(field.body["uid"])
        found.append(Unique(each["uid"], f"{draft.key}.{each['uid']}", tuple(uids)))
    return found


def _validations(draft: EntityDraft, body: Mapping[str, Json], linker: Linker) -> list[Validation]:
    found = []
    for index, each in enumerate(body.get("validations", ())):
        pointer = draft.document.at("validations", index)
        rule = linker.formula(each["rule"], linker.scope(draft), f"{pointer}/rule", BOOLEAN)
        message = linker.label(each, pointer, "message")
        at = linker.field(draft, each["at"], f"{pointer}/at") if "at" in each else None
        if rule is not None:
            found.append(Validation(each["uid"], rule, message, at.name if at else ""))
    return found


def _life_cycle(draft: EntityDraft, body: Mapping[str, Json], linker: Linker) -> LifeCycle | None:
    states = body.get("states")
    if states is None:
        return None
    document = draft.document
    field = linker.field(draft, states["field"], document.at("states", "field"))
    if field is None:
        return None
    if field.type.name != "select":
        linker.problem("not_a_select", document.at("states", "field"), f'"{field.name}" is no select field.')
        return None
    options = [each["value"] for each in field.options["options"]]
    _ensure_option(states["initial"], options, document.at("states", "initial"), linker)
    linker.want_index(draft.key, (field.name,))
    transitions = []
    for index, each in enumerate(states["transitions"]):
        pointer = document.at("states", "transitions", index)
        transitions.append(_transition(draft, each, options, pointer, linker))
    return LifeCycle(field.name, states["initial"], tuple(transitions))


def _transition(
    draft: EntityDraft, body: Mapping[str, Json], options: list[str], pointer: str, linker: Linker
) -> Transition:
    for end in ("from", "to"):
        _ensure_option(body[end], options, f"{pointer}/{end}", linker)
    if body["from"] == body["to"]:
        linker.problem("no_change", f"{pointer}/to", "The transition leads to where it comes from.")
    when = None
    if "when" in body:
        when = linker.formula(body["when"], linker.scope(draft), f"{pointer}/when", BOOLEAN)
    for index, role in enumerate(body.get("roles", ())):
        try:
            linker.find("role", role, f"{pointer}/roles/{index}")
        except Unusable:
            continue
    return Transition(body["uid"], body["from"], body["to"], when, frozenset(body.get("roles", ())))


def _ensure_option(value: str, options: list[str], pointer: str, linker: Linker) -> None:
    if value not in options:
        linker.problem("unknown_option", pointer, f'"{value}" is no option.', did_you_mean(value, options))


KINDS.add("entity", EntityKind())
