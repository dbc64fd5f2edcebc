"""Schemas of drafts and of what else the builder in the browser asks for."""

from __future__ import annotations

from typing import Any

from tessera.web.openapi.parts import ANYTHING, FLAG, FORMULA, FREE, INSTANT, TEXT, WHOLE, listed, optional, record, ref

_TITLE = {"type": "string", "minLength": 1, "maxLength": 100}
_NOTE = {"type": ["string", "null"], "maxLength": 2000}
_SAID = {"type": "string", "minLength": 1, "maxLength": 200}
STEP_LABEL: dict[str, Any] = {
    "description": "What the step is called, a text for both languages or one for each.",
    "oneOf": [
        _SAID,
        {
            "type": "object", "minProperties": 1, "additionalProperties": False,
            "properties": {"zh": _SAID, "en": _SAID},
        },
    ],
}  # fmt: skip
_DIFFERENCE = record(
    {
        "pointer": {"type": "string", "description": "Keys, and uids in place of indexes."},
        "action": {"type": "string", "enum": ["add", "remove", "change", "move"]},
        "before": ANYTHING,
        "after": ANYTHING,
    }
)
_CLASH = record({"key": TEXT, "pointer": TEXT, "base": ANYTHING, "ours": ANYTHING, "theirs": ANYTHING})
_STEP = record(
    {"number": WHOLE, "label": ref("Label"), "at": INSTANT, "by": TEXT, "is_done": FLAG, "documents": listed(TEXT)}
)
_SLOT = record(
    {},
    {
        "draft": {"type": "integer", "minimum": 1},
        "document": {"type": "string", "description": "Key of the document that the formula stands in."},
        "pointer": {"type": "string", "description": "Where in it; uids may stand for indexes."},
        "entity": {"type": "string", "description": "Or: the entity whose records the formula is about."},
        "lines": {"type": "string", "description": "And the lines field whose lines it is about."},
        "expect": {
            "type": "string",
            "enum": ["any", "number", "integer", "text", "boolean", "date", "datetime", "time"],
        },
    },
)
_TYPE = record(
    {"kind": TEXT, "nullable": FLAG, "is_integer": FLAG, "scale": optional(WHOLE)}, {"entity": TEXT}
)
_PROBLEM = record(
    {
        "kind": TEXT, "message": TEXT, "position": WHOLE, "length": WHOLE, "params": FREE,
        "fixes": listed(record({"label": ref("Label"), "text": TEXT})),
    },
    {"hint": TEXT},
)  # fmt: skip
_RECORD_KEY = {"type": ["integer", "string"], "description": "Id, ref or business key."}
_FORMULA_TEXT = {"type": "string", "maxLength": 4000}
_PLACE = record(
    {
        "key": TEXT, "document": TEXT, "kind": optional(TEXT), "document_name": optional(TEXT), "name": optional(TEXT),
        "label": ANYTHING, "pointer": optional(TEXT), "how": TEXT,
    }
)  # fmt: skip
_SUMMARY = {
    "key": {"type": "string", "description": "package:uid"},
    "package": TEXT,
    "kind": optional(TEXT),
    "uid": optional(TEXT),
    "name": optional(TEXT),
    "label": ANYTHING,
    "state": {"type": "string", "enum": ["same", "changed", "added", "removed"]},
    "version": WHOLE,
    "is_own": FLAG,
    "updated_at": optional(INSTANT),
    "updated_by": optional(TEXT),
}

