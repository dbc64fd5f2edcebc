"""Facts from outside, documents whose rules fail, and names that the API keeps for itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from api.api_kit import Api, api_of, make_user, opened, problem_of
from api.small_package import ITEM, package
from tessera.context import SYSTEM, Context
from tessera.engine import packages
from tessera.errors import Invalid
from tessera.meta import Package, check
from tessera.meta.documents import document_of, package_of
from tessera.names import ROUTE_NAMES
from tessera.runtime import Runtime
from tessera.web.app import create_app
from tessera.web.handlers import routes
from unit.engine_timeline.program import gives, pack

_RULE = {"kind": "ruleset", "uid": "given", "name": "given", "label": "given", "steps": [
    {"uid": "give", "post": "units", "move": "grant", "amount": "units_given", "as": "given"}]}
_FACTS = {"facts": [{"uid": "given", "name": "given", "run": "given", "fields": [
    {"uid": "f_units", "name": "units_given", "type": "number"}, {"uid": "f_until", "name": "until", "type": "date"},
    {"uid": "f_note", "name": "note", "type": "text"}]}]}
_STEPS = [{"uid": "total", "let": "total", "be": "SUM(lines, amount)"}, gives("ratio", "100 / (total - 5)"),
          {"uid": "grant", "post": "units", "move": "grant", "amount": "FLOOR(total)", "as": "earned"}]


def _clerks() -> Package:
    def role(name: str, *permissions: str) -> dict[str, Any]:
        grants = [{"uid": "own", "entity": "owner", "actions": ["read"]}]
        return {"kind": "role", "uid": name, "name": name, "label": name, "permissions": list(permissions),
                "grants": grants}

    head = {"kind": "package", "uid": "roles", "name": "roles", "version": "1.0.0", "label": "Roles",
            "requires": [{"uid": "needs", "package": "small", "version": "1.0.0"}]}
    bodies = [head, role("teller", "facts"), role("reader")]
    return package_of("roles", [document_of("roles", f"{body['uid']}.json", body) for body in bodies])


@pytest.fixture
def units(database_url: str, tmp_path: Path) -> Iterator[Runtime]:
    """A ledger to which facts give, and documents whose rules fail when their total is 5."""
    runtime = opened(database_url, tmp_path)
    program = pack(_STEPS, more=_FACTS, rules=[_RULE])
    packages.apply(runtime.database, runtime.settings, Context(actor=SYSTEM), [program, _clerks()])
    yield runtime
    runtime.close()


@pytest.fixture
def api(units: Runtime) -> Api:
    """An administrator's client."""
    made = api_of(create_app(units), make_user(units, "ada", is_admin=True)[1])
    made("POST", "/api/v1/owner", {"code": "O1"})
    return made


def _fact(key: str = "a", units: Any = 100, **more: Any) -> dict[str, Any]:
    values = {"units_given": units}
    return {"timeline": "life", "fact": "given", "holder": "O1", "key": key, "at": "2024-06-01T10:00:00Z",
            "values": values, **more}


def _balance(api: Api) -> Any:
    return api("GET", "/api/v1/accounts?ledger=units&holder=O1").json["balance"]


def test_a_fact_counts_once_and_can_be_withdrawn(api: Api) -> None:
    first = api("POST", "/api/v1/facts", _fact())
    assert first.status_code == 200 and api("POST", "/api/v1/facts", _fact()).json == first.json
    assert _balance(api) == 100
    problem_of(api("POST", "/api/v1/facts", _fact(units=120)), 409, "conflict")
    api("POST", "/api/v1/facts", _fact("b", "20"))
    assert _balance(api) == 120
    key = {name: value for name, value in _fact().items() if name not in ("at", "values")}
    assert api("POST", "/api/v1/facts/withdraw", key).status_code == 204
    problem_of(api("POST", "/api/v1/facts/withdraw", key), 404, "not_found")
    assert _balance(api) == 20


