"""Ledgers in which a holder has several accounts: one for each place, with all that accounts can do."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from engine import trade
from tessera.context import Context, frozen_clock
from tessera.engine import records, timeline
from tessera.engine.records import ListQuery
from tessera.engine.rules.failures import NotCovered
from tessera.engine.work import Work
from tessera.errors import Invalid, NotFound
from tessera.meta import Package, check
from tessera.meta.documents import document_of, package_of
from tessera.runtime import Runtime
from tessera.store.system.ledger import account
from tessera.store.system.timeline import moment

Body = dict[str, Any]
T0 = datetime(2024, 6, 1, 10, tzinfo=UTC)


def _field(name: str, kind: str, **more: Any) -> Body:
    return {"uid": name.ljust(3, "_"), "name": name, "label": name, "type": kind, **more}


def _entity(name: str, *fields: Body, key: str = "code") -> Body:
    own = [_field(key, "text", required=True), *fields]
    return {"kind": "entity", "uid": name, "name": name, "label": name, "title": key, "business_key": [key],
            "fields": own}


def _document(name: str) -> Body:
    lines = _field("lines", "lines", fields=[_field("item", "text", required=True), _field("units", "integer"),
                                             _field("amount", "integer")])
    refs = [_field(each, "reference", to=each, on_delete="refuse") for each in ("owner", "site")]
    return _entity(name, _field("at", "datetime"), *refs, lines, key="number")


OWNER = _entity(
    "owner", _field("home", "reference", to="site", on_delete="refuse"),
    _field("all_units", "balance", ledger="units"), _field("home_units", "balance", ledger="units", beside=["home"]),
)
PLACE = _entity("site", _field("units_here", "balance", ledger="units"),
                _field("debt_here", "balance", ledger="units", figure="debt"))
UNITS = {"kind": "ledger", "uid": "units", "name": "units", "label": "Units", "per": ["owner", "site"], "unit": "1",
         "lots": True, "transfers": {"undo_within": "9d"}}
GAIN = {"kind": "ledger", "uid": "gain", "name": "gain", "label": "Gain", "per": "owner", "unit": "1"}
ON_TICKET = {"kind": "ruleset", "uid": "on_ticket", "name": "on_ticket", "label": "r", "for": "ticket", "steps": [
    {"uid": "before", "let": "before", "be": "units.balance"},
    {"uid": "total", "let": "total", "be": "SUM(lines, amount)"},
    {"uid": "share", "spread": "total", "unit": "1", "over": "lines", "by": "amount", "method": "cumulative_floor",
     "into": "share"},
    {"uid": "grant", "post": "units", "move": "grant", "amount": "total", "as": "earned", "lot": "own",
     "expires_on": "day + 30"},
    {"uid": "gain", "post": "gain", "move": "grant", "amount": "total", "as": "paid"},
    {"uid": "after", "let": "after", "be": "TOTAL(units, 'earned')"}]}
ON_BACK = {"kind": "ruleset", "uid": "on_back", "name": "on_back", "label": "r", "for": "reversal"}
SPENT = {"kind": "ruleset", "uid": "spent", "name": "spent", "label": "r", "on_error": "reject", "steps": [
    {"uid": "take", "post": "units", "move": "take", "amount": "amount", "as": "spent", "from": ["queue"]}]}
FACT = {"uid": "spent", "name": "spent", "run": "spent", "fields": [
    {"uid": "f_amount", "name": "amount", "type": "number"},
    {"uid": "f_site", "name": "site", "type": "reference", "to": "site"}]}
MOMENTS = [{"uid": "ticket", "of": "ticket", "holder": "owner", "at": "at", "run": "on_ticket"},
           {"uid": "reversal", "of": "reversal", "holder": "owner", "at": "at", "run": "on_back"}]


def package(*, units: Body = UNITS, back: list[Body] | None = None, more: Body | None = None) -> Package:
    """A program whose units are kept by owner and place, and whose gain is kept by owner."""
    steps = back or [{"uid": "claw", "post": "units", "move": "take", "amount": "SUM(lines, amount)", "as": "clawed",
                      "from": ["queue", "debt"]}]
    life = {"kind": "timeline", "uid": "life", "name": "life", "label": "Life", "per": "owner", "zone": "UTC",
            "moments": MOMENTS, "facts": [FACT], **(more or {})}
    head = {"kind": "package", "uid": "small", "name": "small", "version": "1.0.0", "label": "Small"}
    bodies = [head, OWNER, PLACE, _document("ticket"), _document("reversal"), units, GAIN, ON_TICKET,
              {**ON_BACK, "steps": steps}, SPENT, life]
    return package_of("small", [document_of("small", f"{body['kind']}_{body['uid']}.json", body) for body in bodies])


def start(url: str, folder: Path, **more: Any) -> Runtime:
    """A database with the program, two owners and three places."""
    runtime = trade.opened(url, folder, [package(**more)])
    with runtime.writing(at(0)) as work:
        for code in ("P1", "P2", "P3"):
            records.create(work, "site", {"code": code})
        for code in ("O1", "O2"):
            records.create(work, "owner", {"code": code, "home": "P2"})
    return runtime


@pytest.fixture
def runtime(database_url: str, tmp_path: Path) -> Iterator[Runtime]:
    """The program on each database."""
    runtime = start(database_url, tmp_path)
    yield runtime
    runtime.close()


def at(day: float) -> Context:
    return Context(clock=frozen_clock(T0 + timedelta(days=day)))


def add(runtime: Runtime, number: str, day: float, amount: int, place: str | None, *, owner: str = "O1",
        seen: float | None = None) -> None:
    entity = "reversal" if number.startswith("R") else "ticket"
    body = {"number": number, "at": (T0 + timedelta(days=day)).isoformat(), "owner": owner, "site": place,
            "lines": [{"item": "a", "units": 1, "amount": amount}]}
    with runtime.writing(at(day if seen is None else seen)) as work:
        records.create(work, entity, body)


def balances(work: Work, holder: int = 1, as_of: Any = None) -> list[int]:
    """The balance of each place, and of all together."""
    each = [timeline.accounts(work, "units", [holder], as_of, beside=[place])[holder]["balance"] for place in (1, 2, 3)]
    return [*each, timeline.accounts(work, "units", [holder], as_of)[holder]["balance"]]  # type: ignore[list-item]


def proved(work: Work) -> None:
    """Everything agrees: rows, and each proof with what is posted."""
    assert timeline.verify(work) == []
    for number in work.tx.execute(sa.select(moment.c.id).where(moment.c.is_present)).scalars():
        assert timeline.explain(work, number)["agrees"]


def test_every_place_has_an_account_with_lots_of_its_own(runtime: Runtime) -> None:
    add(runtime, "T1", 1, 100, "P1")
    add(runtime, "T2", 2, 50, "P2")
    add(runtime, "T3", 3, 30, "P1")
    add(runtime, "R1", 4, 120, "P1")
    add(runtime, "R2", 4.5, 70, "P2")
    with runtime.reading(at(5)) as work:
        assert balances(work) == [10, -20, 0, -10]
        assert timeline.accounts(work, "gain", [1])[1]["balance"] == 180
        assert timeline.accounts_of(work, "units", 1) == [(1,), (2,)]
        assert [(each["left"], each["beside"]) for each in timeline.lots(work, "units", 1)] == [(10, [1])]
        rows = timeline.movements(work, "units", 1, beside=[2])
        assert [(each["name"], each["amount"], each["beside"]) for each in rows] == [
            ("clawed", 70, [2]), ("earned", 50, [2])]
        assert len(timeline.movements(work, "units", 1)) == 5
        decision = timeline.decision_of(work, "ticket", 3)
        assert decision is not None and (decision["values"]["before"], decision["values"]["after"]) == ("100", "130")
        assert decision["inputs"]["ledgers"]["units"] == ["100", "0"]
        with pytest.raises(NotFound):
            timeline.accounts(work, "units", [1], beside=[1, 2])
        proved(work)


def test_each_account_expires_and_is_read_as_of_any_day(runtime: Runtime) -> None:
    add(runtime, "T1", 1, 100, "P1")
    add(runtime, "T2", 11, 50, "P2")
    for day, wanted in ((20, [100, 50, 0, 150]), (35, [0, 50, 0, 50]), (45, [0, 0, 0, 0])):
        with runtime.reading(at(day)) as work:
            assert balances(work) == wanted
    assert timeline.settle_due(runtime, at(36)) == 1
    with runtime.reading(at(36)) as work:
        days = (date(2024, 6, 1), date(2024, 6, 2), date(2024, 6, 15), date(2024, 7, 1), date(2024, 7, 2))
        assert [balances(work, as_of=day)[:2] for day in days] == [[0, 0], [100, 0], [100, 50], [100, 50], [0, 50]]
        lots = timeline.lots(work, "units", 1, as_of=date(2024, 6, 15), beside=[1])
        assert [each["left"] for each in lots] == [100]
        proved(work)


def test_an_account_that_was_given_another_name_is_found(runtime: Runtime) -> None:
    add(runtime, "T1", 1, 100, "P1")
    for name in ("3", "x", ""):
        with pytest.raises(ZeroDivisionError), runtime.writing(at(2)) as work:
            work.tx.execute(sa.update(account).where(account.c.name == "1").values(name=name))
            assert timeline.verify(work) != []
            raise ZeroDivisionError


def test_what_was_shown_at_an_instant_is_read_from_the_log(runtime: Runtime) -> None:
    add(runtime, "T1", 1, 100, "P1")
    add(runtime, "R1", 5, 30, "P1")
    add(runtime, "T2", 2, 50, "P1", seen=9)
    add(runtime, "R2", 3, 120, "P1", seen=12)

    def shown(work: Work, day: float, as_of: Any = None) -> tuple[Any, ...]:
        instant = T0 + timedelta(days=day)
        found = timeline.account_as_posted(work, "units", 1, posted_by=instant, as_of=as_of, beside=[1])
        lots = timeline.lots(work, "units", 1, posted_by=instant, as_of=as_of, beside=[1])
        return found["balance"], found["debt"], [each["left"] for each in lots]

    for today in (13, 60):
        with runtime.reading(at(today)) as work:
            assert shown(work, 4) == (100, 0, [100])
            assert shown(work, 6) == (70, 0, [70])
            assert shown(work, 10) == (120, 0, [70, 50])
            assert shown(work, 10, date(2024, 6, 2)) == (100, 0, [100])
            assert shown(work, 10, date(2024, 6, 5)) == (150, 0, [100, 50])
            assert shown(work, 13) == (0, 0, [])
            assert shown(work, 10, date(2024, 7, 1)) == (120, 0, [70, 50])
            assert shown(work, 10, date(2024, 7, 2)) == (50, 0, [50])
            assert shown(work, 10, date(2024, 7, 3)) == (0, 0, [])
            assert len(timeline.movements(work, "units", 1, posted_by=T0 + timedelta(days=6))) == 2


def test_a_late_document_and_a_changed_place_are_replayed(runtime: Runtime) -> None:
    add(runtime, "T1", 1, 100, "P1")
    add(runtime, "R1", 5, 60, "P2")
    with runtime.reading(at(6)) as work:
        assert balances(work) == [100, -60, 0, 40]
    add(runtime, "T2", 2, 50, "P2", seen=6)
    with runtime.reading(at(6)) as work:
        assert balances(work) == [100, -10, 0, 90]
    with runtime.writing(at(7)) as work:
        records.update(work, "ticket", "T1", {"site": "P2"})
    with runtime.reading(at(7)) as work:
        assert balances(work) == [0, 90, 0, 90]
        assert [(each["left"], each["beside"]) for each in timeline.lots(work, "units", 1)] == [(40, [2]), (50, [2])]
        proved(work)
    with runtime.writing(at(8)) as work:
        records.update(work, "ticket", "T1", {"site": "P1"})
    with runtime.writing(at(8)) as work:
        assert balances(work) == [100, -10, 0, 90]
        records.delete(work, "ticket", "T2")
    with runtime.reading(at(8)) as work:
        assert balances(work) == [100, -60, 0, 40]
        proved(work)


def test_a_document_without_a_place_waits_until_it_has_one(runtime: Runtime) -> None:
    add(runtime, "T1", 1, 100, None)
    with runtime.writing(at(2)) as work:
        assert [each["code"] for each in timeline.waiting(work, "life")] == ["rule_failed"]
        records.update(work, "ticket", "T1", {"site": "P3"})
    with runtime.reading(at(2)) as work:
        assert timeline.waiting(work, "life") == [] and balances(work) == [0, 0, 100, 100]
        proved(work)


BACK = [
    {"uid": "match", "match": "units", "of": "lines", "with": "ticket.lines", "capacity": "units", "on": ["item"],
     "prefer": "latest", "into": "pairs", "filled": "matched"},
    {"uid": "each", "each": "p", "in": "pairs", "do": [
        {"uid": "claw", "post": "units", "move": "take", "as": "clawed", "origin": "p.to", "lot": "own",
         "beside": ["p.to.there"], "from": ["origin", "queue", "debt"],
         "amount": "SHARE(p.to.share, p.before, p.after, p.to.units, 1)"}]}]


def test_a_step_says_which_account_it_means(database_url: str, tmp_path: Path) -> None:
    on_ticket = [*ON_TICKET["steps"], {"uid": "there", "let": "there", "over": "lines", "be": "site"}]  # type: ignore[misc]
    made = package(back=BACK)
    mine = document_of("small", "rules.json", {**ON_TICKET, "steps": on_ticket})
    documents = [mine if each.name == "on_ticket" else each for each in made.documents]
    runtime = trade.opened(database_url, tmp_path, [package_of("small", documents)])
    with runtime.writing(at(0)) as work:
        for code in ("P1", "P2", "P3"):
            records.create(work, "site", {"code": code})
        records.create(work, "owner", {"code": "O1"})
    add(runtime, "T1", 1, 100, "P1")
    add(runtime, "R1", 2, 100, "P2")
    with runtime.reading(at(3)) as work:
        assert balances(work) == [0, 0, 0, 0]
        proof = timeline.explain(work, work.tx.scalar(sa.select(moment.c.id).where(moment.c.key == "R1")))
        assert [(each["ledger"], each["beside"], each["amount"]) for each in proof["postings"]] == [("units", [1], 100)]
        proved(work)
    runtime.close()


def test_postings_holds_and_facts_say_which_account(runtime: Runtime) -> None:
    with runtime.writing(at(1)) as work:
        timeline.post(work, "units", 1, "grant", 100, key="a", name="given", beside=[1])
        timeline.post(work, "units", 1, "grant", 30, key="b", name="given", beside=[2])
        with pytest.raises(Invalid):
            timeline.post(work, "units", 1, "take", 5, key="c", name="used")
        with pytest.raises(NotCovered), work.savepoint():
            timeline.post(work, "units", 1, "take", 31, key="c", name="used", beside=[2])
        timeline.hold(work, "units", 1, 20, key="h", beside=[2])
        timeline.hold(work, "units", 1, 60, key="h", beside=[1])
        with pytest.raises(NotCovered):
            timeline.hold(work, "units", 1, 11, key="i", beside=[2])
        assert [(each.amount, each.beside) for each in timeline.holds_of(work, "units", 1)] == [(60, (1,)), (20, (2,))]
        assert timeline.accounts(work, "units", [1])[1]["available"] == 50
        timeline.post_hold(work, "units", 1, 15, key="h", beside=[2])
        timeline.post_hold(work, "units", 1, key="h", beside=[1])
        assert balances(work) == [40, 15, 0, 55]
        timeline.record_fact(work, "life", 1, "spent", key="s", values={"amount": 10, "site": 2})
        assert balances(work) == [40, 5, 0, 45]
        with pytest.raises(NotCovered), work.savepoint():
            timeline.record_fact(work, "life", 1, "spent", key="t", values={"amount": 10, "site": 3})
        timeline.take_back(work, "units", 1, key="b")
        assert balances(work) == [40, -25, 0, 15]
        proved(work)


def test_a_merge_moves_every_account_and_is_undone(runtime: Runtime) -> None:
    add(runtime, "T1", 1, 100, "P1", owner="O2")
    add(runtime, "R1", 1.5, 40, "P2", owner="O2")
    add(runtime, "T2", 1, 10, "P1")
    with runtime.writing(at(2)) as work:
        with pytest.raises(Invalid):
            timeline.transfer(work, "units", 2, 1, key="m", amount=5)
        assert timeline.transfer(work, "units", 2, 1, key="n", amount=5, beside=[1]).moved == 5
        assert timeline.transfer(work, "units", 2, 1, key="m").moved == 55
        assert (balances(work), balances(work, 2)) == ([110, -40, 0, 70], [0, 0, 0, 0])
        proved(work)
        timeline.undo_transfer(work, "units", 2, key="m")
        assert (balances(work), balances(work, 2)) == ([15, 0, 0, 15], [95, -40, 0, 55])
        proved(work)


def test_fields_say_what_is_in_all_accounts_of_one_or_the_other(runtime: Runtime) -> None:
    add(runtime, "T1", 1, 100, "P1")
    add(runtime, "T2", 2, 50, "P2")
    add(runtime, "T3", 3, 7, "P2", owner="O2")
    add(runtime, "R1", 4, 60, "P2")
    for day, is_over in ((5, False), (32, True)):
        with runtime.reading(at(day)) as work:
            first = records.get(work, "owner", "O1")
            assert (first["all_units"], first["home_units"]) == ((-10, -10) if is_over else (90, -10))
            places = [records.get(work, "site", code) for code in ("P1", "P2", "P3")]
            assert [each["units_here"] for each in places] == ([0, -3, 0] if is_over else [100, -3, 0])
            assert [each["debt_here"] for each in places] == [0, 10, 0]
            rows = records.list_page(work, "owner", ListQuery(filter="all_units < 50", sort=("all_units",))).rows
            assert [each["code"] for each in rows] == (["O1", "O2"] if is_over else ["O2"])


@pytest.mark.parametrize("history", ["replay", "pinned"])
def test_any_order_of_arrival_ends_in_the_same_accounts(database_url: str, tmp_path: Path, history: str) -> None:
    runtime = start(database_url, tmp_path, more={"history": history})
    rng = random.Random(7)
    documents = [(f"{'R' if rng.random() < 0.3 else 'T'}{number}", rng.randrange(1, 60), rng.randrange(1, 90),
                  rng.choice(["P1", "P2", "P3"])) for number in range(24)]
    in_order = sorted(documents, key=lambda each: (each[1], each[0].startswith("R"), each[0]))
    rng.shuffle(documents)
    for number, day, amount, place in documents:
        add(runtime, number, day, amount, place, seen=100)
    for number, day, amount, place in in_order:
        add(runtime, f"{number}x", day, amount, place, owner="O2", seen=100)
    with runtime.reading(at(101)) as work:
        if history == "replay":
            assert balances(work) == balances(work, 2)
        for holder in (1, 2):
            assert balances(work, holder)[3] == sum(balances(work, holder)[:3])
        proved(work)
    runtime.close()


@pytest.mark.parametrize(("change", "code", "place"), [
    ({"units": {**UNITS, "per": ["owner", "nope"]}}, "unknown_entity", "/per/1"),
    ({"units": {**UNITS, "per": ["owner", "owner"]}}, "repeated", "/per"),
    ({"more": {"moments": [{**MOMENTS[0], "beside": ["owner"]}, MOMENTS[1]]}}, "no_account", "/moments/0/beside/0"),
    ({"more": {"moments": [{**MOMENTS[0], "beside": ["nope"]}, MOMENTS[1]]}}, "unknown_field", "/moments/0/beside/0"),
    ({"more": {"due": [{"uid": "due", "name": "due", "at": "units.balance", "run": "spent"}]}}, "unknown_name",
     "/due/0/at"),
    ({"more": {"facts": [{**FACT, "fields": FACT["fields"][:1]}]}}, "no_account", "/steps/0/post"),
    ({"back": [{**BACK[0]}, {**BACK[1], "do": [{**BACK[1]["do"][0], "beside": ["owner"]}]}]}, "no_account",
     "/steps/1/do/0/beside/0"),
])
def test_what_does_not_say_which_account_is_told(change: Body, code: str, place: str) -> None:
    found = check([package(**change)])
    assert (code, place) in {(each.code, each.pointer.rpartition("#")[2]) for each in found}, found


def test_the_program_of_these_tests_is_right() -> None:
    assert check([package()]) == []
