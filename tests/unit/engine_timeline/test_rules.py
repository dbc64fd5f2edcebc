"""What steps do: factors, spreads, matches, due moments, conditions, and what fails."""

from __future__ import annotations

from typing import Any

import pytest

from tessera.engine.rules.failures import NotCovered, Refused, RuleFailed
from unit.engine_timeline.program import compiled, gives, live, pack, problems, ticket

Body = dict[str, Any]
SUM: Body = {"uid": "total", "let": "total", "be": "SUM(lines, amount)"}


def grant(amount: str, **more: Any) -> Body:
    return {"uid": "grant", "post": "units", "move": "grant", "amount": amount, "as": "earned", **more}


def values(package_steps: list[Body], *lines: tuple[str, int, str], at: str = "2024-06-03T10:00:00") -> dict[str, Any]:
    _, outcomes = live(compiled(pack(package_steps)), ticket("T1", at, *lines))
    assert outcomes[0].error is None, outcomes[0].error
    return outcomes[0].values


@pytest.mark.parametrize(("amount", "units"), [("99.99", 0), ("100", 5), ("199.50", 5), ("250", 10)])
def test_a_step_of_every_hundred(amount: str, units: int) -> None:
    found = values([SUM, gives("count", "FLOOR(total / 100) * 5")], ("a", 1, amount))
    assert found["count"] == units


FACTORS = [{"uid": f"row{place}", "value": value} for place, value in enumerate(("2", "1.5", "1.5", "3"))]


@pytest.mark.parametrize(
    ("combine", "cap", "units"),
    [("bonus_sum", "", 2500), ("product", "", 6750), ("max", "", 1500), ("bonus_sum", "4", 2000),
     ("product", "4", 2000), ("min", "", 750), ("first", "", 1000), ("sum", "", 4000)],
)
def test_factors_are_combined_as_stated(combine: str, cap: str, units: int) -> None:
    factor = {"uid": "fact", "factor": "times", "combine": combine, "default": "1", "rows": FACTORS,
              **({"cap": cap} if cap else {})}
    found = values([SUM, factor, gives("count", "FLOOR(total * times)")], ("a", 1, "500"))
    assert found["count"] == units


def test_a_row_tells_on_which_days_and_for_whom_it_counts() -> None:
    rows = [
        {"uid": "new_year", "value": "3", "yearly": {"from": "12-30", "to": "01-02"}},
        {"uid": "launch", "value": "2", "from": "2024-06-01", "to": "2024-06-03"},
        {"uid": "regular", "value": "5", "audience": "seen > 1"},
    ]
    steps = [{"uid": "seen", "set": "seen", "to": "seen + 1"},
             {"uid": "fact", "factor": "times", "combine": "max", "default": "1", "rows": rows}]
    program = compiled(pack(steps, state=[{"uid": "seen", "name": "seen", "initial": "0"}]))
    days = ["2024-06-03", "2024-06-04", "2024-12-30", "2025-01-02", "2025-01-03"]
    _, outcomes = live(program, ticket("T0", "2024-05-01T10:00:00"))
    assert outcomes[0].values["times"] == 1
    for day, times in zip(days, (2, 1, 3, 3, 1), strict=True):
        _, outcomes = live(program, ticket("T1", f"{day}T10:00:00"))
        assert outcomes[0].values["times"] == times, day
    _, outcomes = live(program, ticket("T1", "2024-06-04T10:00:00"), ticket("T2", "2024-06-05T10:00:00"))
    assert [each.values["times"] for each in outcomes] == [1, 5]


def test_a_row_that_is_switched_off_never_counts() -> None:
    rows = [{"uid": "twice", "value": "2"}, {"uid": "often", "value": "9", "off": True}]
    factor = {"uid": "fact", "factor": "times", "combine": "max", "default": "1", "rows": rows}
    assert values([factor])["times"] == 2


