"""The command `view`: show a view or write it as a file."""

from __future__ import annotations

from pathlib import Path

import click

from tessera.cli.state import State, pass_state
from tessera.engine.views import MEDIA_TYPES, export_view, open_view


@click.command("view")
@click.argument("name")
@click.option("--format", "form", type=click.Choice(["table", *MEDIA_TYPES]), default="csv", show_default=True)
@click.option("--to", "target", type=click.Path(path_type=Path), help="A file; left out: the standard output.")
@click.option("--filter", "condition", default="", metavar="FORMULA", help="Only rows for which it is true.")
@click.option("--labels", type=click.Choice(["zh", "en"]), help="Head the columns by their labels in this language.")
@click.option("--raw", is_flag=True, help="Leave texts alone that a spreadsheet would run as formulas.")
@pass_state
def view_command(
    state: State, name: str, form: str, target: Path | None, condition: str, labels: str | None, *, raw: bool
) -> None:
    """Show the view NAME or write it as CSV, NDJSON or XLSX."""
    with state.runtime.reading(state.context()) as work:
        if form == "table":
            opened = open_view(work, name, condition=condition)
            language = labels or state.settings.language
            headings = [each.label.get(language) or each.name for each in opened.columns]
            least = 1_000 if opened.view.source == "totals" else 10_000
            rows = ([_grouped(each, least) for each in row] for row in opened.rows)
            state.table(headings, rows, opened.view.label.get(language))
            return
        pieces = export_view(
            work, name, form, condition=condition, language=labels or "", is_raw=raw  # type: ignore[arg-type]
        )
        with click.open_file(str(target or "-"), "wb") as file:
            for piece in pieces:
                file.write(piece)


def _grouped(value: object, least: int) -> object:
    """A whole number with its thousands apart when it is no less, so that years stay as they are.

    >>> _grouped(5990482, 10_000), _grouped(2025, 10_000), _grouped("5990482", 10_000)
    ('5,990,482', 2025, '5990482')
    """
    return f"{value:,}" if type(value) is int and abs(value) >= least else value


COMMANDS = (view_command,)
