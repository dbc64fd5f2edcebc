"""What the documents of kind ledger, timeline and ruleset mean, once compiled: frozen, with typed formulas.

Names point to other documents by name; keys are stable. The engine makes closures from these.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal, TypeAlias

from tessera.formula import Formula
from tessera.formula.shapes import Member, StaticShape, Type
from tessera.meta.model import EMPTY, Label

Combine: TypeAlias = Literal["max", "min", "sum", "product", "first", "best", "bonus_sum"]
Method: TypeAlias = Literal["cumulative_floor", "largest_remainder"]
Move: TypeAlias = Literal["grant", "take", "restore", "extend", "freeze", "unfreeze"]
MonthDay: TypeAlias = tuple[int, int]

NO_LABEL = Label()

FIGURES = ("balance", "debt", "available", "pending", "open_lots")
"""What a formula may read of a holder's account, besides its totals."""


@dataclass(frozen=True, slots=True)
class LedgerDoc:
    """A book in one unit.

    per: key of the entity whose records hold the accounts. beside: keys of further ones, where each combination of
    them has an account of its own. scale: decimal places of its smallest unit. has_lots:
    units are kept in lots with a last day. by_expiry: the queue takes the lots that end first, else the oldest.
    settles: a grant pays debts first. floor: lowest balance that a take may leave, None without limit.
    hold_fact, take_fact, give_fact: names of the facts that holds and transfers record, "" for a posting without rules.
    hold_s: how long a hold lasts at most. undo_s: how long a transfer can be undone, None for always.
    """

    key: str
    uid: str
    name: str
    label: Label
    per: str
    beside: tuple[str, ...] = ()
    scale: int = 0
    has_lots: bool = False
    by_expiry: bool = False
    settles: bool = True
    floor: Decimal | None = None
    hold_fact: str = ""
    hold_s: int = 86_400
    take_fact: str = ""
    give_fact: str = ""
    undo_s: int | None = None
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MomentDef:
    """Documents of an entity as moments. of: its key; holder: name of the reference field to the holder.

    at: the business instant (a date counts from its first second). where: which of them take part. run: ruleset.
    key: the last key of the order, unique among the documents. rank: its place in the list. beside: name of the field
    that refers to another entity by which accounts are kept, by that entity's key.
    """

    uid: str
    of: str
    entity: str
    holder: str
    at: Formula
    key: tuple[Formula, ...]
    run: str
    rank: int
    where: Formula | None = None
    beside: Mapping[str, str] = field(default_factory=lambda: EMPTY)


@dataclass(frozen=True, slots=True)
class StateDef:
    """A named value folded along the line, and what it is at the beginning."""

    uid: str
    name: str
    type: Type
    initial: Formula | None = None
    table: str = ""  # name of the table that its records are rows of


@dataclass(frozen=True, slots=True)
class DueDef:
    """A moment that the state calls for. at: its day (from its first second) or instant, blank for none."""

    uid: str
    name: str
    at: Formula
    run: str


@dataclass(frozen=True, slots=True)
class FactDef:
    """Something that the outside did, recorded with values of these names. beside: as of a MomentDef."""

    uid: str
    name: str
    fields: StaticShape
    run: str
    beside: Mapping[str, str] = field(default_factory=lambda: EMPTY)


@dataclass(frozen=True, slots=True)
class TimelineDoc:
    """A holder's history in total order. per: key of the holder entity.

    is_ranked: MOMENT() is the second key of the order. replay_within_days: older changes are taken under the pinned
    reading, None without limit. ledgers: names of the ledgers of the same holders.
    """

    key: str
    uid: str
    name: str
    label: Label
    per: str
    zone: str
    is_pinned: bool
    replay_within_days: int | None
    moments: tuple[MomentDef, ...]
    state: tuple[StateDef, ...]
    due: tuple[DueDef, ...] = ()
    facts: tuple[FactDef, ...] = ()
    is_ranked: bool = True
    ledgers: tuple[str, ...] = ()
    refs: frozenset[str] = frozenset()
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LetStep:
    """Names a value, or with over one for each line. pin: its first value becomes a fact."""

    uid: str
    name: str
    value: Formula
    over: str = ""
    pin: Literal["", "first", "best"] = ""


