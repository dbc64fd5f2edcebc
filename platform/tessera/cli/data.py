"""Commands about data: import files through a mapping, look after batches, and write views as files."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn

from tessera.cli.state import State, json_option, pass_state
from tessera.cli.words import class_labels, word
from tessera.engine import mapping
from tessera.engine.mapping import Batch, ImportFile
from tessera.engine.mapping.errors import BatchUnderWay, FileImported
from tessera.engine.mapping.progress import Listener

BRIEF_ROWS = 1_000
"""Shorter files are read before a bar would be seen."""


@click.command("import")
@click.argument("name")
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--corrects", type=int, metavar="BATCH", help="The files bring rejected rows of this batch again.")
@click.option("--again", is_flag=True, help="Also files that were imported already.")
@click.option("--once", is_flag=True, help="Finish a batch that was interrupted; do nothing when all is imported.")
@click.option("--brief", is_flag=True, help="Say in one line what came of it; bars for long files only.")
@json_option
@pass_state
def import_command(
    state: State, name: str, files: tuple[Path, ...], corrects: int | None, *, again: bool, once: bool, brief: bool
) -> None:
    """Import files through the mapping NAME, as one batch, in the order in which they are given.

    A batch that is interrupted goes on with: tessera batch resume.
    """

    def start() -> int:
        given = [ImportFile(path, path.name) for path in files]
        return mapping.start_batch(state.runtime, state.context(), name, given, is_forced=again, corrects=corrects)

    try:
        try:
            batch = start()
        except BatchUnderWay as error:
            if not once:
                raise
            finish(state, error.params["batch"], brief=brief)
            batch = start()
    except FileImported:
        if not once:
            raise
        label, _ = class_labels(state.runtime.model(), name, state.settings.language)
        state.give({"imported": False}, lambda: state.say(state.word("imported", mapping=label)))
        return
    finish(state, batch, brief=brief)


def finish(state: State, batch: int, *, brief: bool = False) -> None:
    """Run a batch to its end under a progress bar, and print what became of its rows."""
    least = BRIEF_ROWS if brief else 0
    try:
        with progress_bar(state.settings.language, quiet=state.as_json, least=least) as listener:
            done = mapping.run_batch(state.runtime, state.context(), batch, listener)
    except KeyboardInterrupt:
        click.echo(f"Stopped. Go on with: tessera batch resume {batch}", err=True)
        raise
    show = show_briefly if brief else show_batch
    state.give(asdict(done), lambda: show(state, done))


def show_batch(state: State, batch: Batch) -> None:
    """Print the rows of a batch per class and its documents per outcome."""
    status = state.word(batch.status)
    state.say(state.word("batch", id=batch.id, mapping=batch.mapping, status=status, rows=batch.rows))
    for title, counts in (("rows", batch.counts), ("documents", batch.documents)):
        if any(counts.values()):
            rows = [(each, f"{count:,}") for each, count in counts.items() if count]
            state.table((state.word(title), state.word("count")), rows)


def show_briefly(state: State, batch: Batch) -> None:
    """Print what came of a batch in one line."""
    label, _ = class_labels(state.runtime.model(), batch.mapping, state.settings.language)
    state.say(state.word("brief", mapping=label, rows=batch.rows, documents=outcomes(state, batch)))


def outcomes(state: State, batch: Batch) -> str:
    """How many documents had which outcome, in words."""
    return ", ".join(f"{count:,} {state.word(each)}" for each, count in batch.documents.items() if count)


@contextmanager
def progress_bar(language: str, *, quiet: bool, least: int = 0) -> Iterator[Listener]:
    """What listens to a batch and shows a bar with rate and remaining time on the error output.

    least: phases of fewer rows have no bar.
    """
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TextColumn("{task.fields[left]}"),
    )
    progress = Progress(*columns, console=Console(file=sys.stderr), disable=quiet)
    tasks: dict[str, TaskID] = {}

    def listen(told: mapping.Progress) -> None:
        if told.total < least:
            return
        if told.phase not in tasks:
            progress.start()
            name = word(language, told.phase)
            tasks[told.phase] = progress.add_task(name, total=told.total or None, rate="", left="")
        rate = f"{told.per_second:,}/s" if told.per_second else ""
        left = ""
        if told.remaining_s is not None and told.done < told.total:
            left = word(language, "left", time=f"{told.remaining_s // 60}:{told.remaining_s % 60:02d}")
        progress.update(tasks[told.phase], completed=told.done, total=told.total or None, rate=rate, left=left)

    try:
        yield listen
    finally:
        if tasks:
            progress.stop()


@click.group("batch")
def batch_group() -> None:
    """Look after imports: list, resume, cancel, rejects."""


@batch_group.command("list")
@click.option("--mapping", "name", default="", help="Only batches of this mapping.")
@json_option
@pass_state
def list_batches(state: State, name: str) -> None:
    """List batches, newest first."""
    with state.runtime.reading(state.context()) as work:
        batches = mapping.list_batches(work, mapping=name)
    columns = ("id", "mapping", "status", "rows", "started_at", "finished_at")
    rows = [[getattr(each, column) for column in columns] for each in batches]
    state.give([asdict(each) for each in batches], lambda: state.table(columns, rows))


@batch_group.command("classes")
@click.option("--mapping", "name", default="", help="Only batches of this mapping.")
@json_option
@pass_state
def show_classes(state: State, name: str) -> None:
    """Show what became of the rows and documents of batches, oldest first."""
    with state.runtime.reading(state.context()) as work:
        batches = mapping.list_batches(work, mapping=name, limit=500)[::-1]
        labels = {each.mapping: class_labels(work.model, each.mapping, state.settings.language) for each in batches}
    rows: list[tuple[str, ...]] = []
    for batch in batches:
        label, classes = labels[batch.mapping]
        counts = [(each, count) for each, count in batch.counts.items() if count]
        for place, (each, count) in enumerate(counts):
            shown = (label, outcomes(state, batch)) if place == 0 else ("", "")
            rows.append((shown[0], classes.get(each) or state.word(each), f"{count:,}", shown[1]))
    columns = [state.word(each) for each in ("import", "became", "rows", "documents")]
    state.give([asdict(each) for each in batches], lambda: state.table(columns, rows))


@batch_group.command("resume")
@click.argument("batch", type=int)
@json_option
@pass_state
def resume_batch(state: State, batch: int) -> None:
    """Go on with a batch that was interrupted."""
    finish(state, batch)


@batch_group.command("cancel")
@click.argument("batch", type=int)
@json_option
@pass_state
def cancel_batch(state: State, batch: int) -> None:
    """End a batch where it stands; what it wrote stays."""
    state.runtime.write(state.context(), lambda work: mapping.cancel_batch(work, batch))
    state.give({"cancelled": batch}, lambda: state.say(f"Batch {batch} is cancelled."))


@batch_group.command("rejects")
@click.argument("batch", type=int)
@click.option("--to", "target", type=click.Path(path_type=Path), help="A CSV file; left out: the standard output.")
@pass_state
def export_rejects(state: State, batch: int, target: Path | None) -> None:
    """Write the rejected rows of a batch as CSV, to be corrected and imported with --corrects."""
    with state.runtime.reading(state.context()) as work:
        pieces = mapping.export_rejects(work, batch)
        if target is None:
            for piece in pieces:
                click.echo(piece, nl=False)
        else:
            with target.open("w", encoding="utf-8", newline="") as file:
                file.writelines(pieces)


COMMANDS = (import_command, batch_group)
