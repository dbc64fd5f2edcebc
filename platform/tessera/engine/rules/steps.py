"""Steps that name values: each is compiled once into a function over a Frame."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from functools import reduce
from typing import Any, TypeAlias

from tessera.engine.rules.failures import Refused, RuleFailed
from tessera.engine.rules.frame import Frame, Line
from tessera.engine.rules.matching import PAST, Pair, pair_up
from tessera.engine.rules.spread import METHODS
from tessera.formula import Formula
from tessera.meta.rules import FactorRow, FactorStep, LetStep, MatchStep, SetStep, SpreadStep, StopStep

Run: TypeAlias = Callable[[Frame], None]


def over_lines(formula: Formula, frame: Frame, lines: Sequence[Line]) -> list[Any]:
    """The formula's value for each line; names of the line come before those outside."""
    return formula.column(lines, frame.env, frame.host)


def compile_let(step: LetStep) -> Run:
    """Name a value, or one per line."""
    value, name, over = step.value, step.name, step.over
    if over:

        def run_over(frame: Frame) -> None:
            lines = frame.env[over]
            for line, found in zip(lines, over_lines(value, frame, lines), strict=True):
                line[name] = found

        return run_over

    def run(frame: Frame) -> None:
        frame.env[name] = frame.values[name] = pinned(step.uid, step.pin, frame, value(frame.env, frame.host))

    return run


def pinned(uid: str, pin: str, frame: Frame, value: Any) -> Any:
    """The value that counts: the pinned one, or with "best" the better of both; a first value is noted as a pin."""
    if not pin:
        return value
    key = f"{uid}.{frame.round}" if frame.round else uid
    fixed = frame.pins.get(key, PAST)
    if fixed is PAST:
        frame.found_pins[key] = value
        return value
    if pin == "best" and value is not None and (fixed is None or value > fixed):
        frame.found_pins[key] = value
        return value
    return fixed


def compile_set(step: SetStep) -> Run:
    """Change a value of the state."""
    value, name = step.value, step.name

    def run(frame: Frame) -> None:
        frame.env[name] = frame.state[name] = value(frame.env, frame.host)

    return run


def _bonus_sum(values: Sequence[Any]) -> Any:
    return 1 + sum(value - 1 for value in values)


def _product(values: Sequence[Any]) -> Any:
    return reduce(lambda a, b: a * b, values)


COMBINE: dict[str, Callable[[Sequence[Any]], Any]] = {
    "max": max, "min": min, "sum": sum, "product": _product, "best": max, "bonus_sum": _bonus_sum,
    "first": lambda values: values[0],
}


def row_applies(row: FactorRow, day: date) -> bool:
    """Whether the row is switched on and valid on the day."""
    if row.is_off or (row.starts_on and day < row.starts_on) or (row.ends_on and day > row.ends_on):
        return False
    if row.yearly is None:
        return True
    first, last = row.yearly
    place = (day.month, day.day)
    return first <= place <= last if first <= last else place >= first or place <= last


def row_value(row: FactorRow, env: dict[str, Any], host: Any) -> Any:
    """What the row gives, or None when its conditions do not hold."""
    if row.audience is not None and not row.audience(env, host):
        return None
    if row.when is not None and not row.when(env, host):
        return None
    value = row.value(env, host)
    if row.cap is not None and value is not None:
        value = min(value, row.cap(env, host))
    return value


def factor_value(step: FactorStep, rows: Sequence[FactorRow], env: dict[str, Any], host: Any) -> Any:
    """The rows that apply, combined; the default when none does."""
    values = [value for row in rows if (value := row_value(row, env, host)) is not None]
    found = COMBINE[step.combine](values) if values else step.default(env, host)
    return found if step.cap is None else min(found, step.cap(env, host))


