"""Redis that is away, full, emptied or full of old jobs, rings that are lost or doubled: only delay comes of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import redis

from crash.processes import KILLED, run
from flows.kit import Works, works_with
from flows.redis_kit import Redis, own_redis
from flows.test_workers import CHAIN, crew, ensure_once, settings_of, wait_for
from tessera.relay import Relay

Begin = Callable[..., Works]
NOBODY = "redis://127.0.0.1:1/0"


@contextmanager
def ringing(relay: Relay) -> Iterator[None]:
    """Whatever is written in the with block rings."""
    relay.attach()
    try:
        yield
    finally:
        relay.detach()


def begun(url: str) -> tuple[Works, int]:
    """Flows in the order of an account, and the account."""
    works = works_with(url, CHAIN)
    return works, works.create("account", code="A")["id"]


def names(start: int, count: int) -> list[str]:
    """Subjects of tasks."""
    return [f"s{number}" for number in range(start, start + count)]


def test_f03_f07_f10_f12_whatever_became_of_the_rings_each_change_has_its_run_once(sqlite_url: str) -> None:
    works, account = begun(sqlite_url)

    def change(subject: str) -> None:
        works.create("task", subject=subject, account=account)

    with own_redis() as server:
        settings = settings_of(works, server.url)
        relay = Relay(settings)
        # F03: whoever made the change dies before the ring.
        assert run(works.runtime, lambda _own: change("s0"), "store.after_commit") == KILLED
        # F07: a worker takes the ring off the queue, and dies before it has begun.
        change("s1")
        assert relay.ring()
        with redis.Redis.from_url(server.url) as client:
            assert client.lpop(f"rq:queue:{relay.name}") is not None
        # F12: every ring comes five times. F10: and with them come jobs of long ago, for which there is nothing to do.
        change("s2")
        for _ in range(25):
            relay._enqueue()
        with crew(settings, 2):
            wait_for(works, 3)
        relay.detach()
    ensure_once(works, account, names(0, 3))
    works.runtime.close()


def full(server: Redis) -> None:
    """There is no room in Redis for anything more."""
    with redis.Redis.from_url(server.url) as client:
        client.config_set("maxmemory-policy", "noeviction")
        client.config_set("maxmemory", "1")


def roomy(server: Redis) -> None:
    """There is room again."""
    with redis.Redis.from_url(server.url) as client:
        client.config_set("maxmemory", "0")


def test_f08_f09_f11_work_goes_on_in_order_while_redis_is_full_or_away(sqlite_url: str) -> None:
    works, account = begun(sqlite_url)
    made = 0
    with own_redis() as server:
        settings = settings_of(works, server.url)
        relay = Relay(settings)
        faults: list[Callable[[], None]] = [lambda: full(server), lambda: roomy(server), server.flush, server.kill,
                                            server.begin]  # fmt: skip
        with ringing(relay), crew(settings, 1):
            for fault in faults:
                for subject in names(made, 4):
                    works.create("task", subject=subject, account=account)
                    if subject == f"s{made + 1}":
                        fault()
                made += 4
                # Nobody waits for Redis to come back: all of it is done while the fault lasts.
                wait_for(works, made)
    ensure_once(works, account, names(0, made))
    works.runtime.close()


def test_f32_workers_that_are_told_to_end_under_load_leave_nothing_to_be_taken_over(sqlite_url: str) -> None:
    works, account = begun(sqlite_url)
    settings = settings_of(works)
    for subject in names(0, 30):
        works.create("task", subject=subject, account=account)
    done = 0
    for _ in range(2):
        # The old workers end, and new ones begin, with work at hand: that they end with 0 the crew asserts.
        with crew(settings, 2):
            done += 5
            wait_for(works, done)
    with crew(settings, 2):
        wait_for(works, 30)
    ensure_once(works, account, names(0, 30))
    assert not any(each["is_alone"] or each["deaths"] for each in works.runs())
    works.runtime.close()
