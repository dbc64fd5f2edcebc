"""The JSON Schemas of what stands in a step of kind approve."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tessera.errors import Json
from tessera.meta.approvals import ALL_VERBS, OCCASIONS
from tessera.meta.steps.base import DURATION, FORMULA, LABEL, NAME, STEPS, UID

_PATH: Mapping[str, Json] = {"$ref": "urn:tessera:schema:common#/$defs/path"}


def _closed(properties: Mapping[str, Any], required: tuple[str, ...]) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": False, "required": ["uid", *required],
            "properties": {"uid": UID, **properties}}  # fmt: skip


def _told(schema: Mapping[str, Any], description: str) -> dict[str, Any]:
    return {**schema, "description": description}


_ORGANISATION = _told(NAME, "The document that says who is above whom. Left out: the only one there is.")

_SOURCES: dict[str, Any] = {
    "users": _closed(
        {"users": {"type": "array", "minItems": 1, "maxItems": 100, "uniqueItems": True,
                   "items": {"type": "string", "minLength": 1, "maxLength": 64}, "description": "Sign-in names."}},
        ("users",),
    ),
    "role": _closed(
        {
            "role": _told(NAME, "Everybody who has the role."),
            "attribute": _told(NAME, "Only those whose account has under this attribute what `equals` gives."),
            "equals": FORMULA,
        },
        ("role",),
    ),
    "field": _closed({"field": _told(_PATH, "A user field of the record, or over its references.")}, ("field",)),
    "manager": _closed(
        {
            "manager": _told(FORMULA, "Gives the person whose manager is meant, such as requester."),
            "levels": {"type": "integer", "minimum": 1, "maximum": 10, "default": 1, "description": "How far up."},
            "each": {"type": "boolean", "default": False, "description": "Every manager on the way up, in turn."},
            "organisation": _ORGANISATION,
        },
        ("manager",),
    ),
    "requester": _closed({"requester": {"const": True, "description": "Whoever asks."}}, ("requester",)),
    "formula": _closed(
        {"formula": _told(FORMULA, "Gives a user's id or sign-in name, or a list of them.")}, ("formula",)
    ),
    "table": _closed(
        {
            "table": _told(NAME, "A table that says who decides: a matrix by amount, place and the like."),
            "when": _told(FORMULA, "True for the rows meant, each of which it sees as row."),
            "column": _told(NAME, "The column that names a person, or a role."),
            "names": {"enum": ["user", "role"], "default": "user"},
            "take": {"enum": ["first", "all"], "default": "first", "description": "Of the rows meant."},
        },
        ("table", "when", "column"),
    ),
}  # fmt: skip

SOURCES: Mapping[str, Json] = {
    "type": "array", "minItems": 1, "maxItems": 50,
    "items": {"oneOf": list(_SOURCES.values()), "discriminator": {"keys": _SOURCES}},
}  # fmt: skip
"""Ways to find people, taken together in order."""

FIELDS: Mapping[str, Json] = {
    "type": "array", "maxItems": 500,
    "items": _closed(
        {
            "field": _told(_PATH, "A field of the record or of its lines (items.price), or over references, to see."),
            "may": {"enum": ["see", "edit", "require"], "default": "see", "description": "require: it must be filled."},
        },
        ("field",),
    ),
}  # fmt: skip

_DEADLINE = _closed(
    {
        "after": _told(DURATION, "How long a task has been open."),
        "do": {"enum": ["urge", "agree", "reject", "transfer", "escalate"],
               "description": "escalate: to the manager of whoever was asked."},
        "to": _told(SOURCES, "transfer: to the first of them who can be asked."),
    },
    ("after", "do"),
)  # fmt: skip

NODES: Mapping[str, Json] = {
    "description": "Who decides, one node after the other.",
    "type": "array", "minItems": 1, "maxItems": 30,
    "items": _closed(
        {
            "label": LABEL,
            "approvers": SOURCES,
            "mode": {"enum": ["any", "all", "sequential", "vote"], "default": "any",
                     "description": "any: one is enough. all: everybody. sequential: all in turn. vote: a share."},
            "share": {"type": "integer", "minimum": 1, "maximum": 100, "description": "vote: per cent who must agree."},
            "fields": _told(FIELDS, "What of the record approvers see here, and may change while they decide."),
            "offers": {"type": "array", "uniqueItems": True, "items": {"enum": list(ALL_VERBS)},
                       "description": "What approvers may do. Left out: everything."},
            "opinions": {"type": "array", "uniqueItems": True, "items": {"enum": ["agree", "reject", "return"]},
                         "default": ["reject", "return"], "description": "Decisions that need an opinion."},
            "skip_agreed": {"type": "boolean", "default": False, "description": "Who agreed before need not again."},
            "requester": {"enum": ["decides", "agrees", "excluded"], "default": "decides",
                          "description": "When whoever asks is among the approvers: he decides like others, agrees by "
                                         "himself, or is left out (four eyes)."},
            "nobody": {"enum": ["fail", "agree", "ask"], "default": "fail",
                       "description": "Without an approver: the run fails, the node passes, or `fallback` is asked."},
            "fallback": SOURCES,
            "deadlines": {"type": "array", "maxItems": 10, "items": _DEADLINE},
            "copies": _told(SOURCES, "Who is sent a copy once the node is done."),
            "link": {
                "type": "object", "additionalProperties": False, "required": ["hours"],
                "description": "Whether tasks can be opened by a signed link.",
                "properties": {
                    "hours": {"type": "integer", "minimum": 1, "maximum": 720, "description": "How long it works."},
                    "decides": {"type": "boolean", "default": False,
                                "description": "Whether the link alone is enough, without signing in."},
                },
            },
        },
        ("approvers",),
    ),
}  # fmt: skip

STEP: Mapping[str, Any] = {
    "record": _told(FORMULA, "The record that is decided about. Left out: the trigger's."),
    "requester": _told(FORMULA, "The id of whoever asks. Left out: who caused the event."),
    "title": _told(FORMULA, "What lists show of it. Left out: the record's title."),
    "summary": _told(FORMULA, "A second line in lists."),
    "effects": {
        "description": "What agreeing brings about, shown to those who decide.",
        "type": "array", "maxItems": 30, "items": _closed({"label": LABEL, "value": FORMULA}, ("label", "value")),
    },
    "organisation": _ORGANISATION,
    "nodes": NODES,
    "messages": {
        "type": "object", "additionalProperties": False, "properties": {each: NAME for each in OCCASIONS},
        "description": "Messages that are sent: to whoever is asked, urged, sent a copy or mentioned, and to whoever "
                       "asks when it is returned or has ended.",
    },
    "undo_s": {"type": "integer", "minimum": 0, "maximum": 600, "default": 10,
               "description": "Seconds for which a decision can be taken back."},
    "withdraw": {"enum": ["always", "untouched", "never"], "default": "always",
                 "description": "Until when whoever asks may withdraw it; untouched: until somebody has decided."},
    "urge_every": _told(DURATION, "The least time between two reminders. Left out: 30m."),
    "revise": _told(FIELDS, "What whoever asks may do with the record while it is returned to him."),
    "returns_to": {"type": "array", "uniqueItems": True, "items": UID,
                   "description": "Earlier approve steps to which it may be returned. Left out: all before it."},
    "agreed": _told(STEPS, "Steps for when it was agreed to."),
    "rejected": _told(STEPS, "Steps for when it was rejected."),
    "withdrawn": _told(STEPS, "Steps for when it was withdrawn."),
    "unless_agreed": {"enum": ["stop", "continue"], "default": "stop",
                      "description": "Whether the run ends here when it was not agreed to."},
}  # fmt: skip
"""The keys of the step."""
