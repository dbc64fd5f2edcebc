"""A failing host is left alone by every process; secrets go in and never come out again."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler

import pytest
import sqlalchemy as sa

from tessera import faults
from tessera.context import Actor, Context
from tessera.engine import vault
from tessera.engine.outside import CallFailed, CallRefused, HostResting, Outgoing, call
from tessera.engine.outside.circuits import AFTER_CALL
from tessera.errors import Forbidden, Invalid, NotFound
from tessera.runtime import Runtime
from tessera.store.system.outside import circuits, secret
from tessera.store.system.records import audit

from .conftest import NOON
from .outside_kit import Seen, give, site


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


def test_a_host_that_fails_is_left_alone_then_tried_by_one_call(runtime: Runtime) -> None:
    status = [500]

    def answer(handler: BaseHTTPRequestHandler, _seen: Seen) -> None:
        give(handler, status[0])

    clock = Clock()
    ctx = Context(clock=clock)
    with site(answer) as there:
        runtime.settings = replace(runtime.settings, outside_allow=there.allow)
        for _ in range(5):
            assert call(runtime, ctx, Outgoing("GET", there.url)).status == 500
        with pytest.raises(HostResting) as caught:
            call(runtime, ctx, Outgoing("GET", there.url))
        assert caught.value.params["retry_after_s"] == 31 and len(there.seen) == 5
        clock.now += timedelta(seconds=31)
        assert call(runtime, ctx, Outgoing("GET", there.url)).status == 500
        with pytest.raises(HostResting):
            call(runtime, ctx, Outgoing("GET", there.url))
        clock.now += timedelta(seconds=61)
        status[0] = 200
        assert call(runtime, ctx, Outgoing("GET", there.url)).status == 200
        assert call(runtime, ctx, Outgoing("GET", there.url)).status == 200
    with runtime.reading(ctx) as work:
        assert circuits(work.tx, 10) == []


def test_only_one_of_many_tries_a_rested_host(runtime: Runtime) -> None:
    clock = Clock()
    ctx = Context(clock=clock)
    met: list[str] = []

    def answer(handler: BaseHTTPRequestHandler, _seen: Seen) -> None:
        if len(there.seen) == 6:
            with pytest.raises(HostResting):
                call(runtime, ctx, Outgoing("GET", there.url))
            met.append("refused")
        give(handler, 503)

    with site(answer) as there:
        runtime.settings = replace(runtime.settings, outside_allow=there.allow)
        for _ in range(5):
            call(runtime, ctx, Outgoing("GET", there.url))
        clock.now += timedelta(minutes=1)
        call(runtime, ctx, Outgoing("GET", there.url))
    assert met == ["refused"]


def test_a_worker_that_dies_after_a_call_leaves_the_host_as_it_was(runtime: Runtime) -> None:
    class Killed(BaseException):
        pass

    def kill() -> None:
        raise Killed

    with site(lambda handler, _: give(handler, 500)) as there:
        runtime.settings = replace(runtime.settings, outside_allow=there.allow)
        with faults.armed(AFTER_CALL, kill), pytest.raises(Killed):
            call(runtime, Context(), Outgoing("GET", there.url))
    with runtime.reading(Context()) as work:
        assert circuits(work.tx, 10) == []


def test_a_status_below_500_is_no_failure_of_the_host(runtime: Runtime) -> None:
    with site(lambda handler, _: give(handler, 404)) as there:
        runtime.settings = replace(runtime.settings, outside_allow=there.allow)
        for _ in range(7):
            assert call(runtime, Context(), Outgoing("GET", there.url)).status == 404


def test_what_is_refused_is_no_failure_of_a_host(runtime: Runtime) -> None:
    for _ in range(7):
        with pytest.raises(CallRefused):
            call(runtime, Context(), Outgoing("GET", "http://10.0.0.1/"))
    with runtime.reading(Context()) as work:
        assert circuits(work.tx, 10) == []


def test_a_connection_that_fails_is_counted(runtime: Runtime) -> None:
    with site() as there:
        pass
    runtime.settings = replace(runtime.settings, outside_allow=there.allow)
    for _ in range(5):
        with pytest.raises(CallFailed):
            call(runtime, Context(), Outgoing("GET", there.url))
    with pytest.raises(HostResting):
        call(runtime, Context(), Outgoing("GET", there.url))


def test_a_secret_goes_in_and_only_its_name_comes_out(runtime: Runtime, ctx: Context) -> None:
    with runtime.writing(ctx) as work:
        vault.set_secret(work, "erp_key", "s3cret-value")
        vault.set_secret(work, "erp_key", "another-value")
        assert vault.opened(work, "erp_key") == "another-value"
        assert vault.list_secrets(work) == [{"name": "erp_key", "set_at": NOON, "is_readable": True}]
        everything = str(work.tx.rows(sa.select(audit))) + str(work.tx.rows(sa.select(secret)))
        assert "s3cret" not in everything and "another" not in everything
        assert [row["verb"] for row in work.tx.rows(sa.select(audit.c.verb))].count("secret.set") == 2
        vault.delete_secret(work, "erp_key")
        with pytest.raises(vault.UnknownSecret):
            vault.opened(work, "erp_key")
        with pytest.raises(NotFound):
            vault.delete_secret(work, "erp_key")


def test_a_secret_cannot_be_moved_to_another_name(runtime: Runtime, ctx: Context) -> None:
    with runtime.writing(ctx) as work:
        vault.set_secret(work, "one", "value")
        work.tx.execute(sa.update(secret).values(name="two"))
        with pytest.raises(vault.SecretUnreadable):
            vault.opened(work, "two")


def test_secrets_follow_a_change_of_the_secret_key(runtime: Runtime, ctx: Context) -> None:
    with runtime.writing(ctx) as work:
        vault.set_secret(work, "one", "value")
    old, runtime.settings = runtime.settings.secret_key, replace(runtime.settings, secret_key="quite another")
    with runtime.writing(ctx) as work:
        assert vault.list_secrets(work)[0]["is_readable"] is False
        with pytest.raises(vault.SecretUnreadable):
            vault.opened(work, "one")
        with pytest.raises(vault.SecretUnreadable):
            vault.rotate(work, "neither")
        assert vault.rotate(work, old) == 1
        assert vault.opened(work, "one") == "value" and vault.rotate(work, old) == 0


def test_only_administrators_have_to_do_with_secrets(runtime: Runtime) -> None:
    with runtime.writing(Context(actor=Actor(5, "ann"))) as work:
        for verb in (
            lambda: vault.set_secret(work, "one", "v"), lambda: vault.list_secrets(work),
            lambda: vault.delete_secret(work, "one"), lambda: vault.rotate(work, "x"),
        ):  # fmt: skip
            with pytest.raises(Forbidden):
                verb()


@pytest.mark.parametrize(("name", "value"), [("Bad", "v"), ("", "v"), ("one", ""), ("one", None), ("one", "\x00")])
def test_a_bad_secret_is_refused(runtime: Runtime, name: str, value: object) -> None:
    with runtime.writing(Context()) as work, pytest.raises(Invalid):
        vault.set_secret(work, name, value)
