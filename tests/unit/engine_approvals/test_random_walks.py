"""Whatever people do in whatever order: one outcome, every task ends, and nobody decides who may not."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tessera.engine.approvals.core import next_due, wake_at
from tessera.engine.approvals.state import PLATFORM, REQUESTER, Approval, Deadline, NodePlan
from tessera.engine.approvals.verdicts import decision_of, first_signers, verdict, verdict_of
from tessera.errors import TesseraError
from unit.engine_approvals.walking import Tables, Walk

PEOPLE = st.integers(1, 6)
DECISIONS = {"agree": "agreed", "reject": "rejected", "return": "returned", "transfer": "transferred",
             "resubmit": "resubmitted"}
VERBS = [
    *DECISIONS, "agree", "agree", "agree", "transfer", "transfer", "add_signer", "add_signer", "return", "return",
    "resubmit", "undo", "undo", "withdraw", "urge", "reassign", "wait", "wait", "leave", "come",
]  # fmt: skip

deadlines = st.lists(
    st.builds(
        Deadline,
        st.sampled_from([timedelta(seconds=5), timedelta(minutes=1), timedelta(hours=1)]),
        st.sampled_from(["urge", "agree", "reject", "transfer", "transfer", "escalate", "escalate"]),
    ),
    max_size=2,
).map(lambda found: tuple(sorted(found, key=lambda each: each.after)))
nodes = st.builds(
    NodePlan,
    uid=st.just("n"),
    mode=st.sampled_from(["any", "all", "sequential", "vote"]),
    share=st.integers(1, 100),
    skips_agreed=st.booleans(),
    requester=st.sampled_from(["decides", "agrees", "excluded"]),
    nobody=st.sampled_from(["fail", "agree", "ask"]),
    deadlines=deadlines,
    opinions=st.just(frozenset()),
)
actions = st.tuples(
    st.sampled_from(VERBS), PEOPLE, st.integers(0, 30), st.lists(PEOPLE, min_size=1, max_size=2, unique=True),
    st.integers(-1, 2), st.booleans(), st.sampled_from([0, 1, 5, 9, 10, 60, 3600]),
)  # fmt: skip


@st.composite
def walks(draw: st.DrawFn) -> Walk:
    """An approval at its beginning, with people who stand above each other in any way."""
    found = draw(st.lists(nodes, min_size=1, max_size=3))
    asked = {place: tuple(draw(st.lists(PEOPLE, max_size=4, unique=True))) for place in range(len(found))}
    people = Tables(
        asked, tuple(draw(st.lists(PEOPLE, max_size=2, unique=True))), tuple(draw(st.lists(PEOPLE, max_size=2))),
        draw(st.dictionaries(PEOPLE, PEOPLE, max_size=6)),
    )  # fmt: skip
    undo = draw(st.sampled_from([0, 10]))
    return Walk(people, *found, requester=draw(PEOPLE), undo=timedelta(seconds=undo), returns_to=frozenset({"s"}))


def ensure_sound(approval: Approval) -> None:
    """What holds after every action."""
    assert [each.number for each in approval.tasks] == list(range(1, len(approval.tasks) + 1))
    for each in approval.tasks:
        assert each.is_live == (each.state in {"waiting", "open", "decided"})
        assert not each.is_live or (approval.is_running and each.round == approval.round)
        assert (each.final_at is not None and each.decision != "") or each.state != "decided"
        assert each.state != "open" or (each.decision == "" and each.opened_at is not None)
    numbers = {each.number for each in approval.at_work()}
    assert all(not each.parent or each.parent in numbers for each in approval.at_work()), "a signer of nobody"
    own = [each.person for each in approval.at_work()]
    assert len(own) == len(set(own)), "somebody is asked twice at one node"
    if approval.is_running:
        assert any(each.state in {"open", "decided"} for each in approval.tasks), "nobody can go on"
        assert approval.node == REQUESTER or verdict(approval, tentative=False) == ""
    if approval.node >= 0 and approval.plan.nodes[approval.node].requester == "excluded":
        assert approval.requester not in own
    if approval.outcome in {"agreed", "rejected"}:
        ensure_deserved(approval)


def ensure_deserved(approval: Approval) -> None:
    """The outcome is what the tasks of the last node come to, worked out once more."""
    tasks = approval.at_work()
    found = [decision_of(each, tasks, False) for each in first_signers(tasks)]
    node = approval.plan.nodes[approval.node]
    if tasks:
        assert verdict_of(node, found) == approval.outcome
    else:
        assert (node.nobody, approval.outcome) == ("agree", "agreed")


def ensure_allowed(before: Approval, after: Approval, kind: str, by: int, stands_for: tuple[int, ...]) -> None:
    """Whoever decided was asked, or stands for who was, it was his turn, and nobody had decided before."""
    changed = [each for each in after.tasks if each.number <= len(before.tasks) and each != before.task(each.number)]
    if kind in DECISIONS:
        (task,) = changed
        was = before.task(task.number)
        assert was is not None and was.state == "open" and was.person in {by, *stands_for} and task.by == by
        assert task.decision == DECISIONS[kind] and verdict(before, tentative=True) == ""
        is_open_to_him = before.node == REQUESTER or before.plan.nodes[before.node].requester != "excluded"
        assert is_open_to_him or by != before.requester
    elif kind == "undo":
        (task,) = changed
        was = before.task(task.number)
        assert was is not None and was.state == "decided" and was.by == by
        assert replace(was, state="open", decision="", by=PLATFORM, decided_at=None, final_at=None, target=None,
                       step="", straight=False) == task
    elif kind == "withdraw":
        assert before.requester in {by, *stands_for} and after.outcome == "withdrawn"


def do(walk: Walk, action: Any) -> None:
    """One random action; what is refused changes nothing."""
    kind, by, pick, others, target, flag, seconds = action
    if kind == "wait":
        walk.wait(seconds=seconds)
    elif kind == "leave":
        walk.people.away.add(by)
    elif kind == "come":
        walk.people.away.discard(by)
    elif walk.approval.tasks:
        task = walk.approval.tasks[-1 - pick % min(len(walk.approval.tasks), 4)]
        by = by if flag and pick % 3 == 0 else task.person
        before = walk.approval
        more: dict[str, Any] = {"step": "s"} if pick % 11 == 0 else {"target": target}
        people, side = tuple(others), "after" if flag else "before"
        stands_for = people if pick % 4 == 1 else ()
        try:
            walk.act(kind, by, task=task.number, people=people, side=side, straight=flag, stands_for=stands_for, **more)
        except TesseraError:
            assert walk.approval is before
        else:
            ensure_allowed(before, walk.approval, kind, by, stands_for)


def finish(walk: Walk) -> None:
    """Let everybody come back and agree, until it is over: it always gets there."""
    walk.people.away.clear()
    for _ in range(400):
        if not walk.approval.is_running:
            return
        walk.settle()
        tasks = [each for each in walk.approval.at_work() if each.state == "open"]
        if tasks and not verdict(walk.approval, tentative=True):
            kind = "resubmit" if walk.approval.node == REQUESTER else "agree"
            walk.act(kind, tasks[0].person, task=tasks[0].number)
        elif walk.approval.is_running:
            moment = wake_at(walk.approval)
            assert moment is not None
            walk.now = max(walk.now, moment)
    raise AssertionError("it does not end")


@settings(max_examples=400, deadline=None, derandomize=True)
@given(walks(), st.lists(actions, min_size=10, max_size=40))
def test_no_random_walk_breaks_an_approval(walk: Walk, steps: list[Any]) -> None:
    ensure_sound(walk.approval)
    for step in steps:
        before = walk.approval
        do(walk, step)
        walk.settle()
        ensure_sound(walk.approval)
        if not before.is_running:
            assert walk.approval is before
    finish(walk)
    ensure_sound(walk.approval)
    assert len(walk.told("ended")) == 1
    assert all(each.state == "closed" for each in walk.approval.tasks)
    assert next_due(walk.approval, walk.now + timedelta(days=9)) is None and wake_at(walk.approval) is None


@settings(max_examples=100, deadline=None, derandomize=True)
@given(walks(), st.lists(actions, max_size=20), PEOPLE)
def test_tasks_of_those_who_left_are_taken_over_or_it_fails(walk: Walk, steps: list[Any], gone: int) -> None:
    for step in steps:
        do(walk, step)
    walk.people.away.add(gone)
    for task in walk.approval.at_work():
        if walk.approval.is_running and task.person == gone and task.state in {"waiting", "open"}:
            fresh = walk.approval.task(task.number)
            if fresh is not None and fresh.state in {"waiting", "open"}:
                walk.act("replace", PLATFORM, task=task.number)
            ensure_sound(walk.approval)
    live = [each for each in walk.approval.at_work() if each.state in {"waiting", "open"}]
    assert not walk.approval.is_running or all(each.person != gone for each in live)