BUILDING_SCHEMAS: dict[str, dict[str, Any]] = {
    "NewDraft": record({"name": _TITLE}, {"note": _NOTE}),
    "DraftChanges": record({}, {"name": _TITLE, "note": _NOTE}),
    "DraftStep": _STEP,
    "Draft": record(
        {
            "id": WHOLE,
            "name": TEXT,
            "note": optional(TEXT),
            "state": {"type": "string", "enum": ["open", "published", "discarded"]},
            "base": WHOLE,
            "head": WHOLE,
            "is_behind": FLAG,
            "package": TEXT,
            "version": WHOLE,
            "place": WHOLE,
            "created_at": INSTANT,
            "created_by": TEXT,
            "updated_at": INSTANT,
            "updated_by": TEXT,
            "release": optional(WHOLE),
            "undo": {"anyOf": [ref("DraftStep"), {"type": "null"}]},
            "redo": {"anyOf": [ref("DraftStep"), {"type": "null"}]},
        }
    ),
    "DraftList": record({"data": listed(ref("Draft")), "next": optional(TEXT)}),
    "DraftMove": record({"draft": ref("Draft"), "documents": listed(TEXT)}),
    "Difference": _DIFFERENCE,
    "DraftDocument": record({**_SUMMARY, "body": optional(FREE), "differences": listed(ref("Difference"))}),
    "DraftDocumentList": record({"data": listed(ref("DraftDocument"))}),
    "NewDraftDocument": record({"body": FREE}, {"label": STEP_LABEL}),
    "DraftDocumentPut": record(
        {"body": FREE, "version": {"type": "integer", "minimum": 0}},
        {"label": STEP_LABEL, "gesture": {"type": "string", "minLength": 1, "maxLength": 100}, "is_merging": FLAG},
    ),
    "DraftRename": record({"name": TEXT}, {"element": TEXT, "label": STEP_LABEL}),
    "DraftCheck": record(
        {
            "version": WHOLE,
            "is_sound": FLAG,
            "problems": listed(
                record(
                    {"document": TEXT, "kind": optional(TEXT), "name": optional(TEXT), "pointer": TEXT, "code": TEXT,
                     "message": TEXT},
                    {"hint": TEXT, "params": FREE},
                )
            ),
            "documents": {"type": "object", "additionalProperties": {"type": "string", "enum": ["sound", "broken"]}},
        }
    ),
    "DraftMerge": record(
        {
            "base": WHOLE,
            "head": WHOLE,
            "is_behind": FLAG,
            "documents": listed(
                record({"key": TEXT, "changes": listed(ref("Difference")), "clashes": listed(_CLASH)})
            ),
        }
    ),
    "FormulaSlot": _SLOT,
    "FormulaType": _TYPE,
    "FormulaProblem": _PROBLEM,
    "FormulaCheckRequest": record(
        {"text": _FORMULA_TEXT, "slot": ref("FormulaSlot")},
        {"samples": {"type": ["integer", "array"], "items": {"type": ["integer", "string"]}, "maxItems": 5}},
    ),
    "FormulaCheck": record(
        {
            "is_sound": FLAG,
            "type": {"anyOf": [ref("FormulaType"), {"type": "null"}]},
            "problems": listed(ref("FormulaProblem")),
            "reads": listed(TEXT),
            "refs": listed(TEXT),
            "calls": listed(TEXT),
            "browser": FLAG,
            "ast": ANYTHING,
            "samples": listed(
                record(
                    {"id": WHOLE, "ref": TEXT, "title": optional(TEXT)},
                    {"value": ANYTHING, "problem": ref("FormulaProblem"), "is_hidden": FLAG},
                )
            ),
        }
    ),
    "FormulaCompleteRequest": record({"text": _FORMULA_TEXT, "position": WHOLE, "slot": ref("FormulaSlot")}),
    "FormulaCompletions": record({"from": WHOLE, "to": WHOLE, "items": listed(FREE)}),
    "FormulaNamesRequest": record({"slot": ref("FormulaSlot")}, {"path": _FORMULA_TEXT}),
    "FormulaNames": record(
        {
            "expect": {"anyOf": [ref("FormulaType"), {"type": "null"}]},
            "members": listed(
                record(
                    {"name": TEXT, "label": ref("Label"), "key": TEXT, "type": ref("FormulaType"), "has_members": FLAG}
                )
            ),
        }
    ),
    "FunctionList": record({"data": listed(FREE)}),
    "Uses": record(
        {
            "key": TEXT, "used_by": listed(_PLACE), "uses": listed(_PLACE), "records": optional(WHOLE),
            "filled": optional(WHOLE),
        }
    ),
    "FormPreviewRequest": record({"document": TEXT}, {"record": _RECORD_KEY, "role": TEXT}),
    "FormPreview": record(
        {
            "entity": optional(TEXT),
            "record": {"anyOf": [record({"id": WHOLE, "ref": TEXT, "title": optional(TEXT)}), {"type": "null"}]},
            "is_used": ANYTHING,
            "sections": FREE,
            "items": FREE,
            "actions": FREE,
        }
    ),
    "ViewPreviewRequest": record(
        {"document": TEXT},
        {"filter": FORMULA, "limit": {"type": "integer", "minimum": 1, "maximum": 100}, "role": TEXT},
    ),
    "ViewPreview": record(
        {
            "source": TEXT, "columns": listed(FREE), "rows": listed(listed(ANYTHING)), "is_partial": FLAG,
            "hidden": listed(TEXT),
        }
    ),
    "RulesPreviewRequest": record({"entity": TEXT, "record": _RECORD_KEY}, {"timeline": TEXT, "at": INSTANT}),
    "RulesPreview": record(
        {
            "entity": TEXT, "record": WHOLE, "timeline": TEXT, "at": TEXT, "live": ref("RulesTrial"),
            "draft": ref("RulesTrial"),
            "differences": record(
                {"values": listed(FREE), "state": listed(FREE), "postings": listed(FREE), "rows": listed(FREE)}
            ),
        }
    ),
    "RulesTrial": record(
        {
            "ruleset": TEXT, "steps": listed(FREE), "postings": listed(FREE), "values": FREE, "state": FREE,
            "figures": FREE, "error": optional(FREE),
        }
    ),
    "ScenarioRequest": record(
        {"entity": TEXT, "record": _RECORD_KEY, "name": TEXT}, {"timeline": TEXT, "label": STEP_LABEL}
    ),
    "DraftTestRequest": record({}, {"documents": listed(TEXT)}),
    "DraftTest": record(
        {
            "passed": FLAG,
            "outcomes": listed(record({"package": TEXT, "name": TEXT, "passed": FLAG, "failures": listed(TEXT)})),
        }
    ),
    "ReleaseDiff": record(
        {
            "from": WHOLE,
            "to": WHOLE,
            "changes": listed(FREE),
            "documents": listed(
                record({"key": TEXT, "kind": TEXT, "name": TEXT, "differences": listed(ref("Difference"))})
            ),
        }
    ),
    "DraftRebase": record(
        {},
        {
            "choices": listed(
                record(
                    {"key": TEXT, "pointer": TEXT, "take": {"type": "string", "enum": ["ours", "theirs", "base"]}}
                )
            )
        },
    ),
}
"""Each schema by its name."""
