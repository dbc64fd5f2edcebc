"""Calls to the outside: one guarded client for everything that leaves this server by HTTP."""

from __future__ import annotations

from tessera.engine.outside.addresses import Target, parse_target
from tessera.engine.outside.circuits import call
from tessera.engine.outside.client import Outgoing, Reply, Resolve, send
from tessera.engine.outside.errors import AnswerTooLarge, CallFailed, CallRefused, HostResting

__all__ = [
    "AnswerTooLarge",
    "CallFailed",
    "CallRefused",
    "HostResting",
    "Outgoing",
    "Reply",
    "Resolve",
    "Target",
    "call",
    "parse_target",
    "send",
]
