"""How people are shown the steps of rulesets: their labels in the head release, found by uid."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from tessera.errors import Json
from tessera.meta.model import Model
from tessera.meta.rules import TimelineDoc

_CACHE = "rules.labels"
_BLOCKS = ("do", "otherwise")


def step_labels(model: Model, ruleset: str) -> Mapping[str, Json]:
    """The labels of a ruleset's steps by their uids, those within blocks too; steps without one are left out."""
    known: dict[str, dict[str, Json]] = model.cache.setdefault(_CACHE, {})
    found = known.get(ruleset)
    if found is None:
        key = model.names.get(("ruleset", ruleset), "")
        body = model.documents.get(key, {})
        found = {each["uid"]: _spoken(each["label"]) for each in _steps(body.get("steps", ())) if "label" in each}
        known[ruleset] = found
    return found


def labelled(model: Model, ruleset: str, steps: Iterable[dict[str, Json]]) -> list[dict[str, Json]]:
    """The steps of a proof, each with its label where it has one."""
    labels = step_labels(model, ruleset)
    return [{**each, "label": labels[each["uid"]]} if each["uid"] in labels else each for each in steps]


def movement_label(model: Model, timeline: TimelineDoc, entity: str | None, step: str) -> Json:
    """The label of the step that posted a movement for a document of that entity (by key); None without one."""
    runs = (each.run for each in timeline.moments if each.of == entity)
    return next((label for run in runs if (label := step_labels(model, run).get(step))), None)


def _steps(items: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    for each in items:
        yield each
        for block in _BLOCKS:
            yield from _steps(each.get(block, ()))


def _spoken(label: Json) -> Json:
    return {"zh": label, "en": label} if isinstance(label, str) else label