def test_a_condition_on_the_border() -> None:
    steps = [SUM, gives("is_over", "total > 500")]
    assert values(steps, ("a", 1, "500.00"))["is_over"] is False
    assert values(steps, ("a", 1, "500.01"))["is_over"] is True


def test_days_are_days_of_the_programs_zone() -> None:
    program = compiled(pack([gives("month", "MONTH(day)")], zone="Asia/Shanghai"))
    _, outcomes = live(program, ticket("T1", "2025-01-31T16:30:00"))
    assert outcomes[0].values["month"] == 2


SHARES = [SUM, {"uid": "share", "spread": "FLOOR(total)", "unit": "1", "over": "lines", "by": "amount",
                "method": "cumulative_floor", "into": "share"},
          grant("FLOOR(total)", lot="own", expires_on="EDATE(day, 12)")]
BACK = [{"uid": "match", "match": "units", "of": "lines", "with": "ticket.lines", "capacity": "units", "on": ["item"],
         "prefer": "latest", "into": "pairs", "filled": "found"},
        {"uid": "each", "each": "p", "in": "pairs", "do": [
            {"uid": "claw", "post": "units", "move": "take",
             "amount": "SHARE(p.to.share, p.before, p.after, p.to.units, 1)",
             "as": "clawed", "from": ["origin", "queue", "debt"], "origin": "p.to", "lot": "own"}]},
        gives("rest", "units - found", over="lines")]


def test_partial_reversals_of_a_line_add_up_exactly() -> None:
    program = compiled(pack(SHARES, BACK))
    backs = [ticket(f"R{n}", f"2024-06-0{n}T10:00:00", ("a", 1, "0")) for n in (2, 3, 4, 5)]
    life, outcomes = live(program, ticket("T1", "2024-06-01T10:00:00", ("a", 3, "199.00")), *backs)
    taken = [sum(each.amount for each in outcome.postings) for outcome in outcomes[1:]]
    assert taken == [66, 66, 67, 0]
    assert life.books["units"].balance == 0
    assert outcomes[-1].line_values["lines"]["rest"] == "1"


def test_the_latest_line_is_matched_first_and_only_its_own_share_leaves() -> None:
    program = compiled(pack(SHARES, BACK))
    _, outcomes = live(
        program,
        ticket("T1", "2024-06-01T10:00:00", ("a", 2, "10.00"), ("c", 1, "20.00")),
        ticket("T2", "2024-06-02T10:00:00", ("a", 2, "30.00")),
        ticket("R1", "2024-06-03T10:00:00", ("a", 3, "0")),
    )
    pairs = [(each.to.moment, each.before, each.after) for each in outcomes[2].pairs]
    assert pairs == [("T2", 0, 2), ("T1", 0, 1)]
    assert [each.amount for each in outcomes[2].postings] == [30, 5]


LEVELS = {"kind": "table", "uid": "levels", "name": "levels", "label": "Levels",
          "columns": [{"uid": "rank", "name": "rank", "type": "integer"},
                      {"uid": "least", "name": "least", "type": "decimal", "scale": 2},
                      {"uid": "gift", "name": "gift", "type": "integer"}],
          "rows": [{"uid": f"row{rank}", "values": {"rank": rank, "least": least, "gift": rank * 10}}
                   for rank, least in ((1, "0"), (2, "1000"), (3, "5000"), (4, "20000"))]}
STATE = [{"uid": "level", "name": "level", "initial": "FIRST(levels)"},
         {"uid": "since", "name": "since", "type": "date"}, {"uid": "base", "name": "base", "initial": "0.00"}]
RISE = [SUM, {"uid": "gain", "post": "gain", "move": "grant", "amount": "total", "as": "gained"},
        {"uid": "before", "let": "rank_before", "be": "level.rank"},
        {"uid": "level", "set": "level", "to": "IF(LAST(levels, least <= gain.balance).rank > level.rank, "
                                               "LAST(levels, least <= gain.balance), level)"},
        {"uid": "moved", "when": "level.rank > rank_before", "do": [
            {"uid": "since", "set": "since", "to": "day"}, {"uid": "base", "set": "base", "to": "gain.balance"}]},
        {"uid": "gifts", "each": "l", "in": "levels", "where": "l.rank > rank_before AND l.rank <= level.rank", "do": [
            {"uid": "gift", "post": "units", "move": "grant", "amount": "l.gift", "as": "gifts"}]}]
