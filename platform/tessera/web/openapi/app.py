"""Schemas of what a workspace offers to a user (GET /api/v1/meta/app). The browser's types are made from them."""

from __future__ import annotations

from typing import Any

from tessera.web.openapi.parts import ANYTHING, FLAG, FREE, INSTANT, TEXT, WHOLE, listed, optional, record, ref

_LABEL = record({"zh": TEXT, "en": TEXT})
_NAMED = {"name": TEXT, "label": ref("Label")}
_LOOKS = ["kanban", "calendar", "gallery", "tree"]
_KINDS = ["text", "number", "boolean", "date", "datetime", "time", "json", "record", "list", "blank"]
_FORMULA = optional({"type": "string", "description": "A formula, null for none."})
_ACTION = {"uid": TEXT, "label": ref("Label"), "icon": TEXT}
_NONE_OR_LABEL = {"anyOf": [ref("Label"), {"type": "null"}]}

APP_SCHEMAS: dict[str, dict[str, Any]] = {
    "Label": _LABEL,
    "AppAnswer": record(
        {
            "release": WHOLE,
            "user": ref("User"),
            "scopes": listed(TEXT),
            "may": {**listed(TEXT), "description": "Permissions besides those on records."},
            "zone": {"type": "string", "description": "The workspace's time zone by its IANA name."},
            "language": {"type": "string", "enum": ["zh", "en"]},
            "field_types": listed(record({"name": TEXT, "is_computed": FLAG})),
            "apps": listed(ref("App")),
            "entities": {"type": "object", "additionalProperties": ref("AppEntity")},
            "forms": listed(ref("AppForm")),
            "views": listed(ref("AppView")),
            "ledgers": listed(record({**_NAMED, "entity": TEXT, "scale": WHOLE, "has_lots": FLAG})),
        },
        closed=False,
    ),
    "App": record({**_NAMED, "icon": TEXT, "menus": listed(ref("AppMenu"))}),
    "AppMenu": record({**_NAMED, "icon": TEXT, "items": listed(ref("AppMenuItem"))}),
    "AppMenuItem": record(
        {
            "uid": TEXT,
            "label": ref("Label"),
            "icon": TEXT,
            "kind": {"type": "string", "enum": ["", "entity", "view", "form", "dashboard", "url"]},
            "target": TEXT,
            "items": listed(ref("AppMenuItem")),
        }
    ),
    "AppEntity": record(
        {
            **_NAMED,
            "uid": TEXT,
            "package": TEXT,
            "help": ref("Label"),
            "icon": TEXT,
            "title": {"type": "string", "description": 'The field that names a record; "" without one.'},
            "business_key": listed(TEXT),
            "has_history": FLAG,
            "may": record({"create": FLAG, "update": FLAG, "delete": FLAG}),
            "fields": listed(ref("AppField")),
            "states": {"anyOf": [ref("AppStates"), {"type": "null"}]},
            "validations": listed(record({"rule": TEXT, "message": ref("Label"), "at": TEXT})),
        }
    ),
    "AppStates": record(
        {
            "field": TEXT,
            "initial": TEXT,
            "transitions": listed(
                record({"uid": TEXT, "from": TEXT, "to": TEXT, "label": ref("Label"), "when": _FORMULA})
            ),
        }
    ),
    "AppField": record(
        {
            **_NAMED,
            "uid": TEXT,
            "help": ref("Label"),
            "type": TEXT,
            "required": FLAG,
            "unique": FLAG,
            "read_only": FLAG,
            "personal": FLAG,
            "masked": FLAG,
            "sortable": FLAG,
            "default": _FORMULA,
            "check": _FORMULA,
            "check_message": ref("Label"),
            "formula": _FORMULA,
            "options": {**FREE, "additionalProperties": ANYTHING, "description": "The type's own settings."},
            "value": record(
                {"kind": {"type": "string", "enum": _KINDS}, "is_integer": FLAG, "scale": optional(WHOLE)}
            ),
        },
        {
            "to": {"type": "string", "description": "Name of the entity that a reference leads to."},
            "fields": {**listed(ref("AppField")), "description": "The fields of lines."},
        },
    ),
    "AppView": record(
        {
            **_NAMED,
            "package": TEXT,
            "help": ref("Label"),
            "icon": TEXT,
            "source": {"type": "string", "enum": ["entity", "decisions", "holders", "days", "totals"]},
            "entity": {"type": "string", "description": 'Whose records the rows are; "" for other sources.'},
            "filter": _FORMULA,
            "sort": listed(record({"by": TEXT, "descending": FLAG, "is_column": FLAG})),
            "group": listed(TEXT),
            "search": listed(TEXT),
            "zone": TEXT,
            "layouts": listed(ref("AppLayout")),
            "opens_as": {"type": "string", "enum": ["table", *_LOOKS]},
            "columns": listed(ref("AppColumn")),
        }
    ),
    "AppLayout": record(
        {
            "as": {"type": "string", "enum": _LOOKS},
            "by": {"type": "string", "description": 'Of kanban: the field of the columns. "": no such part.'},
            "from": TEXT,
            "to": TEXT,
            "picture": TEXT,
            "parent": TEXT,
            "fields": listed(TEXT),
        }
    ),
    "AppColumn": record(
        {
            **_NAMED,
            "uid": TEXT,
            "value": TEXT,
            "kind": {"type": "string", "enum": _KINDS},
            "format": {"type": "string", "enum": ["plain", "decimal", "minor", "date", "datetime", "percent"]},
            "scale": WHOLE,
            "fold": {"type": "string", "enum": ["", "sum", "min", "max", "avg", "count"]},
            "is_hidden": FLAG,
            "width": optional(WHOLE),
        }
    ),
    "AppForm": record(
        {
            **_NAMED,
            "entity": TEXT,
            "when": _FORMULA,
            "is_public": FLAG,
            "sections": listed(ref("AppSection")),
            "actions": listed(
                record({**_ACTION, "transition": TEXT, "flow": TEXT, "visible": _FORMULA})
            ),
        }
    ),
    "AppSection": record(
        {
            "uid": TEXT,
            "label": _NONE_OR_LABEL,
            "tab": _NONE_OR_LABEL,
            "visible": _FORMULA,
            "collapsed": FLAG,
            "items": listed(ref("AppFormItem")),
        }
    ),
    "AppFormItem": record(
        {
            "uid": TEXT,
            "field": TEXT,
            "label": _NONE_OR_LABEL,
            "help": _NONE_OR_LABEL,
            "width": {"type": "integer", "description": "Of twelve columns."},
            "widget": TEXT,
            "visible": _FORMULA,
            "required": _FORMULA,
            "read_only": _FORMULA,
            "columns": listed(
                record(
                    {"uid": TEXT, "field": TEXT, "label": _NONE_OR_LABEL, "width": WHOLE, "read_only": _FORMULA}
                )
            ),
        }
    ),
}

