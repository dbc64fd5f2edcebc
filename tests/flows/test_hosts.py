"""Workers on three hosts: groups of processes, each with its own line to the one Redis and the one PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from flows.host_kit import Host, host
from flows.kit import Works, flow, on, works_with
from flows.postgres_kit import Cluster
from flows.probe import probing
from flows.redis_kit import own_redis
from flows.test_order import IN_LINE, MARK, inversions
from flows.test_workers import wait_for
from patience import until
from tessera.relay import Relay
from tessera.settings import Limits, Settings

HOSTS = 3
KEYS = 6
MEETING = flow("meeting", on("record.created", when="record.effort > 0"),
               {"do": "probe", "text": "'meet ' & record.effort"})  # fmt: skip
TELLING = {
    **IN_LINE, "trigger": on("record.created", when="NOT record.effort > 0"),
    "steps": [*IN_LINE["steps"], {"uid": "tell", "do": "probe", "text": "record.subject"}],
}  # fmt: skip


@dataclass
class Place:
    """One database and one Redis with several hosts."""

    works: Works
    hosts: list[Host]
    made: int = 0

    def make(self, count: int) -> None:
        """New tasks, in turn for each key."""
        for _ in range(count):
            self.works.create("task", subject=f"t{self.made}", account=self.made % KEYS + 1)
            self.made += 1

    def told(self) -> list[str]:
        """What every host has told the outside."""
        return [each for host in self.hosts for each in host.told() if each.startswith("t")]


@pytest.fixture
def place(cluster: Cluster, tmp_path: Path) -> Iterator[Place]:
    """Three hosts at work."""
    with ExitStack() as stack:
        stack.enter_context(probing(tmp_path / "none.txt"))
        works = works_with(cluster.url(cluster.create()), MARK, TELLING, MEETING)
        stack.callback(works.runtime.close)
        for number in range(KEYS):
            works.create("account", code=f"K{number}")
        server = stack.enter_context(own_redis())
        port = urlsplit(server.url).port or 0
        settings: Settings = replace(
            works.runtime.settings, redis_url=server.url, data_dir=tmp_path,
            limits=replace(Limits(), flow_lease_s=2, flow_deaths=0),
        )  # fmt: skip
        relay = Relay(settings)
        relay.attach()
        stack.callback(relay.detach)
        calls = [tmp_path / f"host{number}.txt" for number in range(HOSTS)]
        yield Place(works, [stack.enter_context(host(each, settings, cluster, port)) for each in calls])


def test_hosts_work_side_by_side_and_one_that_is_cut_off_loses_nothing(place: Place) -> None:
    # Side by side: these calls end only when every host is in one. A host has a worker and a sweeper to be in them.
    for _ in range(2 * HOSTS):
        place.works.create("task", subject="meeting", effort=HOSTS)
    wait_for(place.works, 2 * HOSTS)
    assert all(any(each.startswith("meet") for each in host.told()) for host in place.hosts)
    done = 2 * HOSTS
    for turn, host_ in enumerate(place.hosts):
        place.make(KEYS * 2)
        # The first is cut off where both sides know of it, the second so that nobody does, the third does not matter.
        (host_.cut, host_.stall, host_.cut)[turn]()
        place.make(KEYS * 2)
        done += KEYS * 4
        wait_for(place.works, done)
        host_.mend()
    place.make(KEYS)
    wait_for(place.works, done + KEYS)
    assert set(place.told()) == {f"t{number}" for number in range(place.made)}
    assert inversions(place.works.runtime) == []


@pytest.mark.long
def test_a_host_that_was_away_works_again(place: Place) -> None:
    for host_ in place.hosts[1:]:
        host_.cut()
    first = place.hosts[0]
    place.make(KEYS)
    wait_for(place.works, KEYS)
    assert set(first.told()) == {f"t{number}" for number in range(KEYS)}
    for host_ in place.hosts[1:]:
        host_.mend()
    first.cut()
    place.make(KEYS)
    wait_for(place.works, 2 * KEYS)
    until(lambda: len(place.told()) >= 2 * KEYS, "what the others told")
    assert inversions(place.works.runtime) == []
