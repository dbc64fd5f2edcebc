"""Approvals by the rules: modes, signers, returns, deadlines, taking back, and who may do what."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tessera.engine.approvals.core import offered, wake_at
from tessera.engine.approvals.errors import (
    ApprovalEnded,
    CannotAsk,
    CannotReturn,
    NotOffered,
    NotYourTask,
    TaskDecided,
    TaskNotOpen,
    TooLateToUndo,
    UrgedRecently,
)
from tessera.engine.approvals.state import REQUESTER, Deadline, NodePlan
from tessera.errors import Invalid
from unit.engine_approvals.walking import Tables, Walk

ANN, BOB, CAY, DAN, EVE, REQ = 1, 2, 3, 4, 5, 9


def one(mode: Any, *asked: int, **more: Any) -> Walk:
    """An approval of one node."""
    plan = {name: more.pop(name) for name in ("undo", "withdraw", "returns_to", "requester") if name in more}
    tables = {name: more.pop(name) for name in ("spare", "next_taker", "above") if name in more}
    return Walk(Tables({0: asked}, **tables), NodePlan("n1", mode, **more), **plan)


def two(first: tuple[int, ...], second: tuple[int, ...], **more: Any) -> Walk:
    """An approval of two nodes at which all must agree."""
    return Walk(Tables({0: first, 1: second}), NodePlan("n1", "all", **more), NodePlan("n2", "all", **more))


def test_one_of_several_is_enough_where_any_may_decide() -> None:
    walk = one("any", ANN, BOB)
    assert walk.asked() == [ANN, BOB]
    assert walk.final("agree", BOB).outcome == "agreed"
    assert [(each.person, each.decision, each.cause) for each in walk.approval.tasks] == [
        (ANN, "", "moved_on"), (BOB, "agreed", ""),
    ]  # fmt: skip


def test_where_any_may_decide_one_rejection_ends_it() -> None:
    walk = one("any", ANN, BOB)
    assert walk.final("reject", ANN, opinion="no").outcome == "rejected"


def test_all_must_agree_and_one_rejects_for_all() -> None:
    walk = one("all", ANN, BOB, CAY)
    assert walk.final("agree", ANN).outcome == ""
    assert walk.final("agree", CAY).outcome == ""
    assert walk.final("reject", BOB, opinion="no").outcome == "rejected"


def test_one_after_the_other_opens_in_turn() -> None:
    walk = one("sequential", ANN, BOB)
    assert walk.asked() == [ANN]
    with pytest.raises(TaskNotOpen):
        walk.act("agree", BOB)
    walk.act("agree", ANN)
    assert walk.asked() == []  # it can still be taken back
    walk.wait(seconds=10)
    assert walk.asked() == [BOB]
    assert walk.final("agree", BOB).outcome == "agreed"


@pytest.mark.parametrize(("share", "needed"), [(50, 2), (51, 3), (67, 3), (100, 4), (1, 1)])
def test_a_vote_is_won_by_its_share(share: int, needed: int) -> None:
    walk = one("vote", ANN, BOB, CAY, DAN, share=share)
    for count, person in enumerate((ANN, BOB, CAY, DAN)[:needed], 1):
        assert walk.final("agree", person).outcome == ("agreed" if count == needed else "")


def test_a_vote_is_lost_once_it_cannot_be_won() -> None:
    walk = one("vote", ANN, BOB, CAY, share=60)
    assert walk.final("reject", ANN, opinion="no").outcome == ""
    assert walk.final("reject", BOB, opinion="no").outcome == "rejected"


def test_nodes_follow_each_other() -> None:
    walk = two((ANN,), (BOB,))
    walk.final("agree", ANN)
    assert (walk.approval.node, walk.asked()) == (1, [BOB])
    assert walk.final("agree", BOB).outcome == "agreed"
    with pytest.raises(ApprovalEnded):
        walk.act("withdraw", REQ)


def test_a_decision_can_be_taken_back_until_it_is_final() -> None:
    walk = one("all", ANN)
    before = walk.approval
    walk.act("agree", ANN)
    assert wake_at(walk.approval) == walk.now + timedelta(seconds=10)
    walk.wait(seconds=9)
    assert walk.act("undo", ANN) == before
    walk.act("agree", ANN)
    with pytest.raises(NotYourTask):
        walk.act("undo", BOB, task=1)
    walk.now += timedelta(seconds=10)  # final by the clock, though nothing has drawn the consequences yet
    with pytest.raises(TooLateToUndo):
        walk.act("undo", ANN)
    assert walk.settle().outcome == "agreed"


def test_the_first_of_two_wins_and_the_second_is_told() -> None:
    walk = one("any", ANN, BOB)
    walk.act("agree", ANN)
    with pytest.raises(TaskDecided):
        walk.act("reject", BOB, opinion="no")
    walk.act("undo", ANN)
    walk.act("reject", BOB, opinion="no")
    with pytest.raises(TaskDecided):
        walk.act("agree", ANN)
    assert walk.wait(seconds=10).outcome == "rejected"


def test_only_the_holder_or_his_delegate_acts() -> None:
    walk = one("all", ANN)
    with pytest.raises(NotYourTask):
        walk.act("agree", BOB, task=1)
    with pytest.raises(NotYourTask):
        walk.act("agree", BOB, task=1, stands_for=(CAY,))
    walk.final("agree", BOB, stands_for=(ANN,))
    (task,) = walk.approval.tasks
    assert (task.person, task.by, walk.approval.outcome) == (ANN, BOB, "agreed")


def test_a_rejection_needs_an_opinion() -> None:
    walk = one("all", ANN)
    with pytest.raises(Invalid) as caught:
        walk.act("reject", ANN, opinion="  ")
    assert [each.pointer for each in caught.value.problems()] == ["/opinion"]


def test_what_a_node_does_not_offer_is_refused() -> None:
    walk = one("all", ANN, offers=frozenset({"agree", "reject"}))
    assert offered(walk.approval, walk.approval.tasks[0]) == {"agree", "reject", "comment"}
    for kind, more in (("transfer", {"people": (BOB,)}), ("add_signer", {"people": (BOB,)}), ("return", {"target": 0})):
        with pytest.raises(NotOffered):
            walk.act(kind, ANN, opinion="x", **more)


def test_a_transfer_puts_another_in_the_place() -> None:
    walk = one("all", ANN, BOB)
    walk.act("transfer", ANN, people=(CAY,))
    assert walk.asked() == [BOB]
    walk.wait(seconds=10)
    assert walk.asked() == [BOB, CAY]
    with pytest.raises(CannotAsk):
        walk.act("transfer", BOB, people=(CAY,))  # he is asked already
    walk.final("agree", CAY)
    assert walk.final("agree", BOB).outcome == "agreed"
    assert [each.decision for each in walk.approval.tasks] == ["transferred", "agreed", "agreed"]


def test_a_transfer_to_somebody_who_was_asked_meanwhile_comes_back() -> None:
    walk = one("all", ANN, BOB)
    walk.act("transfer", ANN, people=(CAY,))
    walk.act("add_signer", BOB, people=(CAY,), side="after")
    walk.wait(seconds=10)
    assert walk.asked() == [ANN, BOB]
    assert [each.detail["cause"] for each in walk.told("reopened")] == ["cannot_ask"]


def test_a_signer_before_is_asked_first() -> None:
    walk = one("all", ANN)
    walk.act("add_signer", ANN, people=(BOB, CAY), side="before")
    assert walk.asked() == [BOB, CAY]
    with pytest.raises(TaskNotOpen):
        walk.act("agree", ANN, task=1)
    walk.final("agree", BOB)
    assert walk.asked() == [CAY]
    walk.final("agree", CAY)
    assert walk.asked() == [ANN]
    assert walk.final("agree", ANN).outcome == "agreed"


def test_a_signer_before_who_rejects_rejects_for_the_one_who_added_him() -> None:
    walk = one("vote", ANN, DAN, share=50)
    walk.act("add_signer", ANN, people=(BOB,), side="before")
    assert walk.final("reject", BOB, opinion="no").outcome == ""
    with pytest.raises(TaskNotOpen):
        walk.act("agree", ANN, task=1)
    assert walk.final("agree", DAN).outcome == "agreed"


def test_a_signer_after_is_asked_once_the_one_who_added_him_agreed() -> None:
    walk = one("all", ANN)
    walk.act("add_signer", ANN, people=(BOB,), side="after")
    assert walk.asked() == [ANN]
    assert walk.final("agree", ANN).outcome == ""
    assert walk.asked() == [BOB]
    assert walk.final("reject", BOB, opinion="no").outcome == "rejected"


def test_signers_stay_with_the_task_when_it_is_transferred() -> None:
    walk = one("all", ANN)
    walk.act("add_signer", ANN, people=(BOB,), side="after")
    walk.final("transfer", ANN, people=(CAY,))
    walk.final("agree", CAY)
    assert walk.asked() == [BOB]
    assert walk.final("agree", BOB).outcome == "agreed"


def test_it_returns_to_an_earlier_node_and_goes_through_again() -> None:
    walk = two((ANN,), (BOB,))
    walk.final("agree", ANN)
    walk.final("return", BOB, target=0, opinion="look again")
    assert (walk.approval.node, walk.asked()) == (0, [ANN])
    walk.final("agree", ANN)
    assert walk.asked() == [BOB]
    assert walk.final("agree", BOB).outcome == "agreed"


def test_it_returns_to_the_requester_and_comes_straight_back() -> None:
    walk = two((ANN,), (BOB,))
    walk.final("agree", ANN)
    walk.final("return", BOB, target=REQUESTER, straight=True, opinion="price?")
    assert (walk.approval.node, walk.asked()) == (REQUESTER, [REQ])
    assert offered(walk.approval, walk.approval.tasks[-1]) == {"resubmit", "comment"}
    walk.final("resubmit", REQ)
    assert (walk.approval.node, walk.asked()) == (1, [BOB])


def test_it_returns_to_the_requester_and_begins_again() -> None:
    walk = two((ANN,), (BOB,), skips_agreed=True)
    walk.final("agree", ANN)
    walk.final("return", BOB, target=REQUESTER, opinion="price?")
    walk.final("resubmit", REQ)
    assert (walk.approval.node, walk.asked()) == (0, [ANN])  # what was agreed before the return counts no more


def test_it_cannot_be_returned_to_where_it_was_not_yet() -> None:
    walk = two((ANN,), (BOB,))
    for target in (0, 1, 7, None):
        with pytest.raises(CannotReturn):
            walk.act("return", ANN, target=target, opinion="x")


def test_it_returns_to_an_earlier_step_of_the_flow() -> None:
    walk = one("all", ANN, returns_to=frozenset({"step_a"}))
    with pytest.raises(CannotReturn):
        walk.act("return", ANN, step="step_b", opinion="x")
    walk.final("return", ANN, step="step_a", opinion="x")
    assert (walk.approval.outcome, walk.approval.step) == ("returned", "step_a")


def test_who_agreed_before_need_not_again() -> None:
    walk = two((ANN, BOB), (BOB, CAY), skips_agreed=True)
    walk.final("agree", ANN)
    walk.final("agree", BOB)
    assert walk.asked() == [CAY]
    assert walk.approval.tasks[2].cause == "agreed_before"
    assert walk.final("agree", CAY).outcome == "agreed"


@pytest.mark.parametrize(("rule", "asked"), [("decides", [REQ, ANN]), ("agrees", [ANN]), ("excluded", [ANN])])
def test_what_becomes_of_the_requester_among_the_approvers(rule: str, asked: list[int]) -> None:
    walk = one("all", REQ, ANN, requester=REQ)
    walk = Walk(Tables({0: (REQ, ANN)}), NodePlan("n1", "all", requester=rule), requester=REQ)  # type: ignore[arg-type]
    assert walk.asked() == asked


def test_an_excluded_requester_decides_in_no_way() -> None:
    walk = Walk(Tables({0: (ANN,)}), NodePlan("n1", "all", requester="excluded"), requester=REQ)
    with pytest.raises(NotYourTask):
        walk.act("agree", REQ, task=1, stands_for=(ANN,))
    with pytest.raises(CannotAsk):
        walk.act("transfer", ANN, people=(REQ,))
    with pytest.raises(CannotAsk):
        walk.act("add_signer", ANN, people=(REQ,))


@pytest.mark.parametrize(
    ("rule", "outcome", "asked"), [("fail", "failed", []), ("agree", "agreed", []), ("ask", "", [EVE])]
)
def test_without_approvers_the_node_does_as_it_says(rule: Any, outcome: str, asked: list[int]) -> None:
    walk = one("all", nobody=rule, spare=(EVE,))
    assert (walk.approval.outcome, walk.asked()) == (outcome, asked)


def test_without_approvers_and_without_a_fallback_it_fails() -> None:
    walk = one("all", nobody="ask")
    assert (walk.approval.outcome, walk.approval.reason) == ("failed", "no_approver")


def test_deadlines_urge_then_transfer() -> None:
    late = (Deadline(timedelta(hours=24), "urge"), Deadline(timedelta(hours=48), "transfer"))
    walk = one("all", ANN, deadlines=late, next_taker=(BOB,))
    walk.wait(hours=24)
    assert [each.people for each in walk.told("urged")] == [(ANN,)]
    walk.wait(hours=23)
    assert walk.asked() == [ANN]
    walk.wait(hours=1)
    assert walk.asked() == [BOB]
    with pytest.raises(TaskDecided):
        walk.act("agree", ANN, task=1)


@pytest.mark.parametrize(("do", "outcome"), [("agree", "agreed"), ("reject", "rejected")])
def test_a_deadline_decides_and_a_later_decision_is_refused(do: Any, outcome: str) -> None:
    walk = one("all", ANN, deadlines=(Deadline(timedelta(hours=1), do),))
    walk.wait(hours=1)
    assert (walk.approval.outcome, walk.approval.tasks[0].cause) == (outcome, "timeout")
    with pytest.raises(ApprovalEnded):
        walk.act("agree", ANN, task=1)


def test_a_deadline_escalates_up_to_the_top() -> None:
    walk = one("all", ANN, deadlines=(Deadline(timedelta(hours=1), "escalate"),), above={ANN: BOB, BOB: CAY, CAY: ANN})
    walk.wait(hours=10)
    assert walk.asked() == [CAY]
    assert [each.people for each in walk.told("urged")] == [(CAY,)]


def test_no_deadline_passes_while_a_decision_can_be_taken_back() -> None:
    walk = one("any", ANN, BOB, deadlines=(Deadline(timedelta(minutes=1), "reject"),))
    walk.wait(seconds=55)
    walk.act("agree", ANN)
    assert walk.wait(seconds=6).outcome == ""
    assert walk.wait(seconds=4).outcome == "agreed"


def test_the_task_of_somebody_who_left_goes_to_his_manager_or_the_fallback() -> None:
    walk = one("all", ANN, CAY, nobody="ask", spare=(EVE,), above={ANN: BOB})
    walk.people.away.update({ANN, CAY})
    walk.act("replace", 0, task=1)
    walk.act("replace", 0, task=2)
    assert walk.asked() == [BOB, EVE]
    walk.people.away.update({BOB, EVE})
    walk.act("replace", 0, task=3)
    assert (walk.approval.outcome, walk.approval.reason) == ("failed", "no_approver")


def test_the_requester_withdraws_until_it_is_touched() -> None:
    walk = one("all", ANN, BOB, withdraw="untouched")
    with pytest.raises(NotYourTask):
        walk.act("withdraw", ANN)
    walk.act("agree", ANN)
    with pytest.raises(NotOffered):
        walk.act("withdraw", REQ)
    walk.act("undo", ANN)
    assert walk.act("withdraw", REQ).outcome == "withdrawn"
    assert all(each.state == "closed" for each in walk.approval.tasks)


def test_urging_is_limited() -> None:
    walk = one("all", ANN)
    walk.act("urge", REQ)
    with pytest.raises(UrgedRecently) as caught:
        walk.act("urge", REQ)
    assert caught.value.params["retry_after_s"] == 1801
    walk.wait(minutes=30)
    walk.act("urge", REQ)
    assert [each.people for each in walk.told("urged")] == [(ANN,), (ANN,)]


def test_an_administrator_gives_a_task_to_somebody_else() -> None:
    walk = one("sequential", ANN, BOB)
    walk.act("reassign", DAN, task=2, people=(CAY,))
    assert walk.asked() == [ANN]
    walk.final("agree", ANN)
    assert walk.asked() == [CAY]


def test_without_a_time_to_take_back_a_decision_is_final_at_once() -> None:
    walk = one("all", ANN, undo=timedelta(0))
    walk.act("agree", ANN)
    assert walk.settle().outcome == "agreed"
