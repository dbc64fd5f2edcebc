"""Looks of a list besides the table: columns of cards, a calendar, pictures, a tree."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from tessera.meta.documents import Document
from tessera.meta.drafts import EntityDraft, FieldDraft
from tessera.meta.linker import Linker

Look: TypeAlias = Literal["table", "kanban", "calendar", "gallery", "tree"]

_PARTS: Mapping[str, Mapping[str, tuple[frozenset[str], str]]] = {
    "kanban": {
        "by": (frozenset({"select"}), "a select"),
        "picture": (frozenset({"file"}), "a file"),
    },
    "calendar": {
        "from": (frozenset({"date", "datetime"}), "a date or datetime"),
        "to": (frozenset({"date", "datetime"}), "a date or datetime"),
    },
    "gallery": {"picture": (frozenset({"file"}), "a file")},
    "tree": {"parent": (frozenset({"reference"}), "a reference to the entity itself")},
}
"""The fields that each look is made of, and of which types they are."""


@dataclass(frozen=True, slots=True)
class Layout:
    """A look. parts: the fields that it is made of, by what they are for. fields: paths that are shown besides."""

    uid: str
    look: Look
    parts: Mapping[str, str]
    fields: tuple[str, ...] = ()


def layouts_of(document: Document, linker: Linker, entity: EntityDraft | None) -> tuple[Layout, ...]:
    """The looks that a view declares; what is wrong with them is reported to the linker."""
    given = document.body.get("layouts", ())
    if given and entity is None:
        message = "Only a view of the records of an entity has other looks than the table."
        linker.problem("no_records", document.at("layouts"), message)
        return ()
    found = [] if entity is None else list(_layouts(document, linker, entity, given))
    _check_first(document, linker, {each["as"] for each in given})
    return tuple(found)


def _layouts(document: Document, linker: Linker, entity: EntityDraft, given: Any) -> Iterator[Layout]:
    for i, each in enumerate(given):
        look = each["as"]
        if any(look == other["as"] for other in given[:i]):
            linker.problem("repeated_name", document.at("layouts", i, "as"), f'There are two looks "{look}".')
        parts: dict[str, str] = {}
        types: dict[str, str] = {}
        for name, (wanted, told) in _PARTS[look].items():
            if name not in each:
                continue
            pointer = document.at("layouts", i, name)
            field = linker.field(entity, each[name], pointer)
            if field is None:
                continue
            if field.type.name not in wanted or (look == "tree" and not _is_own(linker, entity, field)):
                message = f'"{field.name}" must be {told}.'
                linker.problem("wrong_layout_field", pointer, message, name=field.name, wanted=told)
                continue
            parts[name], types[name] = field.name, field.type.name
        if len(set(types.values())) > 1 and look == "calendar":
            message = "The first and the last day must be of the same type."
            linker.problem("wrong_layout_field", document.at("layouts", i, "to"), message)
        for j, path in enumerate(each.get("fields", ())):
            linker.path(entity, path, document.at("layouts", i, "fields", j))
        yield Layout(each["uid"], look, parts, tuple(each.get("fields", ())))


def _is_own(linker: Linker, entity: EntityDraft, field: FieldDraft) -> bool:
    target = linker.entity(str(field.body.get("to", "")), "")
    return target is not None and target.key == entity.key


def _check_first(document: Document, linker: Linker, looks: set[str]) -> None:
    first = document.body.get("opens_as", "table")
    if first != "table" and first not in looks:
        linker.problem("unknown_layout", document.at("opens_as"), f'The view has no look "{first}".', name=first)
