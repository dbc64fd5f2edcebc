"""The kind `menu`: the way to views, forms and other places."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from tessera.errors import Json
from tessera.meta.documents import Document
from tessera.meta.drafts import Unusable
from tessera.meta.kinds.base import KINDS, Kind
from tessera.meta.kinds.role import ensure_role
from tessera.meta.linker import Linker
from tessera.meta.model import Label

TARGETS = ("entity", "view", "form", "dashboard", "url")
"""What an item may lead to."""


@dataclass(frozen=True, slots=True)
class Item:
    """An item: it leads to a target (kind and name, or address) or holds further items."""

    uid: str
    label: Label
    icon: str = ""
    kind: str = ""
    target: str = ""
    roles: tuple[str, ...] = ()
    items: tuple[Item, ...] = ()


@dataclass(frozen=True, slots=True)
class Menu:
    """A menu. roles: who sees it, empty for everyone."""

    key: str
    name: str
    label: Label
    icon: str
    place: int
    roles: tuple[str, ...]
    items: tuple[Item, ...]


class MenuKind(Kind):
    """How menus are understood."""

    name: ClassVar[str] = "menu"
    phase: ClassVar[int] = 91

    def compile(self, document: Document, linker: Linker) -> Menu:
        """The menu; every target must be there."""
        body = document.body
        pointer = document.at()
        return Menu(
            document.key,
            document.name,
            linker.label(body, pointer),
            body.get("icon", ""),
            body.get("place", 100),
            _roles(body, pointer, linker),
            _items(body["items"], f"{pointer}/items", linker),
        )


def _roles(body: Mapping[str, Json], pointer: str, linker: Linker) -> tuple[str, ...]:
    for index, name in enumerate(body.get("roles", ())):
        ensure_role(name, f"{pointer}/roles/{index}", linker)
    return tuple(body.get("roles", ()))


def _items(bodies: Sequence[Mapping[str, Json]], pointer: str, linker: Linker) -> tuple[Item, ...]:
    return tuple(_item(each, f"{pointer}/{index}", linker) for index, each in enumerate(bodies))


def _item(body: Mapping[str, Json], pointer: str, linker: Linker) -> Item:
    given = [kind for kind in (*TARGETS, "items") if kind in body]
    if len(given) != 1:
        linker.problem("one_target", pointer, f"An item has exactly one of {', '.join(TARGETS)} and items.")
    kind = given[0] if given and given[0] != "items" else ""
    label = linker.label(body, pointer)
    if kind and kind != "url":
        label = _target_label(body, kind, label, pointer, linker)
    return Item(
        body["uid"],
        label,
        body.get("icon", ""),
        kind,
        body[kind] if kind else "",
        _roles(body, pointer, linker),
        _items(body.get("items", ()), f"{pointer}/items", linker),
    )


def _target_label(body: Mapping[str, Json], kind: str, label: Label, pointer: str, linker: Linker) -> Label:
    """The item's own label, else that of what it leads to; reports a target that is not there."""
    try:
        key = linker.find(kind, body[kind], f"{pointer}/{kind}")
    except Unusable:
        return label
    if key is None or "label" in body or key not in linker.documents:
        return label
    target = linker.documents[key]
    return linker.label(target.body, target.at())


KINDS.add("menu", MenuKind())
