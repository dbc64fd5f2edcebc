"""Schemas of the OpenAPI document about ledgers and timelines."""

from __future__ import annotations

from typing import Any

from tessera.web.openapi.parts import FLAG, FREE, INSTANT, NAME, TEXT, WHOLE, listed, optional, record, ref

_TEXT = {"type": "string", "minLength": 1, "maxLength": 200}
_AMOUNT: dict[str, Any] = {"type": ["string", "integer"], "description": 'Exact: 12 or "12.50".'}
_DAY = {"type": "string", "format": "date"}
_MOVE = {"type": "string", "enum": ["grant", "take"]}
_ACCOUNT = {"holder": _TEXT, "key": _TEXT}
_BESIDE: dict[str, Any] = {
    "beside": {
        "type": "array",
        "items": _TEXT,
        "maxItems": 3,
        "description": "Of a ledger with several holders: refs or business keys that say which account.",
    }
}
_CORRECTION = record(
    {"ledger": _TEXT, "move": _MOVE, "amount": _AMOUNT, "as": NAME},
    {"expires_on": optional(_DAY), "may_owe": FLAG},
)

BOOK_SCHEMAS: dict[str, dict[str, Any]] = {
    "AccountKey": record(_ACCOUNT),
    "NewPosting": record(
        {**_ACCOUNT, "move": _MOVE, "amount": _AMOUNT, "as": NAME},
        {
            **_BESIDE,
            "at": optional(INSTANT),
            "lot": optional(_TEXT),
            "expires_on": optional(_DAY),
            "available_from": optional(_DAY),
            "may_owe": FLAG,
        },
    ),
    "PostingAnswer": record({"moment": WHOLE, "ledger": TEXT, "key": TEXT}),
    "NewHold": record({**_ACCOUNT, "amount": _AMOUNT}, {"until": optional(INSTANT), **_BESIDE}),
    "HoldKey": record(_ACCOUNT, _BESIDE),
    "HoldUse": record(_ACCOUNT, {**_BESIDE, "amount": _AMOUNT, "at": optional(INSTANT), "values": FREE}),
    "Hold": record(
        {
            "ledger": TEXT,
            "holder": WHOLE,
            "key": TEXT,
            "amount": _AMOUNT,
            "until": INSTANT,
            "state": {"type": "string", "enum": ["open", "used", "released", "over"]},
            "used": _AMOUNT,
        },
        {"beside": {"type": "array", "items": WHOLE}},
    ),
    "NewTransfer": record({"source": _TEXT, "target": _TEXT, "key": _TEXT}, {"amount": _AMOUNT, **_BESIDE}),
    "TransferKey": record({"source": _TEXT, "key": _TEXT}),
    "Transfer": record(
        {
            "ledger": TEXT,
            "key": TEXT,
            "source": optional(WHOLE),
            "target": optional(WHOLE),
            "moved": _AMOUNT,
            "at": INSTANT,
            "is_undone": FLAG,
        }
    ),
    "ReviewVerdict": record(
        {"verdict": {"type": "string", "enum": ["accepted", "corrected"]}},
        {"note": {"type": ["string", "null"], "minLength": 1, "maxLength": 1000}, "posting": _CORRECTION},
    ),
    "ReviewAnswer": record({"id": WHOLE, "verdict": TEXT}),
    "Build": record(
        {
            "id": WHOLE,
            "release": WHOLE,
            "kind": TEXT,
            "target": TEXT,
            "fields": listed(TEXT),
            "state": {"type": "string", "enum": ["waiting", "blocked"]},
            "done": WHOLE,
            "total": WHOLE,
            "problems": listed(WHOLE),
        }
    ),
    "Outstanding": record({"builds": listed(ref("Build")), "holders": WHOLE}),
}
"""Each schema by its name."""
