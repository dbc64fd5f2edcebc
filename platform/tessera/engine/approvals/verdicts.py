"""What the tasks of a node come to together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tessera.engine.approvals.state import Approval, NodePlan, Task, Verdict


def verdict(approval: Approval, *, tentative: bool) -> Verdict:
    """What the node at work has come to, "" while it is open.

    tentative: count decisions that can still be taken back, too. What is returned to the requester has no verdict.
    """
    tasks = approval.at_work()
    if tentative and any(each.state == "decided" and each.decision in {"returned", "resubmitted"} for each in tasks):
        return "returned"
    if approval.node < 0 or not tasks:
        return ""
    node = approval.plan.nodes[approval.node]
    return verdict_of(node, [decision_of(each, tasks, tentative) for each in first_signers(tasks)])


def verdict_of(node: NodePlan, decisions: Sequence[Verdict]) -> Verdict:
    """What a node comes to by the decisions of those whom it asked.

    >>> verdict_of(NodePlan("n", "vote", share=60), ["agreed", "agreed", ""])
    'agreed'
    >>> verdict_of(NodePlan("n", "vote", share=60), ["rejected", "rejected", ""])
    'rejected'
    """
    agreed, rejected, asked = decisions.count("agreed"), decisions.count("rejected"), len(decisions)
    if node.mode == "any":
        return "rejected" if rejected else "agreed" if agreed else ""
    if node.mode == "vote":
        if agreed * 100 >= node.share * asked:
            return "agreed"
        return "rejected" if (asked - rejected) * 100 < node.share * asked else ""
    if rejected:
        return "rejected"
    return "agreed" if agreed == asked else ""


def first_signers(tasks: Iterable[Task]) -> list[Task]:
    """Those whom the node itself asked, or who stand in their place, in turn."""
    return sorted((each for each in tasks if not each.parent), key=lambda each: (each.place, each.number))


def decision_of(task: Task, tasks: Sequence[Task], tentative: bool) -> Verdict:
    """What a task comes to with the signers that its holder added: each of them must agree, too."""
    signers = [each for each in tasks if each.parent == task.number]
    before = [decision_of(each, tasks, tentative) for each in signers if each.side == "before"]
    if "rejected" in before:
        return "rejected"
    own = task.decision if task.state == "closed" or (tentative and task.state == "decided") else ""
    if own == "rejected":
        return "rejected"
    if own != "agreed":
        return ""
    after = [decision_of(each, tasks, tentative) for each in signers if each.side == "after"]
    if "rejected" in after:
        return "rejected"
    return "" if "" in after else "agreed"