def test_every_problem_of_a_fact_is_named(api: Api) -> None:
    body = _fact(at="2024-06-01T10:00:00", values={"units_given": "x", "until": "2024-02-30", "note": 1, "nope": 2})
    pointers = {each["pointer"] for each in problem_of(api("POST", "/api/v1/facts", body), 422, "invalid")["problems"]}
    assert pointers == {"/at", "/values/units_given", "/values/until", "/values/note", "/values/nope"}
    for values in ({"units_given": "1e999"}, {"units_given": True}, {"units_given": "NaN"}, 5, [1]):
        problem_of(api("POST", "/api/v1/facts", _fact(values=values)), 422, "invalid")
    for name in ("timeline", "fact", "holder"):
        problem_of(api("POST", "/api/v1/facts", _fact(**{name: "nope"})), 404, "not_found")
        problem_of(api("POST", "/api/v1/facts", _fact(**{name: 5})), 422, "invalid")
    assert _balance(api) == 0


def test_facts_are_recorded_by_who_has_the_permission(units: Runtime, api: Api) -> None:
    app = create_app(units)
    teller = api_of(app, make_user(units, "tess", roles=["teller"])[1])
    reader = api_of(app, make_user(units, "rea", roles=["reader"])[1])
    nobody = api_of(app, make_user(units, "noa")[1])
    problem_of(reader("POST", "/api/v1/facts", _fact()), 403, "forbidden")
    problem_of(nobody("POST", "/api/v1/facts", _fact()), 404, "not_found")
    assert teller("POST", "/api/v1/facts", _fact()).status_code == 200
    assert _balance(api) == 100


def _ticket(number: str, amount: str) -> dict[str, Any]:
    line = {"item": "a", "units": 1, "amount": amount}
    return {"number": number, "at": "2024-06-02T10:00:00Z", "owner": "O1", "lines": [line]}


def test_a_failing_rule_loses_no_document_and_the_answer_says_so(api: Api) -> None:
    sound = api("POST", "/api/v1/ticket", _ticket("T1", "7.00"))
    assert sound.status_code == 201 and "_parked" not in sound.json
    made = api("POST", "/api/v1/ticket", _ticket("T2", "5.00"), Idempotency_Key="k-1")
    assert (made.status_code, made.json["_parked"]["code"]) == (201, "rule_failed")
    again = api("POST", "/api/v1/ticket", _ticket("T2", "5.00"), Idempotency_Key="k-1")
    assert again.data == made.data
    decision = api("GET", "/api/v1/decisions/ticket/T2").json
    assert decision["parked"]["code"] == "rule_failed" and "values" not in decision
    waiting = api("GET", "/api/v1/timelines/life/parked").json["data"]
    assert [(row["entity"], row["document_id"], row["code"]) for row in waiting] == [("ticket", 2, "rule_failed")]
    assert _balance(api) == 7
    line = {"item": "a", "units": 1, "amount": "6.00"}
    mended = api("PATCH", "/api/v1/ticket/T2", {"lines": [line]})
    assert "_parked" not in mended.json and _balance(api) == 13
    assert api("GET", "/api/v1/timelines/life/parked").json["data"] == []
    problem_of(api("GET", "/api/v1/timelines/nope/parked"), 404, "not_found")


def test_a_batch_says_which_of_its_documents_wait(api: Api) -> None:
    rows = [_ticket("T1", "7.00"), _ticket("T2", "5.00")]
    answer = api("POST", "/api/v1/ticket/bulk", {"data": rows}).json
    assert answer["created"] == 2 and [each["id"] for each in answer["parked"]] == [2]


def test_names_of_addresses_are_kept_from_entities() -> None:
    taken = {each.path.split("/")[3] for each in routes() if each.path.startswith("/api/v1/")}
    assert {name for name in taken if name.isidentifier()} <= ROUTE_NAMES
    for name in sorted(ROUTE_NAMES):
        problems = check([package(item={**ITEM, "name": name})])
        found = [each for each in problems if each.code == "reserved_name"]
        assert len(found) == 1 and found[0].pointer.endswith(f"entity/{name}.json#/name") and found[0].hint, name


@pytest.mark.parametrize("name", ["accounts", "metadata"])
def test_an_older_name_cannot_be_one_either(name: str) -> None:
    problems = check([package(item={**ITEM, "aliases": [name]})])
    assert "reserved_name" in {each.code for each in problems}


def test_a_refused_package_leaves_the_release(runtime: Runtime) -> None:
    tools = (runtime.database, runtime.settings, Context(actor=SYSTEM))
    with pytest.raises(Invalid):
        packages.apply(*tools, [package(item={**ITEM, "name": "views"}, version="1.1.0")], consent=True)
    assert runtime.model().number == 1
