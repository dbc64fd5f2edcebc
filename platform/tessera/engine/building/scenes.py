"""A trial kept as a scenario: the document, what it refers to and its holder's history as a test of the package.

Personal values are replaced by made-up ones: metadata goes where data may not. All are values that the actor may read.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from tessera.engine import records
from tessera.engine.building.trying import NothingToTry, replayed
from tessera.engine.records.plan import plan_of
from tessera.engine.work import Work
from tessera.errors import Json
from tessera.meta.model import Entity, Field, LifeCycle, Model
from tessera.names import is_name, new_uid

MOST_BEFORE = 50
MOST_GIVEN = 200


@dataclass
class _Scene:
    """A scenario in the making. cast: alias by entity key and id; made up: how many values were."""

    work: Work
    model: Model
    given: list[dict[str, Json]] = field(default_factory=list)
    steps: list[dict[str, Json]] = field(default_factory=list)
    cast: dict[tuple[str, int], str] = field(default_factory=dict)
    made_up: int = 0

    def alias(self, entity: Entity, number: int) -> str:
        """What the record is called here; with all it refers to it is given when it is not there yet."""
        known = self.cast.get((entity.key, number))
        if known is None:
            values = self.values(entity, number)
            known = self._call(entity, number)
            if len(self.given) < MOST_GIVEN:
                self.given.append({"uid": new_uid(), "entity": self.name(entity), "as": known, "values": values})
        return known

    def _call(self, entity: Entity, number: int) -> str:
        made = f"{entity.name[:30]}_{len(self.cast) + 1}"
        self.cast[entity.key, number] = made
        return made

    def play(self, entity: Entity, number: int, at: str) -> tuple[str, str]:
        """Let a document come at an instant, in its state; its alias and the uid of the last step."""
        values = self.values(entity, number)
        cycle = entity.life_cycle
        state = values.pop(self._named(entity, cycle.field), None) if cycle is not None else None
        alias = self._call(entity, number)
        step = {"uid": new_uid(), "at": at, "do": "create", "entity": self.name(entity), "as": alias, "values": values}
        self.steps.append(step)
        for each in _way(cycle, state) if cycle is not None and state is not None else ():
            step = {"uid": new_uid(), "at": at, "do": "update", "record": alias,
                    "values": {self._named(entity, cycle.field if cycle else ""): each}}  # fmt: skip
            self.steps.append(step)
        return alias, str(step["uid"])

    def name(self, entity: Entity) -> str:
        """What the entity is called in the draft."""
        return self.model.entities[entity.key].name if entity.key in self.model.entities else entity.name

    def _named(self, entity: Entity, name: str) -> str:
        found = entity.field(name)
        later = self.model.entities.get(entity.key)
        same = (each for each in (later.fields if later is not None else ()) if found is not None)
        there = next((each for each in same if found is not None and each.key == found.key), None)
        return there.name if there is not None else name

    def values(self, entity: Entity, number: int) -> dict[str, Json]:
        """The values of a record that a caller gives, references by alias."""
        record = records.get(self.work, entity.name, number)
        return self._level(entity, record)

    def _level(self, entity: Entity, record: Mapping[str, Any]) -> dict[str, Json]:
        later = self.model.entities.get(entity.key)
        keys = {each.key for each in later.fields} if later is not None else set()
        inputs = plan_of(self.work.model, self._root(entity)).inputs if not entity.parent else None
        found: dict[str, Json] = {}
        for each in entity.fields:
            value = record.get(each.name)
            is_given = _is_given(each) if inputs is None else each.name in inputs
            if each.key in keys and is_given and value not in (None, [], ""):
                found[self._named(entity, each.name)] = self._value(each, value)
        return found

    def _root(self, entity: Entity) -> Entity:
        return self.work.model.entities[entity.parent] if entity.parent else entity

    def _value(self, each: Field, value: Any) -> Json:
        if each.type == "lines":
            return [self._level(self.work.model.entities[each.target], line) for line in value]
        if each.type == "reference":
            return "@" + self.alias(self.work.model.entities[each.target], value)
        if each.type == "multi_reference":
            return ["@" + self.alias(self.work.model.entities[each.target], one) for one in value]
        wire = each.dump(value)
        if each.personal:
            self.made_up += 1
            return _made_up(each, value, self.made_up)
        return f"@{wire}" if isinstance(wire, str) and wire.startswith("@") else wire


def _is_given(each: Field) -> bool:
    computed = ("formula", "lookup", "rollup", "balance", "sequence")
    return not (each.read_only or each.capture or each.type in computed)


def _made_up(each: Field, value: Any, number: int) -> Json:
    """A value of the same form that is nobody's; of a day the month and day of the month stay."""
    made: dict[str, Json] = {"phone": f"139{number:08d}", "email": f"p{number}@example.org"}
    if each.type in made:
        return made[each.type]
    if isinstance(value, date):
        return value.replace(year=1992).isoformat()
    return f"P{number}" if isinstance(value, str) else each.dump(value)


def _way(cycle: LifeCycle, state: Json) -> list[str]:
    """The states that lead from the first one to another."""
    ways: dict[str, list[str]] = {cycle.initial: []}
    waiting = deque([cycle.initial])
    while waiting:
        here = waiting.popleft()
        for each in cycle.transitions:
            if each.source == here and each.target not in ways:
                ways[each.target] = [*ways[here], each.target]
                waiting.append(each.target)
    return ways.get(str(state), [])


def scenario_of(
    work: Work, entity_name: str, key: Json, model: Model, *, name: str, label: Mapping[str, str], timeline: str = ""
) -> dict[str, Json]:
    """A scenario document of a real document that expects what the draft's rules make of it.

    Its holder's earlier documents (50 at most, the latest) come first. Raises: as try_document.
    """
    found, row, earlier = replayed(work, entity_name, key, model, timeline=timeline, most=MOST_BEFORE)
    tried = found.to_json()
    if tried["error"] is not None:
        raise NothingToTry(hint="The draft's rules fail for this document.")
    scene = _Scene(work, model)
    holder = work.model.entities[work.model.parts["timeline"][row.timeline].per]
    held = scene.alias(holder, row.holder)
    for each in earlier:
        scene.play(work.model.entities[each.entity], each.document_id, each.at.isoformat())
    alias, last = scene.play(work.model.entities[row.entity], row.document_id, row.at.isoformat())
    values = {key: each for key, each in tried["values"].items() if not isinstance(each, dict | list)}
    expect: list[dict[str, Json]] = [{"uid": new_uid(), "after": last, "decision": alias, "values": values}]
    for ledger, figures in tried["figures"].items():
        expect.append({"uid": new_uid(), "after": last, "balance": ledger, "holder": held,
                       "value": figures["balance"], "as_of": row.at.isoformat()})  # fmt: skip
    body: dict[str, Json] = {
        "kind": "scenario", "uid": new_uid(), "name": name if is_name(name) else f"try_{new_uid()}",
        "label": dict(label), "given": scene.given, "steps": scene.steps, "expect": expect,
    }  # fmt: skip
    return body

