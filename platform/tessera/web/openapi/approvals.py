"""Schemas of approvals. The browser's types are made from them."""

from __future__ import annotations

from typing import Any

from tessera.web.openapi.parts import ANYTHING, FLAG, FREE, INSTANT, TEXT, WHOLE, listed, optional, record, ref

_OPINION = {"type": "string", "maxLength": 4000, "description": "Why."}
_FILES = {"type": "array", "maxItems": 20, "items": TEXT, "description": "Ids of uploaded files."}
_USER = {"type": "integer", "minimum": 1, "description": "Id of a user."}
_PEOPLE = {"type": "array", "minItems": 1, "maxItems": 100, "items": _USER}
_VERSION = {"type": "integer", "description": "Of the record that was read; 409 record_moved when it moved on."}
_VALUES = {"type": "object", "description": "Values for fields that the node lets its approvers change."}
_PERSON_OR_NONE = {"anyOf": [ref("Person"), {"type": "null"}]}
_NAMED = record({"name": TEXT, "label": ref("Label")})
_MODE = {"type": "string", "enum": ["any", "all", "sequential", "vote"]}
_SHARE = {"type": ["integer", "null"], "description": "Of a vote: per cent who must agree."}
_NODE = record({"uid": TEXT, "label": ref("Label"), "mode": _MODE, "share": _SHARE})
_TASK_STATE = {"type": "string", "enum": ["waiting", "open", "decided", "closed"],
               "description": "decided: it can still be taken back."}
_DECISION = {"type": "string", "enum": ["", "agreed", "rejected", "returned", "resubmitted", "transferred", "replaced"]}
_OUTCOME = {"type": "string", "enum": ["", "agreed", "rejected", "withdrawn", "returned", "cancelled", "failed"]}
_STATE = {"type": "string", "enum": ["running", "returned", "ended"], "description": "returned: to the requester."}
_TIMES = {
    "opened_at": optional(INSTANT), "decided_at": optional(INSTANT), "final_at": optional(INSTANT),
    "due_at": optional(INSTANT), "late_at": optional(INSTANT),
}  # fmt: skip
_ROW = record(
    {
        "approval": WHOLE, "flow": _NAMED, "entity": TEXT, "record_id": WHOLE, "title": TEXT, "summary": TEXT,
        "requester": _PERSON_OR_NONE, "state": _STATE, "outcome": _OUTCOME, "started_at": INSTANT,
        "ended_at": optional(INSTANT), "node": ref("Label"),
    },
    {
        "task": WHOLE, "person": _PERSON_OR_NONE, "is_own": FLAG, "task_state": _TASK_STATE, "decision": _DECISION,
        "cause": TEXT, "is_late": FLAG, **_TIMES, "copied_at": INSTANT, "read_at": optional(INSTANT),
        "by": _PERSON_OR_NONE,
    },
)  # fmt: skip
_STOP = record(
    {
        "kind": {"type": "string", "enum": ["start", "requester", "node"]},
        "approval": optional(WHOLE),
        "uid": TEXT,
        "label": ref("Label"),
        "mode": _MODE,
        "share": _SHARE,
        "state": {"type": "string", "enum": ["done", "passed", "at_work", "to_come", "not_reached"]},
        "people": listed(ref("ApprovalAsked")),
    }
)
_ASKED = record(
    {"person": _PERSON_OR_NONE, "at": optional(INSTANT)},
    {
        "task": WHOLE, "state": _TASK_STATE, "decision": _DECISION, "cause": TEXT, "by": _PERSON_OR_NONE,
        "side": {"type": "string", "enum": ["", "before", "after"]}, "added_by": optional(WHOLE),
        "opened_at": optional(INSTANT),
        "waited_s": {"type": ["integer", "null"], "description": "From being asked until the decision, or until now."},
    },
)  # fmt: skip
_DONE = record(
    {
        "id": WHOLE,
        "task": optional(WHOLE),
        "kind": {"type": "string", "description": "agree, reject, return, transfer, add_signer, copy, comment …"},
        "by": {**_PERSON_OR_NONE, "description": "null: the platform itself."},
        "for": {**_PERSON_OR_NONE, "description": "In whose place, or whose task it was."},
        "at": INSTANT,
        "opinion": TEXT,
        "files": listed(record({"id": TEXT, "name": TEXT, "size": WHOLE, "media_type": TEXT})),
        "undone_at": optional(INSTANT),
        "people": listed(ref("Person")),
        "detail": FREE,
    }
)
_RECORD = record(
    {
        "entity": TEXT,
        "id": WHOLE,
        "ref": TEXT,
        "version": WHOLE,
        "can_open": {"type": "boolean", "description": "Whether one may read the record by one's own rights, too."},
        "fields": listed(
            record(
                {
                    "path": TEXT,
                    "may": {"type": "string", "enum": ["see", "edit", "require"]},
                    "field": ref("AppField"),
                    "value": ANYTHING,
                }
            )
        ),
    }
)
_TASK = record(
    {
        "id": WHOLE,
        "approval": WHOLE,
        "kind": {"type": "string", "enum": ["decide", "revise"]},
        "node": _NODE,
        "person": _PERSON_OR_NONE,
        "is_mine": {"type": "boolean", "description": "Mine, or of somebody for whom I stand in."},
        "is_own": {"type": "boolean", "description": "Mine, and not of somebody for whom I stand in."},
        "side": {"type": "string", "enum": ["", "before", "after"]},
        "state": _TASK_STATE,
        "decision": _DECISION,
        "cause": {"type": "string", "description": "Why the platform decided: agreed_before, requester, timeout …"},
        "by": _PERSON_OR_NONE,
        **_TIMES,
        "due_do": {"type": "string", "enum": ["", "urge", "agree", "reject", "transfer", "escalate"],
                   "description": "What happens at due_at."},
        "is_late": FLAG,
        "actions": {**listed(TEXT), "description": "What I can do with it now."},
        "needs_opinion": listed(TEXT),
        "returns": listed(record({"to": TEXT, "step": TEXT, "label": ref("Label")})),
        "link_hours": {"type": "integer", "description": "How long links to it work; 0: there are none."},
        "changes": {"type": ["object", "null"], "description": "What I wrote into the record, until that is final."},
    }
)
_APPROVAL = record(
    {
        "id": WHOLE,
        "flow": _NAMED,
        "run": WHOLE,
        "title": TEXT,
        "summary": TEXT,
        "requester": _PERSON_OR_NONE,
        "state": _STATE,
        "outcome": _OUTCOME,
        "reason": {"type": "string", "description": "Why it failed: no_approver, no_requester."},
        "started_at": INSTANT,
        "ended_at": optional(INSTANT),
        "may": record({"withdraw": FLAG, "urge": FLAG, "copy": FLAG, "manage": FLAG}),
        "urge_at": {**optional(INSTANT), "description": "Before that it cannot be urged again."},
        "way": listed(_STOP),
        "trail": listed(_DONE),
        "effects": listed(record({"uid": TEXT, "label": ref("Label"), "value": ANYTHING})),
        "entity": _NAMED,
        "record": {"anyOf": [_RECORD, {"type": "null"}]},
    }
)
_UID = {"type": "string", "minLength": 1}
_BACK = {
    "straight": {"type": "boolean", "description": "Afterwards it comes straight back here."},
    "opinion": _OPINION,
    "files": _FILES,
    "version": _VERSION,
}
_DELEGATION = {
    "from_at": INSTANT,
    "until_at": INSTANT,
}

