"""The kind `scenario`: a test inside a package. It is checked here and run by the engine."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from tessera.errors import Json
from tessera.formula.shapes import BOOLEAN
from tessera.meta.documents import Document
from tessera.meta.drafts import EntityDraft, Unusable
from tessera.meta.kinds.base import KINDS, Kind
from tessera.meta.linker import Linker
from tessera.meta.schema import did_you_mean

_NEEDS_RECORD = frozenset({"update", "delete", "restore"})
_NEEDS_ENTITY = frozenset({"create", "upsert"})
_FACT, _ACCOUNT = ("timeline", "fact", "holder", "key"), ("ledger", "holder", "key")
_NEEDS: Mapping[str, tuple[str, ...]] = {
    **{do: ("record",) for do in _NEEDS_RECORD}, **{do: ("entity",) for do in _NEEDS_ENTITY},
    "import": ("mapping", "file"), "record_fact": _FACT, "withdraw_fact": _FACT,
    "post": (*_ACCOUNT, "move", "amount", "total"), "reverse": _ACCOUNT, "hold": (*_ACCOUNT, "amount"),
    "use_hold": _ACCOUNT, "release": _ACCOUNT, "transfer": (*_ACCOUNT, "to"), "undo_transfer": _ACCOUNT,
    "decide_review": ("timeline", "holder", "verdict"), "press": ("flow", "record"), "begin": ("flow",),
    "agree": ("who",), "reject": ("who",), "find": ("entity", "where", "as"),
}  # fmt: skip
_CORRECTION = ("ledger", "move", "amount", "total")

OWN_KINDS = frozenset({"overlay", "table", "ruleset", "timeline", "ledger", "flow", "message"})
"""Kinds of documents that a package may have for a scenario alone: they say how rules decide and what follows, not what
is kept."""


def overlaid_kind(documents: Mapping[str, Mapping[str, Json]], body: Mapping[str, Json]) -> str:
    """The kind of what a scenario's own document is: of an overlay that of the document that it changes."""
    return str(documents.get(str(body.get("of")), body)["kind"]) if body["kind"] == "overlay" else str(body["kind"])


class ScenarioKind(Kind):
    """How scenarios are checked."""

    name: ClassVar[str] = "scenario"
    phase: ClassVar[int] = 95

    def compile(self, document: Document, linker: Linker) -> Any:
        """None: the engine runs the document. Every name in it must be there."""
        check = _Check(document, linker)
        for index, each in enumerate(document.body.get("users", ())):
            check.admit(each, document.at("users", index))
        for index, each in enumerate(document.body.get("documents", ())):
            check.own_document(each, document.at("documents", index))
        for index, each in enumerate(document.body.get("given", ())):
            check.record(each, document.at("given", index))
        steps = document.body.get("steps", ())
        for index, each in enumerate(steps):
            check.step(each, document.at("steps", index))
        uids = [each["uid"] for each in steps]
        for index, each in enumerate(document.body["expect"]):
            check.expectation(each, document.at("expect", index), uids)
        linker.label(document.body, document.at())
        return None


