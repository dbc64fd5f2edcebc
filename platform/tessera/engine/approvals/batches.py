"""Agreeing to several tasks at once, after a summary of what they are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from tessera.engine.approvals import cases, core
from tessera.engine.approvals.cases import Case
from tessera.engine.approvals.deciding import decide, seen_task
from tessera.engine.approvals.delegating import hand_of
from tessera.engine.approvals.fields import ensure_fits
from tessera.engine.approvals.names import label_json
from tessera.engine.approvals.showing import node_json
from tessera.engine.approvals.state import Action
from tessera.engine.work import Work
from tessera.errors import Json, TesseraError

MOST = 200


def agree(work: Work, tasks: Sequence[int], opinion: str = "", *, dry_run: bool = False) -> dict[str, Json]:
    """Agree to tasks, each by itself: {"agreed", "refused", "summary"}.

    agreed: ids, with until when it can be taken back. refused: ids with code and detail. summary: of those that are,
    or would be, agreed to: how many of each flow and node, with titles. dry_run: nothing is done.
    """
    agreed: list[Json] = []
    refused: list[Json] = []
    counted: Counter[tuple[str, str]] = Counter()
    groups: dict[tuple[str, str], dict[str, Json]] = {}
    for each in sorted(set(tasks)):
        try:
            with _apart(work, dry_run):
                case, number = seen_task(work, each)
                if dry_run:
                    _ensure_may(case, number, opinion)
                else:
                    case = decide(work, each, "agree", opinion=opinion)
        except TesseraError as error:
            refused.append({"task": each, "code": error.code, "detail": error.message})
            continue
        task = case.state.task(number)
        assert task is not None
        agreed.append({"task": each, "final_at": task.final_at})
        key = (case.row["flow"], case.node_uid(task.node))
        counted[key] += 1
        group = groups.setdefault(key, _group(case, task.node))
        group["titles"].append(cases.opened(work, case.row, case.row["heading"]).get("title", ""))
    summary = [{**group, "count": counted[key]} for key, group in groups.items()]
    return {"agreed": agreed, "refused": refused, "summary": summary}


def _ensure_may(case: Case, number: int, opinion: str) -> None:
    hand = hand_of(case.work, case.row["flow"])
    core.act(case.state, Action("agree", hand, number, opinion=opinion), case.work.now, case.people)
    task = case.state.task(number)
    assert task is not None
    ensure_fits(case, task.node, {})


def _group(case: Case, node: int) -> dict[str, Json]:
    flow = case.frame.flow
    return {
        "flow": {"name": flow.name, "label": label_json(flow.label, flow.name)},
        "node": node_json(case, node),
        "titles": [],
    }


@contextmanager
def _apart(work: Work, dry_run: bool) -> Iterator[None]:
    """A with block that is undone by itself when it fails."""
    if dry_run:
        yield
        return
    with work.savepoint():
        yield
