"""Schemas of what the work screens ask for: dashboards, saved views, settings, search, exports, import proposals."""

from __future__ import annotations

from typing import Any

from tessera.web.openapi.parts import (
    ANYTHING,
    FLAG,
    FORMULA,
    FREE,
    INSTANT,
    NAME,
    TEXT,
    WHOLE,
    listed,
    optional,
    record,
    ref,
)

_DAY = {"type": ["string", "null"], "format": "date"}
_PERIOD = record({"from": _DAY, "to": _DAY})
_PLACE = optional(record({"x": WHOLE, "y": WHOLE, "w": WHOLE, "h": WHOLE}))

_SORTS = listed(record({"by": TEXT}, {"direction": {"type": "string", "enum": ["asc", "desc"]}}))
_WIDTH = {"type": ["integer", "null"], "minimum": 20, "maximum": 2000}
_VIEW_BODY = record(
    {},
    {
        "filter": FORMULA,
        "search": {"type": "string", "maxLength": 200},
        "sorts": _SORTS,
        "columns": listed(record({"name": TEXT}, {"width": _WIDTH, "is_hidden": FLAG})),
        "freeze": {"type": "integer", "minimum": 0, "maximum": 200},
        "groups": listed(TEXT),
        "height": {"type": "string", "enum": ["compact", "normal", "comfortable"]},
        "folds": {"type": "object", "additionalProperties": TEXT},
    },
)
_NAMED_VIEW = {
    "label": {"type": "string", "minLength": 1, "maxLength": 100},
    "icon": optional({"type": "string", "maxLength": 40}),
    "sharing": {"type": "string", "enum": ["personal", "shared"]},
    "place": WHOLE,
    "body": ref("SavedViewBody"),
}
_FORM_DRAFT = {
    "entity": TEXT, "record": optional(WHOLE), "form": optional(TEXT), "record_version": optional(WHOLE),
    "updated_at": INSTANT,
}  # fmt: skip

_WRITTEN = {
    "sheet": TEXT,
    "delimiter": {"type": "string", "minLength": 1, "maxLength": 1},
    "encoding": TEXT,
    "has_header": FLAG,
}