class _Check:
    """Looks a scenario over, remembering which record is called what."""

    def __init__(self, document: Document, linker: Linker) -> None:
        self.document, self.linker = document, linker
        self.cast: dict[str, EntityDraft | None] = {}
        self.users: set[str] = set()

    def admit(self, body: Mapping[str, Json], pointer: str) -> None:
        """A user: alias and roles."""
        self._call(body["as"], None, f"{pointer}/as")
        self.users.add(body["as"])
        for index, role in enumerate(body.get("roles", ())):
            self._find("role", role, f"{pointer}/roles/{index}")

    def own_document(self, body: Mapping[str, Json], pointer: str) -> None:
        """A document for this scenario alone; what it says is checked when the scenario runs."""
        known = {key: each.body for key, each in self.linker.documents.items()}
        if body["kind"] == "overlay" and body.get("of") not in known:
            message = f'There is no document "{body.get("of")}".'
            self.linker.problem("unknown_document", f"{pointer}/of", message, did_you_mean(str(body.get("of")), known))
        elif body["kind"] not in OWN_KINDS or overlaid_kind(known, body) not in OWN_KINDS:
            message = "A scenario changes how rules decide and what follows, nothing else."
            self.linker.problem("wrong_kind", f"{pointer}/kind", message)

    def record(self, body: Mapping[str, Json], pointer: str) -> None:
        """A record that is made: its entity, fields and alias."""
        entity = self.linker.entity(body["entity"], f"{pointer}/entity")
        self.values(entity, body.get("values", {}), f"{pointer}/values")
        if "as" in body:
            self._call(body["as"], entity, f"{pointer}/as")

    def _call(self, alias: str, entity: EntityDraft | None, pointer: str) -> None:
        if alias in self.cast:
            self.linker.problem("duplicate_alias", pointer, f'"{alias}" is the name of another record already.')
        self.cast[alias] = entity

    def step(self, body: Mapping[str, Json], pointer: str) -> None:
        """A step: what its verb needs must be there."""
        do = body["do"]
        needs = _NEEDS.get(do, ()) + (_CORRECTION if body.get("verdict") == "corrected" else ())
        needed = next((key for key in needs if key not in body), "")
        if needed:
            self.linker.problem("missing_key", pointer, f'The key "{needed}" is missing for {do}.', key=needed)
            return
        if do in _NEEDS_ENTITY:
            self.record(body, pointer)
        elif do in _NEEDS_RECORD:
            self.values(self.called(body["record"], f"{pointer}/record"), body.get("values", {}), f"{pointer}/values")
        elif do == "import":
            self._find("mapping", body["mapping"], f"{pointer}/mapping")
        else:
            self._flow_step(do, body, pointer)
        self._books(body, pointer)
        self._acting(body, pointer)

    def _acting(self, body: Mapping[str, Json], pointer: str) -> None:
        """Who does it, or looks."""
        if "by" in body:
            self._find("role", body["by"], f"{pointer}/by")
        if "who" in body:
            self._user(body["who"], f"{pointer}/who")

    def _user(self, alias: str, pointer: str) -> None:
        if alias not in self.users:
            self.linker.problem("unknown_alias", pointer, f'No user is called "{alias}" here.')

    def _flow_step(self, do: str, body: Mapping[str, Json], pointer: str) -> None:
        """What a step does with flows."""
        if do == "find":
            entity = self.linker.entity(body["entity"], f"{pointer}/entity")
            if entity is not None:
                self.linker.formula(body["where"], self.linker.scope(entity), f"{pointer}/where", BOOLEAN)
            self._call(body["as"], entity, f"{pointer}/as")
        if "flow" in body:
            self._find("flow", body["flow"], f"{pointer}/flow")
        if "record" in body:
            self.called(body["record"], f"{pointer}/record")
        if "fact" not in body:
            for name, value in body.get("values", {}).items():
                self._aliases(value, f"{pointer}/values/{name}")

    def _listed(self, body: Mapping[str, Json], pointer: str) -> None:
        """What is expected of flows: names, and aliases in the rows."""
        for key, kind in (("runs", "flow"), ("tasks", "flow"), ("messages", "message")):
            if key in body:
                self._find(kind, body[key], f"{pointer}/{key}")
        if "rows" not in body or not {"runs", "tasks", "messages"} & body.keys():
            return
        for index, row in enumerate(body["rows"]):
            for key in ("record", "to"):
                if key in row:
                    self.called(row[key], f"{pointer}/rows/{index}/{key}")
            if "who" in row:
                self._user(row["who"], f"{pointer}/rows/{index}/who")

    def _books(self, body: Mapping[str, Json], pointer: str) -> None:
        """Accounts and timelines that a step or an expectation names."""
        for key in ("holder", "to"):
            if key in body:
                self.called(body[key], f"{pointer}/{key}")
        for index, alias in enumerate(body.get("beside", ())):
            self.called(alias, f"{pointer}/beside/{index}")
        if "ledger" in body:
            self._find("ledger", body["ledger"], f"{pointer}/ledger")
        if "timeline" in body:
            self._find("timeline", body["timeline"], f"{pointer}/timeline")
        if "fact" in body:
            for name, value in body.get("values", {}).items():
                self._aliases(value, f"{pointer}/values/{name}")

    def called(self, alias: str, pointer: str) -> EntityDraft | None:
        """The entity of a record by alias; reports an unknown one."""
        if alias not in self.cast:
            hint = did_you_mean(alias, self.cast)
            self.linker.problem("unknown_alias", pointer, f'No record is called "{alias}" here.', hint)
        return self.cast.get(alias)

    def values(self, entity: EntityDraft | None, values: Mapping[str, Json], pointer: str) -> None:
        """Values by field name: the fields must be there, and the aliases in them."""
        for name, value in values.items():
            place = f"{pointer}/{name}"
            field = self.linker.field(entity, name, place, "key") if entity is not None and not _is_own(name) else None
            self._aliases(value, place)
            lines = self.linker.entity_of(field.key) if field is not None else None
            for index, line in enumerate(value if lines is not None and isinstance(value, list) else ()):
                if isinstance(line, Mapping):
                    self.values(lines, line, f"{place}/{index}")

    def _aliases(self, value: Json, pointer: str) -> None:
        if isinstance(value, str) and value.startswith("@") and not value.startswith("@@"):
            self.called(value[1:], pointer)

    def _find(self, kind: str, name: str, pointer: str) -> None:
        try:
            self.linker.find(kind, name, pointer)
        except Unusable:
            return

    def expectation(self, body: Mapping[str, Json], pointer: str, steps: list[str]) -> None:
        """What is expected: of which record, after which step, in which ledger."""
        if "after" in body and body["after"] not in steps:
            self.linker.problem("unknown_step", f"{pointer}/after", f'There is no step "{body["after"]}".')
        self._books(body, pointer)
        self._listed(body, pointer)
        for key in ("record", "of", "decision"):
            if key in body:
                entity = self.called(body[key], f"{pointer}/{key}")
                if key == "record":
                    self.values(entity, body.get("values", {}), f"{pointer}/values")
        self._acting(body, pointer)
        for key in ("balance", "movements", "lots"):
            if key in body:
                self._find("ledger", body[key], f"{pointer}/{key}")
        for key in ("state", "reviews"):
            if key in body and "hold" not in body:
                self._find("timeline", body[key], f"{pointer}/{key}")
        if "count" in body:
            entity = self.linker.entity(body["entity"], f"{pointer}/entity")
            if entity is not None and "where" in body:
                self.linker.formula(body["where"], self.linker.scope(entity), f"{pointer}/where", BOOLEAN)


def _is_own(name: str) -> bool:
    """Names of what a record has for itself may be expected too."""
    return name in {"id", "ref", "version", "place"}


KINDS.add("scenario", ScenarioKind())