def factor_column(step: FactorStep, rows: Sequence[FactorRow], frame: Frame, lines: Sequence[Line]) -> list[Any]:
    """The factor of each line."""
    found: dict[int, list[Any]] = {}
    env, host = frame.env, frame.host
    for row in rows:
        if row.audience is not None and not row.audience(env, host):
            continue
        places: Sequence[int] = range(len(lines))
        if row.when is not None:
            places = [place for place, holds in enumerate(row.when.column(lines, env, host)) if holds]
        if not places:
            continue
        chosen = [lines[place] for place in places]
        values = row.value.column(chosen, env, host)
        caps = row.cap.column(chosen, env, host) if row.cap is not None else values
        for place, value, cap in zip(places, values, caps, strict=True):
            if value is not None:
                found.setdefault(place, []).append(value if cap is None else min(value, cap))
    combine = COMBINE[step.combine]
    factors = step.default.column(lines, env, host)
    for place, values in found.items():
        factors[place] = values[0] if len(values) == 1 and step.combine != "bonus_sum" else combine(values)
    if step.cap is None:
        return factors
    return [min(value, cap) for value, cap in zip(factors, step.cap.column(lines, env, host), strict=True)]


def compile_factor(step: FactorStep) -> Run:
    """Combine the rows of a factor, once or for each line."""
    name, over = step.name, step.over

    def run(frame: Frame) -> None:
        day = frame.day
        rows = [row for row in step.rows if row_applies(row, day)]
        if not over:
            frame.env[name] = frame.values[name] = factor_value(step, rows, frame.env, frame.host)
            return
        lines = frame.env[over]
        for line, value in zip(lines, factor_column(step, rows, frame, lines), strict=True):
            line[name] = value

    return run


def compile_spread(step: SpreadStep) -> Run:
    """Spread a total over the lines."""
    total, by, over, into, unit = step.total, step.by, step.over, step.into, step.unit
    method = METHODS[step.method]
    places = -min(0, int(unit.as_tuple().exponent))
    whole_unit = int(unit.scaleb(places))

    def run(frame: Frame) -> None:
        lines = frame.env[over]
        units = _whole_units(step, total(frame.env, frame.host) or 0, places, whole_unit)
        parts = method(units, [weight or 0 for weight in over_lines(by, frame, lines)]) if units else [0] * len(lines)
        if places:
            zero = Decimal(0).scaleb(-places)
            for line, part in zip(lines, parts, strict=True):
                line[into] = Decimal(part * whole_unit).scaleb(-places) if part else zero
            return
        for line, part in zip(lines, parts, strict=True):
            line[into] = part * whole_unit

    return run


def _whole_units(step: SpreadStep, amount: Any, places: int, whole_unit: int) -> int:
    """How many units the amount is. Raises: RuleFailed when it is no whole number of them."""
    scaled = amount.scaleb(places) if isinstance(amount, Decimal) else amount * 10**places
    if scaled != int(scaled) or int(scaled) % whole_unit:
        raise RuleFailed(step=step.uid, reason=f"{amount} cannot be spread in units of {step.unit}")
    return int(scaled) // whole_unit


def compile_match(step: MatchStep) -> Run:
    """Pair units of the lines with earlier lines."""
    of, on, capacity, into, filled = step.of, step.on, step.capacity, step.into, step.filled

    def run(frame: Frame) -> None:
        lines = frame.env[of]
        amounts = over_lines(step.units, frame, lines)
        wanted = [tuple([line[name] for name in on]) for line in lines]
        pairs: list[dict[str, Any]] = []
        named = step.document(frame.env, frame.host) if step.document is not None else None
        candidates = frame.past.candidates(step.entity, step.lines, on, wanted)
        for place, (line, units, found) in enumerate(zip(lines, amounts, candidates, strict=True)):
            if step.prefer == "latest":
                found = found[::-1]
            elif step.prefer == "document":
                found = [each for each in found if each.document[step.document_field] == named]
            matched: Any = 0
            for past, before, after in pair_up(units or 0, found, capacity):
                matched += after - before
                past.line[PAST] = past
                pairs.append({"id": len(pairs), "from": line, "to": past.line, "before": before, "after": after})
                frame.pairs.append(Pair(step.uid, place, past, before, after))
            line[filled] = matched
        frame.env[into] = pairs

    return run


def compile_stop(step: StopStep) -> Run:
    """Refuse the document, or ask for a review of it."""
    test = step.test

    def run(frame: Frame) -> None:
        if test is not None and not test(frame.env, frame.host):
            return
        if step.kind == "refuse":
            raise Refused(reason=step.message.get("en"), message_zh=step.message.zh, step=step.uid)
        frame.reviews.append({"step": step.uid, "round": frame.round, "zh": step.message.zh, "en": step.message.en})

    return run
