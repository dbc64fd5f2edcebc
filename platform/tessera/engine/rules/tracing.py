"""The proof of a decision: every step with what it read, what it gave, and the rows that did not apply and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from tessera.engine.ledger.parts import Posting, ids_of, parted
from tessera.engine.rules.frame import Frame
from tessera.engine.rules.steps import Run, factor_column, over_lines, row_applies, row_value
from tessera.engine.timeline.values import plain
from tessera.errors import Json
from tessera.formula import Formula
from tessera.meta.rules import (
    EachStep,
    FactorRow,
    FactorStep,
    LetStep,
    MatchStep,
    PostStep,
    SetStep,
    SpreadStep,
    Step,
    StopStep,
    WhenStep,
)

_LINES_SHOWN = 200


class Trace:
    """Runs each step and notes what happened, in order; steps inside others name the round they ran in.

    steps: the proof as JSON. Each has uid, round, kind, formulas (key → text), reads (path → value) and, by its kind,
    name, value, values and line_reads (one for each line), rounded (by what, from which exact value), rows, pairs,
    postings, or holds.
    """

    def __init__(self) -> None:
        self.steps: list[dict[str, Json]] = []

    def __call__(self, step: Step, run: Run, frame: Frame) -> None:
        """Run a step and note it."""
        note: dict[str, Json] = {"uid": step.uid, "round": frame.round, "kind": _KINDS[type(step)]}
        formulas = dict(_formulas(step))
        note["formulas"] = {key: each.text for key, each in formulas.items()}
        note["reads"] = _reads(formulas.values(), frame.env)
        self.steps.append(note)
        known = {each.rules.name: len(each.journal) for each in frame.books.values()}
        pairs = len(frame.pairs)
        if isinstance(step, FactorStep):
            note["rows"] = [_row(step, row, frame) for row in step.rows]
        if isinstance(step, WhenStep | StopStep) and step.test is not None:
            note["holds"] = bool(step.test(frame.env, frame.host))
        rounded = _rounded(step, frame)
        run(frame)
        note.update(_given(step, frame))
        note.update(rounded)
        if isinstance(step, PostStep):
            books = {each.rules.name: each for each in frame.books.values()}
            found = [each for name, book in books.items() for each in book.journal[known.get(name, 0) :]]
            note["postings"] = [posting_json(each) for each in found]
        if isinstance(step, MatchStep):
            note["pairs"] = [
                {"line": each.line, "to": each.to.moment, "to_line": each.to.index,
                 "before": plain(each.before), "after": plain(each.after)}
                for each in frame.pairs[pairs:]
            ]


_KINDS: Mapping[type[Any], str] = {
    LetStep: "let", SetStep: "set", FactorStep: "factor", SpreadStep: "spread", PostStep: "post", MatchStep: "match",
    EachStep: "each", WhenStep: "when", StopStep: "stop",
}


def posting_json(posting: Posting) -> dict[str, Json]:
    """A posting as JSON, in whole smallest units. beside: ids of what the account is kept by, besides its holder."""
    ledger, account = parted(posting.ledger)
    beside = {"beside": ids_of(account)} if account else {}
    return {
        "ledger": ledger, **beside, "step": posting.step, "round": posting.round, "move": posting.move,
        "as": posting.name, "amount": posting.amount, "effect": posting.effect,
        "lots": [{"lot": each.source if each else None, "units": units} for each, units in posting.allocations],
    }


def _given(step: Step, frame: Frame) -> dict[str, Json]:
    if isinstance(step, LetStep | FactorStep):
        if not step.over:
            return {"name": step.name, "value": plain(frame.env[step.name])}
        return {"name": step.name, "values": [plain(line[step.name]) for line in frame.env[step.over]]}
    if isinstance(step, SetStep):
        return {"name": step.name, "value": plain(frame.env[step.name])}
    if isinstance(step, SpreadStep):
        return {"name": step.into, "values": [plain(line[step.into]) for line in frame.env[step.over]]}
    return {}


def _row(step: FactorStep, row: FactorRow, frame: Frame) -> dict[str, Json]:
    """A row of a factor: whether it applied, what it gave, and why not."""
    note: dict[str, Json] = {"uid": row.uid, "zh": row.label.zh, "en": row.label.en, "applies": False}
    note["formulas"] = {key: each.text for key, each in (("when", row.when), ("value", row.value)) if each is not None}
    note["reads"] = _reads([each for each in (row.when, row.audience) if each is not None], frame.env)
    if not row_applies(row, frame.day):
        return {**note, "why": "off" if row.is_off else "day"}
    if row.audience is not None and not row.audience(frame.env, frame.host):
        return {**note, "why": "audience"}
    if not step.over:
        value = row_value(row, frame.env, frame.host)
        return {**note, "why": "condition"} if value is None else {**note, "applies": True, "value": plain(value)}
    lines = frame.env[step.over]
    holds = [True] * len(lines) if row.when is None else [bool(each) for each in over_lines(row.when, frame, lines)]
    if not any(holds):
        return {**note, "why": "condition"}
    values = factor_column(step, [row], frame, lines)
    return {**note, "applies": True,
            "values": [plain(value) if held else None for value, held in zip(values, holds, strict=True)]}


def _formulas(step: Step) -> Iterable[tuple[str, Formula]]:
    for name in type(step).__dataclass_fields__:
        value = getattr(step, name)
        if isinstance(value, Formula):
            yield name, value


def _rounded(step: Step, frame: Frame) -> dict[str, Json]:
    """What the rounding of a single value did, and what formulas read of each line; before the step runs."""
    if isinstance(step, LetStep | FactorStep | SpreadStep) and step.over:
        lines = frame.env[step.over][:_LINES_SHOWN]
        formulas = [each for _, each in _formulas(step)]
        names = sorted({path[0] for each in formulas for path in each.reads if lines and path[0] in lines[0]})
        return {"line_reads": [{name: plain(line.get(name)) for name in names} for line in lines]} if names else {}
    formula = step.value if isinstance(step, LetStep | SetStep) else None
    found = formula.unrounded(frame.env, frame.host) if formula is not None else None
    if found is None:
        return {}
    by, value = found
    exact = f"{value.numerator}/{value.denominator}" if isinstance(value, Fraction) else plain(value)
    return {"rounded": {"by": by, "from": exact}}


def _reads(formulas: Iterable[Formula], env: Mapping[str, Any]) -> dict[str, Json]:
    """What formulas read, by path; of lists only how long they are."""
    found: dict[str, Json] = {}
    for formula in formulas:
        for path in sorted(formula.reads):
            if path[0] not in env:
                continue
            value: Any = env[path[0]]
            for name in path[1:]:
                value = value.get(name) if isinstance(value, Mapping) else value
            if isinstance(value, Sequence) and not isinstance(value, str):
                found[path[0]] = {"rows": len(value)}
            elif not isinstance(value, Mapping) or "id" in value:
                found[".".join(path)] = plain(value)
    return found