REVIEW = {"kind": "ruleset", "uid": "review", "name": "review", "label": "r", "steps": [
    {"uid": "fall", "when": "gain.balance - base < 3000 AND level.rank > 1", "do": [
        {"uid": "down", "set": "level", "to": "LAST(levels, rank < level.rank)"}]},
    {"uid": "since", "set": "since", "to": "day"}, {"uid": "base", "set": "base", "to": "gain.balance"}]}
DUE = {"due": [{"uid": "kept", "name": "kept", "at": "EDATE(since, 12)", "run": "review"}]}


def test_a_jump_over_levels_gives_the_gift_of_each() -> None:
    life, outcomes = live(compiled(pack(RISE, state=STATE, tables=[LEVELS])),
                          ticket("T1", "2024-06-01T10:00:00", ("a", 1, "25000")))
    gifts = [(each.round, each.amount) for each in outcomes[0].postings if each.name == "gifts"]
    assert gifts == [("row2", 20), ("row3", 30), ("row4", 40)]
    assert life.books["units"].balance == 90


@pytest.mark.parametrize(("late", "rank"), [("", 2), ("2025-03-09T23:30:00", 3)])
def test_a_level_is_reviewed_when_its_year_ends_and_a_late_document_keeps_it(late: str, rank: int) -> None:
    program = compiled(pack(RISE, state=STATE, tables=[LEVELS], rules=[REVIEW], more=DUE))
    moments = [ticket("T1", "2024-03-10T10:00:00", ("a", 1, "5200")),
               ticket("T2", "2024-09-01T10:00:00", ("a", 1, "2900"))]
    if late:
        moments.append(ticket("T3", late, ("a", 1, "150")))
    life, outcomes = live(program, *moments, until="2025-03-11T00:00:00")
    due = [each for each in outcomes if each.moment.kind == "due"]
    assert [each.moment.place[0].isoformat() for each in due] == ["2025-03-10T00:00:00+00:00"]
    assert life.state["level"]["rank"] == rank


def test_a_failing_rule_leaves_nothing_and_later_moments_go_on() -> None:
    steps = [SUM, grant("FLOOR(total)"), {"uid": "seen", "set": "seen", "to": "seen + 1"},
             gives("ratio", "1 / (total - 5)")]
    program = compiled(pack(steps, state=[{"uid": "seen", "name": "seen", "initial": "0"}]))
    life, outcomes = live(program, ticket("T1", "2024-06-01T10:00:00", ("a", 1, "5")),
                          ticket("T2", "2024-06-02T10:00:00", ("a", 1, "7")))
    assert isinstance(outcomes[0].error, RuleFailed) and outcomes[0].error.params["step"] == "let_ratio"
    assert (life.state["seen"], life.books["units"].balance, outcomes[1].error) == (1, 7, None)


def test_a_take_is_refused_when_it_is_new_and_owed_when_history_changed() -> None:
    spend = {"uid": "spend", "post": "units", "move": "take", "amount": "FLOOR(total)", "as": "spent",
             "from": ["queue"]}
    program = compiled(pack([SUM, spend]))
    life, outcomes = live(program, ticket("T1", "2024-06-01T10:00:00", ("a", 1, "51")))
    assert isinstance(outcomes[0].error, NotCovered) and outcomes[0].error.params["shortfall"] == "51"
    known = ticket("T1", "2024-06-01T10:00:00", ("a", 1, "51"))
    known.is_first = False
    life, outcomes = live(program, known)
    assert (life.books["units"].debt, len(outcomes[0].reviews)) == (51, 1)