APP_SCHEMAS |= {
    "PersonList": record({"data": listed(record({"id": WHOLE, "name": TEXT, "display_name": optional(TEXT)}))}),
    "HistoryPage": record({"data": listed(ref("HistoryEntry")), "next": optional(WHOLE)}),
    "HistoryEntry": record(
        {
            "id": WHOLE,
            "at": INSTANT,
            "actor_id": WHOLE,
            "actor": TEXT,
            "verb": TEXT,
            "release": WHOLE,
            "changes": {
                "type": "object",
                "additionalProperties": {"type": "array", "items": ANYTHING, "minItems": 2, "maxItems": 2},
                "description": "By field: the old value and the new one.",
            },
            "lines": {
                "type": "object",
                "additionalProperties": record({"added": WHOLE, "removed": WHOLE, "changed": WHOLE}),
                "description": "By field of lines: how many were added, removed and changed.",
            },
        }
    ),
    "ViewValuesRequest": record({"ids": {**listed({"type": "integer", "minimum": 1}), "maxItems": 200}}),
    "ViewValues": record(
        {"data": {"type": "object", "additionalProperties": FREE, "description": "By id: the columns by name."}}
    ),
    "BulkRestore": record(
        {"keys": {**listed({"type": ["integer", "string"]}), "minItems": 1, "maxItems": 10_000}}
    ),
}
