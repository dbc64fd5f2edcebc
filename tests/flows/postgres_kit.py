"""A PostgreSQL server of the test's own on a free port; it may be stopped in any way and begun again."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg

from conftest import missing
from patience import until

_PREFIX = "t_tessera_pg_"
_SETTINGS = ("fsync=off", "full_page_writes=off", "shared_buffers=32MB", "max_connections=60",
             "listen_addresses=127.0.0.1", "wal_level=minimal", "max_wal_senders=0", "autovacuum=off")  # fmt: skip


class Cluster:
    """One server. port: where it listens on 127.0.0.1, also after it was begun again."""

    def __init__(self) -> None:
        self._programs = _programs()
        # Root may not run a server, and another user may not enter the folders of the tests.
        self._user = _somebody() if os.geteuid() == 0 else None
        _sweep(self._programs, self._user)
        self._folder = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}_"))
        if self._user is not None:
            shutil.chown(self._folder, self._user)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self._call("initdb", "-D", "data", "-U", "owner", "--auth=trust", "--no-sync", "-E", "UTF8", "--locale=C")

    def _call(self, program: str, *arguments: str) -> None:
        command = [str(self._programs / program), *arguments]
        with (self._folder / "said.txt").open("ab") as said:
            subprocess.run(command, cwd=self._folder, user=self._user, check=True, stdout=said, stderr=said)

    def begin(self) -> None:
        """Start it, and wait until it answers."""
        options = " ".join(f"-c {each}" for each in (f"port={self.port}", f"unix_socket_directories={self._folder}",
                                                     *_SETTINGS))  # fmt: skip
        self._call("pg_ctl", "-D", "data", "-l", "log.txt", "-w", "-t", "60", "-o", options, "start")
        until(self._answers, "the server")

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.url("postgres"), connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True

    def stop(self, mode: str) -> None:
        """End it: fast (connections are cut, everything is written) or immediate (as if the power went)."""
        self._call("pg_ctl", "-D", "data", "-m", mode, "-w", "-t", "60", "stop")

    def remove(self) -> None:
        """End it for good."""
        if (self._folder / "data" / "postmaster.pid").exists():
            self.stop("immediate")
        shutil.rmtree(self._folder)

    def url(self, database: str, *, port: int = 0, user: str = "owner") -> str:
        """URL of a database of it; port: of a proxy before it."""
        return f"postgresql://{user}@127.0.0.1:{port or self.port}/{database}"

    def create(self) -> str:
        """The name of a new database."""
        name = f"t_{secrets.token_hex(4)}"
        self.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
        return name

    def execute(self, statement: str) -> None:
        """As its owner."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement.encode())


def _sweep(programs: Path, user: str | None) -> None:
    """End servers of runs that were killed themselves: their folders bear the number of a process that is no more."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*_*"):
        owner = folder.name.removeprefix(_PREFIX).partition("_")[0]
        if owner.isdigit() and not Path(f"/proc/{owner}").exists() and Path("/proc/self").exists():
            command = [str(programs / "pg_ctl"), "-D", "data", "-m", "immediate", "-w", "stop"]
            with suppress(OSError):  # another run may be at it as well
                subprocess.run(command, cwd=folder, user=user, check=False, capture_output=True)
            shutil.rmtree(folder, ignore_errors=True)


def _programs() -> Path:
    """The folder of PostgreSQL's programs for servers."""
    found = [path.parent for path in sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"), reverse=True)]
    on_path = shutil.which("pg_ctl")
    if on_path is not None:
        found.append(Path(on_path).resolve().parent)
    if not found:
        missing("no server programs of PostgreSQL are installed")
    return found[0]


def _somebody() -> str:
    """A user who is not root."""
    names = {each.pw_name for each in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


@contextmanager
def own_cluster() -> Iterator[Cluster]:
    """A server that is gone after the with block."""
    cluster = Cluster()
    try:
        cluster.begin()
        yield cluster
    finally:
        cluster.remove()
