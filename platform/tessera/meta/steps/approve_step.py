"""Asks people to decide about a record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar

from tessera.errors import Json
from tessera.formula.shapes import DATETIME, INTEGER, TEXT, Member, StaticShape, Type
from tessera.meta.approval_messages import messages_of
from tessera.meta.approval_nodes import REQUESTER, NodeCompiler, organisation_key
from tessera.meta.approval_schema import STEP
from tessera.meta.approvals import ApproveDoc, EffectDoc
from tessera.meta.flows import Block, seconds
from tessera.meta.model import Label
from tessera.meta.steps.base import STEP_TYPES, Compiled, StepType

if TYPE_CHECKING:
    from tessera.meta.flow_steps import At, FlowCompiler

BRANCHES = ("agreed", "rejected", "withdrawn")

_OPINION = StaticShape("opinion", (
    Member("by", INTEGER.required()), Member("decision", TEXT.required()), Member("opinion", TEXT),
    Member("node", TEXT.required()), Member("at", DATETIME.required()),
))  # fmt: skip
_RESULT = StaticShape("approval", (
    Member("id", INTEGER.required()), Member("outcome", TEXT.required()), Member("by", INTEGER),
    Member("opinion", TEXT), Member("requester", INTEGER.required()), Member("ended_at", DATETIME.required()),
    Member("opinions", Type("list", nullable=False, shape=_OPINION)),
))  # fmt: skip


class ApproveStep(StepType):
    """Asks people to decide about a record, one node after the other, and waits until they have."""

    name: ClassVar[str] = "approve"
    label: ClassVar[Label] = Label("审批", "Approve")
    help: ClassVar[Label] = Label(
        "请人对一条记录作决定：或签、会签、依次、票签；可退回、转交、加签、抄送、催办、撤回。",
        "Asks people to decide about a record: one of them, all, in turn or by vote. They may return it, transfer it, "
        "add signers and send copies; whoever asks may urge them or withdraw it.",
    )
    category: ClassVar[str] = "people"
    schema: ClassVar[Mapping[str, Any]] = STEP
    required: ClassVar[tuple[str, ...]] = ("nodes",)
    example: ClassVar[Mapping[str, Json]] = {
        "title": "record.subject",
        "nodes": [
            {"uid": "first", "label": {"zh": "初审", "en": "First look"},
             "approvers": [{"uid": "who", "users": ["ada"]}],
             "fields": [{"uid": "sub", "field": "subject"}, {"uid": "eff", "field": "effort", "may": "edit"}],
             "deadlines": [{"uid": "day", "after": "1d", "do": "urge"}]},
        ],
    }  # fmt: skip

    def compile(self, item: Mapping[str, Json], at: tuple[object, ...], into: FlowCompiler) -> Compiled | None:
        """The nodes, and a block for each branch."""
        blocks = {name: into.block(item.get(name, ()), (*at, name), name) for name in BRANCHES}
        found = into.record(item, "record", at)
        if found is None:
            return None
        record, entity = found
        organisation = organisation_key(into, item.get("organisation", ""), (*at, "organisation"))
        nodes = NodeCompiler(into, entity, organisation)
        compiled = [nodes.node(each, (*at, "nodes", place)) for place, each in enumerate(item["nodes"])]
        requester = nodes.person(item, "requester", at)
        parts = {name: into.formula(item, name, at, TEXT, REQUESTER) for name in ("title", "summary")}
        effects = _effects(item.get("effects", ()), (*at, "effects"), into)
        revise = nodes.fields(item.get("revise", ()), (*at, "revise"))
        returns_to = _returns_to(item, at, into)
        messages = messages_of(item, at, into, entity)
        good = tuple(each for each in compiled if each is not None)
        is_lacking = into.is_lacking(item, {**parts, "requester": requester, "organisation": organisation or None})
        if is_lacking or len(good) < len(compiled) or effects is None or revise is None or returns_to is None:
            return None
        if messages is None:
            return None
        options = ApproveDoc(
            entity=entity.key, record=record, nodes=good, requester=requester.value if requester else None,
            title=parts["title"], summary=parts["summary"], effects=effects, undo_s=item.get("undo_s", 10),
            withdraw=item.get("withdraw", "always"), urge_minutes=seconds(item.get("urge_every", "30m")) // 60,
            revise=revise, returns_to=returns_to, stops=item.get("unless_agreed", "stop") == "stop",
            organisation=organisation, messages=MappingProxyType(messages),
        )  # fmt: skip
        return Compiled(options, Type("record", nullable=False, shape=_RESULT), _taken(blocks))


def _taken(blocks: Mapping[str, Block]) -> dict[str, Block]:
    return {name: block for name, block in blocks.items() if block}


def _effects(items: Json, at: At, into: FlowCompiler) -> tuple[EffectDoc, ...] | None:
    found = []
    for place, each in enumerate(items):
        value = into.formula(each, "value", (*at, place), None, REQUESTER)
        if value is not None:
            found.append(EffectDoc(each["uid"], into.label(each, (*at, place)), value))
    return tuple(found) if len(found) == len(items) else None


def _returns_to(item: Mapping[str, Json], at: At, into: FlowCompiler) -> tuple[str, ...] | None:
    """The earlier approve steps to which it may be returned; None, reported, when another step is named."""
    earlier = [each["uid"] for each in _before(into.document.body, at) if each.get("do") == "approve"]
    wanted = item.get("returns_to", earlier)
    for place, uid in enumerate(wanted):
        if uid not in earlier:
            message = f'"{uid}" is no approve step that is taken before this one in any case.'
            into.problem("not_an_earlier_step", (*at, "returns_to", place), message)
    return tuple(each for each in reversed(earlier) if each in wanted) if set(wanted) <= set(earlier) else None


def _before(body: Mapping[str, Json], at: At) -> Iterator[Mapping[str, Json]]:
    """The steps before one, in the blocks that it stands in: those that were surely passed when it is reached."""
    here: Any = body
    for step in at:
        if isinstance(here, list) and isinstance(step, int) and all("do" in each for each in here):
            yield from here[:step]
        here = here[step]


STEP_TYPES.add("approve", ApproveStep())
