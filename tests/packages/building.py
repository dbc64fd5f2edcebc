"""Small packages for tests, and a database that they are applied to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tessera.context import Context
from tessera.engine import packages
from tessera.engine.packages import Applied
from tessera.meta import Package
from tessera.meta.documents import document_of, package_of
from tessera.runtime import Runtime, open_runtime
from tessera.settings import Settings
from tessera.store import install


def field(uid: str, name: str, type_: str = "text", **more: Any) -> dict[str, Any]:
    """A field of an entity."""
    return {"uid": uid, "name": name, "label": {"zh": name, "en": name}, "type": type_, **more}


def task_fields() -> list[dict[str, Any]]:
    """The fields of the entity `task`."""
    return [
        field("code", "code", required=True, unique=True),
        field("effort", "effort", "integer"),
        field("remark", "remark"),
    ]


def work_package(
    fields: list[dict[str, Any]] | None = None, *more: Mapping[str, Any], version: str = "1.0.0"
) -> Package:
    """The package `work` with the entity `task`, and further documents."""
    label = {"zh": "工作", "en": "Work"}
    head = {"kind": "package", "uid": "work", "name": "work", "label": label, "version": version}
    task = {
        "kind": "entity",
        "uid": "task",
        "name": "task",
        "label": {"zh": "任务", "en": "Task"},
        "title": "code",
        "business_key": ["code"],
        "fields": task_fields() if fields is None else fields,
    }
    documents = [document_of("work", "tessera.json", head), document_of("work", "entities/task.json", task)]
    documents += [document_of("work", f"{each['kind']}/{each['uid']}.json", each) for each in more]
    return package_of("work", documents)


def fresh_runtime(url: str) -> Runtime:
    """A runtime on an empty database with the system tables."""
    runtime = open_runtime(Settings(database_url=url))
    install(runtime.database)
    return runtime


def apply(runtime: Runtime, *given: Package, **options: Any) -> Applied:
    """Apply packages, with consent unless told otherwise."""
    options.setdefault("consent", True)
    return packages.apply(runtime.database, runtime.settings, Context(), given, **options)
