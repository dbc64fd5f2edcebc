"""Commands about packages: check, plan, apply, rollback, export, fmt, releases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

import click

from tessera.cli.builds import finish
from tessera.cli.builds import show as show_builds
from tessera.cli.state import State, is_interactive, json_option, pass_state, problem_text
from tessera.engine import packages as verbs
from tessera.engine.packages import Applied, Proposal
from tessera.meta import Package, check, fmt, load_folder, load_zip
from tessera.meta.documents import parse_json
from tessera.store.system import catalog

SIGNS = {"add": "+", "remove": "-", "rename": ">"}
NO_BUILDS = click.option("--no-builds", is_flag=True, help="Leave what it leaves to be done to the server.")
FOLDERS = click.argument("folders", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))


def read(paths: Sequence[Path]) -> list[Package]:
    """The packages in these folders and zips. Raises: Invalid and what load_folder and load_zip raise."""
    return [load_folder(path) if path.is_dir() else load_zip(path.read_bytes()) for path in paths]


def held(state: State) -> list[Package]:
    """The packages of the head release; none when there is no database yet."""
    with state.runtime.database.read() as tx:
        return verbs.load_packages(tx, catalog.enter(tx))


@click.command("check")
@FOLDERS
@click.option("--alone", is_flag=True, help="Do not look at what the database holds already.")
@json_option
@pass_state
def check_command(state: State, folders: tuple[Path, ...], *, alone: bool) -> None:
    """Find every problem of packages (folders or zips), each with file and JSON pointer."""
    given = read(folders)
    others = [] if alone else [each for each in held(state) if each.name not in {one.name for one in given}]
    problems = check([*others, *given])

    def show() -> None:
        for each in problems:
            state.say(problem_text(each))
        count = sum(len(each.documents) for each in given)
        state.say(f"{len(problems)} problems in {count} documents." if problems else f"{count} documents are in order.")

    state.give([each.to_json() for each in problems], show)
    if problems:
        raise click.exceptions.Exit(1)


def show_plan(state: State, proposal: Proposal, *, brief: bool = False) -> None:
    """Print a plan, one line a change; brief: only how many there are."""
    if proposal.is_empty:
        state.say(state.word("nothing", base=proposal.base))
        return
    risky = {id(each) for each in proposal.risky()}
    for change, rows in () if brief else zip(proposal.plan.changes, proposal.rows, strict=True):
        touched = f"  [{rows:,} records]" if rows else ""
        text = change.text.get(state.settings.language)
        state.say(f"{'!' if id(change) in risky else ' '} {SIGNS.get(change.action, '~')} {text}{touched}")
    for each in proposal.history:
        state.say(state.word("history", timeline=each.timeline, moments=f"{each.moments:,}",
                             holders=f"{each.holders:,}", since=each.since.isoformat()))
    count = len(proposal.plan.changes)
    state.say(state.word("changes", base=proposal.base, count=count, risky=len(risky)))


@click.command("plan")
@FOLDERS
@click.option("--remove", multiple=True, metavar="NAME", help="A package that shall go.")
@click.option("--effective-from", metavar="INSTANT", help="From when its rules decide (ISO 8601 with offset).")
@json_option
@pass_state
def plan_command(state: State, folders: tuple[Path, ...], remove: tuple[str, ...], effective_from: str | None) -> None:
    """Show what applying packages would change, with the number of records touched and whose history it alters."""
    since = instant(effective_from)
    with state.runtime.database.read() as tx:
        proposal = verbs.propose(tx, catalog.enter(tx), read(folders), remove=remove, effective_from=since)
    state.give(proposal.to_json(), lambda: show_plan(state, proposal))


@click.command("apply")
@FOLDERS
@click.option("--remove", multiple=True, metavar="NAME", help="A package that shall go.")
@click.option("--yes", is_flag=True, help="Consent to changes that hide or alter values.")
@click.option("--brief", is_flag=True, help="Say how many changes there are instead of showing each.")
@click.option("--parent", type=int, metavar="N", help="Refuse unless release N is the head.")
@click.option("--effective-from", metavar="INSTANT", help="From when its rules decide (ISO 8601 with offset).")
@click.option("--reason", default="", help="Why; kept with the release.")
@NO_BUILDS
@json_option
@pass_state
def apply_command(
    state: State,
    folders: tuple[Path, ...],
    remove: tuple[str, ...],
    *,
    yes: bool,
    brief: bool,
    parent: int | None,
    effective_from: str | None,
    reason: str,
    no_builds: bool,
) -> None:
    """Make packages (folders or zips) part of the head release, in one transaction, and do what that leaves to be done.

    When it is stopped then, the release is applied all the same; `tessera builds` or the server goes on.
    """
    given, runtime = read(folders), state.runtime
    if not yes and is_interactive() and not state.as_json:
        with runtime.database.read() as tx:
            since = instant(effective_from)
            proposal = verbs.propose(tx, catalog.enter(tx), given, remove=remove, effective_from=since)
        parent = proposal.base if parent is None else parent
        show_plan(state, proposal)
        yes = not proposal.risky() or click.confirm("Apply it with the changes marked !?")
    applied = verbs.apply(
        runtime.database,
        state.settings,
        state.context(reason),
        given,
        remove=remove,
        parent=parent,
        consent=yes,
        effective_from=instant(effective_from),
        reason=reason,
    )
    tell(state, applied, brief=brief, with_builds=not no_builds)


@click.command("rollback")
@click.option("--to", type=int, metavar="N", help="The release to go back to; left out: the one before.")
@click.option("--yes", is_flag=True, help="Consent to changes that hide or alter values.")
@click.option("--effective-from", metavar="INSTANT", help="From when its rules decide (ISO 8601 with offset).")
@click.option("--reason", default="", help="Why; kept with the release.")
@NO_BUILDS
@json_option
@pass_state
def rollback_command(
    state: State, to: int | None, *, yes: bool, effective_from: str | None, reason: str, no_builds: bool
) -> None:
    """Go back to an earlier release; values that were hidden since then are back."""
    applied = verbs.rollback(
        state.runtime.database, state.settings, state.context(reason), to=to, consent=yes,
        effective_from=instant(effective_from), reason=reason,
    )
    tell(state, applied, with_builds=not no_builds)


def tell(state: State, applied: Applied, *, brief: bool = False, with_builds: bool = False) -> None:
    """Do what the release left to be done, when that is wanted, and print what came of an apply or rollback."""
    left = finish(state) if with_builds and applied.is_new else []

    def show() -> None:
        show_plan(state, applied.proposal, brief=brief)
        for each in applied.obstacles:
            state.say(f"! {each.kind}: {', '.join(each.columns)}: records {', '.join(map(str, each.ids))}")
        if applied.is_new:
            state.say(state.word("applied", release=applied.release))
        if left:
            show_builds(state, left)

    answer = {"release": applied.release, "is_new": applied.is_new, "plan": applied.proposal.to_json()}
    obstacles, builds = [asdict(each) for each in applied.obstacles], [asdict(each) for each in left]
    state.give({**answer, "obstacles": obstacles, "builds": builds}, show)


def instant(text: str | None) -> datetime | None:
    """The instant of an option. Raises: click.BadParameter."""
    if text is None:
        return None
    try:
        value = datetime.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(f"{text!r} is no instant such as 2026-01-31T00:00:00+08:00.") from None
    if value.tzinfo is None:
        raise click.BadParameter(f"{text!r} has no offset from UTC; add one, such as +08:00.")
    return value


@click.command("export")
@click.argument("names", nargs=-1)
@click.option("--to", "target", required=True, type=click.Path(path_type=Path), help="The folder to write into.")
@click.option("--zip", "as_zip", is_flag=True, help="A zip for each package instead of a folder.")
@click.option("--release", "number", type=int, metavar="N", help="Of this release; left out: the head.")
@json_option
@pass_state
def export_command(
    state: State, names: tuple[str, ...], target: Path, number: int | None, *, as_zip: bool
) -> None:
    """Write packages of a release as folders or zips."""
    with state.runtime.database.read() as tx:
        packages = verbs.load_packages(tx, catalog.enter(tx) if number is None else number)
    chosen = verbs.chosen(packages, names)
    if as_zip:
        target.mkdir(parents=True, exist_ok=True)
        written = [target / f"{each.name}.zip" for each in chosen]
        for path, each in zip(written, chosen, strict=True):
            path.write_bytes(verbs.export_zip(each))
    else:
        written = verbs.write_folder(chosen, target)
    state.give([str(path) for path in written], lambda: state.say(f"{len(written)} files written to {target}."))


@click.command("fmt")
@FOLDERS
@click.option("--check", "is_check", is_flag=True, help="Change nothing; end with 1 when a file would change.")
@json_option
@pass_state
def fmt_command(state: State, folders: tuple[Path, ...], *, is_check: bool) -> None:
    """Write the JSON files of packages in the canonical form."""
    changed = []
    found = (file for each in folders for file in ([each] if each.is_file() else each.rglob("*.json")))
    for path in sorted(found):
        text = path.read_text("utf-8")
        wanted = fmt(parse_json(text))
        if text != wanted:
            changed.append(str(path))
            if not is_check:
                path.write_text(wanted, "utf-8")
    verb = "would change" if is_check else "changed"
    state.give(changed, lambda: state.say("\n".join([*changed, f"{len(changed)} files {verb}."])))
    if is_check and changed:
        raise click.exceptions.Exit(1)


@click.command("releases")
@json_option
@pass_state
def releases_command(state: State) -> None:
    """List the releases, newest first."""
    with state.runtime.database.read() as tx:
        head, rows = catalog.enter(tx), catalog.releases(tx)[::-1]
    columns = ("number", "parent", "effective_from", "created_at", "created_by", "rolled_back_to", "reason", "hash")
    values = [[getattr(row, name) for name in columns] for row in rows]
    shown = [[f"{row[0]}{' (head)' if row[0] == head else ''}", *row[1:7], str(row[7])[:12]] for row in values]
    state.give([dict(zip(columns, row, strict=True)) for row in values], lambda: state.table(columns, shown))


COMMANDS = (
    check_command,
    plan_command,
    apply_command,
    rollback_command,
    export_command,
    fmt_command,
    releases_command,
)
