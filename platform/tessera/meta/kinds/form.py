"""The kind `form`: how one record is edited."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from tessera.errors import Json
from tessera.formula import Formula
from tessera.formula.shapes import BOOLEAN
from tessera.meta.documents import Document
from tessera.meta.drafts import EntityDraft, Unusable
from tessera.meta.kinds.base import KINDS, Kind
from tessera.meta.kinds.role import ensure_role
from tessera.meta.linker import Linker
from tessera.meta.model import Label


@dataclass(frozen=True, slots=True)
class Column:
    """A field of the lines that a form shows. width: of twelve."""

    uid: str
    field: str
    label: Label | None
    width: int
    read_only: Formula | None


@dataclass(frozen=True, slots=True)
class FormItem:
    """A field on the form (by name). label, help: instead of the field's. The formulas are about the record."""

    uid: str
    field: str
    label: Label | None
    help: Label | None
    width: int
    widget: str
    visible: Formula | None
    required: Formula | None
    read_only: Formula | None
    columns: tuple[Column, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A group of fields. tab: sections with the same one stand on one page."""

    uid: str
    label: Label | None
    tab: Label | None
    visible: Formula | None
    collapsed: bool
    items: tuple[FormItem, ...]


@dataclass(frozen=True, slots=True)
class Action:
    """A button: a transition of the life cycle (its uid) or a flow (its name)."""

    uid: str
    label: Label
    icon: str
    transition: str
    flow: str
    visible: Formula | None


@dataclass(frozen=True, slots=True)
class Form:
    """A form of an entity (its key). when: the records for which it is used. roles: who gets it, empty: everyone."""

    key: str
    name: str
    label: Label
    entity: str
    roles: tuple[str, ...]
    when: Formula | None
    sections: tuple[Section, ...]
    actions: tuple[Action, ...]
    is_public: bool = False


PUBLIC_TYPES = frozenset({
    "text", "long_text", "integer", "decimal", "money", "percent", "date", "datetime", "time", "boolean", "select",
    "multi_select", "phone", "email", "url", "color",
})  # fmt: skip
"""Field types that a form for the outside may show: none of them tells of other records, people or files."""


class FormKind(Kind):
    """How forms are understood."""

    name: ClassVar[str] = "form"
    phase: ClassVar[int] = 90

    def compile(self, document: Document, linker: Linker) -> Form | None:
        """The form; its fields must be there and its conditions must be true or false."""
        body = document.body
        entity = linker.entity(body["entity"], document.at("entity"))
        if entity is None:
            return None
        for index, name in enumerate(body.get("roles", ())):
            ensure_role(name, document.at("roles", index), linker)
        builder = _Builder(document, entity, linker)
        return Form(
            document.key,
            document.name,
            linker.label(body, document.at()),
            entity.key,
            tuple(body.get("roles", ())),
            builder.condition(body, document.at(), "when"),
            tuple(builder.section(each, document.at("sections", i)) for i, each in enumerate(body["sections"])),
            tuple(builder.action(each, document.at("actions", i)) for i, each in enumerate(body.get("actions", ()))),
            builder.is_public(),
        )


class _Builder:
    """Builds the parts of one form."""

    def __init__(self, document: Document, entity: EntityDraft, linker: Linker) -> None:
        self.document, self.entity, self.linker = document, entity, linker

    def is_public(self) -> bool:
        """Whether the form is for the outside, too; then it shows only what may be asked there."""
        if self.document.body.get("public") is not True:
            return False
        for i, section in enumerate(self.document.body["sections"]):
            for j, item in enumerate(section["items"]):
                field = self.entity.field(item["field"])
                if field is not None and (field.type.name not in PUBLIC_TYPES or field.body.get("read_only") is True):
                    message = f'"{field.name}" cannot be asked of people without an account.'
                    hint = "Leave it out; a link can give it a fixed value."
                    place = self.document.at("sections", i, "items", j, "field")
                    self.linker.problem("not_for_outside", place, message, hint, name=field.name)
        return True

    def condition(
        self, body: Mapping[str, Json], pointer: str, key: str, entity: EntityDraft | None = None
    ) -> Formula | None:
        """The yes-or-no formula under a key, None without one."""
        if key not in body:
            return None
        scope = self.linker.scope(entity or self.entity)
        return self.linker.formula(body[key], scope, f"{pointer}/{key}", BOOLEAN)

    def text(self, body: Mapping[str, Json], pointer: str, key: str = "label") -> Label | None:
        """The label under a key, None without one."""
        return self.linker.label(body, pointer, key) if key in body else None

    def section(self, body: Mapping[str, Json], pointer: str) -> Section:
        """A section with its items."""
        return Section(
            body["uid"],
            self.text(body, pointer),
            self.text(body, pointer, "tab"),
            self.condition(body, pointer, "visible"),
            bool(body.get("collapsed")),
            tuple(self.item(each, f"{pointer}/items/{index}") for index, each in enumerate(body["items"])),
        )

    def item(self, body: Mapping[str, Json], pointer: str) -> FormItem:
        """A field; reports one that is not there."""
        field = self.linker.field(self.entity, body["field"], f"{pointer}/field")
        lines = self.linker.entity_of(field.key) if field is not None else None
        if "columns" in body and field is not None and lines is None:
            self.linker.problem("not_lines", f"{pointer}/columns", f'"{field.name}" are no lines.')
        columns = enumerate(body.get("columns", ()) if lines is not None else ())
        return FormItem(
            body["uid"],
            field.name if field else "",
            self.text(body, pointer),
            self.text(body, pointer, "help"),
            body.get("width", 6),
            body.get("widget", ""),
            self.condition(body, pointer, "visible"),
            self.condition(body, pointer, "required"),
            self.condition(body, pointer, "read_only"),
            tuple(self.column(each, f"{pointer}/columns/{index}", lines) for index, each in columns if lines),
        )

    def column(self, body: Mapping[str, Json], pointer: str, lines: EntityDraft) -> Column:
        """A column of lines; reports one that is not there."""
        field = self.linker.field(lines, body["field"], f"{pointer}/field")
        read_only = self.condition(body, pointer, "read_only", lines)
        name = field.name if field else ""
        return Column(body["uid"], name, self.text(body, pointer), body.get("width", 2), read_only)

    def action(self, body: Mapping[str, Json], pointer: str) -> Action:
        """A button; reports a transition or flow that is not there."""
        if ("transition" in body) == ("flow" in body):
            self.linker.problem("one_target", pointer, "An action has either a transition or a flow.")
        if "transition" in body:
            self._ensure_transition(body["transition"], f"{pointer}/transition")
        if "flow" in body:
            try:
                self.linker.find("flow", body["flow"], f"{pointer}/flow")
            except Unusable:
                pass
        return Action(
            body["uid"],
            self.linker.label(body, pointer),
            body.get("icon", ""),
            body.get("transition", ""),
            body.get("flow", ""),
            self.condition(body, pointer, "visible"),
        )

    def _ensure_transition(self, uid: str, pointer: str) -> None:
        states = self.entity.document.body.get("states") or {"transitions": ()}
        if uid not in [each["uid"] for each in states["transitions"]]:
            self.linker.problem("unknown_transition", pointer, f'"{self.entity.name}" has no transition "{uid}".')
        else:
            self.linker.use(pointer, f"{self.entity.key}.{uid}", "name")


KINDS.add("form", FormKind())
