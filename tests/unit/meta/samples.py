"""A small good package, to be changed by tests: each call gives fresh documents."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterable
from typing import Any

from tessera.meta import Model, Package, compile_model, load_files

Body = dict[str, Any]
Files = dict[str, Body]

HEAD: Body = {"kind": "package", "uid": "pkg", "name": "work", "version": "1.0.0"}

ACCOUNT: Body = {
    "kind": "entity", "uid": "account", "name": "account", "label": {"zh": "账户", "en": "Account"},
    "business_key": ["code"],
    "fields": [
        {"uid": "code", "name": "code", "type": "text", "required": True},
        {"uid": "region", "name": "region", "type": "text"},
        {"uid": "hours", "name": "hours", "type": "rollup", "from": "task", "via": "account", "fold": "sum",
         "value": "total", "where": "state = 'done'", "at": "due_on", "window": "365d"},
    ],
}  # fmt: skip

TASK: Body = {
    "kind": "entity", "uid": "task", "name": "task", "label": {"zh": "任务", "en": "Task"},
    "title": "subject", "business_key": ["number"],
    "fields": [
        {"uid": "number", "name": "number", "type": "sequence", "pattern": "T{yyyy}{0000}"},
        {"uid": "subject", "name": "subject", "label": {"zh": "主题", "en": "Subject"}, "type": "text",
         "required": True},
        {"uid": "account", "name": "account", "type": "reference", "to": "account"},
        {"uid": "region", "name": "region", "type": "text", "capture": "account.region"},
        {"uid": "state", "name": "state", "type": "select", "default": "'open'",
         "options": [{"uid": "open", "value": "open"}, {"uid": "done", "value": "done"}]},
        {"uid": "due", "name": "due_on", "type": "date"},
        {"uid": "lines", "name": "lines", "type": "lines", "fields": [
            {"uid": "qty", "name": "qty", "type": "integer", "min": 0},
            {"uid": "rate", "name": "rate", "type": "money", "currency": "EUR",
             "check": {"rule": "rate >= 0", "message": {"zh": "不能为负", "en": "Not below zero"}}},
            {"uid": "amount", "name": "amount", "type": "formula", "value": "qty * rate"}]},
        {"uid": "total", "name": "total", "type": "formula", "value": "SUM(lines, amount)", "stored": True},
        {"uid": "place", "name": "place_of_account", "type": "lookup", "path": "account.region"},
    ],
    "uniques": [{"uid": "once", "fields": ["account", "due_on"]}],
    "validations": [{"uid": "positive", "rule": "total >= 0", "message": {"zh": "负数", "en": "Negative"},
                     "at": "total"}],
    "states": {"field": "state", "initial": "open", "transitions": [
        {"uid": "finish", "from": "open", "to": "done", "when": "total > 0", "roles": ["clerk"]}]},
}  # fmt: skip

GRADES: Body = {
    "kind": "table", "uid": "grades", "name": "grades",
    "columns": [{"uid": "code", "name": "code", "type": "text"}, {"uid": "rank", "name": "rank", "type": "integer"},
                {"uid": "least", "name": "least", "type": "decimal", "scale": 2}],
    "rows": [{"uid": "low", "values": {"code": "A", "rank": 1, "least": "0.00"}},
             {"uid": "high", "values": {"code": "B", "rank": 2, "least": "99.50"}}],
}  # fmt: skip

CLERK: Body = {
    "kind": "role", "uid": "clerk", "name": "clerk",
    "grants": [{"uid": "tasks", "entity": "task", "actions": ["read", "update"], "where": "region = USER('region')",
                "hidden": ["lines.rate"], "read_only": ["total"],
                "masks": [{"uid": "subject", "field": "subject", "mask": "first_letter"}]}],
}  # fmt: skip

FORM: Body = {
    "kind": "form", "uid": "desk", "name": "desk", "entity": "task",
    "sections": [{"uid": "main", "items": [
        {"uid": "subject", "field": "subject", "required": "state = 'done'"},
        {"uid": "lines", "field": "lines", "columns": [{"uid": "qty", "field": "qty"}]}]}],
    "actions": [{"uid": "finish", "transition": "finish", "visible": "total > 0"}],
}  # fmt: skip

MENU: Body = {
    "kind": "menu", "uid": "main", "name": "main",
    "items": [{"uid": "tasks", "entity": "task"}, {"uid": "more", "label": "More", "items": [
        {"uid": "accounts", "entity": "account", "roles": ["clerk"]}]}],
}  # fmt: skip

MESSAGE: Body = {
    "kind": "message", "uid": "overdue", "name": "overdue", "label": {"zh": "逾期提醒", "en": "Overdue"},
    "entity": "task", "to": "account",
    "values": [{"uid": "fee", "name": "fee", "label": {"zh": "费用", "en": "Fee"}, "type": "number"}],
    "category": "service", "channels": ["app", "email"], "quiet": {"from": "21:00", "to": "09:00"},
    "dedupe": {"key": "record.number & ':' & TEXT(record.created_at, 'yyyy-MM-dd')", "within": "30d"},
    "texts": [
        {"uid": "chinese", "language": "zh", "subject": "{record.subject} 已逾期",
         "text": "{to.code}：{record.subject}（{record.state}）始于 {record.created_at|date}，费用 {fee|money:'¥'}。"},
        {"uid": "english", "language": "en", "subject": "{record.subject} is overdue",
         "text": "{to.code}: {record.subject} ({record.state}) began on {record.created_at|date}; "
                 "the fee is {fee|money}."},
        {"uid": "english_mail", "language": "en", "channel": "email", "subject": "{record.subject} is overdue",
         "text": "It began on {record.created_at|date}.", "parts": [
             {"uid": "html", "name": "html", "text": "<p>It began on <b>{record.created_at|date}</b>.</p>"}]},
    ],
}  # fmt: skip

SCENARIO: Body = {
    "kind": "scenario", "uid": "closing", "name": "closing",
    "given": [{"uid": "acc", "entity": "account", "as": "north", "values": {"code": "N"}}],
    "steps": [{"uid": "make", "at": "2025-01-31T16:30:00Z", "do": "create", "entity": "task", "as": "job",
               "values": {"subject": "x", "account": "@north", "lines": [{"qty": 2, "rate": "1.50"}]}}],
    "expect": [{"uid": "sum", "after": "make", "record": "job", "values": {"total": "3.00"}},
               {"uid": "one", "entity": "task", "where": "total = 3", "count": 1}],
}  # fmt: skip


def good_files() -> Files:
    """The good package's documents by path."""
    return copy.deepcopy({
        "tessera.json": HEAD, "account.json": ACCOUNT, "task.json": TASK, "grades.json": GRADES, "clerk.json": CLERK,
        "form.json": FORM, "menu.json": MENU, "scenario.json": SCENARIO, "message.json": MESSAGE,
    })  # fmt: skip


