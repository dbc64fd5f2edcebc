"""Runs the step that calls an address outside, through the one guarded client.

The request is kept with names of secrets in their places; they are opened for the call only, and masked in what comes
back.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar
from urllib.parse import urlencode

import orjson

from tessera.context import Context
from tessera.engine import outside, vault
from tessera.engine.flows.packing import wire
from tessera.engine.flows.steps.base import STEP_RUNNERS, Done, Outcome, OutsideFailed, OutsideRunner, Run
from tessera.engine.outside.replies import json_of
from tessera.engine.process import Process
from tessera.engine.work import Work
from tessera.errors import Json
from tessera.formula import Formula
from tessera.meta.flows import StepDoc
from tessera.meta.steps.call_http_step import CallHttp, Pair, Tree

_REPEATABLE = frozenset({408, 425, 429})
_LONGEST_WAIT_S = 3_600
_KEPT_HEADERS = frozenset({"content-type", "etag", "last-modified", "location", "retry-after", "date", "link"})


class CallHttpRunner(OutsideRunner):
    """Calls an address outside the database."""

    name: ClassVar[str] = "call_http"

    def prepare(self, work: Work, step: StepDoc, run: Run) -> Json:
        """Method, address, query, headers and body; secrets by their names."""
        options: CallHttp = step.options
        body, content_type = _body(options, run)
        return {
            "method": options.method, "url": _text(run.value(options.url)), "query": _pairs(options.query, run),
            "headers": _pairs(options.headers, run), "body": body, "content_type": content_type,
            "accept": sorted(options.accept),
        }  # fmt: skip

    def call(self, process: Process, request: Json, key: str) -> Json:
        """The reply: status, headers and text. Raises: OutsideFailed."""
        secrets = _opened(process, request)
        try:
            reply = outside.call(process, Context(), _outgoing(request, key, secrets))
        except outside.HostResting as error:
            raise OutsideFailed(error.message, why="its host is left alone", after_s=error.retry_after_s) from None
        except outside.CallFailed as error:
            why = str(error.params["why"])
            raise OutsideFailed(error.message, why=why, retry=error.retry, after_s=error.retry_after_s) from None
        except outside.CallRefused as error:
            raise OutsideFailed(error.message, why=str(error.params["why"]), retry=False) from None
        if not 200 <= reply.status < 300 and reply.status not in request["accept"]:
            why = f"it answered {reply.status}."
            retry = reply.status >= 500 or reply.status in _REPEATABLE
            raise OutsideFailed(f"The call failed: {why}", why=why, retry=retry, after_s=_asked_to_wait(reply))
        hidden = secrets.values()
        return {
            "status": reply.status,
            "headers": {name: vault.masked(value, hidden) for name, value in reply.headers.items()
                        if name in _KEPT_HEADERS},
            "text": vault.masked(reply.text().replace("\x00", ""), hidden),
        }  # fmt: skip

    def finish(self, work: Work, step: StepDoc, run: Run, answer: Json) -> Outcome:
        """The reply as later formulas see it."""
        text = answer.get("text") or ""
        body = json_of(text) if text else None
        status = answer.get("status", 200)
        return Done({
            "status": status, "ok": 200 <= status < 300, "text": None if body is not None else text or None,
            "json": body, "headers": answer.get("headers", {}),
        })  # fmt: skip

    def rehearse(self, request: Json) -> Json:
        """An empty reply that all is well."""
        return {"status": 200, "headers": {}, "text": ""}


def _opened(process: Process, request: Json) -> dict[str, str]:
    """The secrets that a request names. Raises: OutsideFailed."""
    names = {each["secret"] for part in ("query", "headers") for each in request[part] if "secret" in each}
    try:
        with process.reading(Context()) as work:
            return {name: vault.opened(work, name) for name in sorted(names)}
    except (vault.UnknownSecret, vault.SecretUnreadable) as error:
        raise OutsideFailed(error.message, why=error.message, retry=False) from None


def _outgoing(request: Json, key: str, secrets: dict[str, str]) -> outside.Outgoing:
    """The call to be made. Raises: CallRefused."""
    def shown(each: Json) -> str:
        return f"{each.get('prefix', '')}{secrets[each['secret']]}" if "secret" in each else str(each["value"])

    url = str(request["url"])
    query = urlencode([(each["name"], shown(each)) for each in request["query"]])
    if query:
        head, mark, rest = url.partition("#")
        url = f"{head}{'&' if '?' in head else '?'}{query}{mark}{rest}"
    headers = {each["name"]: shown(each) for each in request["headers"]}
    if request["content_type"] and not any(name.lower() == "content-type" for name in headers):
        headers["Content-Type"] = request["content_type"]
    return outside.Outgoing(request["method"], url, headers, str(request["body"] or "").encode(), key)


def _pairs(pairs: Sequence[Pair], run: Run) -> list[Json]:
    found: list[Json] = []
    for each in pairs:
        if each.secret:
            found.append({"name": each.name, "secret": each.secret, "prefix": each.prefix})
        elif (value := run.value(each.value)) is not None:
            found.append({"name": each.name, "value": _text(value)})
    return found


def _body(options: CallHttp, run: Run) -> tuple[str | None, str]:
    if options.json is not None:
        return orjson.dumps(_filled(options.json, run)).decode(), "application/json"
    if options.form is not None:
        assert isinstance(options.form, tuple), "a form has names"
        pairs = [(name, _text(run.value(each))) for name, each in options.form if isinstance(each, Formula)]
        return urlencode(pairs), "application/x-www-form-urlencoded"
    if options.text is not None:
        return _text(run.value(options.text)), options.content_type or "text/plain; charset=utf-8"
    return None, ""


def _filled(tree: Tree, run: Run) -> Json:
    if isinstance(tree, Formula):
        return wire(run.value(tree))
    return {name: _filled(each, run) for name, each in tree}


def _text(value: Any) -> str:
    found = wire(value)
    if found is None:
        return ""
    if isinstance(found, bool):
        return "true" if found else "false"
    return found if isinstance(found, str) else orjson.dumps(found).decode()


def _asked_to_wait(reply: outside.Reply) -> int | None:
    text = reply.headers.get("retry-after", "")
    return min(int(text), _LONGEST_WAIT_S) if text.isascii() and text.isdigit() and len(text) < 9 else None


STEP_RUNNERS.add("call_http", CallHttpRunner())
