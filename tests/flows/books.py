"""A ledger with its timeline over the small package: what is done for an account is kept in hours."""

from __future__ import annotations

from typing import Any

from engine.conftest import label

LEDGER: dict[str, Any] = {
    "kind": "ledger", "uid": "hours", "name": "hours", "label": label("hours"), "per": "account", "unit": "1",
    "floor": "0",
}  # fmt: skip
GIFT_RULES: dict[str, Any] = {
    "kind": "ruleset", "uid": "on_gift", "name": "on_gift", "label": label("on gift"), "on_error": "reject",
    "steps": [{"uid": "give", "post": "hours", "move": "grant", "amount": "amount", "as": "given"}],
}  # fmt: skip
TASK_RULES: dict[str, Any] = {
    "kind": "ruleset", "uid": "on_task", "name": "on_task", "label": label("on task"), "for": "task",
    "steps": [{"uid": "wor", "let": "worth", "be": "COALESCE(effort, 0) * 2"}],
}  # fmt: skip
TIMELINE: dict[str, Any] = {
    "kind": "timeline", "uid": "life", "name": "account_life", "label": label("life"), "per": "account", "zone": "UTC",
    "moments": [{"uid": "task", "of": "task", "holder": "account", "at": "day", "run": "on_task"}],
    "order": ["at", "MOMENT()", "number"],
    "facts": [{"uid": "gift", "name": "gift", "run": "on_gift",
               "fields": [{"uid": "amo", "name": "amount", "type": "number"}]}],
}  # fmt: skip
BOOKS = (LEDGER, GIFT_RULES, TASK_RULES, TIMELINE)
"""Documents to be added to the small package."""
