"""A mistake in a package over others is told once, where it is, without everything that follows from it."""

from __future__ import annotations

from typing import Any

import pytest

from packages.other_programs import package_of_bodies
from packages.retailer import program
from tessera.meta import check

ORDER = "loyalty:on_order"


def overlay(of: str, **changes: Any) -> dict[str, Any]:
    """An overlay of a document."""
    return {"kind": "overlay", "uid": "my_overlay", "of": of, "changes": changes}


def steps(*items: dict[str, Any]) -> dict[str, Any]:
    """An overlay of what an order earns."""
    return overlay(ORDER, steps=list(items))


@pytest.mark.parametrize(("mistake", "code", "place", "words"), [
    (overlay("loyalty:on_ordr", steps=[]), "unknown_document", "/of", "on_ordr"),
    (steps({"uid": "redemed", "be": "0"}), "missing_key", "/steps/", '"redemed" with the overlays of online_retail'),
    (steps({"uid": "redeemed", "bee": "0"}), "unknown_key", "/bee", 'Did you mean "be"?'),
    (steps({"uid": "redeemed", "be": "pointz * 2"}), "unknown_name", "/be", "Did you mean points?"),
    (steps({"uid": "grant", "expires_on": "TODAY() + 3"}), "not_offered", "/expires_on", "TODAY"),
    (steps({"uid": "earned", "be": "IF(store.code = 'S1', 1, 0)"}), "impure_rule", "/be", "capture"),
    (overlay("loyalty:tiers", rows=[{"uid": "v6", "values": {"code": "V6"}}]), "bad_uid", "/uid", "3 to 24"),
    (overlay("loyalty:tiers", rows=[{"uid": "v02", "values": {"gift": "many"}}]), "wrong_value", "/gift", "integer"),
    (overlay("loyalty:life", moments=[{"uid": "order", "run": "on_orders"}]), "unknown_ruleset",
     "/run", 'mean "on_order"?'),
    (overlay("loyalty:life", due=[{"uid": "idle", "name": "idle", "at": "BLANK", "run": "nope"}]), "unknown_ruleset",
     "/run", "nope"),
])  # fmt: skip
def test_one_mistake_is_one_problem(mistake: dict[str, Any], code: str, place: str, words: str) -> None:
    problems = check([*program(), package_of_bodies([mistake])])
    told = [f"{each.code} {each.pointer} {each.message} {each.hint}" for each in problems]
    assert {each.code for each in problems} in ({code}, {code, "rule_without_timeline"}), told
    assert len(problems) <= 2
    assert place in told[0] or place in told[-1]
    assert any(words in each for each in told)


def test_an_overlay_of_a_package_that_is_not_required_is_told() -> None:
    mine = package_of_bodies([overlay("loyalty:points", queue=["created"])], requires=())
    assert [(each.code, each.hint) for each in check([*program(), mine])] == [
        ("package_not_required", 'Add "loyalty" to requires in tessera.json.')
    ]
