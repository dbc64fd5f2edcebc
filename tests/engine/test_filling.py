"""Stored formulas of a release are filled for the records that are there; its plan counts what breaks new rules."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from tessera import faults
from tessera.context import Context, frozen_clock
from tessera.engine import outstanding, packages, records
from tessera.engine.derived.building import FieldBuilding
from tessera.engine.records import ListQuery, Measure
from tessera.meta import Package
from tessera.meta.documents import document_of, package_of
from tessera.runtime import Runtime, open_runtime
from tessera.settings import Limits, Settings
from tessera.store.builds import open_builds, run_builds

from .conftest import NOON, field, label

CTX = Context(clock=frozen_clock(NOON))
LATER = Context(clock=frozen_clock(NOON + timedelta(hours=1)))


def work_package(*more: dict[str, Any], lines: tuple[dict[str, Any], ...] = (), **entity: Any) -> Package:
    """Jobs of teams with hours and steps. more, lines: further fields."""
    team = {
        "kind": "entity",
        "uid": "team",
        "name": "team",
        "label": label("team"),
        "business_key": ["code"],
        "fields": [
            field("code", required=True),
            field("rate", "decimal", scale=2),
            field("cost", "rollup", **{"from": "job", "via": "team", "fold": "sum", "value": "hours"}),
        ],
    }
    steps = field("steps", "lines", fields=[field("qty", "integer", required=True), *lines])
    job = {
        "kind": "entity",
        "uid": "job",
        "name": "job",
        "label": label("job"),
        "business_key": ["code"],
        "fields": [
            field("code", required=True),
            field("hours", "decimal", scale=2),
            field("day", "date"),
            field("team", "reference", to="team"),
            field("next", "reference", to="job", on_delete="blank"),
            steps,
            *more,
        ],
        **entity,
    }
    head = {"kind": "package", "uid": "jobs", "name": "jobs", "label": label("jobs"), "version": "1.0.0"}
    bodies = (("tessera.json", head), ("team.json", team), ("job.json", job))
    return package_of("jobs", [document_of("jobs", path, body) for path, body in bodies])


def stored(uid: str, value: str, **more: Any) -> dict[str, Any]:
    """A stored formula."""
    return field(uid, "formula", value=value, stored=True, **more)


FORMULAS = (stored("pay", "hours * 2.5", scale=2, rounding="half_up"), stored("twice", "pay * 2", scale=2),
            stored("pieces", "SUM(steps, weight)"))  # fmt: skip
LINES = (stored("weight", "qty * 10"),)


@pytest.fixture
def runtime(database_url: str) -> Iterator[Runtime]:
    """Twelve jobs, the last of them deleted."""
    runtime = open_runtime(Settings(database_url=database_url, zone="UTC", secret_key="for tests"))
    packages.apply(runtime.database, runtime.settings, CTX, [work_package()])
    with runtime.writing(CTX) as work:
        records.create(work, "team", {"code": "T", "rate": "2.5"})
        for place in range(12):
            body = {"code": f"J{place:02}", "hours": place, "team": "T", "steps": [{"qty": place}, {"qty": 1}]}
            records.create(work, "job", body | ({"next": "J03"} if place == 10 else {}))
        records.delete(work, "job", "J11")
    yield runtime
    runtime.close()


def applied(runtime: Runtime, package: Package, limits: Limits | None = None) -> packages.Applied:
    """Apply with these limits."""
    settings = replace(runtime.settings, limits=limits or Limits())
    return packages.apply(runtime.database, settings, LATER, [package], consent=True)


def jobs(runtime: Runtime) -> list[tuple[Any, ...]]:
    """Version and formulas of every job that there is."""
    with runtime.reading(CTX) as work:
        rows = records.list_page(work, "job", records.ListQuery(sort=("code",))).rows
    return [(row["version"], row["pay"], row["twice"], row["pieces"]) for row in rows]


def kept(runtime: Runtime) -> list[Any]:
    """What stands in the column of a formula, by id."""
    with runtime.reading(CTX) as work:
        table = work.tables.of(work.entity("job"))
        return [row["pay"] for row in work.tx.rows(sa.select(table.c.id, table.c.pay).order_by(table.c.id))]


WANTED = [(1, Decimal(n) * Decimal("2.50"), Decimal(n) * 5, (n + 1) * 10) for n in range(11)]


def test_formulas_of_a_small_table_are_filled_with_the_release(runtime: Runtime) -> None:
    result = applied(runtime, work_package(*FORMULAS, lines=LINES))
    counts = {each.key: rows for each, rows in zip(result.proposal.plan.changes, result.proposal.rows, strict=True)}
    assert counts["jobs:job.pay"] == 11
    assert jobs(runtime) == WANTED
    restored = runtime.write(LATER, lambda work: records.restore(work, "job", "J11"))
    assert (restored["pay"], restored["steps"][0]["weight"]) == (Decimal("27.50"), 110)
    changed = (stored("pay", "hours * 100", scale=2, rounding="half_up"), *FORMULAS[1:])
    applied(runtime, work_package(*changed, lines=LINES))
    assert [row[1:3] for row in jobs(runtime)] == [(Decimal(n) * 100, Decimal(n) * 200) for n in range(12)]


def test_formulas_of_a_large_table_are_a_build_that_is_taken_up_again(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tessera.engine.derived import formulas

    monkeypatch.setattr(formulas, "PAGE", 4)
    applied(runtime, work_package(*FORMULAS, lines=LINES), Limits(build_inline_rows=5))
    assert jobs(runtime) == WANTED, "worked out when it is read"
    assert kept(runtime) == [None] * 12
    with runtime.reading(CTX) as work:
        inside = [each["next"] for each in records.list_page(work, "job", ListQuery(expand=("next",))).rows]
    assert [each["pay"] for each in inside if each] == [Decimal("7.50")]
    with runtime.reading(CTX) as work:
        assert outstanding.being_filled(work, work.entity("job")) == ["pay", "twice", "pieces"]
        for asked in (ListQuery(filter="pay > 1"), ListQuery(sort=("twice",)), ListQuery(filter="twice + 1 > pieces")):
            with pytest.raises(FieldBuilding):
                records.list_page(work, "job", asked)
        with pytest.raises(FieldBuilding):
            records.aggregate(work, "job", [Measure("x", "sum", "pay")])
    with runtime.database.read() as tx:
        assert [(each.kind, each.target, each.state) for each in open_builds(tx)] == [
            ("formula", "jobs:job", "waiting")
        ]
    reached = 0

    def stop() -> None:
        nonlocal reached
        reached += 1
        if reached == 2:
            raise KeyboardInterrupt

    with faults.armed(formulas.AFTER_PAGE, stop), pytest.raises(KeyboardInterrupt):
        run_builds(runtime.database, runtime.model())
    assert [each is None for each in kept(runtime)] == [False] * 4 + [True] * 8
    with runtime.reading(CTX) as work:
        (found,) = outstanding.progress(work)
        assert (found.done, found.total, found.fields) == (
            4,
            12,
            ["job.pay", "job.twice", "job.pieces", "job.steps.weight"],
        )
    written = runtime.write(LATER, lambda work: records.update(work, "job", "J10", {"hours": 1}))
    assert (written["pay"], written["version"]) == (Decimal("2.50"), 2)
    assert run_builds(runtime.database, runtime.model()) == []
    assert jobs(runtime)[:10] == WANTED[:10]
    assert None not in kept(runtime)
    with runtime.reading(CTX) as work:
        assert records.count(work, "job", "pay >= 10") == 6 and outstanding.being_filled(work, work.entity("job")) == []


def test_records_whose_formula_fails_are_named_and_keep_what_they_have(runtime: Runtime) -> None:
    formula = stored("ratio", "ROUND(10 / hours, 2)", scale=2, rounding="half_up")
    applied(runtime, work_package(formula))
    with runtime.database.read() as tx:
        (build,) = open_builds(tx)
    assert (build.state, list(build.problems)) == ("blocked", [1])
    runtime.write(LATER, lambda work: records.update(work, "job", "J00", {"hours": 4}))
    assert run_builds(runtime.database, runtime.model()) == []


def test_a_rollup_over_a_formula_follows_it(runtime: Runtime) -> None:
    package = work_package(*FORMULAS, lines=LINES)
    team = next(each for each in package.documents if each.name == "team")
    body = {**team.body, "fields": [*team.body["fields"], field(
        "paid", "rollup", **{"from": "job", "via": "team", "fold": "sum", "value": "pay"})]}  # fmt: skip
    others = [each for each in package.documents if each.name != "team"]
    applied(runtime, package_of("jobs", [*others, document_of("jobs", "team.json", body)]))
    with runtime.reading(CTX) as work:
        assert records.get(work, "team", "T")["paid"] == Decimal("137.50")


WEEK = {"at": "day", "window": "7d"}
ROLLUPS = (("pays", "sum", {"value": "pay"}), ("mean", "avg", {"value": "pay", "scale": 3, "rounding": "half_even"}),
           ("most", "max", {"value": "pay"}), ("week", "sum", {"value": "pay", **WEEK}),
           ("week_least", "min", {"value": "hours", **WEEK}))  # fmt: skip


def with_rollups() -> Package:
    """The package with rollups over hours and over a formula that is new, too."""
    package = work_package(*FORMULAS, lines=LINES)
    team = next(each for each in package.documents if each.name == "team")
    more = [field(name, "rollup", **{"from": "job", "via": "team", "fold": fold, **options})
            for name, fold, options in ROLLUPS]  # fmt: skip
    others = [each for each in package.documents if each.name != "team"]
    body = {**team.body, "fields": [*team.body["fields"], *more]}
    return package_of("jobs", [*others, document_of("jobs", "team.json", body)])


def teams(runtime: Runtime) -> dict[str, tuple[Any, ...]]:
    """The rollups of every team."""
    with runtime.reading(CTX) as work:
        rows = records.list_page(work, "team", ListQuery()).rows
    return {row["code"]: tuple(row[name] for name, _, _ in ROLLUPS) for row in rows}


def of_hours(hours: list[int]) -> tuple[Any, ...]:
    """What the rollups of a team come to that has jobs of so many hours, all of them today."""
    pays = [Decimal(each) * Decimal("2.50") for each in hours]
    if not pays:
        return (Decimal("0.00"), None, None, Decimal("0.00"), None)
    return (sum(pays), round(sum(pays) / len(pays), 3), max(pays), sum(pays), Decimal(min(hours)))


@pytest.mark.parametrize("point", ["formulas.after_page", "rollups.after_owners", "rollups.after_rebuild"])
def test_builds_are_finished_by_the_next_whatever_is_written_meanwhile(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    from tessera.engine.derived import formulas, releases

    monkeypatch.setattr(formulas, "PAGE", 4)
    monkeypatch.setattr(releases, "MOST_OWNERS", 1)
    today = NOON.date().isoformat()
    with runtime.writing(CTX) as work:
        records.create(work, "team", {"code": "U"})
        for place in range(11):
            team = "TU"[place % 2]
            records.update(work, "job", f"J{place:02}", {"team": team, "day": today})
    hours = {"T": [0, 2, 4, 6, 8, 10], "U": [1, 3, 5, 7, 9]}
    applied(runtime, with_rollups(), Limits(build_inline_rows=1))
    assert teams(runtime) == {code: of_hours(own) for code, own in hours.items()}
    for turn in (1, 2):
        reached = 0

        def stop(turn: int = turn) -> None:
            nonlocal reached
            reached += 1
            if reached == turn:
                raise KeyboardInterrupt

        with faults.armed(point, stop), pytest.raises(KeyboardInterrupt):
            run_builds(runtime.database, runtime.model())
        assert teams(runtime) == {code: of_hours(own) for code, own in hours.items()}
        with runtime.reading(CTX) as work, pytest.raises(FieldBuilding):
            records.count(work, "team", "pays > 0")
        gone = hours["T"].pop()
        runtime.write(LATER, lambda work, gone=gone: records.delete(work, "job", f"J{gone:02}"))  # type: ignore[misc]
        late = hours["U"].pop()
        hours["T"].insert(0, late)
        hours["T"].sort()
        runtime.write(LATER, lambda work, late=late: records.update(work, "job", f"J{late:02}", {"team": "T"}))  # type: ignore[misc]
    assert run_builds(runtime.database, runtime.model()) == []
    assert teams(runtime) == {code: of_hours(own) for code, own in hours.items()}
    with runtime.reading(CTX) as work:
        assert outstanding.being_filled(work, work.entity("team")) == []
        assert records.count(work, "team", "pays > 0 AND week_least >= 0") == 2


def test_the_plan_counts_the_records_that_a_new_rule_refuses(runtime: Runtime) -> None:
    runtime.write(CTX, lambda work: records.update(work, "job", "J01", {"team": None, "steps": []}))
    rule = {"uid": "hours_cap", "rule": "hours <= 7", "message": label("too many")}
    package = work_package(field("memo", required=True), validations=[rule])
    job = next(each for each in package.documents if each.name == "job")
    known = {each["uid"]: each for each in job.body["fields"]}
    known["team"]["required"] = known["steps"]["required"] = True
    known["hours"]["check"] = {"rule": "hours < 10", "message": label("less")}
    result = applied(runtime, package)
    rows = zip(result.proposal.plan.changes, result.proposal.rows, strict=True)
    counts = {(each.key.rpartition(".")[2] if "." in each.key else "", each.part): count for each, count in rows}
    wanted = {("memo", ""): 11, ("team", "required"): 1, ("steps", "required"): 1, ("hours", "check"): 1,
              ("", "validations"): 3}  # fmt: skip
    assert {key: counts[key] for key in wanted} == wanted
