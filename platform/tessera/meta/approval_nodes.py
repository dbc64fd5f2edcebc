"""Compiling the nodes of an approval: where their people are found, and what they see of the record."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from tessera.errors import Json
from tessera.formula.shapes import BOOLEAN, INTEGER, Member, Type
from tessera.meta.approvals import ALL_VERBS, Deadline, FieldRight, NodeDoc, NodePlan, Source
from tessera.meta.drafts import EntityDraft, FieldDraft
from tessera.meta.flows import seconds

if TYPE_CHECKING:
    from tessera.meta.flow_steps import At, FlowCompiler

REQUESTER = Member("requester", INTEGER)
"""Whoever asks, in the formulas of an approval."""

_PEOPLE = frozenset({"number", "text", "list", "json"})
_COMPUTED = frozenset({"formula", "lookup", "rollup", "balance", "sequence"})


@dataclass(frozen=True, slots=True)
class NodeCompiler:
    """Compiles what stands in a step of kind approve. entity: of the record that is decided about.

    organisation: key of the document that says who is above whom, "" when that is not clear.
    """

    into: FlowCompiler
    entity: EntityDraft
    organisation: str

    def node(self, item: Mapping[str, Json], at: At) -> NodeDoc | None:
        """A node; None when something of it is wrong, which is reported."""
        mode, nobody = item.get("mode", "any"), item.get("nobody", "fail")
        if not self._stands_with(item, "share", mode == "vote", 'mode = "vote"', at):
            return None
        if not self._stands_with(item, "fallback", nobody == "ask", 'nobody = "ask"', at):
            return None
        offers = frozenset(item.get("offers", ALL_VERBS))
        if "agree" not in offers:
            self.into.problem("cannot_agree", (*at, "offers"), "Approvers must be offered to agree.")
            return None
        found = [self.sources(item, key, at) for key in ("approvers", "fallback", "copies")]
        rights = self.fields(item.get("fields", ()), (*at, "fields"))
        deadlines = self._deadlines(item.get("deadlines", ()), (*at, "deadlines"))
        if None in found or rights is None or deadlines is None:
            return None
        approvers, fallback, copies = ([*(each or ())] for each in found)
        plan = NodePlan(
            uid=item["uid"], mode=mode, share=item.get("share", 100), offers=offers,
            skips_agreed=item.get("skip_agreed", False), requester=item.get("requester", "decides"), nobody=nobody,
            deadlines=deadlines, opinions=frozenset(item.get("opinions", ("reject", "return"))),
        )  # fmt: skip
        link = item.get("link", {})
        return NodeDoc(
            plan, self.into.label(item, at), tuple(approvers), tuple(fallback), rights, tuple(copies),
            link.get("hours", 0), link.get("decides", False),
        )  # fmt: skip

    def _stands_with(self, item: Mapping[str, Json], key: str, is_meant: bool, what: str, at: At) -> bool:
        """Whether a key is there exactly when it means something; reports it otherwise."""
        if is_meant and key not in item:
            self.into.problem("missing_key", at, f'The key "{key}" is missing: it stands with {what}.')
        if not is_meant and key in item:
            self.into.problem("useless_key", (*at, key), f'"{key}" means something with {what} only.')
        return is_meant == (key in item)

    def _deadlines(self, items: Json, at: At) -> tuple[Deadline, ...] | None:
        found: list[Deadline] = []
        for place, each in enumerate(items):
            here = (*at, place)
            if not self._stands_with(each, "to", each["do"] == "transfer", 'do = "transfer"', here):
                return None
            if each["do"] == "escalate" and not self._is_clear(self.organisation, here):
                return None
            to = self.sources(each, "to", here)
            if to is None:
                return None
            found.append(Deadline(timedelta(seconds=seconds(each["after"])), each["do"], to))
        return tuple(sorted(found, key=lambda each: each.after))

    # Fields

    def fields(self, items: Json, at: At) -> tuple[FieldRight, ...] | None:
        """What may be done with which fields; None when one of them is wrong."""
        found: list[FieldRight | None] = []
        for place, each in enumerate(items):
            found.append(self._field(each["field"], each.get("may", "see"), (*at, place, "field")))
        good = tuple(each for each in found if each is not None)
        paths = [each.path for each in good]
        for place, path in enumerate(paths):
            if path in paths[:place]:
                self.into.problem("repeated", (*at, place, "field"), "This field is named twice.")
        return good if len(good) == len(found) else None

    def _field(self, path: str, may: str, at: At) -> FieldRight | None:
        linker, pointer = self.into.linker, self.into.pointer(at)
        first, _, rest = path.partition(".")
        own = self.entity.field(first)
        fields: list[FieldDraft] | None
        if own is not None and own.type.name == "lines" and rest:
            lines = linker.entity_of(own.key)
            inner = linker.field(lines, rest, pointer, "path", 1) if lines is not None else None
            linker.use(pointer, own.key, "path", 0)
            fields = [own, inner] if inner is not None else None
        else:
            fields = linker.path(self.entity, path, pointer)
        if fields is None:
            return None
        if may != "see" and not self._is_own_input(fields):
            self.into.problem("read_only", at, f'"{path}" cannot be written here.', 'Set "may" to "see".')
            return None
        return FieldRight(tuple(each.key for each in fields), may)  # type: ignore[arg-type]

    def _is_own_input(self, fields: list[FieldDraft]) -> bool:
        is_own = len(fields) == 1 or fields[0].type.name == "lines"
        last = fields[-1]
        is_input = not (last.body.get("read_only") or last.body.get("capture")) and last.type.name not in _COMPUTED
        return is_own and is_input

    # People

    def sources(self, item: Mapping[str, Json], key: str, at: At) -> tuple[Source, ...] | None:
        """The ways to find people under a key, () without it; None when one of them is wrong."""
        found: list[Source | None] = []
        for place, each in enumerate(item.get(key, ())):
            compiler = next(compiler for name, compiler in _SOURCES.items() if name in each)
            found.append(compiler(self, each, (*at, key, place)))
        good = tuple(each for each in found if each is not None)
        return good if len(good) == len(found) else None

    def _users(self, item: Mapping[str, Json], at: At) -> Source | None:
        return Source("users", item["uid"], users=tuple(item["users"]))

    def _role(self, item: Mapping[str, Json], at: At) -> Source | None:
        role = self.into.named_document("role", item["role"], (*at, "role"))
        value = self.into.formula(item, "equals", at, None, REQUESTER)
        if ("attribute" in item) != ("equals" in item):
            self.into.problem("missing_key", at, '"attribute" and "equals" stand together.')
            return None
        if role is None or self.into.is_lacking(item, {"equals": value}):
            return None
        return Source("role", item["uid"], role=role.name, attribute=item.get("attribute", ""), value=value)

    def _user_field(self, item: Mapping[str, Json], at: At) -> Source | None:
        fields = self.into.linker.path(self.entity, item["field"], self.into.pointer((*at, "field")))
        if fields is None:
            return None
        if fields[-1].type.name != "user":
            self.into.problem("not_a_user", (*at, "field"), f'"{item["field"]}" is no user field.')
            return None
        return Source("field", item["uid"], path=tuple(each.key for each in fields))

    def _manager(self, item: Mapping[str, Json], at: At) -> Source | None:
        value = self.person(item, "manager", at)
        organisation = self.organisation
        if "organisation" in item:
            organisation = organisation_key(self.into, item["organisation"], (*at, "organisation"))
        elif not self._is_clear(organisation, at):
            return None
        if value is None or not organisation:
            return None
        return Source(
            "manager", item["uid"], value=value.value, levels=item.get("levels", 1), each=item.get("each", False),
            organisation=organisation,
        )  # fmt: skip

    def person(self, item: Mapping[str, Json], key: str, at: At) -> Source | None:
        """A formula that gives people; None, reported, when it gives something else."""
        value = self.into.formula(item, key, at, None, REQUESTER)
        if value is None:
            return None
        if value.type.kind not in _PEOPLE:
            message = "This must give the id or sign-in name of a user, or a list of them."
            self.into.problem("wrong_type", (*at, key), message)
            return None
        return Source("formula", str(item.get("uid", "")), value=value)

    def _formula(self, item: Mapping[str, Json], at: At) -> Source | None:
        return self.person(item, "formula", at)

    def _requester(self, item: Mapping[str, Json], at: At) -> Source | None:
        return Source("requester", item["uid"])

    def _table(self, item: Mapping[str, Json], at: At) -> Source | None:
        linker = self.into.linker
        table = self.into.named_document("table", item["table"], (*at, "table"))
        shape = linker.shape("table", item["table"])
        if table is None or shape is None:
            return None
        row = Member("row", Type("record", nullable=False, shape=shape))
        when = self.into.formula(item, "when", at, BOOLEAN, REQUESTER, row)
        column = shape.member(item["column"])
        if column is None:
            self.into.problem("unknown_column", (*at, "column"), f'There is no column "{item["column"]}".')
            return None
        linker.use(self.into.pointer((*at, "column")), column.ref, "name")
        if column.type.kind not in {"text", "number"}:
            self.into.problem("wrong_type", (*at, "column"), "A column of people holds texts, or ids of users.")
            return None
        if when is None:
            return None
        return Source(
            "table", item["uid"], table=table.key, when=when, column=column.ref,
            is_role=item.get("names", "user") == "role", first=item.get("take", "first") == "first",
        )  # fmt: skip

    def _is_clear(self, organisation: str, at: At) -> bool:
        """Whether it is known who is above whom; reports it when not."""
        if not organisation:
            message = "Nothing says who is above whom, or several documents do."
            self.into.problem("no_organisation", at, message, "Name a document of kind organisation in the step.")
        return bool(organisation)


def organisation_key(into: FlowCompiler, name: str, at: At) -> str:
    """The key of the document of that name that says who is above whom; "" and reported when there is none.

    Without a name: of the only one there is, "" when there are none or several.
    """
    if name:
        found = into.named_document("organisation", name, at)
        return found.key if found is not None else ""
    every = [each.key for each in into.linker.documents.values() if each.kind == "organisation"]
    return every[0] if len(every) == 1 else ""


_SOURCES: Mapping[str, Callable[[NodeCompiler, Mapping[str, Json], At], Source | None]] = {
    "users": NodeCompiler._users,
    "role": NodeCompiler._role,
    "field": NodeCompiler._user_field,
    "manager": NodeCompiler._manager,
    "requester": NodeCompiler._requester,
    "formula": NodeCompiler._formula,
    "table": NodeCompiler._table,
}
