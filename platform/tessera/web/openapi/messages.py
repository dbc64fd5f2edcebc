"""Schemas of messages: inbox, deliveries, preferences, channels; and of secrets and hooks."""

from __future__ import annotations

from typing import Any

from tessera.web.openapi.parts import ANYTHING, FLAG, FREE, INSTANT, NAME, TEXT, WHOLE, listed, optional, record, ref

_ID = {"type": "integer", "minimum": 1, "maximum": 2**63 - 1}
_RECORD = record({"entity": TEXT, "record": WHOLE})
_CATEGORY = {"type": "string", "enum": ["service", "marketing"]}
_STATE = {
    "type": "string",
    "enum": ["waiting", "sending", "sent", "failed", "dead", "review", "suppressed", "merged", "cancelled"],
}
_CONTENT = record({}, {"subject": TEXT, "text": TEXT, "parts": FREE, "erased": FLAG})
_DELIVERY: dict[str, Any] = {
    "id": WHOLE, "notice": WHOLE, "message": TEXT, "key": TEXT, "category": _CATEGORY, "channel": TEXT,
    "state": _STATE, "reason": optional(TEXT), "due_at": INSTANT, "until": optional(INSTANT), "attempts": WHOLE,
    "created_at": INSTANT, "begun_at": optional(INSTANT), "sent_at": optional(INSTANT), "read_at": optional(INSTANT),
    "error": optional(TEXT), "receipt": ANYTHING, "merged_into": optional(WHOLE), "language": TEXT,
    "source": optional(TEXT), "to": FREE, "about": optional(_RECORD),
}  # fmt: skip
_HOUR = {"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$"}
_WISH = record(
    {"category": _CATEGORY, "is_wanted": FLAG},
    {
        "channel": {
            "type": ["string", "null"], "format": "channel",
            "description": "null: every channel of which nothing else is said.",
        }
    },
)
_PREFERENCES = {
    "wishes": {"type": "array", "maxItems": 100, "items": _WISH},
    "quiet": optional(record({"from": _HOUR, "to": _HOUR})),
    "zone": {"type": ["string", "null"], "format": "zone", "description": "IANA name of the zone of the quiet hours."},
}
_HOOK = {
    "name": TEXT, "is_active": FLAG, "created_at": INSTANT, "accepted": WHOLE, "repeated": WHOLE, "rejected": WHOLE,
    "last_at": optional(INSTANT),
}  # fmt: skip
_HOOK_EVENT = {
    "id": WHOLE, "hook": TEXT, "event_id": TEXT, "state": {"type": "string", "enum": ["accepted", "rejected"]},
    "reason": optional(TEXT), "received_at": INSTANT, "address": optional(TEXT), "headers": FREE,
}  # fmt: skip
_SHOWN_ONCE = {"type": "string", "description": "Shown this one time."}

MESSAGE_SCHEMAS: dict[str, dict[str, Any]] = {
    "InboxPage": record(
        {
            "data": listed(
                record(
                    {
                        "id": WHOLE, "category": _CATEGORY, "priority": WHOLE, "subject": TEXT, "text": TEXT,
                        "link": optional(TEXT), "about": optional(record({"entity": TEXT, "id": WHOLE})),
                        "sent_at": INSTANT, "read_at": optional(INSTANT), "is_erased": FLAG,
                    }
                )
            ),
            "next": optional(WHOLE),
            "unread": WHOLE,
        }
    ),
    "UnreadCount": record({"count": WHOLE}),
    "InboxMarks": record(
        {},
        {
            "ids": {"type": "array", "maxItems": 1000, "uniqueItems": True, "items": _ID},
            "up_to": {**_ID, "description": "All up to this one."},
            "is_read": {"type": "boolean", "description": "The default is true."},
        },
    ),
    "ChangedCount": record({"changed": WHOLE}),
    "Delivery": record(_DELIVERY),
    "DeliveryPage": record({"data": listed(ref("Delivery")), "next": optional(WHOLE)}),
    "DeliveryWithText": record({**_DELIVERY, "content": optional(_CONTENT)}),
    "DeliveryCounts": {"type": "object", "additionalProperties": WHOLE},
    "DeliveryEnd": record({"was_sent": FLAG}),
    "Preferences": record(_PREFERENCES),
    "PreferenceChanges": record({}, _PREFERENCES),
    "ChannelList": record(
        {
            "data": listed(
                record(
                    {
                        "name": TEXT, "label": ref("Label"), "help": ref("Label"), "address": TEXT,
                        "parts": {"type": "object", "additionalProperties": TEXT}, "has_subject": FLAG,
                        "most_characters": WHOLE, "per_minute": WHOLE,
                    }
                )
            )
        }
    ),
    "SecretList": record({"data": listed(record({"name": TEXT, "set_at": INSTANT, "is_readable": FLAG}))}),
    "SecretValue": record({"value": {"type": "string", "minLength": 1, "maxLength": 8000, "format": "password"}}),
    "SecretSet": record({"name": TEXT, "set_at": INSTANT}),
    "HookList": record({"data": listed(ref("Hook"))}),
    "Hook": record(_HOOK),
    "NewHook": record({"name": {**NAME, "maxLength": 35}}),
    "FreshHook": record({**_HOOK, "secret": _SHOWN_ONCE}),
    "HookChanges": record({"is_active": FLAG}),
    "HookSecret": record({"name": TEXT, "secret": _SHOWN_ONCE}),
    "HookEventPage": record({"data": listed(record(_HOOK_EVENT)), "next": optional(WHOLE)}),
    "HookEvent": record({**_HOOK_EVENT, "body": TEXT}),
    "HookBody": {"type": "object", "description": "Whatever the sender sends; a JSON object."},
    "HookAnswer": record({"status": {"type": "string", "enum": ["accepted", "repeated"]}}),
}  # fmt: skip
"""Each schema by its name."""
