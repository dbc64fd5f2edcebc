"""A runtime with a small package of neutral entities, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from databases import Templates
from tessera.context import Context, frozen_clock
from tessera.engine import packages
from tessera.meta import Package
from tessera.meta.documents import document_of, package_of
from tessera.runtime import Runtime, open_runtime
from tessera.settings import Settings

NOON = datetime(2025, 3, 10, 12, 0, tzinfo=UTC)


def label(text: str) -> dict[str, str]:
    """The same label in both languages."""
    return {"zh": text, "en": text}


def field(uid: str, type_: str = "text", **more: Any) -> dict[str, Any]:
    """A field of an entity; its name is its uid."""
    return {"uid": uid, "name": uid, "label": label(uid), "type": type_, **more}


def options(*values: str) -> list[dict[str, Any]]:
    """Options of a select field."""
    return [{"uid": each.ljust(3, "_"), "value": each, "label": label(each)} for each in values]


ACCOUNT: dict[str, Any] = {
    "kind": "entity", "uid": "account", "name": "account", "label": label("account"), "title": "name",
    "business_key": ["code"],
    "fields": [
        field("code", required=True, max_length=40),
        field("name", **{"class": "personal"}),
        field("region"),
        field("rate", "decimal", scale=2),
        field("tasks", "rollup", **{"from": "task", "via": "account", "fold": "count"}),
        field("hours_open", "rollup", **{
            "from": "task", "via": "account", "fold": "sum", "value": "total", "where": "state <> 'done'"}),
        field("hours_max", "rollup", **{"from": "task", "via": "account", "fold": "max", "value": "total"}),
        field("hours_avg", "rollup", **{
            "from": "task", "via": "account", "fold": "avg", "value": "total", "scale": 2, "rounding": "half_up"}),
        field("last_day", "rollup", **{"from": "task", "via": "account", "fold": "last", "value": "day", "at": "day"}),
        field("hours_30d", "rollup", **{
            "from": "task", "via": "account", "fold": "sum", "value": "total", "at": "day", "window": "30d"}),
    ],
}  # fmt: skip

TASK: dict[str, Any] = {
    "kind": "entity", "uid": "task", "name": "task", "label": label("task"), "title": "subject",
    "fields": [
        field("number", "sequence", pattern="T{yyyy}-{0000}"),
        field("subject", required=True, max_length=80),
        field("external", unique=True, max_length=40),
        field("account", "reference", to="account", on_delete="refuse"),
        field("blocked_by", "reference", to="task", on_delete="blank"),
        field("part_of", "reference", to="task", on_delete="with_parent"),
        field("watchers", "multi_reference", to="account"),
        field("region", capture="account.region"),
        field("account_name", "lookup", path="account.name"),
        field("day", "date", default="TODAY()"),
        field("state", "select", options=options("open", "busy", "done")),
        field("effort", "integer", check={"rule": "effort >= 0", "message": label("not negative")}),
        field("items", "lines", fields=[
            {**field("name_", required=True), "name": "item"},
            field("hours", "decimal", scale=2, required=True, min="0"),
            field("rate", "decimal", scale=2, default="1"),
            field("cost", "formula", value="hours * rate", stored=True, scale=2, rounding="half_up"),
        ]),
        field("total", "formula", value="SUM(items, hours)", stored=True, scale=2, rounding="half_up"),
        field("summary", "formula", value="subject & ' ' & account.code"),
    ],
    "validations": [
        {"uid": "hours_cap", "rule": "total <= 1000", "message": label("too many hours"), "at": "items"}],
    "states": {"field": "state", "initial": "open", "transitions": [
        {"uid": "start", "from": "open", "to": "busy", "label": label("start")},
        {"uid": "finish", "from": "busy", "to": "done", "when": "total > 0", "label": label("finish")},
    ]},
}  # fmt: skip
RECEIPT: dict[str, Any] = {
    "kind": "entity", "uid": "receipt", "name": "receipt", "label": label("receipt"),
    "fields": [
        field("number", "sequence", pattern="{000000}", gapless=True),
        field("memo", max_length=40, unique=True),
    ],
}  # fmt: skip


def small_package(*more: dict[str, Any], account: dict[str, Any] | None = None) -> Package:
    """The package `work` of these tests, with further documents. account: another form of that entity."""
    head = {"kind": "package", "uid": "work", "name": "work", "label": label("work"), "version": "1.0.0"}
    documents = [document_of("work", "tessera.json", head)]
    bodies = (account or ACCOUNT, TASK, RECEIPT, *more)
    documents += [document_of("work", f"{each['kind']}/{each['uid']}.json", each) for each in bodies]
    return package_of("work", documents)


def opened(url: str, *more: dict[str, Any]) -> Runtime:
    """A runtime on a fresh database to which the small package is applied."""
    runtime = open_runtime(Settings(database_url=url, zone="UTC", secret_key="for tests"))
    try:
        packages.apply(runtime.database, runtime.settings, Context(), [small_package(*more)], consent=True)
    except BaseException:
        runtime.close()
        raise
    return runtime


@pytest.fixture
def runtime(dialect: str, templates: Templates, tmp_path: Path) -> Iterator[Runtime]:
    """A runtime with the small package, on each database."""

    def fill(url: str) -> None:
        opened(url).close()

    settings = Settings(data_dir=tmp_path, zone="UTC", secret_key="for tests")
    with templates.open(dialect, "engine", fill, settings) as found:
        yield found


@pytest.fixture
def ctx() -> Context:
    """The system at a standing clock."""
    return Context(clock=frozen_clock(NOON))
