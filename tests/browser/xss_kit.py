"""A package and records in which every text that people write is an attack; each calls `__ran__` if it can."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

from browser.browser_kit import Site

RUN = "__ran__()"
_ELEMENTS = (
    "<script>{run}</script>", "<img src=x onerror={run}>", "<img src=x onerror=\"{run}\">", "<svg onload={run}>",
    "<svg><script>{run}</script></svg>", "<svg><animate onbegin={run} attributeName=x dur=1s>", "<body onload={run}>",
    "<iframe src=\"javascript:{run}\"></iframe>", "<iframe srcdoc=\"<script>parent.{run}</script>\"></iframe>",
    "<input autofocus onfocus={run}>", "<select autofocus onfocus={run}>", "<textarea autofocus onfocus={run}>",
    "<details open ontoggle={run}>", "<video><source onerror={run}></video>", "<audio src=x onerror={run}>",
    "<object data=\"javascript:{run}\"></object>", "<embed src=\"javascript:{run}\">", "<marquee onstart={run}>",
    "<a href=\"javascript:{run}\">x</a>", "<form action=\"javascript:{run}\"><button>x</button></form>",
    "<button formaction=\"javascript:{run}\">x</button>", "<base href=\"javascript:{run}//\">",
    "<meta http-equiv=refresh content=\"0;url=javascript:{run}\">", "<link rel=stylesheet href=\"javascript:{run}\">",
    "<style>@import 'javascript:{run}';</style>", "<style>*{{background:url(javascript:{run})}}</style>",
    "<math><mtext><script>{run}</script></mtext></math>", "<template><script>{run}</script></template>",
    "<noscript><p title=\"</noscript><img src=x onerror={run}>\">", "<div style=\"width:expression({run})\">",
    "<div onpointerenter={run} style=\"position:fixed;inset:0\">", "<div contenteditable onblur={run} autofocus>",
    "<xss style=\"animation-name:x\" onanimationstart={run}>", "<img srcset=\"x\" onerror={run}>",
    "<image href=x onerror={run}>", "<isindex action=\"javascript:{run}\" type=image>",
)  # fmt: skip
_BREAKS = (
    "\"><img src=x onerror={run}>", "'><img src=x onerror={run}>", "</textarea><img src=x onerror={run}>",
    "</title><script>{run}</script>", "</style><script>{run}</script>", "</script><script>{run}</script>",
    "--><img src=x onerror={run}>", "]]><img src=x onerror={run}>", "\" onfocus={run} autofocus x=\"",
    "' onmouseover={run} x='", "` onerror={run} `", "\\\"><svg onload={run}>", "\\u003cimg src=x onerror={run}\\u003e",
    "&lt;img src=x onerror={run}&gt;", "&#60;img src=x onerror={run}&#62;", "%3Cimg%20src=x%20onerror={run}%3E",
)  # fmt: skip
_OTHERS = (
    "javascript:{run}", "JaVaScRiPt:{run}", "java\tscript:{run}", "data:text/html,<script>{run}</script>",
    "vbscript:{run}", "{{{{constructor.constructor('{run}')()}}}}", "${{{run}}}", "$t(action.save) {run}",
    "[x](javascript:{run})", "=HYPERLINK(\"javascript:{run}\")",
)  # fmt: skip
PAYLOADS = tuple(each.format(run=RUN) for each in (*_ELEMENTS, *_BREAKS, *_OTHERS))


class Attacks:
    """Hands out attacks one after the other, so that with enough places each has its turn. used: how many places."""

    def __init__(self) -> None:
        self._cycle: Iterator[str] = itertools.cycle(PAYLOADS)
        self.used = 0

    def text(self) -> str:
        """The next attack as a text."""
        self.used += 1
        return next(self._cycle)

    def label(self) -> dict[str, str]:
        """The next two attacks as a label."""
        return {"zh": self.text(), "en": self.text()}


def _entity(give: Attacks) -> dict[str, Any]:
    options = [{"uid": f"o{n:03}", "value": f"v{n}", "label": give.label()} for n in range(30)]
    states = [{"uid": f"s{n:03}", "value": f"s{n}", "label": give.label()} for n in range(2)]

    def field(name: str, kind: str, **more: Any) -> dict[str, Any]:
        return {"uid": name, "name": name, "label": give.label(), "help": give.label(), "type": kind, **more}

    rule = {"rule": "LEN(title) > 0", "message": give.label()}
    return {
        "kind": "entity", "uid": "probe", "name": "probe", "label": give.label(), "help": give.label(),
        "title": "title", "business_key": ["code"],
        "fields": [
            field("code", "text", required=True), field("title", "text", check=rule), field("note", "long_text"),
            field("choice", "select", options=options), field("choices", "multi_select", options=options[:5]),
            field("state", "select", options=states, default="'s0'"), field("free", "json"), field("paper", "file"),
            field("link", "url"), field("echo", "formula", value="title & note"),
            field("other", "reference", to="probe"),
            {**field("parts", "lines"), "fields": [field("part", "text")]},
        ],
        "states": {"field": "state", "initial": "s0",
                   "transitions": [{"uid": "forth", "from": "s0", "to": "s1", "label": give.label()}]},
    }  # fmt: skip


def documents(give: Attacks) -> list[dict[str, Any]]:
    """Documents of every kind that people see, each text in them an attack."""
    columns = [{"uid": name, "name": name, "label": give.label(), "value": name}
               for name in ("title", "note", "choice")]  # fmt: skip
    items = [{"uid": name, "field": name, "label": give.label(), "help": give.label()}
             for name in ("code", "title", "note", "choice", "free", "link", "paper", "parts")]  # fmt: skip
    blocks = [
        {"kind": "number", "uid": "count", "label": give.label(), "entity": "probe",
         "measures": [{"uid": "all", "name": "all", "label": give.label(), "fold": "count"}],
         "at": {"x": 0, "y": 0, "w": 4, "h": 2}},
        {"kind": "bar", "uid": "bars", "label": give.label(), "entity": "probe",
         "groups": [{"uid": "g_by", "name": "by", "label": give.label(), "by": "choice"}],
         "measures": [{"uid": "all", "name": "all", "label": give.label(), "fold": "count"}],
         "at": {"x": 4, "y": 0, "w": 8, "h": 4}},
    ]  # fmt: skip
    stop = {"uid": "stop", "do": "stop", "label": give.label(), "reason": "record.title"}
    plain = [give.text().replace("{", "").replace("}", "") for _ in range(2)]
    texts = [{"uid": f"t_{each}", "language": each, "subject": "{record.title}", "text": f"{text} {{record.note}}"}
             for each, text in zip(("zh", "en"), plain, strict=True)]  # fmt: skip
    return [
        _entity(give),
        {"kind": "view", "uid": "probes", "name": "probes", "label": give.label(), "help": give.label(),
         "entity": "probe", "columns": columns},
        {"kind": "form", "uid": "probe_form", "name": "probe_form", "label": give.label(), "entity": "probe",
         "actions": [{"uid": "press", "label": give.label(), "flow": "told"}],
         "sections": [{"uid": "main", "label": give.label(), "tab": give.label(), "items": items}]},
        {"kind": "menu", "uid": "attacked", "name": "attacked", "label": give.label(), "items": [
            {"uid": "list", "label": give.label(), "view": "probes"},
            {"uid": "deep", "label": give.label(), "items": [{"uid": "board", "dashboard": "board"}]}]},
        {"kind": "dashboard", "uid": "board", "name": "board", "label": give.label(), "blocks": blocks},
        {"kind": "message", "uid": "notice", "name": "notice", "label": give.label(), "entity": "probe",
         "channels": ["app"], "texts": texts},
        {"kind": "role", "uid": "victim", "name": "victim", "label": give.label(),
         "grants": [{"uid": "all", "entity": "probe", "actions": ["read"]}]},
        {"kind": "flow", "uid": "told", "name": "told", "label": give.label(), "help": give.label(),
         "trigger": {"on": "button", "entity": "probe",
                     "input": [{"uid": "why", "name": "why", "label": give.label(), "type": "text"}]},
         "steps": [{"uid": "way", "do": "decide", "label": give.label(), "branches": [
                        {"uid": "one", "label": give.label(), "when": "TRUE", "steps": [stop]}]}]},
        {"kind": "flow", "uid": "asked", "name": "asked", "label": give.label(),
         "trigger": {"on": "record.created", "entity": "probe", "when": "record.code = 'c0'"},
         "steps": [
             {"uid": "tell", "do": "send_message", "message": "notice", "to": "event.by"},
             {"uid": "ask", "do": "approve", "label": give.label(), "title": "record.title", "summary": "record.note",
              "effects": [{"uid": "effect", "label": give.label(), "value": "record.title"}],
              "nodes": [{"uid": "one", "label": give.label(), "approvers": [{"uid": "who", "users": ["ada"]}]}]}]},
    ]  # fmt: skip


def attack(site: Site) -> tuple[int, str, int]:
    """Publish the package and make the records; a draft, the first record's ref, and how many places were used."""
    give, call = Attacks(), site.session()
    draft = call("POST", "/api/v1/drafts", {"name": give.text(), "note": give.text()})["id"]
    for each in documents(give):
        call("POST", f"/api/v1/drafts/{draft}/documents", {"body": each, "label": give.label()})
    call("POST", f"/api/v1/drafts/{draft}/publish?reason=%3Cimg%20src%3Dx%20onerror%3D__ran__()%3E")
    call("POST", "/api/v1/auth/users", {
        "name": "victim", "password": "correct-horse-8", "display_name": PAYLOADS[1], "roles": ["victim"]})  # fmt: skip
    paper = site.upload(PAYLOADS[1].replace("\"", ""), b"<script>__ran__()</script>")
    bodies = [
        {"code": f"c{n}", "title": text, "note": text, "choice": f"v{n % 30}", "free": {text: [text]}, "other": None,
         "parts": [{"part": text}], **({"paper": paper} if n == 0 else {})}
        for n, text in enumerate(PAYLOADS)
    ]  # fmt: skip
    refs = [call("POST", "/api/v1/probe", body)["ref"] for body in bodies]
    call("PATCH", f"/api/v1/probe/{refs[0]}", {"note": PAYLOADS[3], "other": refs[1]})
    return int(call("POST", "/api/v1/drafts", {"name": give.text()})["id"]), str(refs[0]), give.used
