"""What the guides say by example is so: the days of prepaid hours in "Rules and ledgers"."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from e2e.test_tutorial import blocks, write
from tessera.cli.main import run

BEFORE = [("03-01", "buy", 5, "5"), ("03-04", "job", 2, "3"), ("08-01", "buy", 3, "6"), ("09-07", "job", 4, "-1"),
          ("09-10", "buy", 5, "4")]  # fmt: skip
LATE = ("08-20", "job", 2)


def happening(day: str, kind: str, hours: int, posted: str) -> dict[str, Any]:
    """A purchase or a job of a day, written on another."""
    at = f"2026-{day}T12:00:00+08:00"
    values: dict[str, Any] = {"client": "@anna", "number": f"{kind}-{day}"}
    if kind == "buy":
        values |= {"paid_at": at, "hours": hours}
    else:
        values |= {"finished_at": at, "state": "open", "lines": [{"what": "Work", "hours": hours}]}
    entity = "purchase" if kind == "buy" else "ticket"
    body = {"do": "create", "entity": entity, "at": f"2026-{posted}T18:00:00+08:00", "values": values}
    return {"uid": f"d{day.replace('-', '')}", "as": f"r{day.replace('-', '')}", **body}


def steps_of(day: str, kind: str, hours: int, posted: str) -> list[dict[str, Any]]:
    """The steps that make it so: a job is finished after it was written."""
    made = happening(day, kind, hours, posted)
    if kind == "buy":
        return [made]
    return [made, {"uid": f"f{made['uid']}", "do": "update", "record": made["as"], "values": {"state": "done"}}]


def expected(uid: str, after: str, value: str, **more: str) -> dict[str, Any]:
    """A balance of prepaid hours after a step."""
    return {"uid": uid, "after": after, "balance": "prepaid", "holder": "anna", "value": value, **more}


def test_the_days_of_rules_and_ledgers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shown = next(block.start() for block in blocks() if block["path"] == "repairs/mappings/jobs.json")
    for block in blocks():
        if block["path"] and block.start() < shown and block["path"].startswith("repairs/"):
            write(tmp_path, block["path"], block["text"])
    steps = [step for each in BEFORE for step in steps_of(*each[:3], each[0])]
    last = {each[0]: steps_of(*each[:3], each[0])[-1]["uid"] for each in BEFORE}
    steps += steps_of(*LATE, "09-12")
    looks = [expected(f"bal{place}", last[each[0]], each[3]) for place, each in enumerate(BEFORE)]
    looks += [
        expected("lapsed", last["09-10"], "3", total="expired"),
        expected("less", steps[-1]["uid"], "1", total="expired"),
        expected("same", steps[-1]["uid"], "4"),
    ]
    anna = {"uid": "anna", "entity": "client", "as": "anna", "values": {"code": "A", "name": "Anna"}}
    head = {"kind": "scenario", "uid": "days", "name": "days", "label": {"zh": "逐日", "en": "Day by day"}}
    body = {**head, "given": [anna], "steps": steps, "expect": looks}
    write(tmp_path, "repairs/scenarios/days.json", json.dumps(body))
    code = run(["test", str(tmp_path / "repairs"), "--only", "days"])
    told = capsys.readouterr()
    assert code == 0, told.out + told.err
