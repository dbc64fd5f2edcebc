"""docs/reference/rules.md: every step kind and move of rulesets with its keys and an example that compiles."""

from __future__ import annotations

import json
from typing import Any

from tessera.meta.documents import Package, document_of, package_of
from tessera.meta.schema import schema_of
from unit.meta.metadata_page import table

HEAD = """# Rules

The steps of a ruleset run from top to bottom; each sees what those before it did. Every step has a `uid`, and may have
a `label` and a `help`. What the words mean: [rules and ledgers](../guides/rules-and-ledgers.md). The examples are about
jobs with lines (`item`, `units`, `amount`), corrections of jobs, and a ledger `credit` with lots.
"""

EXAMPLES: dict[str, tuple[str, dict[str, Any]]] = {
    "let": (
        "Names a value; with `over` one for each line.",
        {"uid": "net", "let": "net", "over": "lines", "be": "amount - 1"},
    ),
    "set": ("Changes a value of the timeline's state.", {"uid": "count", "set": "jobs", "to": "jobs + 1"}),
    "factor": (
        "A small decision table that business users edit: the rows that count are combined into one value.",
        {
            "uid": "days", "factor": "days", "combine": "max", "default": "1", "cap": "3", "rows": [
                {"uid": "weekend", "when": "WEEKDAY(day) >= 6", "value": "1.5"},
                {"uid": "newyear", "yearly": {"from": "12-30", "to": "01-02"}, "value": "2"},
                {
                    "uid": "launch", "from": "2026-03-01", "to": "2026-03-31", "audience": "jobs = 1", "value": "4",
                    "cap": "2",
                },
            ],
        },
    ),
    "spread": (
        "Spreads a total over lines by weight, in whole units; the parts always add up to it.",
        {
            "uid": "share", "spread": "FLOOR(SUM(lines, net) * days)", "unit": "1", "over": "lines", "by": "net",
            "method": "largest_remainder", "into": "share",
        },
    ),
    "grant": (
        "Move `grant`: gives units to the holder, as a lot that may have a last day. Debt is paid first.",
        {
            "uid": "give", "post": "credit", "move": "grant", "amount": "SUM(lines, share)", "as": "earned",
            "lot": "job", "available_from": "day + 1", "expires_on": "EDATE(day, 12)",
        },
    ),
    "take": (
        "Move `take`: takes units from the lots in the order of the ledger's queue, from an earlier document's lot "
        "(`origin`), or into debt. `rest` says what becomes of what could not be taken.",
        {
            "uid": "use", "post": "credit", "move": "take", "amount": "COALESCE(used, 0)", "as": "used",
            "from": ["queue", "debt"], "debt_limit": "50", "rest": "write_off",
        },
    ),
    "restore": (
        "Move `restore`: gives back what an earlier document took, into the lots it came from.",
        {
            "uid": "back", "post": "credit", "move": "restore", "amount": "p.after - p.before", "as": "restored",
            "origin": "p.to", "take": "used", "if_expired": "renew", "expires_on": "day + 30",
        },
    ),
    "extend": (
        "Move `extend`: sets a later last day for open lots; formulas read the lot as `lot`.",
        {
            "uid": "longer", "post": "credit", "move": "extend", "when": "lot.expires_on < day + 30",
            "expires_on": "day + 30",
        },
    ),
    "freeze": (
        "Move `freeze`: stops the clock of open lots, none of them ends. Formulas read the lot as `lot`.",
        {"uid": "stop", "post": "credit", "move": "freeze"},
    ),
    "unfreeze": (
        "Move `unfreeze`: lets the clock of frozen lots go on; they are good for so many days longer than they were.",
        {"uid": "go_on", "post": "credit", "move": "unfreeze", "days": "30"},
    ),
    "match": (
        "Pairs units of the document's lines with lines of earlier documents that have units left.",
        {
            "uid": "match", "match": "units", "of": "lines", "with": "job.lines", "capacity": "units", "on": ["item"],
            "prefer": "latest", "into": "pairs", "filled": "matched",
        },
    ),
    "each": (
        "Repeats steps for rows of a table or list, with the state as the round before left it.",
        {
            "uid": "rounds", "each": "p", "in": "pairs", "where": "p.after > p.before", "do": [
                {"uid": "tally", "set": "returned", "to": "returned + p.after - p.before"},
            ],
        },
    ),
    "refuse": (
        "Ends the rules: the document is parked, or refused where the ruleset says `on_error: reject`.",
        {"uid": "toomuch", "refuse": {"zh": "数量过大", "en": "That is too much."}, "when": "SUM(lines, units) > 1000"},
    ),
    "review": (
        "Goes on, and lists the document for somebody to look at.",
        {"uid": "look", "review": {"zh": "金额异常", "en": "An unusual amount."}, "when": "SUM(lines, amount) > 10000"},
    ),
    "when": (
        "Does steps when a condition holds, others when it does not.",
        {
            "uid": "tenth", "when": "MOD(jobs, 10) = 0", "do": [{"uid": "zero", "set": "returned", "to": "0"}],
            "else": [{"uid": "same", "set": "returned", "to": "returned"}],
        },
    ),
}  # fmt: skip
"""By the name of the step in the schema: what it does, and an example."""

