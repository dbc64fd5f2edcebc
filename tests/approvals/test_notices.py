"""Whoever is asked, urged, sent a copy or mentioned is told, and whoever asked for it when it is over."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from approvals.kit import Office, approve, deal, node, who
from engine.conftest import label
from tessera.engine.approvals import deciding, delegating
from tessera.engine.messages import inbox
from tessera.errors import Invalid
from tessera.meta import check

Begin = Callable[..., Office]


def message(uid: str, text: str, **more: Any) -> dict[str, Any]:
    """A message to the inbox that is told everything."""
    names = ("title", "summary", "flow", "node", "requester", "by", "opinion", "outcome", "link")
    values = [{"uid": name.ljust(3, "_"), "name": name, "type": "text"} for name in names]
    texts = [{"uid": f"in_{lang}", "language": lang, "subject": uid, "text": text} for lang in ("zh", "en")]
    return {"kind": "message", "uid": uid, "name": uid, "label": label(uid), "values": values, "channels": ["app"],
            "texts": texts, **more}  # fmt: skip


MESSAGES = (
    message("told_ask", "{requester} / {title} / {node} / {link}"),
    message("told_urge", "{by} urges: {opinion}"),
    message("told_end", "{outcome} by {by}: {opinion}"),
    message("told_copy", "{title}"),
)
NAMES = {"asked": "told_ask", "urged": "told_urge", "returned": "told_end", "ended": "told_end", "copied": "told_copy",
         "mentioned": "told_copy"}  # fmt: skip


def texts(office: Office, name: str) -> list[str]:
    """What stands in somebody's inbox, the oldest first."""
    office.works.settle()
    with office.runtime.reading(office.context(name)) as work:
        return [str(each["text"]) for each in reversed(inbox.inbox(work))]


def test_everybody_is_told_what_concerns_him(begin: Begin) -> None:
    copies = [{"uid": "cop", "users": ["eve"]}]
    step = approve(node("one", who("ann"), copies=copies), messages=NAMES, title="record.subject")
    office = begin(*MESSAGES, deal(step))
    office.do("ann", delegating.delegate, to=office.ids["bob"], from_at=office.works.now,
              until_at=office.works.now + timedelta(days=1))  # fmt: skip
    office.claim(subject="a desk")
    assert texts(office, "ann") == ["req / a desk / one / /approvals/1"]
    assert texts(office, "bob") == texts(office, "ann")
    office.do("req", deciding.urge, 1, "please")
    assert texts(office, "ann")[1:] == ["req urges: please"]
    office.do("req", deciding.comment, 1, "see", (), [office.ids["ann"]])
    assert texts(office, "ann")[2:] == ["a desk"]
    with pytest.raises(Invalid):
        office.do("req", deciding.comment, 1, "see", (), [office.ids["dan"]])
    office.final("ann", "agree", opinion="fine")
    assert texts(office, "eve") == ["a desk"]
    assert texts(office, "req") == ["同意 by ann: fine"]


def test_a_requester_is_told_of_what_is_returned_to_him(quick: Begin) -> None:
    office = quick(*MESSAGES, deal(approve(node("one", who("ann")), messages=NAMES)))
    office.claim()
    office.final("ann", "return", target=-1, opinion="which desk?")
    assert texts(office, "req") == [" by ann: which desk?"]


def test_a_signed_link_goes_only_to_the_one_it_is_for(quick: Begin) -> None:
    office = quick(*MESSAGES, deal(approve(node("one", who("ann"), link={"hours": 1}), messages=NAMES)))
    office.do("ann", delegating.delegate, to=office.ids["bob"], from_at=office.works.now,
              until_at=office.works.now + timedelta(days=1))  # fmt: skip
    office.claim()
    assert "/approve#tal_1_" in texts(office, "ann")[0]
    assert texts(office, "bob")[0].endswith("/approvals/1")


def test_what_was_not_delivered_is_not_once_it_is_over(quick: Begin) -> None:
    late = message("told_late", "{title}", quiet={"from": "00:00", "to": "23:59"})
    office = quick(late, deal(approve(node("one", who("ann"), "any"), messages={"asked": "told_late"})))
    office.claim()
    office.do("req", deciding.withdraw, 1)
    office.wait(days=1)
    assert texts(office, "ann") == []


def test_messages_must_be_told_what_they_need() -> None:
    from approvals.kit import CLAIM, MATRIX, ORGANISATION, ROLES, STAFF
    from engine.conftest import small_package

    odd = message("odd", "{more}")
    odd["values"] = [{"uid": "more", "name": "more", "type": "text", "required": True},
                     {"uid": "title", "name": "title", "type": "number"}]  # fmt: skip
    step = approve(node("one", who("ann")), messages={"asked": "odd", "urged": "nope"})
    found = check([small_package(CLAIM, STAFF, ORGANISATION, MATRIX, *ROLES, odd, deal(step))])
    assert [(each.code, each.pointer.rsplit("/messages/", 1)[-1]) for each in found] == [
        ("missing_value", "asked"), ("wrong_type", "asked"), ("unknown_message", "urged")]  # fmt: skip