@dataclass(frozen=True, slots=True)
class SetStep:
    """Changes a named value of the state."""

    uid: str
    name: str
    value: Formula


@dataclass(frozen=True, slots=True)
class FactorRow:
    """One row of a factor. yearly: first and last (month, day), perhaps over New Year. starts_on, ends_on: validity.

    is_off: switched off, it never counts.
    """

    uid: str
    value: Formula
    when: Formula | None = None
    audience: Formula | None = None
    cap: Formula | None = None
    yearly: tuple[MonthDay, MonthDay] | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    label: Label = NO_LABEL
    is_off: bool = False


@dataclass(frozen=True, slots=True)
class FactorStep:
    """A group of rows, and how those that apply are combined; default when none does."""

    uid: str
    name: str
    combine: Combine
    default: Formula
    rows: tuple[FactorRow, ...]
    over: str = ""
    cap: Formula | None = None


@dataclass(frozen=True, slots=True)
class SpreadStep:
    """Spreads a total in whole units over lines by weight, into a value of each."""

    uid: str
    total: Formula
    unit: Decimal
    over: str
    by: Formula
    method: Method
    into: str


@dataclass(frozen=True, slots=True)
class PostStep:
    """Posts to a ledger of the holder. name: the total under which it counts. sources: where a take looks, in turn.

    beside: by keys of entities whose record is meant, where it is not the document's own.
    """

    uid: str
    ledger: str
    move: Move
    name: str
    amount: Formula | None = None
    sources: tuple[str, ...] = ()
    rest: Literal["refuse", "write_off", "review"] = "refuse"
    origin: Formula | None = None
    lot: str = ""
    expires_on: Formula | None = None
    available_from: Formula | None = None
    if_expired: str = "waive"
    debt_limit: Formula | None = None
    where: Formula | None = None
    take: str = ""
    pin: Literal["", "first", "best"] = ""
    beside: Mapping[str, Formula] = field(default_factory=lambda: EMPTY)


@dataclass(frozen=True, slots=True)
class MatchStep:
    """Pairs units of the document's lines with earlier lines. document: names the one document, for that preference."""

    uid: str
    units: Formula
    of: str
    entity: str
    lines: str
    capacity: str
    on: tuple[str, ...]
    prefer: Literal["latest", "oldest", "document"]
    into: str
    filled: str
    document: Formula | None = None
    document_field: str = ""


@dataclass(frozen=True, slots=True)
class EachStep:
    """Repeats steps for the members of a list, in its order."""

    uid: str
    name: str
    items: Formula
    do: tuple[Step, ...]
    where: Formula | None = None


@dataclass(frozen=True, slots=True)
class WhenStep:
    """Runs steps only when a condition holds, else others."""

    uid: str
    test: Formula
    do: tuple[Step, ...]
    otherwise: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class StopStep:
    """Refuses the document, or asks for a review of it, when a condition holds."""

    uid: str
    kind: Literal["refuse", "review"]
    test: Formula | None
    message: Label


Step: TypeAlias = LetStep | SetStep | FactorStep | SpreadStep | PostStep | MatchStep | EachStep | WhenStep | StopStep


@dataclass(frozen=True, slots=True)
class RulesetDoc:
    """Ordered steps for a moment of a timeline.

    timeline: its name. entity: key of the document's entity, "" for due moments and facts. rejects: a failing rule
    refuses the write instead of parking the document. refs: keys of the fields that its formulas read.
    line_values: for each lines field, the names of the values that the steps give its lines, in order.
    """

    key: str
    uid: str
    name: str
    label: Label
    timeline: str
    entity: str
    rejects: bool
    steps: tuple[Step, ...]
    refs: frozenset[str] = frozenset()
    line_values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    line_members: Mapping[str, tuple[Member, ...]] = field(default_factory=dict, compare=False, repr=False)
    aliases: tuple[str, ...] = ()
