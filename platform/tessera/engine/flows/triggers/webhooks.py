"""Triggers about events from outside: no change of a record is meant; `engine.incoming` makes their runs."""

from __future__ import annotations

from tessera.engine.flows.triggers.base import MATCHERS, Matcher


class WebhookReceived(Matcher):
    """Is asked about no change."""


MATCHERS.add("webhook.received", WebhookReceived())
