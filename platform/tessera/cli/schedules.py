"""Commands about flows that go by the clock."""

from __future__ import annotations

from typing import Any

import click

from tessera.cli.state import State, json_option, pass_state
from tessera.engine.flows.schedules import steering

_COLUMNS = ("flow", "trigger", "entity", "zone", "missed", "state", "next", "last")
_SLOT_COLUMNS = ("slot", "state", "due_at", "fired_at", "missed", "since_at", "runs", "error")


@click.group("schedule")
def schedule_group() -> None:
    """Look at flows that go by the clock, begin one now, stop and go on."""


@schedule_group.command("list")
@click.option("--ahead", type=click.IntRange(1, steering.MOST_AHEAD), default=3, show_default=True, help="Next slots.")
@json_option
@pass_state
def list_command(state: State, ahead: int) -> None:
    """Every schedule with its next slots and the one that was fired last."""
    with state.runtime.reading(state.context()) as work:
        rows = steering.list_schedules(work, ahead=ahead)
    state.give(rows, lambda: state.table(_COLUMNS, ([_cell(row, name) for name in _COLUMNS] for row in rows)))


def _cell(row: dict[str, Any], name: str) -> object:
    if name == "state":
        return "paused" if row["paused_at"] else "active" if row["is_active"] else "off"
    if name == "next":
        return "\n".join(each.isoformat() for each in row["next"])
    if name == "last":
        last = row["last"]
        return f"{last['slot']} {last['state']}" if last else ""
    return row[name]


@schedule_group.command("run")
@click.argument("flow")
@json_option
@pass_state
def run_command(state: State, flow: str) -> None:
    """Begin now what FLOW does at its times; its times stay as they are."""
    made = state.runtime.write(state.context(), lambda work: steering.run_now(work, flow))
    state.give(made, lambda: state.say(f"The slot {made['slot']} of {flow} begins."))


@schedule_group.command("pause")
@click.argument("flow")
@pass_state
def pause_command(state: State, flow: str) -> None:
    """Let no slot of FLOW come due until it goes on."""
    state.runtime.write(state.context(), lambda work: steering.pause(work, flow))
    state.say(f"{flow} is paused.")


@schedule_group.command("resume")
@click.argument("flow")
@pass_state
def resume_command(state: State, flow: str) -> None:
    """Let FLOW go on from now; what it was paused for is not made up for."""
    state.runtime.write(state.context(), lambda work: steering.resume(work, flow))
    state.say(f"{flow} goes on.")


@schedule_group.command("missed")
@click.argument("flow")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True)
@json_option
@pass_state
def missed_command(state: State, flow: str, limit: int) -> None:
    """Slots of FLOW before which some were missed, or that were let go, the latest first."""
    with state.runtime.reading(state.context()) as work:
        rows = steering.list_slots(work, flow, only_missed=True, limit=limit)
    _give_slots(state, rows)


@schedule_group.command("slots")
@click.argument("flow")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True)
@json_option
@pass_state
def slots_command(state: State, flow: str, limit: int) -> None:
    """Slots of FLOW that were fired, the latest first."""
    with state.runtime.reading(state.context()) as work:
        rows = steering.list_slots(work, flow, limit=limit)
    _give_slots(state, rows)


def _give_slots(state: State, rows: list[dict[str, Any]]) -> None:
    shown = ([(row["error"] or {}).get("code") if name == "error" else row[name] for name in _SLOT_COLUMNS]
             for row in rows)  # fmt: skip
    state.give(rows, lambda: state.table(_SLOT_COLUMNS, shown))


COMMANDS = (schedule_group,)