def load(files: Files) -> Package:
    """The package of documents by path."""
    return load_files({path: json.dumps(body).encode() for path, body in files.items()}, default_name="work")


def good_package(change: Callable[[Files], object] | None = None) -> Package:
    """The good package, changed."""
    files = good_files()
    if change is not None:
        change(files)
    return load(files)


def good_model(change: Callable[[Files], object] | None = None, **options: Any) -> Model:
    """The Model of the good package, changed."""
    return compile_model([good_package(change)], **options)


def package(name: str, *bodies: Body, requires: Iterable[str] = (), version: str = "1.0.0") -> Package:
    """A package of a name with these documents."""
    needed = [{"uid": f"needs_{each}", "package": each} for each in requires]
    head: Body = {"kind": "package", "uid": "pkg", "name": name, "version": version, "requires": needed}
    return load({"tessera.json": head, **{f"{each['kind']}_{each['uid']}.json": each for each in bodies}})


def entity(name: str, *fields: Body, **keys: Any) -> Body:
    """An entity whose uid is its name."""
    return {"kind": "entity", "uid": name, "name": name, "fields": list(fields), **keys}


def field(name: str, type_name: str = "text", **keys: Any) -> Body:
    """A field whose uid is its name, made long enough."""
    return {"uid": name.ljust(3, "_"), "name": name, "type": type_name, **keys}


OPTION_FIELDS: list[Body] = [
    {"uid": "first", "type": "text"},
    {"uid": "first", "type": "integer"},
    {"uid": "second", "type": "decimal", "scale": 2},
    {"uid": "second", "type": "decimal", "scale": 4},
    {"uid": "third", "type": "date"},
    {"uid": "third", "type": "text", "max_length": 20},
    {"uid": "fourth", "type": "formula", "value": "1 + 1"},
    {"uid": "fourth", "type": "formula", "value": "2 + 2", "stored": True},
    {"uid": "fifth", "type": "lines", "fields": [{"uid": "qty", "name": "qty", "type": "integer"}]},
]
"""Fields without a name, several under one uid, for random Models."""
