"""Schemas of links to forms, and of what people without an account see and send."""

from __future__ import annotations

from typing import Any

from tessera.web.openapi.parts import FLAG, FREE, INSTANT, NAME, TEXT, WHOLE, listed, optional, record, ref

_MOST = {"type": ["integer", "null"], "minimum": 1, "maximum": 1_000_000}
_PARTS: dict[str, Any] = {
    "label": {"type": "string", "maxLength": 200},
    "thanks": {"type": "string", "maxLength": 2000},
    "given": FREE,
    "closes_at": optional(INSTANT),
    "most_answers": _MOST,
}

PUBLIC_FORM_SCHEMAS: dict[str, Any] = {
    "PublicLinkBody": record({"form": NAME}, _PARTS),
    "PublicLinkChanges": record({}, {**_PARTS, "is_open": FLAG}),
    "PublicLink": record(
        {
            "id": WHOLE,
            "form": optional(TEXT),
            "entity": optional(TEXT),
            "token": {"type": "string", "description": "Stands in the address of the page: /p/<token>."},
            "label": TEXT,
            "thanks": TEXT,
            "given": FREE,
            "is_open": FLAG,
            "closes_at": optional(INSTANT),
            "most_answers": optional(WHOLE),
            "answers": WHOLE,
            "dropped": {"type": "integer", "description": "What only machines send: it made no records."},
            "last_at": optional(INSTANT),
            "created_at": INSTANT,
            "created_by": TEXT,
        }
    ),
    "PublicLinks": record({"data": listed(ref("PublicLink"))}),
    "OpenForm": record(
        {
            "title": TEXT,
            "state": {"type": "string", "enum": ["open", "closed", "full"]},
            "thanks": TEXT,
            "label": {"anyOf": [ref("Label"), {"type": "null"}]},
            "help": {"anyOf": [ref("Label"), {"type": "null"}]},
            "fields": listed(ref("AppField")),
            "sections": listed(
                record(
                    {
                        "uid": TEXT,
                        "label": {"anyOf": [ref("Label"), {"type": "null"}]},
                        "items": listed(
                            record(
                                {
                                    "uid": TEXT,
                                    "field": TEXT,
                                    "width": WHOLE,
                                    "label": {"anyOf": [ref("Label"), {"type": "null"}]},
                                    "help": {"anyOf": [ref("Label"), {"type": "null"}]},
                                }
                            )
                        ),
                    }
                )
            ),
        }
    ),
    "OpenFormAnswer": record(
        {"values": FREE, "key": {"type": "string", "minLength": 8, "maxLength": 64}},
        {"website": {"type": "string", "description": "Left empty by people, who do not see it."}},
    ),
    "OpenFormThanks": record({"thanks": TEXT}),
}
