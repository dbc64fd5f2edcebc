"""What the write path refuses."""

from __future__ import annotations

from tessera.errors import Conflict, Invalid, TesseraError


class BadNames(Invalid):
    """The input names fields that are unknown, or that may not be written."""

    status = 400


class StaleVersion(Conflict):
    """The record is at version {version} now; somebody changed it since you read it."""

    code = "stale_version"


class IllegalTransition(TesseraError):
    """The record is in the state "{state}", from which it cannot go to "{wanted}"."""

    code = "illegal_transition"
    status = 409
    hint = "Read the record again; its state permits other actions."


class InUse(TesseraError):
    """Other records refer to this one, so that it cannot be deleted."""

    code = "in_use"
    status = 409
    hint = "Delete or change those records first."


class FilterRequired(TesseraError):
    """A change of many records needs a filter that says which."""

    code = "filter_required"
    status = 400


class TooMany(TesseraError):
    """At most {limit} rows are taken at once."""

    code = "too_many_rows"
    status = 413


