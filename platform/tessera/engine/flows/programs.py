"""Finding what a run follows: its flow as the release said that it began under."""

from __future__ import annotations

from tessera.engine.flows.reading import Lens
from tessera.engine.packages.stored import load_model
from tessera.engine.work import Work
from tessera.errors import NotFound
from tessera.meta.flows import FlowDoc, StepDoc, steps_in
from tessera.meta.model import Model


def model_of(work: Work, release: int) -> Model:
    """The Model of a release, compiled once for each head."""
    if release == work.model.number:
        return work.model
    found: Model | None = work.model.cache.get(("release", release))
    if found is None:
        found = work.model.cache[("release", release)] = load_model(work.tx, release)
    return found


def flow_of(model: Model, key: str) -> FlowDoc:
    """The flow of that key. Raises: NotFound("not_found")."""
    found: FlowDoc | None = model.parts.get("flow", {}).get(key)
    if found is None:
        raise NotFound(what="flow")
    return found


def flow_named(work: Work, name: str) -> FlowDoc:
    """The flow of the head with that name. Raises: NotFound("not_found")."""
    found: FlowDoc | None = work.model.part("flow", name)
    if found is None:
        raise NotFound(what="flow")
    return found


def steps_of(model: Model, doc: FlowDoc) -> dict[str, StepDoc]:
    """Every step of a flow by its path."""
    key = ("flows.steps", doc.key)
    found: dict[str, StepDoc] | None = model.cache.get(key)
    if found is None or model.parts.get("flow", {}).get(doc.key) is not doc:
        found = {step.path: step for step in steps_in(doc.steps)}
        model.cache[key] = found
    return found


def lens_of(work: Work, model: Model) -> Lens:
    """How formulas of that Model read records of the head."""
    key = ("flows.lens", model.number)
    found: Lens | None = work.model.cache.get(key)
    if found is None or found.old is not model:
        found = work.model.cache[key] = Lens(model, work.model)
    return found