WORK_SCHEMAS: dict[str, dict[str, Any]] = {
    "Dashboard": record(
        {
            "name": TEXT,
            "label": ref("Label"),
            "icon": TEXT,
            "zone": TEXT,
            "is_home": FLAG,
            "refresh_s": WHOLE,
            "filters": listed(
                record(
                    {
                        "name": TEXT,
                        "label": ref("Label"),
                        "kind": {"type": "string", "enum": ["period", "choice"]},
                        "default": ANYTHING,
                        "compare": TEXT,
                    }
                )
            ),
            "blocks": listed(ref("DashboardBlock")),
        }
    ),
    "DashboardBlock": record(
        {
            "uid": TEXT,
            "kind": {"type": "string", "enum": ["number", "line", "bar", "pie", "table", "funnel", "heat"]},
            "label": ref("Label"),
            "look": TEXT,
            "help": ANYTHING,
            "icon": optional(TEXT),
            "at": _PLACE,
            "wall": _PLACE,
        }
    ),
    "DashboardRequest": record(
        {},
        {
            "filters": {"type": "object", "description": "By name: a period or {from, to}; a list of values."},
            "compare": {"type": "string", "enum": ["", "none", "previous", "year"]},
            "blocks": {**listed(TEXT), "description": "Uids of blocks; left out: all."},
        },
    ),
    "DashboardData": record(
        {
            "at": INSTANT,
            "zone": TEXT,
            "period": _PERIOD,
            "compared": {"anyOf": [_PERIOD, {"type": "null"}]},
            "blocks": {"type": "object", "additionalProperties": ref("BlockData")},
        }
    ),
    "BlockData": record(
        {},
        {
            "columns": listed(FREE),
            "rows": listed(listed(ANYTHING)),
            "rest": WHOLE,
            "row_filters": {"type": ["array", "null"], "items": optional(TEXT)},
            "drill": record({"view": optional(TEXT), "entity": optional(TEXT), "filter": TEXT}),
            "previous": {"type": ["array", "null"], "items": {"type": ["array", "null"]}},
            "trend": {"type": ["array", "null"], "items": listed(ANYTHING)},
            "is_cut": FLAG,
            "problem": ref("ProblemPart"),
        },
    ),
    "CountAnswer": record({"count": WHOLE, "is_exact": FLAG}),
    "GroupAnswer": record(
        {
            "data": listed(
                record(
                    {"value": ANYTHING, "label": ANYTHING, "count": WHOLE, "figures": FREE, "filter": optional(TEXT)}
                )
            ),
            "is_cut": FLAG,
        }
    ),
    "JumpAnswer": record({"cursor": optional(TEXT), "position": WHOLE}),
    "SearchAnswer": record(
        {
            "data": listed(
                record(
                    {
                        "entity": TEXT,
                        "id": WHOLE,
                        "ref": TEXT,
                        "title": optional(TEXT),
                        "key": {"anyOf": [record({"field": TEXT, "value": ANYTHING}), {"type": "null"}]},
                        "rank": {"type": "string", "enum": ["key", "begins", "holds"]},
                    }
                )
            )
        }
    ),
    "ActivityAnswer": record(
        {"data": listed(ref("Activity")), "next": optional(TEXT), "source": optional(FREE)}
    ),
    "Activity": record(
        {
            "id": WHOLE,
            "at": INSTANT,
            "verb": TEXT,
            "actor": record({"id": WHOLE, "name": TEXT, "title": optional(TEXT)}),
            "release": WHOLE,
            "reason": optional(TEXT),
            "request": TEXT,
            "changes": listed(ref("ActivityChange")),
            "lines": listed(FREE),
        }
    ),
    "ActivityChange": record(
        {"field": TEXT, "label": ref("Label"), "type": TEXT, "before": ANYTHING, "after": ANYTHING}
    ),
    "UndoRequest": record({"request": {"type": "string", "minLength": 8, "maxLength": 64}}),
    "UndoAnswer": record(
        {"restored": WHOLE, "reverted": WHOLE, "deleted": WHOLE, "problems": listed(ref("ProblemPart"))}
    ),
    "NewExport": record(
        {},
        {
            "view": {**TEXT, "description": "Name of a view; else saved_view or entity."},
            "saved_view": {"type": "integer", "minimum": 1},
            "entity": NAME,
            "filter": FORMULA,
            "search": {"type": "string", "maxLength": 200},
            "search_in": {**listed(TEXT), "maxItems": 20},
            "sort": {**listed(TEXT), "maxItems": 10, "description": "Paths; - before a descending one."},
            "columns": {**listed(TEXT), "maxItems": 200, "description": "Paths; left out: every field."},
            "ids": {**listed({"type": "integer", "minimum": 1}), "maxItems": 10_000, "description": "Only these."},
            "format": {"type": "string", "enum": ["csv", "xlsx"]},
            "language": {"type": "string", "enum": ["", "zh", "en"]},
            "is_raw": {**FLAG, "description": "Of CSV: without byte order mark, and cells are left as they are."},
            "label": {"type": "string", "maxLength": 200},
        },
    ),
    "Export": record(
        {
            "id": WHOLE,
            "label": TEXT,
            "format": {"type": "string", "enum": ["csv", "xlsx"]},
            "language": TEXT,
            "status": {"type": "string", "enum": ["waiting", "running", "complete", "failed", "cancelled"]},
            "rows": WHOLE,
            "total": optional(WHOLE),
            "size_bytes": optional(WHOLE),
            "problem": optional(FREE),
            "owner": TEXT,
            "created_at": INSTANT,
            "started_at": optional(INSTANT),
            "finished_at": optional(INSTANT),
            "expires_at": optional(INSTANT),
            "file": optional(TEXT),
        }
    ),
    "ImportUpload": record(
        {
            "id": WHOLE,
            "name": TEXT,
            "size_bytes": WHOLE,
            "format": {"type": "string", "enum": ["csv", "ndjson", "xlsx"]},
            "encoding": TEXT,
            "delimiter": TEXT,
            "has_header": FLAG,
            "sheet": TEXT,
            "sheets": listed(TEXT),
            "lines": WHOLE,
            "created_at": INSTANT,
            "expires_at": INSTANT,
        }
    ),
    "ImportProposalRequest": record({}, {"entity": NAME, **_WRITTEN}),
    "ImportColumn": record(
        {
            "place": WHOLE,
            "name": TEXT,
            "heading": TEXT,
            "kind": TEXT,
            "filled": WHOLE,
            "distinct": WHOLE,
            "odd": WHOLE,
            "samples": listed(TEXT),
        },
        closed=False,
    ),
    "ImportProposedColumn": record(
        {
            "place": WHOLE,
            "heading": TEXT,
            "field": optional(TEXT),
            "formula": optional(TEXT),
            "by": {"type": "string", "enum": ["key", "title"]},
            "missing": {"type": "string", "enum": ["reject", "create"]},
            "score": WHOLE,
            "way": optional(TEXT),
        }
    ),
    "ImportProposedPlan": record(
        {
            "entity": TEXT,
            "on_repeat": {"type": "string", "enum": ["ignore", "revise"]},
            "zone": TEXT,
            "columns": listed(ref("ImportProposedColumn")),
            "lacking": listed(TEXT),
            "has_key": FLAG,
        }
    ),
    "ImportProposal": record(
        {
            "file": record(
                {"name": TEXT, "sheet": TEXT, "sheets": listed(TEXT), "has_header": FLAG, "lines": WHOLE}, closed=False
            ),
            "columns": listed(ref("ImportColumn")),
            "imported_in": listed(WHOLE),
            "rows": listed(listed(TEXT)),
            "broken": listed(FREE),
            "looked_at": WHOLE,
            "is_whole": FLAG,
            "targets": listed(record({"entity": TEXT, "label": ref("Label"), "score": WHOLE})),
            "plan": optional(ref("ImportProposedPlan")),
            "new_entity": FREE,
        }
    ),
    "ImportPlan": record(
        {
            "entity": NAME,
            "columns": {
                **listed(
                    record(
                        {},
                        {
                            "place": {"type": "integer", "minimum": 0},
                            "heading": TEXT,
                            "field": optional(TEXT),
                            "formula": optional(FORMULA),
                            "by": {"type": "string", "enum": ["key", "title"]},
                            "missing": {"type": "string", "enum": ["reject", "create"]},
                        },
                        closed=False,
                    )
                ),
                "minItems": 1,
                "maxItems": 500,
            },
        },
        {"on_repeat": {"type": "string", "enum": ["ignore", "revise"]}, "zone": TEXT},
        closed=False,
    ),
    "ImportPlanRequest": record({"plan": ref("ImportPlan")}, _WRITTEN),
    "ImportSaveRequest": record(
        {"plan": ref("ImportPlan"), "draft": {"type": "integer", "minimum": 1}, "name": NAME},
        {"label": ANYTHING, **_WRITTEN},
    ),
    "ImportPreview": record(
        {
            "headings": listed(TEXT),
            "rows": listed(
                record(
                    {
                        "number": WHOLE,
                        "cells": listed(optional(TEXT)),
                        "outcome": TEXT,
                        "record": optional(WHOLE),
                        "values": optional(FREE),
                        "problem": optional(FREE),
                    }
                )
            ),
            "counts": {"type": "object", "additionalProperties": WHOLE},
            "formulas": {"type": "object", "additionalProperties": TEXT},
        }
    ),
    "SavedViewBody": _VIEW_BODY,
    "SavedView": record(
        {
            "id": optional(WHOLE),
            "entity": TEXT,
            "label": ANYTHING,
            "icon": optional(TEXT),
            "sharing": {"type": "string", "enum": ["locked", "shared", "personal"]},
            "based_on": optional(TEXT),
            "place": WHOLE,
            "body": FREE,
            "version": WHOLE,
            "is_mine": FLAG,
            "may_change": FLAG,
            "updated_at": optional(INSTANT),
        }
    ),
    "SavedViewList": record({"data": listed(ref("SavedView"))}),
    "NewSavedView": record(
        {"entity": TEXT, "label": _NAMED_VIEW["label"]}, {**_NAMED_VIEW, "based_on": optional(TEXT)}
    ),
    "SavedViewChanges": record({}, {**_NAMED_VIEW, "version": WHOLE}),
    "SettingsChanges": {"type": "object", "maxProperties": 300},
    "FormDraft": record({**_FORM_DRAFT, "body": FREE}),
    "FormDraftPut": record({"body": FREE}, {"form": optional(TEXT), "record_version": optional(WHOLE)}),
    "RecentNote": record(
        {
            "kind": {"type": "string", "enum": ["record", "view", "dashboard", "draft"]},
            "target": {"type": ["string", "integer"]},
        },
        {"record": {"type": ["string", "integer"]}},
    ),
}
"""Each schema by its name."""
