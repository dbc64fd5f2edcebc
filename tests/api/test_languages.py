"""In which language messages come: the request's, else the user's, else the server's."""

from __future__ import annotations

import pytest
from flask import Flask

from api.api_kit import Api, api_of, make_user
from api.small_package import ITEM, package
from tessera.context import SYSTEM, Context
from tessera.engine import packages
from tessera.runtime import Runtime

MESSAGES = {"zh": "重量须大于零", "en": "The weight must be above 0."}
RULE = {"uid": "heavy", "rule": "ISBLANK(weight) OR weight > 0", "message": MESSAGES}


@pytest.fixture(autouse=True)
def validation(runtime: Runtime) -> None:
    """The small package's items must weigh something."""
    stricter = package(item={**ITEM, "validations": [RULE]}, version="1.1.0")
    packages.apply(runtime.database, runtime.settings, Context(actor=SYSTEM), [stricter])


def message(api: Api, **headers: str) -> str:
    """What a refused item is answered with."""
    answer = api("POST", "/api/v1/item", {"code": "P-1", "title": "Pump", "weight": "-1"}, **headers)
    assert answer.status_code == 422, answer.json
    return str(answer.json["detail"])


@pytest.mark.parametrize("language", ["zh", "en"])
def test_messages_come_in_the_language_of_the_user(runtime: Runtime, app: Flask, language: str) -> None:
    api = api_of(app, make_user(runtime, "ada", is_admin=True, language=language)[1])
    assert message(api) == MESSAGES[language]


def test_a_request_may_ask_for_another_language(runtime: Runtime, app: Flask) -> None:
    api = api_of(app, make_user(runtime, "ada", is_admin=True, language="zh")[1])
    assert message(api, Accept_Language="en-GB,en;q=0.8,zh;q=0.5") == MESSAGES["en"]
    assert message(api, Accept_Language="fr, zh-CN;q=0.9") == MESSAGES["zh"]
    assert message(api, Accept_Language="fr") == MESSAGES["zh"]
