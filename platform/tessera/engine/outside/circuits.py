"""A breaker for each host: after several failures in a row it is left alone for a while, then tried by one call.

What is known of hosts is kept in the database: workers come and go with their jobs, and all of them should leave a
failing host alone, not each one for itself.
"""

from __future__ import annotations

from datetime import timedelta

from tessera import faults
from tessera.context import Context
from tessera.engine.outside.addresses import Target, parse_target
from tessera.engine.outside.client import Outgoing, Reply, Resolve, resolve, send
from tessera.engine.outside.errors import CallFailed, CallRefused, HostResting
from tessera.engine.process import Process
from tessera.engine.work import Work
from tessera.store.system import outside as stored

AFTER_CALL = faults.point("outside.after_call")

FAILURES = 5
"""So many in a row, and a host is left alone."""

FIRST_REST = timedelta(seconds=30)
LONGEST_REST = timedelta(minutes=10)
_TRIAL = timedelta(seconds=60)
"""How long one call has to try a host again before another may."""


def call(process: Process, ctx: Context, outgoing: Outgoing, *, resolver: Resolve = resolve) -> Reply:
    """Make a call unless its host is left alone, and remember how it went. Outside of every transaction.

    A status from 500 up counts as a failure of the host. Raises: HostResting("host_resting"), CallRefused,
    CallFailed("call_failed"), AnswerTooLarge.
    """
    target = parse_target(outgoing.url)
    has_failed = _admitted(process, ctx, target)
    try:
        reply = send(process.settings, outgoing, resolver=resolver)
    except CallRefused:
        raise
    except CallFailed as error:
        _failed(process, ctx, target, str(error.params["why"]))
        raise
    faults.reach(AFTER_CALL)
    if reply.status >= 500:
        _failed(process, ctx, target, f"it answered {reply.status}.")
    elif has_failed:
        process.write(ctx, lambda work: stored.forget_failures(work.tx, target.place))
    return reply


def _admitted(process: Process, ctx: Context, target: Target) -> bool:
    """Whether the host has failed before. Raises: HostResting while it is left alone."""
    now = ctx.now()
    with process.reading(ctx) as work:
        row = stored.circuit_of(work.tx, target.place)
    if row is None or row["rests_until"] is None:
        return row is not None
    left_s = int((row["rests_until"] - now).total_seconds()) + 1
    if row["rests_until"] > now:
        raise HostResting(target.place, "it is left alone.", retry_after_s=left_s)
    if not process.write(ctx, lambda work: stored.try_again(work.tx, target.place, now, now + _TRIAL)):
        raise HostResting(target.place, "another call tries it just now.", retry_after_s=int(_TRIAL.total_seconds()))
    return True


def _failed(process: Process, ctx: Context, target: Target, reason: str) -> None:
    now = ctx.now()

    def note(work: Work) -> None:
        count = stored.note_failure(work.tx, target.place, now, reason)
        if count >= FAILURES:
            doubled = FIRST_REST * 2 ** min(count - FAILURES, 10)
            stored.let_rest(work.tx, target.place, now + min(doubled, LONGEST_REST))

    process.write(ctx, note)
