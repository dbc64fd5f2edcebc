"""Periods by name and by days, what they are compared with, and the conditions that say the same."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from tessera.engine.dashboards.conditions import constant, in_group, is_one_of, joined
from tessera.engine.dashboards.periods import Period, bucket_days, named_period, period_of, within

_TODAY = date(2026, 5, 13)  # a Wednesday
_SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("today", "2026-05-13", "2026-05-13"), ("yesterday", "2026-05-12", "2026-05-12"),
        ("this_week", "2026-05-11", "2026-05-13"), ("last_week", "2026-05-04", "2026-05-10"),
        ("this_month", "2026-05-01", "2026-05-13"), ("last_month", "2026-04-01", "2026-04-30"),
        ("last_quarter", "2026-01-01", "2026-03-31"), ("last_year", "2025-01-01", "2025-12-31"),
        ("last_30d", "2026-04-14", "2026-05-13"),
    ],
)  # fmt: skip
def test_named_periods(name: str, first: str, last: str) -> None:
    assert named_period(name, _TODAY) == Period(date.fromisoformat(first), date.fromisoformat(last))


def test_periods_of_requests() -> None:
    assert period_of({"from": "2026-01-01"}, _TODAY) == Period(date(2026, 1, 1), None)
    assert period_of("all", _TODAY) == Period()
    for wrong in ("soon", "last_0d", "this_day", {"from": "x"}, {"x": 1}, 5, None):
        assert period_of(wrong, _TODAY) is None


def test_what_a_period_is_compared_with() -> None:
    period = Period(date(2024, 2, 27), date(2024, 2, 29))
    assert period.previous() == Period(date(2024, 2, 24), date(2024, 2, 26))
    assert period.year_before() == Period(date(2023, 2, 27), date(2023, 2, 28))
    assert Period().previous() is None and Period(date(2024, 1, 1), None).year_before() is None


def test_conditions_of_periods_and_groups() -> None:
    period = Period(date(2026, 3, 1), date(2026, 3, 31))
    assert within("on", "date", period, _SHANGHAI) == "on >= '2026-03-01' AND on <= '2026-03-31'"
    assert within("at", "datetime", period, _SHANGHAI) == (
        "at >= '2026-03-01T00:00:00+08:00' AND at < '2026-04-01T00:00:00+08:00'")  # fmt: skip
    assert in_group("on", "date", "month", date(2026, 3, 1), _SHANGHAI) == within("on", "date", period, _SHANGHAI)
    assert in_group("at", "datetime", "hour", 9, _SHANGHAI) == "HOUR(at, 'Asia/Shanghai') = 9"
    assert in_group("store", "record", "", 7, _SHANGHAI) == "store.id = 7"
    assert in_group("name", "text", "", None, _SHANGHAI) == "ISBLANK(name)"


def test_values_never_leave_their_quotes() -> None:
    assert constant("' OR 1 = 1 OR '", "text") == "''' OR 1 = 1 OR '''"
    assert is_one_of("a", "number", ["1 OR TRUE"]) is None and is_one_of("a", "boolean", ["x"]) is None
    assert is_one_of("a", "date", ["2026-13-01"]) is None and constant("a\x00", "text") is None
    assert constant("1e400", "number") is None and constant("NaN", "number") is None
    assert joined("", "a = 1") == "a = 1" and joined() == ""


def test_buckets_of_a_period_leave_none_out() -> None:
    days = bucket_days(Period(date(2025, 11, 15), date(2026, 2, 3)), "month", [])
    assert days == [date(2025, 11, 1), date(2025, 12, 1), date(2026, 1, 1), date(2026, 2, 1)]
    assert bucket_days(Period(), "day", [date(2026, 1, 1), date(2026, 1, 3)])[1] == date(2026, 1, 2)
    assert bucket_days(Period(), "day", []) == []
