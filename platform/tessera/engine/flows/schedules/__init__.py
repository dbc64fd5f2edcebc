"""Flows that go by the clock: what is due when, the runs that this begins, and what people do about schedules."""

from __future__ import annotations

from tessera.engine.flows.schedules import firing, spreading

__all__ = ["firing", "spreading"]
