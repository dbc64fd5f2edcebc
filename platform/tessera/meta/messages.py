"""What a document of kind message means, once compiled: frozen, with typed formulas and templates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import time
from typing import Literal, TypeAlias

from tessera.formula import Formula
from tessera.formula.shapes import Member
from tessera.meta.model import EMPTY, Label
from tessera.meta.templates import Template

Category: TypeAlias = Literal["service", "marketing"]
CATEGORIES: tuple[Category, ...] = ("service", "marketing")
PRIORITIES: Mapping[str, int] = {"high": 0, "normal": 1, "low": 2}
"""Lower ones go first."""


@dataclass(frozen=True, slots=True)
class Quiet:
    """Hours in which nobody is disturbed: from begins to ends, over midnight too. is_dropped: not postponed."""

    begins: time
    ends: time
    is_dropped: bool = False


@dataclass(frozen=True, slots=True)
class Cap:
    """At most so many messages of a group to one person within so many days. is_postponed: not dropped."""

    group: str
    most: int
    days: int
    is_postponed: bool = False


@dataclass(frozen=True, slots=True)
class Dedupe:
    """A key that one person gets once within so many seconds, whatever message brings it."""

    key: Formula
    within_s: int


@dataclass(frozen=True, slots=True)
class Merge:
    """Notices to one person that wait for each other and go out as one. by: only those with the same value."""

    wait_s: int
    by: Formula | None = None
    most: int = 100


@dataclass(frozen=True, slots=True)
class TextDoc:
    """A text in a language, for one channel or for all (""). item: of each notice of a merged message."""

    uid: str
    language: str
    channel: str
    subject: Template | None
    text: Template
    item: Template | None = None
    parts: Mapping[str, Template] = field(default_factory=lambda: EMPTY)

    def templates(self) -> Iterator[Template]:
        """Its texts, those of items left out."""
        yield self.text
        if self.subject is not None:
            yield self.subject
        yield from self.parts.values()


@dataclass(frozen=True, slots=True)
class MessageDoc:
    """A message.

    entity: key of the entity that it is about, "" for none. to: path from there to its recipient, () for the record
    itself; to_entity: key of the recipient's entity, "" for a user. group: name of a group that gets it. values: what
    its sender gives. channels: in the order in which they are tried; is_all: each of them. until: after that it is not
    sent any more. is_forgotten: its text is not kept.
    """

    key: str
    uid: str
    name: str
    label: Label
    entity: str
    to: tuple[str, ...]
    to_entity: str
    group: str
    values: tuple[Member, ...]
    required: frozenset[str]
    category: Category
    needs_consent: bool
    channels: tuple[str, ...]
    is_all: bool
    priority: int
    at_most_once: bool
    quiet: Quiet | None
    cap: Cap | None
    dedupe: Dedupe | None
    merge: Merge | None
    until: Formula | None
    is_forgotten: bool
    texts: tuple[TextDoc, ...]
    aliases: tuple[str, ...] = ()

    def text_for(self, channel: str, language: str) -> TextDoc:
        """The text for a channel in a language: the channel's own before that for all, the language before that."""
        ranked = sorted(
            (each for each in self.texts if each.channel in ("", channel)),
            key=lambda each: (each.language != language, each.channel != channel),
        )
        return ranked[0]

    def formulas(self) -> Iterator[Formula]:
        """Formulas that are worked out when it is sent."""
        if self.dedupe is not None:
            yield self.dedupe.key
        if self.merge is not None and self.merge.by is not None:
            yield self.merge.by
        if self.until is not None:
            yield self.until
