"""What formulas of timelines and rulesets may read, and the check that they are pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

from tessera.formula import Formula
from tessera.formula.shapes import BOOLEAN, DATE, DATETIME, NUMBER, TEXT, Member, Scope, Shape, StaticShape, Type
from tessera.meta.documents import Document
from tessera.meta.drafts import EntityDraft, EntityShape, Unusable
from tessera.meta.linker import Linker
from tessera.meta.model import EMPTY, Label
from tessera.meta.rules import FIGURES

OFFERS = frozenset({"moment", "ledger"})
VALUE_TYPES: Mapping[str, Type] = {
    "number": NUMBER, "text": TEXT, "boolean": BOOLEAN, "date": DATE, "datetime": DATETIME,
}
NOTHING = StaticShape("")
DAY = Member("day", DATE.required(), title=("业务日期", "Business day"))
INSTANT = Member("at", DATETIME.required(), title=("业务时间", "Business time"))
_LIVE_TYPES = frozenset({"rollup", "lookup", "balance", "multi_reference", "reference"})
HINT = "Copy what the rule needs into the document when it is written (capture), or keep it in a table."


def ledger_shape(key: str, scale: int) -> StaticShape:
    """An account as formulas read it."""
    amount = Type("number", nullable=False, integer=scale == 0, scale=scale)
    count = Type("number", nullable=False, integer=True, scale=0)
    return StaticShape(key, tuple(Member(name, count if name == "open_lots" else amount) for name in FIGURES))


def lot_shape(scale: int) -> StaticShape:
    """An open lot as `extend` reads it."""
    amount = Type("number", nullable=False, integer=scale == 0, scale=scale)
    days = (Member("granted_on", DATE.required()), Member("expires_on", DATE), Member("available_from", DATE))
    return StaticShape("lot", (Member("left", amount), Member("granted", amount), Member("name", TEXT), *days))


def table_members(linker: Linker) -> list[Member]:
    """Every table as a list of its rows."""
    found = []
    for document in linker.documents.values():
        shape = linker.shape("table", document.name) if document.kind == "table" else None
        if shape is not None:
            title = title_of(linker, document)
            found.append(Member(document.name, Type("list", nullable=False, shape=shape), document.key, title=title))
    return found


def title_of(linker: Linker, document: Document) -> tuple[str, str]:
    """How people are shown a document by its name in formulas."""
    label = linker.label(document.body, document.at()) if "label" in document.body else Label()
    return label.zh, label.en


def scope_of(root: Shape, linker: Linker, extras: Iterable[Member] = ()) -> Scope:
    """The document's names, over them the further ones; tables only where no other thing has their name."""
    wanted = list(extras)
    taken = {each.name for each in wanted}
    tables = [each for each in table_members(linker) if each.name not in taken and not _has(root, each.name)]
    return Scope(root, EMPTY, OFFERS).plus(*tables, *wanted)


def _has(root: Shape, name: str) -> bool:
    try:
        return root.member(name) is not None
    except Unusable:
        return True


class PureFormulas:
    """Compiles formulas that must be pure, and gathers the keys of the fields that they read."""

    def __init__(self, linker: Linker) -> None:
        self.linker = linker
        self.refs: set[str] = set()

    def formula(self, text: str, scope: Scope, pointer: str, expect: Type | None = None) -> Formula | None:
        """The formula, typed; reports what is wrong with it, and live data that it reads."""
        found = self.linker.formula(text, scope, pointer, expect)
        if found is None:
            return None
        self.refs |= found.refs
        for path in sorted(found.reads):
            live = self._live(path, scope)
            if live:
                message = f'A rule may not read "{live}": it can change without the document.'
                self.linker.problem("impure_rule", pointer, message, HINT, path=".".join(path))
                return None
        return found

    def _live(self, path: tuple[str, ...], scope: Scope) -> str:
        """The part of a path that is live data; "" when there is none."""
        own = scope.row.member(path[0]) if scope.row is not None else None
        member = own or scope.lookup(path[0])
        shape: Shape | None = None
        for place, name in enumerate(path):
            if place:
                member = shape.member(name) if shape is not None else None
            if member is None:
                return ""
            if isinstance(shape or scope.root, EntityShape) and self._is_live(member, is_last=place == len(path) - 1):
                return ".".join(path)
            shape = member.type.shape
        return ""

    def _is_live(self, member: Member, *, is_last: bool) -> bool:
        entity = self.linker.entity_of(member.ref.rpartition(".")[0]) if member.ref else None
        field = entity.field(member.name) if entity is not None else None
        if field is None:
            return False
        kind = field.type.name
        if kind == "reference":
            return not is_last
        return kind in _LIVE_TYPES or (kind == "formula" and not field.options.get("stored"))


def lines_entity(linker: Linker, entity: EntityDraft, name: str, pointer: str) -> EntityDraft | None:
    """The entity of a lines field; reports a field that has none."""
    field = linker.field(entity, name, pointer)
    if field is None:
        return None
    if field.type.name != "lines":
        linker.problem("no_lines_field", pointer, f'"{name}" is no lines field of "{entity.name}".', name=name)
        return None
    try:
        shape = field.resolve(linker).shape
    except Unusable:
        return None
    return shape.draft if isinstance(shape, EntityShape) else None


def exact(text: object) -> Decimal:
    """A number of the metadata."""
    return Decimal(str(text))
