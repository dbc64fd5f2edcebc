"""What a change of a decided moment posts under the pinned reading: a difference, as a moment of its own.

The moment keeps its place and what it posted; what its new decision would post otherwise is posted where the change
arrives, and so is what it would have left otherwise in the state. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from tessera.engine.ledger.parts import Correction, Posting, Where
from tessera.engine.timeline.values import number, plain
from tessera.errors import Json

if TYPE_CHECKING:
    from tessera.engine.timeline.program import Program

Key = tuple[str, str, str, str]
"""Ledger, step, round and total."""


def postings_by_key(postings: Iterable[Posting]) -> dict[Key, tuple[int, int]]:
    """Amount and effect by key."""
    found: dict[Key, tuple[int, int]] = {}
    for each in postings:
        key = (each.ledger, each.step, each.round.removesuffix("+"), each.name)
        amount, effect = found.get(key, (0, 0))
        found[key] = (amount + each.amount, effect + each.effect)
    return found


def differences(wanted: Iterable[Posting], posted: Mapping[Key, tuple[int, int]]) -> list[dict[str, Json]]:
    """What has to be posted so that in sum it is what is wanted; in order of what is wanted, then of what is not."""
    every = list(wanted)
    target = postings_by_key(every)
    opened = {(each.ledger, each.step, each.round.removesuffix("+"), each.name): each.opened
              for each in every if each.opened}
    found: list[dict[str, Json]] = []
    for key in [*target, *sorted(set(posted) - set(target))]:
        amount, effect = target.get(key, (0, 0))
        known = posted.get(key, (0, 0))
        if (amount, effect) == known:
            continue
        entry: dict[str, Json] = dict(zip(("ledger", "step", "round", "name"), key, strict=True))
        entry |= {"amount": amount - known[0], "effect": effect - known[1]}
        lot = opened.get(key)
        if lot is not None:
            entry |= {"lot": lot.name, "expires_on": plain(lot.expires_on), "available_from": plain(lot.available_from)}
        found.append(entry)
    return found


def correction_of(entry: Mapping[str, Json]) -> Correction:
    """A difference as accounts post it."""
    texts = (entry.get("expires_on"), entry.get("available_from"))
    days = [date.fromisoformat(text) if text else None for text in texts]
    where = Where(entry["step"], entry["round"], entry["name"])
    return Correction(where, entry["amount"], entry["effect"], entry.get("lot", ""), *days)


def state_differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Json]:
    """How what a moment left in the state differs: of numbers by how much, else from what to what."""
    found: dict[str, Json] = {}
    for name, value in after.items():
        known = before.get(name)
        if plain(value) == plain(known):
            continue
        if _is_number(value) and _is_number(known):
            found[name] = {"add": plain(value - known)}
        else:
            found[name] = {"from": plain(known), "to": plain(value)}
    return found


def changed_state(program: Program, state: Mapping[str, Any], differences: Mapping[str, Json]) -> dict[str, Any]:
    """The values of a state that these differences alter. Numbers are added to; else only what was not set since."""
    found: dict[str, Any] = {}
    for name, each in differences.items():
        if name not in state:
            continue
        if "add" in each:
            found[name] = state[name] + number(each["add"]) if _is_number(state[name]) else state[name]
        elif plain(state[name]) == each["from"]:
            found[name] = program.decode_state({name: each["to"]})[name]
    return found


def _is_number(value: Any) -> bool:
    return value is not None and not isinstance(value, bool) and hasattr(value, "as_integer_ratio")