_ON_CORRECTION = ("match", "each", "restore")
_LINES = [("item", "text"), ("units", "integer"), ("amount", "decimal")]


def page() -> str:
    """The page without its note."""
    parts = [HEAD]
    steps = schema_of("ruleset")["$defs"]
    for name, (text, example) in EXAMPLES.items():
        schema = steps[name]
        shown = json.dumps(example, ensure_ascii=False, indent=2)
        parts.append(f"## {name}\n\n{text}\n\n{table(schema['properties'], schema.get('required', ()))}")
        parts.append(f"```json\n{shown}\n```\n")
    return "\n".join(parts)


def step_names() -> set[str]:
    """The step kinds and moves that the schema of rulesets has."""
    return {name for name, each in schema_of("ruleset")["$defs"].items() if "uid" in each.get("properties", {})}


def package_of_examples() -> Package:
    """A package whose rules are the examples."""
    steps = {name: example for name, (_, example) in EXAMPLES.items()}
    restore = {"uid": "rback", "each": "p", "in": "pairs", "do": [steps["restore"]]}
    bodies: list[dict[str, Any]] = [
        {"kind": "package", "uid": "rules", "name": "rules", "version": "1.0.0"},
        _entity("client", [{"uid": "code", "name": "code", "type": "text", "required": True}]),
        _entity("job", _document_fields()),
        _entity("correction", _document_fields()),
        {"kind": "ledger", "uid": "credit", "name": "credit", "per": "client", "unit": "1", "lots": True},
        _timeline(),
        _rules("on_job", "job", [step for name, step in steps.items() if name not in _ON_CORRECTION]),
        _rules("on_correction", "correction", [steps["match"], steps["each"], restore]),
    ]
    return package_of("rules", [document_of("rules", _path(body), {"label": body["name"], **body}) for body in bodies])


def _path(body: dict[str, Any]) -> str:
    return "tessera.json" if body["kind"] == "package" else f"{body['name']}.json"


def _entity(name: str, fields: list[dict[str, Any]]) -> dict[str, Any]:
    own = [{"label": each["name"], **each} for each in fields]
    return {"kind": "entity", "uid": name[:8], "name": name, "business_key": [own[0]["name"]], "fields": own}


def _document_fields() -> list[dict[str, Any]]:
    lines = [{"uid": name, "name": name, "label": name, "type": kind} for name, kind in _LINES]
    return [
        {"uid": "number", "name": "number", "type": "text", "required": True},
        {"uid": "client", "name": "client", "type": "reference", "to": "client"},
        {"uid": "at_", "name": "at", "type": "datetime"},
        {"uid": "used", "name": "used", "type": "integer"},
        {"uid": "lines", "name": "lines", "type": "lines", "fields": lines},
    ]


def _timeline() -> dict[str, Any]:
    names = ("job", "correction")
    moments = [{"uid": n[:8], "of": n, "holder": "client", "at": "at", "run": f"on_{n}"} for n in names]
    state = [{"uid": name, "name": name, "label": name, "initial": "0"} for name in ("jobs", "returned")]
    return {
        "kind": "timeline", "uid": "life", "name": "life", "per": "client", "zone": "Asia/Shanghai",
        "moments": moments, "order": ["at", "MOMENT()", "number"], "state": state,
    }  # fmt: skip


def _rules(name: str, entity: str, steps: list[dict[str, Any]]) -> dict[str, Any]:
    return {"kind": "ruleset", "uid": name[:10], "name": name, "for": entity, "steps": steps}
