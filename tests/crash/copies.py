"""Copies of databases to which a program is applied, made in a tenth of the time that applying takes."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from databases import Templates
from tessera.context import Context
from tessera.engine import packages
from tessera.meta import Package
from tessera.runtime import Runtime, open_runtime
from tessera.settings import Settings

Program = Callable[[], Sequence[Package]]


class Copies:
    """Databases with an applied program."""

    def __init__(self, folder: Path, templates: Templates, programs: Mapping[str, Program]) -> None:
        self.folder = folder
        self.templates = templates
        self.programs = programs

    @contextmanager
    def open(self, program: str, dialect: str, **settings: Any) -> Iterator[Runtime]:
        """A runtime on a new database with that program, dropped at the end."""
        folder = self.folder / secrets.token_hex(6)
        wanted = Settings(data_dir=folder, secret_key="for tests", zone="UTC", **settings)
        fill = partial(self._fill, program)
        with self.templates.open(dialect, f"program {program}", fill, wanted) as runtime:
            yield runtime

    def _fill(self, program: str, url: str) -> None:
        settings = Settings(database_url=url, data_dir=self.folder, secret_key="for tests", zone="UTC")
        runtime = open_runtime(settings)
        packages.apply(runtime.database, settings, Context(), self.programs[program](), consent=True)
        runtime.close()
