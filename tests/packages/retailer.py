"""A real retailer's year through the packages: apply, import, and the result views as files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tessera.context import Context
from tessera.engine import mapping, packages, views
from tessera.engine.mapping import Batch, ImportFile
from tessera.meta import Package, load_folder
from tessera.runtime import Runtime, open_runtime
from tessera.settings import Settings
from tessera.store import install

METADATA = Path(__file__).resolve().parents[2] / "metadata"
PROGRAM = ("retail", "loyalty", "online_retail")


def program() -> list[Package]:
    """The packages that the program consists of."""
    return [load_folder(METADATA / name) for name in PROGRAM]


@contextmanager
def retailer(url: str, folder: Path, wanted: Sequence[Package] = ()) -> Iterator[Runtime]:
    """A database with the program applied."""
    settings = Settings(database_url=url, data_dir=folder / "var")
    runtime = open_runtime(settings)
    try:
        install(runtime.database)
        packages.apply(runtime.database, settings, Context(), list(wanted) or program())
        yield runtime
    finally:
        runtime.close()


def imported(runtime: Runtime, *files: Path, name: str = "online_retail") -> Batch:
    """The files, imported as one batch."""
    batch = mapping.start_batch(runtime, Context(), name, [ImportFile(each, each.name) for each in files])
    return mapping.run_batch(runtime, Context(), batch)


def exported(runtime: Runtime, view: str) -> bytes:
    """A view as CSV, in full."""
    with runtime.reading(Context()) as work:
        return b"".join(views.export_view(work, view, "csv", is_raw=True))


def figures(runtime: Runtime, view: str) -> dict[str, str]:
    """The only row of a view, by column."""
    names, values = exported(runtime, view).decode().splitlines()
    return dict(zip(names.split(","), values.split(","), strict=True))
