"""Policies of the requirements, told in metadata only: returns, extension, levels that fall, levels given by hand."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from unit.engine_timeline.program import compiled, gives, live, pack, ticket

EARN = {"uid": "earn", "post": "units", "move": "grant", "amount": "FLOOR(SUM(lines, amount))", "as": "earned",
        "lot": "own"}
SHARE = {"uid": "share", "spread": "FLOOR(SUM(lines, amount))", "unit": "1", "over": "lines", "by": "amount",
         "method": "cumulative_floor", "into": "part"}
MATCH = {"uid": "match", "match": "units", "of": "lines", "with": "ticket.lines", "capacity": "units", "on": ["item"],
         "prefer": "latest", "into": "pairs", "filled": "matched"}


def claw(**more: Any) -> dict[str, Any]:
    """Take back what a pair earned, by a policy."""
    post = {"uid": "claw", "post": "units", "move": "take", "as": "clawed", "origin": "p.to", "lot": "own",
            "amount": "SHARE(p.to.part, p.before, p.after, p.to.units, 1)", **more}
    return {"uid": "pairs", "each": "p", "in": "pairs", "do": [post]}


@pytest.mark.parametrize(("policy", "balance", "written_off", "reviews"), [
    ({"from": ["origin"], "rest": "write_off"}, 30, 450, 0),
    ({"from": ["origin", "queue"], "rest": "write_off"}, 0, 420, 0),
    ({"from": ["origin", "queue", "debt"], "debt_limit": "200", "rest": "review"}, -200, 220, 1),
    ({"from": ["origin", "queue", "debt"]}, -420, 0, 0),
], ids=["only_own_lot", "within_balance", "negative_limit", "unlimited"])
def test_t21_spent_units_are_taken_back_by_policy(
    policy: dict[str, Any], balance: int, written_off: int, reviews: int
) -> None:
    spend = {"uid": "spend", "post": "units", "move": "take", "amount": "IF(number = 'T2', 450, 0)", "as": "spent",
             "from": ["queue"]}
    program = compiled(pack([SHARE, spend, EARN], [MATCH, claw(**policy)]))
    life, outcomes = live(program, ticket("T1", "2024-01-01", ("a", 1, "500")),
                          ticket("T2", "2024-01-02", ("b", 1, "30")), ticket("R1", "2024-01-03", ("a", 1, "500")))
    book = life.books["units"]
    assert (book.balance, book.totals.get("written_off", 0)) == (balance, written_off)
    assert [len(each.reviews) for each in outcomes] == [0, 0, reviews]


@pytest.mark.parametrize(("amount", "wanted"), [
    ("FLOOR(kept_units * (returned / total))", 2),
    ("kept_units - FLOOR((total - returned) / 100) * 5", 5),
], ids=["proportional", "recompute"])
def test_t16_a_return_is_proportional_or_recomputed(amount: str, wanted: int) -> None:
    state = [{"uid": "total", "name": "total", "initial": "0.00"},
             {"uid": "kept", "name": "kept_units", "initial": "0"}]
    steps = [{"uid": "total", "set": "total", "to": "SUM(lines, amount)"},
             {"uid": "kept", "set": "kept_units", "to": "FLOOR(total / 100) * 5"},
             {"uid": "earn", "post": "units", "move": "grant", "amount": "kept_units", "as": "earned"}]
    back = [gives("returned", "SUM(lines, amount)"),
            {"uid": "claw", "post": "units", "move": "take", "amount": amount, "as": "clawed", "from": ["queue"]}]
    life, _ = live(compiled(pack(steps, back, state=state)), ticket("T1", "2024-01-01", ("a", 1, "250")),
                   ticket("R1", "2024-01-02", ("a", 1, "60")))
    assert life.books["units"].totals["clawed"] == wanted


@pytest.mark.parametrize(("bought", "last"), [
    (["2024-11-20"], date(2025, 2, 20)),
    (["2024-11-20", "2025-02-01"], date(2025, 5, 1)),
    ([f"{year}-{month:02}-05" for year in (2024, 2025) for month in range(2, 13)], date(2026, 1, 10)),
    (["2025-01-11"], None),
], ids=["once", "twice", "cap", "too_late"])
def test_t29_activity_extends_lots_up_to_a_cap(bought: list[str], last: date | None) -> None:
    extend = {"uid": "extend", "post": "units", "move": "extend",
              "expires_on": "MIN(EDATE(day, 3), EDATE(lot.granted_on, 24))"}
    earn = {**EARN, "amount": "IF(number = 'T0', 100, 0)", "expires_on": "EDATE(day, 12)"}
    moments = [ticket(f"T{place}", day, ("a", 1, "1")) for place, day in enumerate(["2024-01-10", *bought])]
    life, _ = live(compiled(pack([extend, earn])), *moments, until="2025-01-12" if last is None else "2025-01-10")
    assert [each.expires_on for each in life.books["units"].lots if each.left] == ([last] if last else [])
    if last is not None:
        for _ in life.settle_until((life.program.midnight(date(2026, 1, 12)), 0, "")):
            pass
        assert life.books["units"].totals["expired"] == 100


LEVELS = {"kind": "table", "uid": "levels", "name": "levels", "label": "Levels",
          "columns": [{"uid": "rank", "name": "rank", "label": "Rank", "type": "integer"},
                      {"uid": "least", "name": "least", "label": "Least", "type": "integer"}],
          "rows": [{"uid": f"lv{n}", "values": {"rank": n, "least": least}}
                   for n, least in ((1, 0), (2, 1000), (3, 5000), (4, 20000))]}
LEVEL_STATE = [{"uid": "level", "name": "level", "initial": "FIRST(levels)"},
               {"uid": "since", "name": "since", "type": "date"}, {"uid": "base", "name": "base", "initial": "0.00"},
               {"uid": "seen", "name": "seen", "type": "date"}, {"uid": "fixed", "name": "fixed_until", "type": "date"}]
REACHED = "LAST(levels, least <= gain.balance)"
RISE = [
    {"uid": "gain", "post": "gain", "move": "grant", "amount": "SUM(lines, amount)", "as": "paid"},
    {"uid": "seen", "set": "seen", "to": "day"},
    {"uid": "rise", "when": "COUNT(levels, least <= gain.balance) > level.rank", "do": [
        {"uid": "level", "set": "level", "to": REACHED}, {"uid": "since", "set": "since", "to": "day"},
        {"uid": "base", "set": "base", "to": "gain.balance"}]},
]
DROP = {"uid": "drop", "set": "level", "to": "LAST(levels, rank <= MAX(1, level.rank - 1))"}


def ruleset(name: str, *steps: dict[str, Any]) -> dict[str, Any]:
    return {"kind": "ruleset", "uid": name, "name": name, "label": name, "steps": list(steps)}


@pytest.mark.parametrize(("late", "rank"), [(False, 2), (True, 3)])
def test_t35_a_level_is_kept_for_a_year_and_falls_by_one(late: bool, rank: int) -> None:
    review = ruleset("review", {"uid": "short", "when": "gain.balance - base < 3000", "do": [DROP]},
                     {"uid": "since", "set": "since", "to": "day"},
                     {"uid": "base", "set": "base", "to": "gain.balance"})
    due = {"due": [{"uid": "year", "name": "year", "at": "IF(level.rank > 1, EDATE(since, 12))", "run": "review"}]}
    program = compiled(pack(RISE, state=LEVEL_STATE, tables=[LEVELS], rules=[review], more=due))
    moments = [ticket("T1", "2024-03-10", ("a", 1, "5200")), ticket("T2", "2024-08-01", ("a", 1, "2900"))]
    moments += [ticket("T3", "2025-03-09 23:30", ("a", 1, "150"))] if late else []
    life, _ = live(program, *moments, until="2025-03-10 12:00")
    assert life.state["level"]["rank"] == rank


def test_t37_idle_days_drop_one_level_and_count_anew() -> None:
    idle = ruleset("idle", DROP, {"uid": "seen", "set": "seen", "to": "day - 1"})
    due = {"due": [{"uid": "idle", "name": "idle", "at": "IF(level.rank > 1, seen + 181)", "run": "idle"}]}
    program = compiled(pack(RISE, state=LEVEL_STATE, tables=[LEVELS], rules=[idle], more=due))
    first = ticket("T1", "2025-01-01", ("a", 1, "20000"))
    for until, rank in (("2025-06-30 23:00", 4), ("2025-07-01 01:00", 3), ("2025-07-02 01:00", 3),
                        ("2025-12-28 01:00", 2)):
        life, _ = live(program, first, until=until)
        assert life.state["level"]["rank"] == rank


def test_t41_a_level_given_by_hand_stays_until_its_date() -> None:
    by_hand = ruleset("by_hand", {"uid": "level", "set": "level", "to": "LAST(levels, rank <= given_rank)"},
                      {"uid": "until", "set": "fixed_until", "to": "given_until"})
    facts = {"facts": [{"uid": "by_hand", "name": "by_hand", "run": "by_hand", "fields": [
        {"uid": "f_rank", "name": "given_rank", "type": "number"},
        {"uid": "f_until", "name": "given_until", "type": "date"},
        {"uid": "f_why", "name": "why", "type": "text"}, {"uid": "f_who", "name": "approver", "type": "text"}]}]}
    automatic = {"uid": "auto", "when": "ISBLANK(fixed_until) OR day > fixed_until",
                 "do": [{"uid": "level", "set": "level", "to": REACHED}]}
    program = compiled(pack([RISE[0], automatic], state=LEVEL_STATE, tables=[LEVELS], rules=[by_hand], more=facts))
    given = ticket("T0", "2024-01-01")
    given.kind, given.run, given.entity = "fact", "by_hand", ""
    given.document = {"given_rank": 3, "given_until": date(2024, 12, 31), "why": "x", "approver": "y"}
    ranks = []
    for day in ("2024-06-01", "2024-12-31", "2025-01-01"):
        life, _ = live(program, given, ticket("T1", day, ("a", 1, "20000" if day < "2024-12" else "10")))
        ranks.append(life.state["level"]["rank"])
    assert ranks == [3, 3, 1]
