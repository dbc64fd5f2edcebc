"""Steps that post to the holder's ledgers."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from tessera.engine.ledger.amounts import to_amount, to_units
from tessera.engine.ledger.parts import Lot, Where
from tessera.engine.ledger.scratch import Book, Shortfall
from tessera.engine.rules.failures import NotCovered, RuleFailed
from tessera.engine.rules.frame import Frame, LotView
from tessera.engine.rules.matching import PAST
from tessera.engine.rules.steps import Run, pinned
from tessera.meta.rules import PostStep


def compile_post(step: PostStep, scale: int) -> Run:
    """Grant, take, restore or extend. scale: decimal places of the ledger's unit."""
    return partial(_MOVES[step.move], step, scale)


def account_of(step: PostStep, frame: Frame) -> Book:
    """The account that the step posts to. Raises: RuleFailed when nothing says which."""
    env, host = frame.env, frame.host
    own = {entity: _id(formula(env, host)) for entity, formula in step.beside.items()}
    book = frame.account(step.ledger, own)
    if book is None:
        raise RuleFailed(step=step.uid, reason=f"nothing says which account of {step.ledger} is meant")
    return book


def _id(value: Any) -> Any:
    return value["id"] if isinstance(value, Mapping) else value


def _amount(step: PostStep, scale: int, frame: Frame) -> int:
    assert step.amount is not None, "the schema asks for an amount"
    return to_units(pinned(step.uid, step.pin, frame, step.amount(frame.env, frame.host)), scale)


def _grant(step: PostStep, scale: int, frame: Frame) -> None:
    units = _amount(step, scale, frame)
    if units <= 0:
        return
    env, host = frame.env, frame.host
    account_of(step, frame).grant(
        units,
        Where(step.uid, frame.round, step.name),
        lot_name=step.lot,
        expires_on=step.expires_on(env, host) if step.expires_on is not None else None,
        available_from=step.available_from(env, host) if step.available_from is not None else None,
    )


def _take(step: PostStep, scale: int, frame: Frame) -> None:
    units = _amount(step, scale, frame)
    if units <= 0:
        return
    book = account_of(step, frame)
    where = Where(step.uid, frame.round, step.name)
    sources, rest = step.sources, step.rest
    is_unlimited = "debt" in sources and step.debt_limit is None
    if rest == "refuse" and not frame.is_first and not is_unlimited:
        # The outside was told that this was covered: what history no longer covers is owed, and looked at.
        sources, rest = (*(each for each in sources if each != "debt"), "debt"), "review"
        if units > book.balance:
            frame.reviews.append(_shortfall(step, frame, to_amount(units - book.balance, scale)))
    elif rest == "refuse" and book.held and not is_unlimited:
        missing = units - (book.balance - book.pending - book.held)
        if missing > 0:
            raise NotCovered(ledger=step.ledger, shortfall=str(to_amount(missing, scale)), step=step.uid)
    limit = step.debt_limit(frame.env, frame.host) if step.debt_limit is not None else None
    try:
        book.take(units, where, sources=sources, rest=rest, origin=_origin(step, frame, book),
                  if_expired=step.if_expired,  # type: ignore[arg-type]
                  debt_limit=None if limit is None else to_units(limit, scale))
    except Shortfall as problem:
        raise NotCovered(ledger=step.ledger, shortfall=str(to_amount(problem.missing, scale)), step=step.uid) from None
    for at, missing in book.reviews:
        frame.reviews.append(_shortfall(step, frame, to_amount(missing, scale)))
        assert at is where
    book.reviews = []


def _shortfall(step: PostStep, frame: Frame, missing: Any) -> dict[str, Any]:
    return {"step": step.uid, "round": frame.round, "ledger": step.ledger, "missing": str(missing)}


def _source_moment(step: PostStep, frame: Frame) -> str:
    """The key of the moment that the step's origin names: a paired line's, or this one's."""
    if step.origin is None:
        return frame.document_key
    record = step.origin(frame.env, frame.host)
    past = record.get(PAST) if record is not None else None
    if past is None:
        raise RuleFailed(step=step.uid, reason="the origin is no line of an earlier document")
    return past.moment  # type: ignore[no-any-return]


def _origin(step: PostStep, frame: Frame, book: Book) -> list[Lot]:
    if "origin" not in step.sources or step.origin is None:
        return []
    return book.origin_lots(_source_moment(step, frame), step.lot)


def _restore(step: PostStep, scale: int, frame: Frame) -> None:
    units = _amount(step, scale, frame)
    if units <= 0:
        return
    renews = step.if_expired == "renew"
    until = step.expires_on(frame.env, frame.host) if renews and step.expires_on is not None else None
    account_of(step, frame).restore(
        units, Where(step.uid, frame.round, step.name), moment=_source_moment(step, frame), take=step.take,
        renews=renews, renew_until=until,
    )


def _extend(step: PostStep, scale: int, frame: Frame) -> None:
    assert step.expires_on is not None, "the schema asks for a last day"
    env = dict(frame.env)
    days, where = step.expires_on, step.where

    def later(lot: Lot) -> Any:
        env["lot"] = LotView(lot, scale)
        if where is not None and not where(env, frame.host):
            return None
        return days(env, frame.host)

    account_of(step, frame).extend(Where(step.uid, frame.round, step.name), later)


def _freeze(step: PostStep, scale: int, frame: Frame) -> None:
    env = dict(frame.env)
    where = step.where

    def applies(lot: Lot) -> bool:
        env["lot"] = LotView(lot, scale)
        return where is None or bool(where(env, frame.host))

    book, at = account_of(step, frame), Where(step.uid, frame.round, step.name)
    if step.move == "freeze":
        book.freeze(at, applies)
    else:
        book.unfreeze(at, applies, _amount(step, 0, frame))


_MOVES = {
    "grant": _grant, "take": _take, "restore": _restore, "extend": _extend, "freeze": _freeze, "unfreeze": _freeze,
}

