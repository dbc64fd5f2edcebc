"""Links to a task: signed, for one person, with an end, revocable."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from approvals.kit import Office, approve, deal, node, who
from tessera.engine.approvals import links
from tessera.engine.approvals.errors import LinkRefused, NotOffered, SignInNeeded
from tessera.errors import NotFound

Begin = Callable[..., Office]


def linked(begin: Begin, **link: object) -> tuple[Office, str, int]:
    """An office, and the token of a link to ann's task, with the task."""
    office = begin(deal(approve(node("one", who("ann"), link={"hours": 2, **link}))))
    office.claim()
    made = office.do("ann", links.make, office.task("ann"))
    assert made["path"] == f"/approve#{made['token']}"
    return office, made["token"], office.task("ann")


def opened(office: Office, token: str, name: str = "") -> links.Opened:
    """What the link opens for somebody, or for a stranger."""
    with office.runtime.reading(office.context()) as work:
        return links.opened(work, token, office.ids[name] if name else None)


def test_a_link_opens_the_task_for_its_person_once_he_has_signed_in(quick: Begin) -> None:
    office, token, task = linked(quick)
    assert opened(office, token, "ann").task_id == task
    with pytest.raises(SignInNeeded):
        opened(office, token)
    with pytest.raises(LinkRefused):
        opened(office, token, "bob")


def test_a_node_may_let_people_decide_by_the_link_alone(quick: Begin) -> None:
    office, token, task = linked(quick, decides=True)
    found = opened(office, token)
    assert (found.task_id, found.actor.name, found.decides) == (task, "ann", True)
    with pytest.raises(LinkRefused):
        opened(office, token, "bob")  # somebody else who is signed in is no stranger


@pytest.mark.parametrize("change", ["x", "tal_1_", "tal_2_abc", "tal__", "", "tal_1_\udcff"])
def test_a_link_cannot_be_guessed_or_changed(quick: Begin, change: str) -> None:
    office, token, _ = linked(quick, decides=True)
    other = token[:-3] + ("AAA" if not token.endswith("AAA") else "BBB")
    for wrong in (change, other, token.replace("tal_1_", "tal_2_")):
        with pytest.raises(LinkRefused):
            opened(office, wrong)


def test_a_link_ends_by_time_by_revocation_and_with_the_account(begin: Begin) -> None:
    office, token, _ = linked(begin, decides=True)
    with pytest.raises(NotFound):
        office.do("bob", links.revoke, 1)
    office.works.later(minutes=119)
    opened(office, token)
    office.works.later(minutes=1)
    with pytest.raises(LinkRefused):
        opened(office, token)
    made = office.do("ann", links.make, office.task("ann"))
    opened(office, made["token"])
    office.do("ann", links.revoke, made["id"])
    with pytest.raises(LinkRefused):
        opened(office, made["token"])
    made = office.do("ann", links.make, office.task("ann"))
    office.change("ann", is_active=False)
    with pytest.raises(LinkRefused):
        opened(office, made["token"])


def test_only_the_holder_makes_a_link_and_only_where_the_node_has_links(quick: Begin) -> None:
    office = quick(deal(approve(node("one", who("ann")))))
    office.claim()
    with pytest.raises(NotFound):
        office.do("bob", links.make, office.task("ann"))
    with pytest.raises(NotOffered):
        office.do("ann", links.make, office.task("ann"))
