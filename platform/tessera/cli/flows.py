"""Commands about flows: worker, flows, runs."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import click
import orjson

from tessera import jobs
from tessera.cli.state import State, json_option, pass_state
from tessera.engine.flows import beginning, controlling, history, replaying
from tessera.engine.flows.draining import Drain
from tessera.engine.flows.figures import STATES
from tessera.engine.flows.history import RunQuery
from tessera.engine.flows.rehearsing import dry_run
from tessera.errors import Json
from tessera.meta.documents import parse_json

_COLUMNS = ("id", "flow", "state", "entity", "record_id", "created_at", "finished_at", "error")


@click.command("worker")
@click.option("--processes", type=click.IntRange(1, 256), default=1, show_default=True, help="Workers.")
@click.option("--once", is_flag=True, help="Do what there is to do now, and end.")
@pass_state
def worker_command(state: State, processes: int, *, once: bool) -> None:
    """Do the work of flows until Ctrl+C or SIGTERM: events, runs, timers, messages.

    With TESSERA_REDIS_URL the workers are RQ workers that are rung for at once; without it they look by themselves.
    """
    if once:
        Drain(state.runtime).all()
        return
    logging.basicConfig(level=state.settings.log_level.upper(), format="%(asctime)s %(name)s %(message)s")
    settings = state.settings
    state.close()
    jobs.Crew(settings, processes).run()


@click.group("flows")
def flows_group() -> None:
    """See, begin and try out flows."""


@flows_group.command("list")
@json_option
@pass_state
def list_flows_command(state: State) -> None:
    """The flows of the head release."""
    with state.runtime.reading(state.context()) as work:
        rows = [
            {"name": doc.name, "trigger": doc.trigger.on, "active": doc.is_active,
             "entity": entity.name if (entity := work.model.entities.get(doc.entity)) else None,
             "label": doc.label.get(state.settings.language)}
            for doc in work.model.all("flow")
        ]  # fmt: skip
    columns = ("name", "trigger", "entity", "active", "label")
    state.give(rows, lambda: state.table(columns, ([row[name] for name in columns] for row in rows)))


@flows_group.command("start")
@click.argument("name")
@click.option("--record", help="Key of the record, of a flow with the trigger button.")
@click.option("--input", "values", default="{}", metavar="JSON", help="The values that the flow asks for.")
@json_option
@pass_state
def start_command(state: State, name: str, record: str | None, values: str) -> None:
    """Begin a run of the flow NAME, whose trigger is button or manual."""
    given = parse_json(values)
    made = state.runtime.write(
        state.context(), lambda work: beginning.begin_run(work, name, record=_key(record), values=given)
    )
    state.give({"id": made}, lambda: state.say(f"Run {made} begins."))


def _key(text: str | None) -> Json:
    """The key of a record: digits are its id."""
    return int(text) if text is not None and text.isascii() and text.isdigit() else text


@flows_group.command("try")
@click.argument("name")
@click.option("--given", default="{}", metavar="JSON", help="record, changes, create, input, answers, wakes, now.")
@click.option("--draft", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="A document to try.")
@click.option("--package", default="", help="The package that the draft belongs to.")
@json_option
@pass_state
def try_command(state: State, name: str, given: str, draft: Path | None, package: str) -> None:
    """Run the flow NAME, or a draft of it, to its end, and undo everything; show what would have happened."""
    flow: Json = name
    if draft is not None:
        flow = {**parse_json(draft.read_text("utf-8")), **({"package": package} if package else {})}
    report = dry_run(state.runtime, state.context(), flow, parse_json(given))
    state.give(report, lambda: _show_run(state, report["run"]))


@click.group("runs")
def runs_group() -> None:
    """Look at runs of flows, and deal with those that failed."""


@runs_group.command("list")
@click.option("--flow", default="", help="Only of this flow.")
@click.option("--state", "wanted", type=click.Choice(STATES), help="Only those.")
@click.option("--dead", is_flag=True, help="Only those that failed and that nobody has dealt with.")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True)
@json_option
@pass_state
def list_runs_command(state: State, flow: str, wanted: str | None, limit: int, *, dead: bool) -> None:
    """Runs, the latest first."""
    with state.runtime.reading(state.context()) as work:
        rows = history.list_runs(work, RunQuery(flow=flow, state=wanted or "", dead=dead, limit=limit))
    shown = ([(row["error"] or {}).get("code") if name == "error" else row[name] for name in _COLUMNS] for row in rows)
    state.give(rows, lambda: state.table(_COLUMNS, shown))


@runs_group.command("show")
@click.argument("run", type=int)
@json_option
@pass_state
def show_run_command(state: State, run: int) -> None:
    """A run with its steps: what went in and came out, attempts, and why a branch was taken."""
    with state.runtime.reading(state.context()) as work:
        found = history.get_run(work, run)
    state.give(found, lambda: _show_run(state, found))


def _show_run(state: State, found: dict[str, Any]) -> None:
    state.say(f"{found['flow']}: {found['state']}, release {found['release']}, {found['steps']} steps")
    if found["error"]:
        state.say(f"{found['error'].get('step')}: {found['error']['message']} ({found['error']['code']})")
    columns = ("path", "do", "state", "attempts", "repeated", "input", "output", "note")
    rows = ([_short(row[name]) for name in columns] for row in found["steps_taken"])
    state.table(columns, rows)


def _short(value: object) -> object:
    if not isinstance(value, dict | list):
        return value
    text = orjson.dumps(value, default=str).decode()
    return text if len(text) <= 60 else text[:57] + "..."


@runs_group.command("cancel")
@click.argument("run", type=int)
@click.option("--undo", is_flag=True, help="First take back what it has noted to take back.")
@pass_state
def cancel_run_command(state: State, run: int, *, undo: bool) -> None:
    """End a run where it stands."""
    state.runtime.write(state.context(), lambda work: controlling.cancel_run(work, run, undo=undo))
    state.say(f"Run {run} is cancelled.")


@runs_group.command("retry")
@click.argument("run", type=int)
@pass_state
def retry_run_command(state: State, run: int) -> None:
    """Let a failed run go on at the step that failed."""
    state.runtime.write(state.context(), lambda work: controlling.retry_run(work, run))
    state.say(f"Run {run} goes on.")


@runs_group.command("repeat")
@click.argument("run", type=int)
@click.option("--as-it-was", is_flag=True, help="By the flow of its own release, not by the present one.")
@json_option
@pass_state
def repeat_run_command(state: State, run: int, *, as_it_was: bool) -> None:
    """Begin a new run with what a run was given."""
    made = state.runtime.write(
        state.context(), lambda work: controlling.repeat_run(work, run, with_head=not as_it_was)
    )
    state.give({"id": made}, lambda: state.say(f"Run {made} begins."))


@runs_group.command("replay")
@click.option("--flow", default="", help="Only of this flow.")
@click.option("--code", default="", help="Only those that failed with this code.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=1_000, show_default=True)
@json_option
@pass_state
def replay_command(state: State, flow: str, code: str, limit: int) -> None:
    """Retry failed runs that nobody has dealt with, the oldest first."""
    done = state.runtime.write(
        state.context(), lambda work: replaying.replay(work, flow=flow, code=code, limit=limit)
    )
    state.give({"retried": done}, lambda: state.say(f"{done} runs go on."))


COMMANDS = (worker_command, flows_group, runs_group)
