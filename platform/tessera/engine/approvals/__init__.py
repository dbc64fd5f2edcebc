"""Approvals: who is asked, in which order, what he may do, and what comes of it."""

from __future__ import annotations

# Approvals wake runs, and a kind of step begins approvals: whichever is imported first, the flows must be begun before.
import tessera.engine.flows  # noqa: F401
