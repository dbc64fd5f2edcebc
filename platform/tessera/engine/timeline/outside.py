"""Postings from outside: what another program did to a holder's account, without rules of a timeline's own.

Each is a fact of the timeline whose content says what is posted; a replay takes it as given, like every fact. Its
source is `fact:@<package>/<uid of the ledger>:<key>`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from tessera.engine.ledger.parts import ids_of
from tessera.engine.rules.compiling import Rules
from tessera.engine.rules.frame import Frame
from tessera.engine.rules.posting import account_of, compile_post
from tessera.formula import Formula
from tessera.meta.model import Label
from tessera.meta.rules import LedgerDoc, Move, PostStep, RulesetDoc, TimelineDoc

STEP = "outside"
"""What stands for the step in movements that no step of a ruleset made."""

_CONTENT = "@posting"  # no name of a state, ledger or table is like it


def source_name(ledger: LedgerDoc) -> str:
    """What stands in the source where facts of the timeline have their uid."""
    return "@" + ledger.key.replace(":", "/")


def ledger_key(name: str) -> str:
    """The key of the ledger that such a name means, "" for the uid of a fact of the timeline."""
    return name[1:].replace("/", ":") if name.startswith("@") else ""


def document_of(ledger: LedgerDoc | None, values: Mapping[str, Any]) -> dict[str, Any]:
    """What the moment of such a posting has as its document. Without a ledger, it posts nothing."""
    return {_CONTENT: {**values, "ledger": ledger.name if ledger is not None else ""}}


def beside_of(ledger: LedgerDoc, document: Mapping[str, Any]) -> Mapping[str, int] | None:
    """What the account of such a posting is kept by besides the holder, by the entity's key; None for other moments."""
    content = document.get(_CONTENT)
    if content is None:
        return None
    ids = ids_of(content.get("beside") or "") if content["ledger"] == ledger.name else ()
    return dict(zip(ledger.beside, ids, strict=False))


class OutsideRules(Rules):
    """What stands for a ruleset: it posts what the moment says, and refuses what is not covered."""

    def __init__(self, timeline: TimelineDoc) -> None:
        label = Label()
        super().__init__(RulesetDoc("", STEP, "", label, timeline.name, "", True, ()), {})

    def run(self, frame: Frame) -> None:
        """Post. Raises: NotCovered("not_covered"), RuleFailed."""
        content: Mapping[str, Any] = frame.env[_CONTENT]
        if not content["ledger"]:
            return
        step = _step(content)
        compile_post(step, account_of(step, frame).rules.scale)(frame)


def _step(content: Mapping[str, Any]) -> PostStep:
    move: Move = content["move"]
    return PostStep(
        STEP, content["ledger"], move, content["as"], amount=_constant(content["amount"]), lot=content.get("lot") or "",
        sources=("queue", "debt") if content.get("may_owe") else ("queue",),
        expires_on=_constant(content.get("expires_on")), available_from=_constant(content.get("available_from")),
    )


def _constant(value: Any) -> Formula:
    return cast(Formula, lambda _env, _host: value)
