"""Lots, debts and their policies, in accounts in memory."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from tessera.engine.ledger.parts import BookRules, Where
from tessera.engine.ledger.scratch import Book, Shortfall

W = Where("step", "", "used")
DAY = date(2024, 6, 1)


def book(*, by_expiry: bool = False, day: date = DAY) -> Book:
    """An empty account on a day."""
    made = Book(BookRules("units", by_expiry=by_expiry))
    made.begin("m0", day, (0,))
    return made


def at(account: Book, day: date, moment: str = "later") -> Book:
    """Let time pass: lots that ended are gone, and a new moment begins."""
    account.begin(f"{moment}:{day}:end", day, (day.toordinal(),))
    account.expire(day)
    account.begin(f"{moment}:{day}", day, (day.toordinal(), 1))
    return account


def grant(account: Book, units: int, expires_on: date | None = None, **more: object) -> None:
    account.grant(units, Where("grant", str(len(account.lots)), "earned"), expires_on=expires_on, **more)  # type: ignore[arg-type]


def lefts(account: Book) -> list[int]:
    return [lot.left for lot in account.lots]


def test_what_ends_first_is_used_first_and_nothing_collapses_later() -> None:
    account = book(by_expiry=True)
    for units, day in ((100, date(2025, 1, 10)), (200, date(2025, 3, 1)), (50, date(2024, 12, 31))):
        grant(account, units, day)
    account.take(180, W, sources=["queue"])
    assert lefts(account) == [0, 170, 0]
    days = (date(2025, 1, 11), date(2025, 3, 1), date(2025, 3, 2))
    assert [at(account, day).balance for day in days] == [170, 170, 0]


def test_a_shortfall_is_refused_and_changes_nothing() -> None:
    account = book()
    grant(account, 50)
    with pytest.raises(Shortfall) as problem:
        account.take(51, W, sources=["queue"])
    assert problem.value.missing == 1
    assert (account.balance, lefts(account)) == (50, [50])


def test_pending_units_count_later_and_a_clawback_takes_them_without_debt() -> None:
    account = book()
    grant(account, 100, available_from=DAY + timedelta(days=7), lot_name="own")
    at(account, DAY + timedelta(days=3))
    assert (account.balance - account.pending, account.pending) == (0, 100)
    account.take(100, W, sources=["origin", "queue", "debt"], origin=account.origin_lots("m0", "own"))
    assert (account.pending, account.debt, account.balance) == (0, 0, 0)


def spent() -> Book:
    """500 granted in a lot of their own, 450 of them spent."""
    account = book()
    grant(account, 500, lot_name="own")
    account.take(450, W, sources=["queue"])
    return account


def test_spent_then_taken_back_is_owed_and_settled_by_the_next_grants() -> None:
    account = spent()
    account.take(500, W, sources=["origin", "queue", "debt"], origin=account.origin_lots("m0", "own"))
    assert (account.balance, account.debt) == (-450, 450)
    grant(account, 300)
    assert (account.balance, lefts(account)[-1]) == (-150, 0)
    grant(account, 200)
    assert (account.balance, account.debt, lefts(account)[-1]) == (50, 0, 50)


@pytest.mark.parametrize(
    ("sources", "rest", "limit", "balance", "written_off", "reviews"),
    [
        (["origin"], "write_off", None, 30, 450, 0),
        (["origin", "queue"], "write_off", None, 0, 420, 0),
        (["origin", "queue", "debt"], "review", 200, -200, 220, 1),
        (["origin", "queue", "debt"], "refuse", None, -420, 0, 0),
    ],
)
def test_what_is_not_there_follows_the_policy(
    sources: list[str], rest: str, limit: int | None, balance: int, written_off: int, reviews: int
) -> None:
    account = spent()
    grant(account, 30)
    account.take(500, W, sources=sources, rest=rest, debt_limit=limit,  # type: ignore[arg-type]
                 origin=account.origin_lots("m0", "own"))
    left = account.totals.get("written_off", 0)
    assert (account.balance, left, len(account.reviews)) == (balance, written_off, reviews)


def test_what_has_lapsed_is_not_taken_twice() -> None:
    account = book(day=date(2024, 1, 1))
    grant(account, 100, date(2025, 1, 1), lot_name="own")
    account.take(40, W, sources=["queue"])
    at(account, date(2025, 1, 3))
    grant(account, 30)
    at(account, date(2025, 1, 5))
    account.take(100, W, sources=["origin", "queue", "debt"], origin=account.origin_lots("m0", "own"),
                 if_expired="waive_lapsed")
    assert (account.totals["waived"], account.balance, account.debt) == (60, -10, 10)


@pytest.mark.parametrize(("policy", "balance", "waived"), [("waive", 0, 100), ("take", -100, 0)])
def test_an_origin_whose_day_has_passed_is_waived_or_taken(policy: str, balance: int, waived: int) -> None:
    account = book(day=date(2024, 1, 1))
    grant(account, 100, date(2024, 12, 31), lot_name="own")
    at(account, date(2025, 1, 5))
    account.take(100, W, sources=["origin", "queue", "debt"], origin=account.origin_lots("m0", "own"),
                 if_expired=policy)  # type: ignore[arg-type]
    assert (account.balance, account.totals.get("waived", 0)) == (balance, waived)


def test_given_back_units_return_to_their_lots_latest_first_and_lapsed_ones_get_a_new_day() -> None:
    account = book(day=date(2025, 1, 10))
    grant(account, 3_000, date(2025, 2, 1))
    grant(account, 4_000, date(2025, 6, 1))
    account.take(5_000, W, sources=["queue"])
    back = Where("back", "", "restored")
    at(account, date(2025, 1, 20))
    account.restore(2_000, back, moment="m0", take="used")
    assert (account.balance, lefts(account)) == (4_000, [0, 4_000])
    at(account, date(2025, 2, 10))
    account.restore(3_000, back, moment="m0", take="used", renews=True, renew_until=date(2025, 3, 12))
    assert account.balance == 7_000
    assert at(account, date(2025, 3, 13)).balance == 4_000


def test_activity_moves_the_last_day_up_to_a_cap_and_revives_nothing() -> None:
    account = book(day=date(2024, 1, 10))
    grant(account, 100, date(2025, 1, 10))
    where = Where("longer", "", "extended")

    def bought(day: date, until: date) -> None:
        at(account, day)
        account.extend(where, lambda lot: min(max(lot.expires_on or until, until), date(2026, 1, 10)))

    bought(date(2024, 11, 20), date(2025, 2, 20))
    assert account.lots[0].expires_on == date(2025, 2, 20)
    bought(date(2025, 2, 1), date(2025, 5, 1))
    assert (account.lots[0].expires_on, at(account, date(2025, 5, 1)).balance) == (date(2025, 5, 1), 100)
    bought(date(2025, 5, 2), date(2025, 8, 2))
    assert account.balance == 0


def test_year_end_lots_are_good_through_their_last_day() -> None:
    account = book(day=date(2024, 5, 1))
    grant(account, 100, date(2025, 12, 31))
    at(account, date(2025, 3, 1))
    grant(account, 80, date(2026, 12, 31))
    at(account, date(2025, 6, 1)).take(120, W, sources=["queue"])
    assert [at(account, day).balance for day in (date(2026, 1, 1), date(2026, 12, 31), date(2027, 1, 1))] == [60, 60, 0]


def test_undo_leaves_nothing_behind() -> None:
    account = spent()
    before = (account.balance, account.debt, lefts(account), dict(account.totals), account.next_expiry)
    account.begin("m1", DAY, (1,))
    grant(account, 10, date(2025, 1, 1))
    account.take(600, W, sources=["queue", "debt"])
    account.restore(100, Where("back", "", "used"), moment="m0", take="used")
    account.undo()
    after = (account.balance, account.debt, lefts(account), {k: v for k, v in account.totals.items() if v},
             account.next_expiry)
    assert after == before
    assert sum(units for _, units in account.uses["m0", "used"]) == 450
