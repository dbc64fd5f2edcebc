"""Flows: what happens after events, in steps that survive the end of the process that takes them."""

from __future__ import annotations

from tessera.engine.flows import dispatching, driving, keeping, lanes, noticing, schedules, steps, triggers
from tessera.engine.flows.chores import CHORES, Chore
from tessera.engine.flows.waking import wake, wake_many

steps.load()

__all__ = [
    "CHORES", "Chore", "dispatching", "driving", "keeping", "lanes", "noticing", "schedules", "steps", "triggers",
    "wake", "wake_many",
]  # fmt: skip
