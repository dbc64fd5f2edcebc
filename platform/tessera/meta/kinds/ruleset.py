"""The kind `ruleset`: ordered steps that a moment of a timeline runs."""

from __future__ import annotations

from collections.abc import Iterator

from tessera.errors import Json
from tessera.formula.shapes import Member
from tessera.meta.documents import Document
from tessera.meta.drafts import EntityDraft
from tessera.meta.kinds.base import KINDS, Kind
from tessera.meta.kinds.timeline import ledger_members, state_members
from tessera.meta.linker import Linker
from tessera.meta.rule_scope import DAY, INSTANT, NOTHING
from tessera.meta.rule_steps import Blocks, Surroundings
from tessera.meta.rules import LedgerDoc, RulesetDoc, TimelineDoc


class RulesetKind(Kind):
    """How rulesets are understood."""

    name = "ruleset"
    phase = 50

    def compile(self, document: Document, linker: Linker) -> RulesetDoc | None:
        """The ruleset; reports everything that is wrong with it."""
        return compile_ruleset(document, linker, frozenset())


def compile_ruleset(document: Document, linker: Linker, asking: frozenset[str]) -> RulesetDoc | None:
    """The ruleset. asking: keys of the rulesets that are being compiled because of one that matches their lines."""
    timeline, facts = _timeline_of(document, linker)
    if timeline is None:
        return None
    entity = _entity_of(document, linker, timeline)
    beside = _beside_of(document, timeline)
    ledgers = [name for name in timeline.ledgers if set(_ledger(linker, name).beside) <= beside]
    members = [DAY, *ledger_members(linker, ledgers), *state_members(timeline), *facts]
    root = entity.shape if entity is not None else NOTHING
    if entity is None or entity.field("at") is None:
        members.append(INSTANT)
    surroundings = Surroundings(document, linker, timeline, entity, asking | {document.key}, beside)
    blocks = Blocks(surroundings, root, members, _lines_of)
    steps = blocks.steps(document.body["steps"], ("steps",))
    return RulesetDoc(
        key=document.key,
        uid=document.uid,
        name=document.name,
        label=linker.label(document.body, document.at()),
        timeline=timeline.name,
        entity=entity.key if entity is not None else "",
        rejects=document.body.get("on_error") == "reject",
        steps=steps,
        refs=frozenset(blocks.pure.refs),
        line_values={name: tuple(each.name for each in found) for name, found in blocks.line_values.items()},
        line_members={name: tuple(found) for name, found in blocks.line_values.items()},
        aliases=tuple(document.body.get("aliases", ())),
    )


def _lines_of(surroundings: Surroundings, entity: EntityDraft, lines: str) -> tuple[Member, ...] | None:
    """The values that the ruleset of another moment gives the lines of its document; None when it is broken."""
    linker = surroundings.linker
    for moment in surroundings.timeline.moments:
        if moment.of != entity.key:
            continue
        document = linker.document("ruleset", moment.run)
        if document is None:
            return None
        if document.key in surroundings.asking:
            continue
        if not linker.is_sound(document):
            return None
        done = linker.parts().get("ruleset", {}).get(document.key)
        other = done or compile_ruleset(document, linker, surroundings.asking)
        return other.line_members.get(lines, ()) if other is not None else ()
    return ()


def _timeline_of(document: Document, linker: Linker) -> tuple[TimelineDoc | None, list[Member]]:
    """The timeline that runs the ruleset, and the fields of the facts that do."""
    found: list[TimelineDoc] = []
    facts: dict[str, Member] = {}
    for timeline in linker.parts().get("timeline", {}).values():
        if timeline is None:
            continue
        if document.name in set(_runs(timeline)):
            found.append(timeline)
        for fact in timeline.facts:
            if fact.run == document.name:
                facts.update((each.name, each) for each in fact.fields.members())
    if not found:
        message = f'No timeline runs the rules "{document.name}".'
        linker.problem("rule_without_timeline", document.at(), message, 'Name them under "run" of a moment.')
        return None, []
    if len(found) > 1:
        message = f'Several timelines run the rules "{document.name}".'
        linker.problem("rule_of_two_timelines", document.at(), message)
    return found[0], list(facts.values())


def _beside_of(document: Document, timeline: TimelineDoc) -> frozenset[str]:
    """Keys of the entities whose record every moment names that runs these rules: it says which account is meant."""
    runs = [each.run for each in timeline.due]
    told = [frozenset(each.beside) for each in timeline.moments if each.run == document.name]
    told += [frozenset(each.beside) for each in timeline.facts if each.run == document.name]
    return frozenset() if document.name in runs or not told else frozenset.intersection(*told)


def _ledger(linker: Linker, name: str) -> LedgerDoc:
    found: LedgerDoc = linker.parts()["ledger"][linker.names["ledger", name]]
    return found


def _runs(timeline: TimelineDoc) -> Iterator[str]:
    for part in (timeline.moments, timeline.due, timeline.facts):
        yield from (each.run for each in part)


def _entity_of(document: Document, linker: Linker, timeline: TimelineDoc) -> EntityDraft | None:
    name: Json = document.body.get("for")
    runs = {each.of for each in timeline.moments if each.run == document.name}
    if name is None:
        if runs:
            linker.problem("missing_key", document.at(), 'It needs "for": the entity of its documents.')
        return None
    entity = linker.entity(str(name), document.at("for"))
    if entity is not None and runs != {entity.key}:
        message = f'The timeline "{timeline.name}" does not run these rules for "{name}", or not only for it.'
        linker.problem("wrong_entity", document.at("for"), message)
    return entity


KINDS.add("ruleset", RulesetKind())

