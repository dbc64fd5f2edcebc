"""Requests made from the OpenAPI document, in process: no fault of ours, and no answer that the document does not have.

The short form runs each time; TESSERA_LONG=1 makes it a long one.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.strategies import sampled_from
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import positive_data_acceptance

from api.api_kit import Api, api_of, make_user
from api.small_package import package
from tessera.context import SYSTEM, Context
from tessera.engine import packages
from tessera.runtime import open_runtime
from tessera.settings import Settings
from tessera.web.app import create_app

_IS_LONG = os.environ.get("TESSERA_LONG") == "1"

# What good data of these formats are, on both entities of the small package.
_FORMATS = {
    "formula": ["id > 0", "NOT (version = 1)", "code = 'A' OR STARTS(title, 'f')", "= id <> 5 AND code <> ''"],
    "sort": ["code", "-title", "-code,id", "title,-version"],
    "names": ["code", "code,title", "id,version,code"],
    "expand": ["site", "parts", "site,parts"],
    "measures": ["n:count", "n:count,last:max:code", "n:count,ids:sum:id,few:count_distinct:title"],
    "groups": ["code", "title,code", "made:created_at:month", "version"],
    "having": ["n>=0", "n<>7,n<1000"],
    "sort-of-figures": ["n", "-n"],
    "group-path": ["code", "title", "version", "created_at"],
    "zone": ["Asia/Shanghai", "UTC"],
    "channel": ["app", "email"],
    "states": ["dead", "dead,review", "sent"],
}
for _name, _texts in _FORMATS.items():
    schemathesis.openapi.format(_name, sampled_from(_texts))

# Good data here need what no schema can say: a page that was given before, a password, the release of the moment, a
# form's file, documents that fit together, keys that are free, references that are there, a record with its entity, and
# that the numbers in free JSON are ones that can be kept exactly.
_UNSAYABLE = re.compile(
    r"/auth/(login|password|keys|users)|/packages/|/imports|/facts|/views|/accounts|/movements|/lots|/decisions|/files"
    r"|/(item|site)(/\{key\}.*|/bulk.*|/upsert)?$|/approvals(/(inbox|done|started|copied|delegations))?$|/preferences$|/deliveries$"
    r"|/documents/|/exports$|/flows/\{name\}/try$|/import-files|/form-drafts/|/my/settings$|/runs$|/formulas/|/groups$|/audit"
)


def _left_out(case: Any) -> list[Any]:
    is_list = case.method == "GET" and case.operation.path in ("/api/v1/item", "/api/v1/site")
    if is_list and "cursor" not in (case.query or {}):
        return []
    return [positive_data_acceptance] if is_list or _UNSAYABLE.search(case.operation.path) else []


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """An administrator's client on a database of this module."""
    folder: Path = tmp_path_factory.mktemp("fuzz")
    url = f"sqlite:///{folder}/fuzz.db"
    runtime = open_runtime(Settings(database_url=url, data_dir=folder, secret_key="for tests"))
    packages.apply(runtime.database, runtime.settings, Context(actor=SYSTEM), [package()])
    made = api_of(create_app(runtime), make_user(runtime, "ada", is_admin=True)[1])
    made("POST", "/api/v1/site", {"code": "S1", "title": "North"})
    made("POST", "/api/v1/item", {"code": "A", "title": "first", "parts": [{"qty": 1, "price": "2.50"}]})
    yield made
    runtime.close()


def _ask(operation: Any, api: Api) -> None:
    """Some generated requests of one operation, each answer checked against the document."""
    # The client in process does not unpack what is packed for the way.
    headers = {"Authorization": f"Bearer {api.key}", "Accept-Encoding": "identity"}

    @seed(2026)
    @settings(
        max_examples=200 if _IS_LONG else 5,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
        database=None,
    )
    @given(case=operation.as_strategy())
    def ask(case: Any) -> None:
        known = {"/api/v1/item/{key}": "A", "/api/v1/site/{key}": "S1"}.get(operation.path)
        if known and case.method != "DELETE" and len(str(case.path_parameters.get("key", ""))) % 2:
            case.path_parameters["key"] = known
        answer = case.call(headers=headers)
        try:
            case.validate_response(answer, headers=headers, excluded_checks=_left_out(case))
        except (AssertionError, FailureGroup) as failure:
            failure.add_note(f"{case.query} {case.body!r:.500} {answer.text[:500]}")
            raise

    ask()


def test_every_generated_request_is_answered_as_documented(api: Api) -> None:
    headers = {"Authorization": f"Bearer {api.key}"}
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", api.client.application, headers=headers)
    failures = []
    for found in schema.get_all_operations():
        operation = found.ok()
        try:
            _ask(operation, api)
        except (AssertionError, FailureGroup) as failure:
            parts = getattr(failure, "exceptions", [failure])
            notes = " ".join(getattr(failure, "__notes__", ()))
            failures += [f"{operation.label}: {part} {notes}" for part in parts]
    assert failures == [], "\n\n".join(failures)
