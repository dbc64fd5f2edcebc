"""What the database refuses, as errors of the platform."""

from __future__ import annotations

import re
import sqlite3

import psycopg
import sqlalchemy as sa

from tessera.errors import TesseraError, Unavailable


class DatabaseRefused(TesseraError):
    """The database "{url}" cannot be used."""

    code = "database_refused"
    status = 500


class NotUnique(TesseraError):
    """Another record has the same value already.

    constraint: name of the unique index where the database tells it. table and columns: where it is, as far as
    the database tells it (PostgreSQL names the constraint, SQLite the columns).
    """

    code = "not_unique"
    status = 409
    hint = "Choose another value, or change the record that has it."

    def __init__(self, constraint: str = "", *, table: str = "", columns: tuple[str, ...] = ()) -> None:
        super().__init__(constraint=constraint, table=table)
        self.constraint = constraint
        self.table = table
        self.columns = columns


class StillReferenced(TesseraError):
    """Other records refer to this one."""

    code = "still_referenced"
    status = 409


class ConstraintViolated(TesseraError):
    """The database keeps the rule "{constraint}", which this would break."""

    code = "constraint_violated"
    status = 409


class DoesNotFit(TesseraError):
    """The value does not fit into its column: {why}."""

    code = "value_does_not_fit"
    status = 422


class TooSlow(Unavailable):
    """The database did not finish this in the time allowed."""

    code = "query_too_slow"
    status = 503
    hint = "Ask for less: a narrower filter, or fewer columns."


class Aborted(Unavailable):
    """The transaction collided with others and was undone; repeating it may help."""

    code = "transaction_aborted"
    status = 503
    hint = "Try again in a few seconds."


class ConnectionLost(Unavailable):
    """The connection to the database was lost."""


class NoRoom(Unavailable):
    """The database cannot take anything just now: {why}."""


_SQLITE_COLUMNS = re.compile(r"UNIQUE constraint failed: (.+)\Z", re.DOTALL)
_SQLITE_INDEX = re.compile(r"index '([^']+)'")
_UNAVAILABLE_CLASSES = ("08", "53", "57P")
_LOST = (psycopg.OperationalError, psycopg.InterfaceError)
_LOST_STATES = frozenset({"08000", "08003", "08006", "57P01", "57P02", "57P05"})
_ABORTED_STATES = frozenset({"40001", "40P01", "55P03"})


def mapped(error: BaseException) -> BaseException:
    """The error of the platform that a database error means; the same error when it means a fault of ours."""
    if isinstance(error, sa.exc.TimeoutError):
        return Unavailable("All database connections are in use.")
    original = error.orig if isinstance(error, sa.exc.StatementError) else error
    if isinstance(original, TesseraError):
        return original
    if isinstance(original, psycopg.Error):
        return _from_postgresql(original) or error
    if isinstance(original, sqlite3.Error):
        return _from_sqlite(original) or error
    if isinstance(original, UnicodeEncodeError):
        return DoesNotFit(why="it contains half a character")
    if isinstance(original, OverflowError):
        return DoesNotFit(why="the number is too large")
    return error


def _from_postgresql(error: psycopg.Error) -> TesseraError | None:
    state = error.sqlstate or ""
    if state == "23505":
        return NotUnique(error.diag.constraint_name or "", table=error.diag.table_name or "")
    if state == "23503":
        return StillReferenced()
    if state.startswith("23"):
        return ConstraintViolated(constraint=error.diag.constraint_name or "")
    if state in _ABORTED_STATES:
        return Aborted()
    if state == "57014":
        return TooSlow()
    if state in _LOST_STATES:
        return ConnectionLost()
    if state.startswith(_UNAVAILABLE_CLASSES):
        return NoRoom(why="it is not available")
    if state.startswith("22"):
        return DoesNotFit(why="the database refuses it")
    if not state and (isinstance(error, _LOST) or type(error) is psycopg.DatabaseError):
        return ConnectionLost()
    return None


def _from_sqlite(error: sqlite3.Error) -> TesseraError | None:
    name = getattr(error, "sqlite_errorname", "")
    if name in {"SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY", "SQLITE_CONSTRAINT_ROWID"}:
        return _sqlite_not_unique(str(error))
    if name == "SQLITE_CONSTRAINT_FOREIGNKEY":
        return StillReferenced()
    if name.startswith("SQLITE_CONSTRAINT"):
        return ConstraintViolated(constraint=str(error).rpartition(": ")[2])
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return Aborted()
    if name.startswith(("SQLITE_FULL", "SQLITE_IOERR", "SQLITE_CANTOPEN", "SQLITE_READONLY")):
        return NoRoom(why="its file cannot be written")
    if name in {"SQLITE_INTERRUPT"}:
        return TooSlow()
    return None


def _sqlite_not_unique(message: str) -> NotUnique:
    index = _SQLITE_INDEX.search(message)
    if index:
        return NotUnique(index.group(1))
    found = _SQLITE_COLUMNS.search(message)
    pairs = [part.strip().partition(".") for part in found.group(1).split(",")] if found else []
    table = pairs[0][0] if pairs else ""
    return NotUnique(table=table, columns=tuple(pair[2] for pair in pairs))
