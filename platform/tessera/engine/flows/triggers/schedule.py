"""Triggers about times of a calendar: every record is meant, besides what the trigger's `where` says."""

from __future__ import annotations

from tessera.engine.flows.triggers.base import CLOCKED, Clocked


class Scheduled(Clocked):
    """Has nothing more to say about records."""


CLOCKED.add("schedule", Scheduled())
