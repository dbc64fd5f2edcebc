"""The kind `message`: what a person is told, in which words, by which ways and when."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import time
from typing import ClassVar

from tessera.errors import Json
from tessera.formula import Formula
from tessera.formula.shapes import TEXT, Member, Scope, StaticShape, Type
from tessera.meta.channels import CHANNEL_KINDS, ChannelKind
from tessera.meta.documents import Document
from tessera.meta.drafts import EntityDraft
from tessera.meta.flows import seconds
from tessera.meta.kinds.base import KINDS, Kind
from tessera.meta.linker import WORKFLOW_OFFERS, Linker
from tessera.meta.message_texts import TextCompiler
from tessera.meta.messages import PRIORITIES, Cap, Dedupe, Merge, MessageDoc, Quiet, TextDoc
from tessera.meta.model import EMPTY
from tessera.meta.rule_scope import NOTHING, VALUE_TYPES
from tessera.meta.schema import did_you_mean

TAKEN = frozenset({"record", "to", "recipient", "items"})
"""Names that mean something in every message; no value may take them."""

_KEYS = frozenset({"text", "number", "date", "datetime", "boolean"})


class MessageKind(Kind):
    """How messages are understood."""

    name: ClassVar[str] = "message"
    phase: ClassVar[int] = 50

    def compile(self, document: Document, linker: Linker) -> MessageDoc | None:
        """The message; reports everything that is wrong with it."""
        return _Message(document, linker).compiled()


@dataclass
class _Message:
    document: Document
    linker: Linker
    roots: dict[str, EntityDraft] = field(default_factory=dict)

    @property
    def body(self) -> Mapping[str, Json]:
        return self.document.body

    def compiled(self) -> MessageDoc | None:
        body, document, linker = self.body, self.document, self.linker
        entity = linker.entity(body["entity"], document.at("entity")) if "entity" in body else None
        if entity is not None and entity.parent is not None:
            linker.problem("unknown_entity", document.at("entity"), f'"{entity.name}" are lines.')
        if entity is None and "entity" in body:
            return None
        if entity is not None:
            self.roots["record"] = entity
        to = self._to(entity)
        values = tuple(self._values())
        scope = Scope(NOTHING, EMPTY, WORKFLOW_OFFERS).plus(*self._givens(), *values)
        channels = self._channels()
        label = linker.label(body, document.at())
        merge, dedupe, until = self._merge(scope), self._dedupe(scope), self._until(scope)
        texts = self._texts(scope, values, channels)
        quiet, cap = self._quiet(), self._cap()
        if not linker.is_sound(document) or not texts:
            return None
        needs_consent = body.get("consent", "required" if body.get("category") == "marketing" else "assumed")
        return MessageDoc(
            key=document.key, uid=document.uid, name=document.name, label=label,
            entity=entity.key if entity is not None else "", to=to,
            to_entity=self.roots["to"].key if "to" in self.roots else "", group=body.get("group", ""), values=values,
            required=frozenset(each["name"] for each in body.get("values", ()) if each.get("required")),
            category=body.get("category", "service"), needs_consent=needs_consent == "required",
            channels=tuple(body["channels"]), is_all=body.get("deliver") == "all",
            priority=PRIORITIES[body.get("priority", "normal")], at_most_once=body.get("at_most_once", False),
            quiet=quiet, cap=cap, dedupe=dedupe, merge=merge, until=until,
            is_forgotten=body.get("keep") == "forget", texts=texts, aliases=tuple(body.get("aliases", ())),
        )

    def _to(self, entity: EntityDraft | None) -> tuple[str, ...]:
        """The path to the recipient; whose record it is becomes the root `to`."""
        if entity is not None and "to" not in self.body:
            self.roots["to"] = entity
        if "to" not in self.body:
            return ()
        pointer = self.document.at("to")
        if entity is None:
            self.linker.problem("missing_key", self.document.at(), 'The key "entity" is missing.', key="entity")
            return ()
        found = self.linker.path(entity, self.body["to"], pointer)
        if found is None:
            return ()
        last = found[-1]
        if last.type.name == "reference":
            target = self.linker.entity_of(self.linker.names.get(("entity", str(last.options.get("to"))), ""))
            if target is not None:
                self.roots["to"] = target
        elif last.type.name != "user":
            message = f'"{last.name}" is neither a reference nor a user field.'
            self.linker.problem("not_a_reference", pointer, message)
        return tuple(each.name for each in found)

    def _givens(self) -> Iterator[Member]:
        yield Member("recipient", TEXT)
        for name, draft in self.roots.items():
            yield Member(name, Type("record", nullable=True, shape=draft.shape))

    def _values(self) -> Iterator[Member]:
        seen: set[str] = set()
        for place, each in enumerate(self.body.get("values", ())):
            pointer = self.document.at("values", place, "name")
            if each["name"] in TAKEN or each["name"] in seen:
                self.linker.problem("duplicate_name", pointer, f'"{each["name"]}" is taken.')
                continue
            seen.add(each["name"])
            self.linker.label(each, self.document.at("values", place))
            yield Member(each["name"], VALUE_TYPES[each["type"]], f"{self.document.key}.{each['uid']}")

    def _channels(self) -> list[ChannelKind]:
        found = []
        for place, name in enumerate(self.body["channels"]):
            kind = self._channel(name, "channels", place)
            found += [kind] if kind is not None else []
        return found

    def _channel(self, name: str, *steps: object) -> ChannelKind | None:
        kind = CHANNEL_KINDS.get(name)
        if kind is None:
            message, hint = f'There is no channel "{name}".', did_you_mean(name, CHANNEL_KINDS)
            self.linker.problem("unknown_channel", self.document.at(*steps), message, hint, name=name)
        return kind

    def _formula(self, scope: Scope, *steps: str) -> Formula | None:
        text: Json = self.body
        for step in steps:
            text = text[step]
        return self.linker.formula(text, scope, self.document.at(*steps))

    def _scalar(self, found: Formula | None, *steps: str) -> Formula | None:
        if found is not None and found.type.kind not in _KEYS:
            self.linker.problem("wrong_type", self.document.at(*steps), "A key is one value.")
        return found

    def _dedupe(self, scope: Scope) -> Dedupe | None:
        if "dedupe" not in self.body:
            return None
        key = self._scalar(self._formula(scope, "dedupe", "key"), "dedupe", "key")
        return None if key is None else Dedupe(key, seconds(self.body["dedupe"]["within"]))

    def _merge(self, scope: Scope) -> Merge | None:
        body = self.body.get("merge")
        if body is None:
            return None
        by = self._scalar(self._formula(scope, "merge", "by"), "merge", "by") if "by" in body else None
        return Merge(seconds(body["wait"]), by, body.get("most", 100))

    def _until(self, scope: Scope) -> Formula | None:
        if "until" not in self.body:
            return None
        found = self._formula(scope, "until")
        if found is not None and found.type.kind not in ("date", "datetime"):
            self.linker.problem("wrong_type", self.document.at("until"), "This must give a day or an instant.")
        return found

    def _quiet(self) -> Quiet | None:
        body = self.body.get("quiet", {})
        if ("from" in body) != ("to" in body):
            key = "to" if "from" in body else "from"
            self.linker.problem("missing_key", self.document.at("quiet"), f'The key "{key}" is missing.', key=key)
            return None
        if body.get("policy") == "ignore":
            return Quiet(time(0), time(0))
        if "from" not in body:
            return None
        begins, ends = time.fromisoformat(body["from"]), time.fromisoformat(body["to"])
        if begins == ends:
            self.linker.problem("bad_range", self.document.at("quiet", "to"), "These hours have no length.")
        return Quiet(begins, ends, body.get("policy") == "drop")

    def _cap(self) -> Cap | None:
        body = self.body.get("cap")
        if body is None:
            return None
        return Cap(body["group"], body["most"], body["days"], body.get("policy") == "postpone")

    def _texts(self, scope: Scope, values: tuple[Member, ...], channels: list[ChannelKind]) -> tuple[TextDoc, ...]:
        extras: list[Member] = []
        if "merge" in self.body:
            shape = StaticShape(f"{self.document.key}.items", values)
            extras.append(Member("items", Type("list", nullable=False, shape=shape)))
        compiler = TextCompiler(self.linker, scope.plus(*extras), scope, self.roots, "merge" in self.body)
        found: list[TextDoc] = []
        seen: set[tuple[str, str]] = set()
        for place, each in enumerate(self.body["texts"]):
            kinds = channels
            if "channel" in each:
                kind = self._channel(each["channel"], "texts", place, "channel")
                kinds = [kind] if kind is not None else []
                if kind is not None and kind not in channels:
                    at = self.document.at("texts", place, "channel")
                    self.linker.problem("unused_text", at, f'"{kind.name}" is not among the channels of this message.')
            key = (each["language"], each.get("channel", ""))
            if key in seen:
                self.linker.problem("duplicate_text", self.document.at("texts", place), "There is such a text already.")
            seen.add(key)
            text = compiler.text(each, self.document.at("texts", place), kinds)
            found += [text] if text is not None else []
        self._ensure_texts(seen, channels)
        return tuple(found)

    def _ensure_texts(self, seen: set[tuple[str, str]], channels: list[ChannelKind]) -> None:
        """Every channel has a text in both languages."""
        for kind in channels:
            for language in ("zh", "en"):
                if (language, "") not in seen and (language, kind.name) not in seen:
                    message = f'There is no text in "{language}" for the channel "{kind.name}".'
                    self.linker.problem("missing_language", self.document.at("texts"), message, language=language)


KINDS.add("message", MessageKind())
