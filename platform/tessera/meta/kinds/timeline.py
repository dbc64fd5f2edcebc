"""The kind `timeline`: moments, their order, and the state that rules fold along them."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from zoneinfo import available_timezones

from tessera.errors import Json
from tessera.formula import Formula
from tessera.formula.shapes import BOOLEAN, TEXT, Member, Scope, StaticShape, Type
from tessera.meta.documents import Document
from tessera.meta.drafts import EntityDraft, Unusable
from tessera.meta.kinds.base import KINDS, Kind
from tessera.meta.linker import Linker
from tessera.meta.rule_scope import NOTHING, VALUE_TYPES, PureFormulas, scope_of, title_of
from tessera.meta.rules import DueDef, FactDef, LedgerDoc, MomentDef, StateDef, TimelineDoc
from tessera.meta.schema import did_you_mean

_SAY_WHICH = "Give it a reference to each entity that the ledger has besides its holder."


class TimelineKind(Kind):
    """How timelines are understood."""

    name = "timeline"
    phase = 40

    def compile(self, document: Document, linker: Linker) -> TimelineDoc | None:
        """The timeline; reports everything that is wrong with it."""
        return _Compiler(document, linker).timeline()


def state_members(timeline: TimelineDoc) -> list[Member]:
    """The state as rules see it."""
    return [Member(each.name, each.type) for each in timeline.state]


class _Compiler:
    def __init__(self, document: Document, linker: Linker) -> None:
        self.document = document
        self.body = document.body
        self.linker = linker
        self.pure = PureFormulas(linker)
        self.beside: frozenset[str] = frozenset()

    def timeline(self) -> TimelineDoc | None:
        body, document, linker = self.body, self.document, self.linker
        entity = linker.entity(str(body["per"]), document.at("per"))
        self._check_zone()
        if entity is None:
            return None
        self._check_alone(entity)
        ledgers = [each for each in linker.parts().get("ledger", {}).values() if each and each.per == entity.key]
        state = self._state()
        self._check_runs()
        self.beside = frozenset(key for each in ledgers for key in each.beside)
        for each in ledgers:
            self._check_facts(each)
        within = body.get("replay_within")
        moments = self._moments(entity)
        return TimelineDoc(
            key=document.key,
            uid=document.uid,
            name=document.name,
            label=linker.label(body, document.at()),
            per=entity.key,
            zone=str(body["zone"]),
            is_pinned=body.get("history") == "pinned",
            replay_within_days=int(within[1:-1]) if within else None,
            moments=moments,
            state=state,
            due=self._due(state, ledgers),
            facts=self._facts(),
            is_ranked="MOMENT()" in body.get("order", ("MOMENT()",)),
            ledgers=tuple(sorted(each.name for each in ledgers)),
            refs=frozenset(self.pure.refs),
            aliases=tuple(body.get("aliases", ())),
        )

    def _check_zone(self) -> None:
        if self.body["zone"] not in available_timezones():
            message = f'There is no time zone "{self.body["zone"]}".'
            self.linker.problem("unknown_zone", self.document.at("zone"), message)

    def _check_runs(self) -> None:
        for part in ("moments", "due", "facts"):
            for place, each in enumerate(self.body.get(part, ())):
                with suppress(Unusable):
                    self.linker.find("ruleset", each["run"], self.document.at(part, place, "run"))

    def _check_facts(self, ledger: LedgerDoc) -> None:
        """The facts that a ledger's holds and transfers record are facts of this timeline, with an amount."""
        known = {each["name"]: each for each in self.body.get("facts", ())}
        wanted = (("holds", "fact", ledger.hold_fact), ("transfers", "take", ledger.take_fact),
                  ("transfers", "give", ledger.give_fact))
        for part, key, name in wanted:
            pointer = self.linker.documents[ledger.key].at(part, key)
            if name and name not in known:
                message = f'The timeline "{self.document.name}" has no fact "{name}".'
                self.linker.problem("unknown_fact", pointer, message, did_you_mean(name, known))
            elif name and ("amount", "number") not in {(one["name"], one["type"]) for one in known[name]["fields"]}:
                self.linker.problem("no_amount", pointer, f'The fact "{name}" has no number "amount".')
            elif name and not set(ledger.beside) <= set(self._beside_of_fact(known[name])):
                message = f'The fact "{name}" does not say which account of "{ledger.name}" is meant.'
                self.linker.problem("no_account", pointer, message, _SAY_WHICH)

    def _check_alone(self, entity: EntityDraft) -> None:
        for each in self.linker.parts().get("timeline", {}).values():
            if each is not None and each.per == entity.key:
                message = f'"{entity.name}" has the timeline "{each.name}" already.'
                hint = "Add your moments to that one."
                self.linker.problem("second_timeline", self.document.at("per"), message, hint)

    def _state(self) -> tuple[StateDef, ...]:
        found: list[StateDef] = []
        scope = scope_of(NOTHING, self.linker)
        for place, each in enumerate(self.body.get("state", ())):
            pointer = self.document.at("state", place)
            initial = self._initial(each, scope, f"{pointer}/initial")
            if initial is None and "type" not in each:
                if "initial" not in each:
                    self.linker.problem("missing_key", pointer, 'It needs a "type" or an "initial" value.')
                continue
            declared = VALUE_TYPES[each["type"]] if "type" in each else None
            type_ = _kept(declared or initial.type)  # type: ignore[union-attr]
            found.append(StateDef(each["uid"], each["name"], type_, initial, self._table_of(type_)))
        return tuple(found)

    def _initial(self, each: Json, scope: Scope, pointer: str) -> Formula | None:
        expect = VALUE_TYPES.get(each.get("type"))
        return self.pure.formula(each["initial"], scope, pointer, expect) if "initial" in each else None

    def _table_of(self, type_: Type) -> str:
        document = self.linker.documents.get(type_.shape.key) if type_.shape is not None else None
        return document.name if document is not None and document.kind == "table" else ""

    def _moments(self, holder: EntityDraft) -> tuple[MomentDef, ...]:
        found = []
        for place, each in enumerate(self.body["moments"]):
            moment = self._moment(each, place, holder)
            if moment is not None:
                found.append(moment)
        return tuple(found)

    def _moment(self, each: Json, place: int, holder: EntityDraft) -> MomentDef | None:
        at = self.document.at
        entity = self.linker.entity(each["of"], at("moments", place, "of"))
        if entity is None:
            return None
        field = self.linker.field(entity, each["holder"], at("moments", place, "holder"))
        if field is not None and (field.type.name != "reference" or field.options.get("to") != holder.name):
            message = f'"{each["holder"]}" does not refer to "{holder.name}".'
            self.linker.problem("not_a_reference", at("moments", place, "holder"), message)
            field = None
        scope = scope_of(entity.shape, self.linker)
        instant = self.pure.formula(each["at"], scope, at("moments", place, "at"))
        if instant is not None and instant.type.kind not in {"datetime", "date"}:
            message = "When it happened must be an instant or a day."
            self.linker.problem("wrong_type", at("moments", place, "at"), message)
        where = None
        if "when" in each:
            where = self.pure.formula(each["when"], scope, at("moments", place, "when"), BOOLEAN)
        key = self._key(entity, scope)
        if field is None or instant is None or key is None:
            return None
        beside = self._beside(each, place, entity)
        return MomentDef(
            each["uid"], entity.key, entity.name, field.name, instant, key, each["run"], place, where, beside
        )

    def _beside(self, each: Json, place: int, entity: EntityDraft) -> Mapping[str, str]:
        """The fields of a document that say which account of a ledger with several holders is meant."""
        names = self.linker.names
        targets = {one.name: names.get(("entity", str(one.options.get("to")))) for one in entity.fields
                   if one.type.name == "reference"}
        found: dict[str, str] = {}
        for i, name in enumerate(each.get("beside", ())):
            pointer = self.document.at("moments", place, "beside", i)
            field = self.linker.field(entity, name, pointer)
            target = targets.get(field.name) if field is not None else None
            if field is not None and target not in self.beside:
                self.linker.problem("no_account", pointer, f'No ledger here has accounts by what "{name}" refers to.')
            elif field is not None and target is not None:
                found[target] = field.name
        for target in self.beside - set(found):
            fields = [name for name, to in targets.items() if to == target]
            if len(fields) == 1:
                found[target] = fields[0]
        self.pure.refs |= {known.key for name in found.values() if (known := entity.field(name)) is not None}
        return found

    def _key(self, entity: EntityDraft, scope: Scope) -> tuple[Formula, ...] | None:
        order = self.body.get("order")
        if order is None:
            names = entity.document.body.get("business_key") or ()
            texts = [(name, self.document.at("moments")) for name in names]
            if not texts:
                message = f'"{entity.name}" has no business key, so its order must be stated.'
                self.linker.problem("missing_key", self.document.at(), message, 'Add "order".')
        else:
            texts = [(text, self.document.at("order", i)) for i, text in enumerate(order) if i and text != "MOMENT()"]
            if order[0] != "at" or not texts:
                message = 'The order begins with "at" and ends with a text that is unique.'
                self.linker.problem("bad_order", self.document.at("order"), message)
        found = [self.pure.formula(text, scope, pointer, TEXT) for text, pointer in texts]
        return tuple(each for each in found if each is not None) if found and None not in found else None

    def _due(self, state: tuple[StateDef, ...], ledgers: list[LedgerDoc]) -> tuple[DueDef, ...]:
        members = [Member(each.name, each.type) for each in state]
        members += ledger_members(self.linker, [each.name for each in ledgers if not each.beside])
        scope = scope_of(NOTHING, self.linker, members)
        found = []
        for place, each in enumerate(self.body.get("due", ())):
            at = self.pure.formula(each["at"], scope, self.document.at("due", place, "at"))
            if at is not None and at.type.kind not in {"datetime", "date", "blank"}:
                message = "It must be an instant or a day."
                self.linker.problem("wrong_type", self.document.at("due", place, "at"), message)
            elif at is not None:
                found.append(DueDef(each["uid"], each["name"], at, each["run"]))
        return tuple(found)

    def _facts(self) -> tuple[FactDef, ...]:
        found = []
        for place, each in enumerate(self.body.get("facts", ())):
            members = [self._fact_member(one, ("facts", place, "fields", i)) for i, one in enumerate(each["fields"])]
            shape = StaticShape("", tuple(one for one in members if one is not None))
            found.append(FactDef(each["uid"], each["name"], shape, each["run"], self._beside_of_fact(each)))
        return tuple(found)

    def _fact_member(self, each: Json, at: tuple[object, ...]) -> Member | None:
        if (each["type"] == "reference") != ("to" in each):
            message = "It says where it leads exactly when it is a reference."
            self.linker.problem("missing_key", self.document.at(*at), message, key="to")
            return None
        if each["type"] != "reference":
            return Member(each["name"], VALUE_TYPES[each["type"]])
        entity = self.linker.entity(each["to"], self.document.at(*at, "to"))
        return Member(each["name"], record_of(entity.key)) if entity is not None else None

    def _beside_of_fact(self, each: Json) -> Mapping[str, str]:
        found: dict[str, str] = {}
        for one in each["fields"]:
            target = self.linker.names.get(("entity", str(one.get("to"))))
            if target in self.beside:
                found.setdefault(target, one["name"])
        return found


def record_of(entity: str) -> Type:
    """A record that only its id is known of."""
    return Type("record", nullable=True, shape=StaticShape(entity, ()))


def ledger_members(linker: Linker, names: list[str]) -> list[Member]:
    """Accounts as rules see them."""
    found = []
    for name in names:
        shape = linker.shape("ledger", name)
        if shape is not None:
            document = linker.documents.get(shape.key)
            title = title_of(linker, document) if document is not None else ("", "")
            found.append(Member(name, Type("record", nullable=False, shape=shape), shape.key, title=title))
    return found


def _kept(type_: Type) -> Type:
    """The type of a value that rules may set to anything of the same kind."""
    if type_.kind == "number":
        return replace(type_, nullable=True, integer=False, scale=None)
    return type_ if type_.kind == "boolean" else type_.optional()


KINDS.add("timeline", TimelineKind())