def test_a_document_may_be_refused_or_sent_to_review() -> None:
    steps = [SUM, {"uid": "look", "review": {"zh": "大额", "en": "Large"}, "when": "total > 10"},
             {"uid": "stop", "refuse": {"zh": "过大", "en": "Too large"}, "when": "total > 100"}]
    program = compiled(pack(steps))
    _, outcomes = live(program, ticket("T1", "2024-06-01T10:00:00", ("a", 1, "50")),
                       ticket("T2", "2024-06-02T10:00:00", ("a", 1, "500")))
    assert outcomes[0].reviews == [{"step": "look", "round": "", "zh": "大额", "en": "Large"}]
    assert isinstance(outcomes[1].error, Refused)


def test_pinned_values_stay_as_they_were_told() -> None:
    program = compiled(pack([SUM, {**gives("told", "total"), "pin": True}, {**gives("best", "total"), "pin": "best"}]))
    _, outcomes = live(program, ticket("T1", "2024-06-01T10:00:00", ("a", 1, "50")))
    assert outcomes[0].pins == {"let_told": 50, "let_best": 50}
    later = ticket("T1", "2024-06-01T10:00:00", ("a", 1, "80"))
    later.pins = outcomes[0].pins
    _, outcomes = live(program, later)
    assert (outcomes[0].values["told"], outcomes[0].values["best"]) == (50, 80)


@pytest.mark.parametrize(
    ("step", "code"),
    [
        (gives("x", "owner.grade"), "impure_rule"),
        (gives("x", "TODAY()"), "not_offered"),
        (gives("x", "nothing"), "unknown_name"),
        ({"uid": "step", "set": "nothing", "to": "1"}, "unknown_state"),
        ({"uid": "step", "post": "nothing", "move": "grant", "amount": "1", "as": "x"}, "unknown_ledger"),
        ({"uid": "step", "post": "gain", "move": "grant", "amount": "1", "as": "x", "lot": "y"}, "no_lots"),
        ({"uid": "step", "let": "x", "over": "number", "be": "1"}, "no_lines_field"),
        ({"uid": "step", "each": "l", "in": "number", "do": [gives("x", "1")]}, "wrong_type"),
    ],
)
def test_check_names_what_is_wrong_with_a_step(step: Body, code: str) -> None:
    found = problems(pack([step]))
    assert [each.code for each in found] == [code]
    assert "/steps/0" in found[0].pointer


@pytest.mark.parametrize(("keys", "facts", "code", "place"), [
    ({"holds": {"fact": "spend"}}, ["spent"], "unknown_fact", "/holds/fact"),
    ({"transfers": {"take": "spent", "give": "given"}}, ["spent"], "unknown_fact", "/transfers/give"),
    ({"holds": {"fact": "other"}}, ["other"], "no_amount", "/holds/fact"),
    ({"holds": {}}, [], "too_few", "/holds"),
    ({"transfers": {"undo_within": "30 days"}}, [], "bad_duration", "/transfers/undo_within"),
])
def test_a_ledger_names_facts_that_are_there_with_an_amount(
    keys: dict[str, Any], facts: list[str], code: str, place: str
) -> None:
    fields = {"spent": "amount", "other": "units_spent"}
    made = [{"uid": name, "name": name, "run": "on_fact", "fields": [
        {"uid": "f_one", "name": fields[name], "type": "number"}]} for name in facts]
    ledger = {"kind": "ledger", "uid": "more", "name": "more", "label": "More", "per": "owner", "unit": "1", **keys}
    rules = [{"kind": "ruleset", "uid": "on_fact", "name": "on_fact", "label": "r", "steps": [
        {"uid": "note", "let": "nothing", "be": "0"}]}] if facts else []
    one = [{"uid": "one", "let": "one", "be": "1"}]
    found = problems(pack(one, tables=[ledger], more={"facts": made}, rules=rules))
    assert [(each.code, each.pointer.rpartition("#")[2]) for each in found] == [(code, place)]