APPROVAL_SCHEMAS: dict[str, dict[str, Any]] = {
    "Person": record({"id": WHOLE, "name": TEXT, "is_active": FLAG}),
    "People": record({"data": listed(ref("Person")), "next": {"type": "null"}}),
    "ApprovalPage": record({"data": listed(_ROW), "next": optional(TEXT)}),
    "ApprovalCounts": record(
        {
            "waiting": WHOLE, "late": WHOLE, "started": WHOLE, "copied": WHOLE,
            "by_flow": listed(record({"name": TEXT, "label": ref("Label"), "waiting": WHOLE, "late": WHOLE})),
        }
    ),
    "ApprovalAsked": _ASKED,
    "ApprovalTask": _TASK,
    "Approval": _APPROVAL,
    "ApprovalAnswer": record({"task": {"anyOf": [ref("ApprovalTask"), {"type": "null"}]}, "approval": ref("Approval")}),
    "ApprovalDecision": record({}, {"opinion": _OPINION, "files": _FILES, "record": _VALUES, "version": _VERSION}),
    "ApprovalRejection": record({}, {"opinion": _OPINION, "files": _FILES, "version": _VERSION}),
    "ApprovalReturn": {
        "oneOf": [
            record({"to": {**_UID, "description": 'Of a node, or "requester".'}}, _BACK),
            record({"step": {**_UID, "description": "Of an earlier approve step."}}, _BACK),
        ]
    },
    "ApprovalReassign": record({"to": _USER}, {"opinion": _OPINION}),
    "ApprovalTransfer": record({"to": _USER}, {"opinion": _OPINION, "files": _FILES}),
    "ApprovalSigners": record(
        {"people": _PEOPLE}, {"side": {"type": "string", "enum": ["before", "after"]}, "opinion": _OPINION}
    ),
    "ApprovalBatch": record(
        {"tasks": {"type": "array", "minItems": 1, "maxItems": 200, "items": WHOLE}},
        {"opinion": _OPINION, "dry_run": FLAG},
    ),
    "ApprovalBatchAnswer": record(
        {
            "agreed": listed(record({"task": WHOLE, "final_at": optional(INSTANT)})),
            "refused": listed(record({"task": WHOLE, "code": TEXT, "detail": TEXT})),
            "summary": listed(record({"flow": _NAMED, "node": _NODE, "titles": listed(TEXT), "count": WHOLE})),
        }
    ),
    "ApprovalOpinion": record({}, {"opinion": _OPINION}),
    "ApprovalComment": record(
        {}, {"opinion": _OPINION, "files": _FILES, "mentions": {"type": "array", "maxItems": 100, "items": _USER}}
    ),
    "ApprovalCopies": record({"people": _PEOPLE}, {"opinion": _OPINION}),
    "NewDelegation": record(
        {"to": _USER, **_DELEGATION},
        {
            "flows": {"type": ["array", "null"], "minItems": 1, "items": TEXT, "description": "Names; null: all."},
            "reason": {"type": "string", "maxLength": 500},
            "person": {**_USER, "description": "For whom; only administrators say that."},
        },
    ),
    "Delegation": record(
        {
            "id": WHOLE, "person": _PERSON_OR_NONE, "to": _PERSON_OR_NONE, **_DELEGATION,
            "flows": {"type": ["array", "null"], "items": TEXT}, "reason": TEXT, "is_active": FLAG,
        }
    ),
    "Delegations": record({"data": listed(ref("Delegation")), "next": {"type": "null"}}),
    "ApprovalLink": record({"id": WHOLE, "token": TEXT, "path": TEXT, "expires_at": INSTANT}),
    "ApprovalToken": record({"token": {"type": "string", "minLength": 1, "maxLength": 200}}),
    "ApprovalLinkDecision": record(
        {"token": {"type": "string", "minLength": 1, "maxLength": 200}}, {"opinion": _OPINION}
    ),
}
