"""Compiling the texts of messages: every placeholder is looked up, typed, and its filters fit what it gives."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from tessera.errors import Json
from tessera.formula import Formula, FormulaError, check_formula
from tessera.formula.shapes import Scope, Type
from tessera.meta.channels import ChannelKind
from tessera.meta.drafts import EntityDraft, FieldDraft, Unusable
from tessera.meta.linker import Linker
from tessera.meta.messages import TextDoc
from tessera.meta.model import EMPTY, Label
from tessera.meta.schema import did_you_mean
from tessera.meta.template_filters import FILTERS, Filter, pattern_fault
from tessera.meta.templates import Hole, RawHole, Template, raw_holes

_LAST_STEPS = frozenset({"reference", "multi_reference"})


@dataclass
class TextCompiler:
    """Compiles the texts of one message. scope: names of its texts; item_scope: of those of each notice.

    roots: the entities of `record` and `to`. has_items: notices are merged, so that `{items}` means something.
    """

    linker: Linker
    scope: Scope
    item_scope: Scope
    roots: Mapping[str, EntityDraft]
    has_items: bool

    def text(self, body: Mapping[str, Json], pointer: str, kinds: Sequence[ChannelKind]) -> TextDoc | None:
        """A text of the message, for these channels; None when something of it is wrong."""
        subject = self._template(body, "subject", "line", pointer)
        text = self._template(body, "text", "plain", pointer)
        item = self._item(body, pointer)
        parts = self._parts(body, pointer, kinds)
        if text is None or (subject is None and "subject" in body):
            return None
        return TextDoc(
            body["uid"], body["language"], body.get("channel", ""), subject, text, item, MappingProxyType(parts)
        )

    def _item(self, body: Mapping[str, Json], pointer: str) -> Template | None:
        if "item" not in body:
            return None
        if not self.has_items:
            self.linker.problem("no_items", f"{pointer}/item", 'Only a message with "merge" has items.')
            return None
        return self.template(body["item"], "plain", f"{pointer}/item", self.item_scope)

    def _parts(self, body: Mapping[str, Json], pointer: str, kinds: Sequence[ChannelKind]) -> dict[str, Template]:
        modes = {name: mode for kind in kinds for name, mode in kind.parts.items()}
        found: dict[str, Template] = {}
        for place, each in enumerate(body.get("parts", ())):
            at = f"{pointer}/parts/{place}"
            mode = modes.get(each["name"])
            if mode is None:
                hint = did_you_mean(each["name"], modes)
                self.linker.problem("unknown_part", f"{at}/name", f'No channel here knows "{each["name"]}".', hint)
                continue
            if each["name"] in found:
                self.linker.problem("duplicate_name", f"{at}/name", f'There is a part "{each["name"]}" already.')
            made = self.template(each["text"], mode, f"{at}/text", self.scope)
            if made is not None:
                found[each["name"]] = made
        return found

    def _template(self, body: Mapping[str, Json], key: str, mode: str, pointer: str) -> Template | None:
        return self.template(body[key], mode, f"{pointer}/{key}", self.scope) if key in body else None

    def template(self, text: str, mode: str, pointer: str, scope: Scope) -> Template | None:
        """The template of a text; reports what is wrong with its placeholders, each with its place in the text."""
        holes: list[Hole] = []
        is_sound = True
        for raw in raw_holes(text):
            hole = self._hole(raw, text, pointer, scope)
            is_sound = is_sound and hole is not None
            holes += [hole] if hole is not None else []
        if not is_sound:
            return None
        made = Template(text, mode, tuple(holes))
        self.linker.keep_template(pointer, made, {ref for hole in holes for ref in hole.value.refs})
        return made

    def _hole(self, raw: RawHole, text: str, pointer: str, scope: Scope) -> Hole | None:
        if raw.is_broken:
            message = f'"{text[raw.start : raw.end][:60]}" is no placeholder.'
            hint = "Write {path} or {path|filter:argument}; other braces may hold no word at their beginning."
            self._problem("bad_placeholder", pointer, raw, message, hint)
            return None
        value = self._value(raw, pointer, scope)
        if value is None:
            return None
        if not self._filters_fit(raw, value.type, pointer):
            return None
        return Hole(raw.start, raw.end, raw.path_start, value, raw.calls, self._labels(raw.path))

    def _value(self, raw: RawHole, pointer: str, scope: Scope) -> Formula | None:
        """What stands in a placeholder: a path; of a record the field that names it."""
        try:
            found = check_formula(raw.path, scope)
            if found.type.kind == "record":
                shape = found.type.shape
                draft = self.linker.entity_of(shape.key) if shape is not None else None
                title = draft.document.body.get("title") if draft is not None else None
                if not isinstance(title, str):
                    self._problem("not_a_text", pointer, raw, f'"{raw.path}" is a record; name one of its fields.')
                    return None
                found = check_formula(f"{raw.path}.{title}", scope)
            return found
        except Unusable:
            return None
        except FormulaError as error:
            self._problem("unknown_path", pointer, raw, error.message, error.help)
            return None

    def _filters_fit(self, raw: RawHole, type_: Type, pointer: str) -> bool:
        kind: str = type_.kind
        for name, arguments in raw.calls:
            made = FILTERS.get(name)
            if made is None:
                hint = did_you_mean(name, FILTERS)
                self._problem("unknown_filter", pointer, raw, f'There is no filter "{name}".', hint)
                return False
            why = _misfit(made, kind, type_, arguments)
            if why:
                self._problem("wrong_filter", pointer, raw, why, f"Such as {made.example}.")
                return False
            kind = made.gives or kind
        if kind in ("json", "record") or (kind == "list" and type_.shape is not None and not self._is_items(raw)):
            hint = "Take |count, |sum:name or |join:name." if kind == "list" else ""
            self._problem("not_a_text", pointer, raw, f'"{raw.path}" is no single value.', hint)
            return False
        return True

    def _is_items(self, raw: RawHole) -> bool:
        return self.has_items and raw.path == "items" and not raw.calls

    def _labels(self, path: str) -> Mapping[str, Label]:
        """The labels of a choice, by its values."""
        root, *steps = path.split(".")
        here = self.roots.get(root)
        last: FieldDraft | None = None
        for step in steps:
            last = here.field(step) or here.by_label.get(step) if here is not None else None
            here = self._target(last)
        if last is None or last.type.name not in ("select", "multi_select"):
            return EMPTY
        options: Sequence[Mapping[str, Json]] = last.options.get("options", ())
        return MappingProxyType({each["value"]: _label(each) for each in options})

    def _target(self, field: FieldDraft | None) -> EntityDraft | None:
        if field is None or field.type.name not in _LAST_STEPS:
            return None
        return self.linker.entity_of(self.linker.names.get(("entity", str(field.options.get("to"))), ""))

    def _problem(self, code: str, pointer: str, raw: RawHole, message: str, hint: str = "") -> None:
        self.linker.problem(
            code, pointer, message, hint, position=raw.start, length=raw.end - raw.start
        )


def _misfit(made: Filter, kind: str, type_: Type, arguments: Sequence[str]) -> str:
    """Why a filter cannot follow a value of that kind with these arguments, "" when it can."""
    if kind not in made.takes and kind != "blank":
        return f'The filter "{made.name}" does not suit a {kind}.'
    if not made.least <= len(arguments) <= made.most:
        wanted = str(made.least) if made.least == made.most else f"{made.least} to {made.most}"
        return f'The filter "{made.name}" takes {wanted} arguments.'
    if made.name in ("cut", "hide") and not re.fullmatch("[0-9]{1,5}", arguments[0]):
        return f'The filter "{made.name}" takes a whole number.'
    if made.pattern and arguments:
        return pattern_fault(made.pattern, arguments[0])
    if made.field:
        member = type_.shape.member(arguments[0]) if type_.shape is not None else None
        if member is None:
            return f'There is no "{arguments[0]}" in this list.'
        if made.name == "sum" and member.type.kind != "number":
            return f'"{arguments[0]}" is no number.'
    return ""


def _label(option: Mapping[str, Json]) -> Label:
    label = option.get("label", option["value"])
    if isinstance(label, Mapping):
        return Label(str(label.get("zh", "")), str(label.get("en", "")))
    return Label(label, label)
