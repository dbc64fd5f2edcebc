"""The doorbell between those who leave work and those who do it: Redis, as transport only.

What there is to do stands in the database. A ring says "look now"; losing one, or all of Redis, costs a delay until the
next look. Rings are sent by a thread of their own, so that a slow or missing Redis never keeps a request waiting.
"""

from __future__ import annotations

import hashlib
import logging
import threading
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import redis
from rq import Queue
from rq.serializers import JSONSerializer

from tessera.engine import outbox
from tessera.settings import Settings

_LOG = logging.getLogger("tessera.relay")

STAY_S = 2.0
"""How long a job stays for the next ring."""

JOB_TIMEOUT_S = 3_600
_RUNG_MS = 5_000
_REST_S = 2.0
_TIMEOUT_S = 1.0
_HELP_MS = 300


@lru_cache(maxsize=16)
def _queue_name(database: str, secret: str) -> str:
    """The name of a database's queue, from which the secret cannot be guessed."""
    digest = hashlib.pbkdf2_hmac("sha256", secret.encode(), b"queue " + database.encode(), 10_000)
    return f"tessera-{digest.hex()[:10]}"


@dataclass
class Relay:
    """The Redis side of one process. Every verb of it may fail without harm: it says so and goes on."""

    settings: Settings
    _redis: Any = None
    _resting_until: float = 0.0
    _wanted: threading.Event = field(default_factory=threading.Event)
    _stopped: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def name(self) -> str:
        """Of the queue: one for each database, so that several may share a Redis.

        Hosts reach a database by different addresses, so its name and the secret that they share make the queue's name.
        """
        url = self.settings.database_url
        return _queue_name(url.partition("?")[0].rpartition("/")[2], self.settings.secret_key or url)

    def connection(self) -> Any:
        """The connection to Redis, with short limits so that nobody hangs on it."""
        if self._redis is None:
            self._redis = redis.Redis.from_url(
                self.settings.redis_url, socket_timeout=_TIMEOUT_S + STAY_S, socket_connect_timeout=_TIMEOUT_S
            )
        return self._redis

    def queue(self) -> Queue:
        """The queue of doorbell jobs, in JSON."""
        return Queue(self.name, connection=self.connection(), serializer=JSONSerializer)

    # Ringing

    def attach(self) -> None:
        """Ring whenever a transaction of this process has left something to do."""
        outbox.doorbells.append(self.ring_soon)

    def detach(self) -> None:
        """Ring no more, and end the thread."""
        if self.ring_soon in outbox.doorbells:
            outbox.doorbells.remove(self.ring_soon)
        self._stopped.set()
        self._wanted.set()
        if self._thread is not None:
            self._thread.join(timeout=5)
        if self._redis is not None:
            self._redis.close()

    def ring_soon(self) -> None:
        """Have the thread ring; returns at once."""
        self._wanted.set()
        if self._thread is None or not self._thread.is_alive():
            with self._lock:
                if self._thread is None or not self._thread.is_alive():
                    self._thread = threading.Thread(target=self._ring_on, name="doorbell", daemon=True)
                    self._thread.start()

    def _ring_on(self) -> None:
        while not self._stopped.is_set():
            self._wanted.wait()
            self._wanted.clear()
            if not self._stopped.is_set() and not self.ring():
                self._stopped.wait(_REST_S)

    def ring(self, *, again: bool = False) -> bool:
        """Tell the workers to look now; whether they could be told.

        again: put another job on the queue even when one was a moment ago, unless one waits there already.
        """
        try:
            connection = self.connection()
            pipe = connection.pipeline(transaction=False)
            pipe.lpush(f"{self.name}:bell", "1")
            pipe.ltrim(f"{self.name}:bell", 0, 0)
            pipe.set(f"{self.name}:rung", "1", nx=True, px=_RUNG_MS)
            if pipe.execute()[2] or (again and not self.queue().count):
                self._enqueue()
        except (redis.RedisError, OSError) as error:
            _LOG.warning("the doorbell does not ring: %s", error)
            return False
        return True

    def _enqueue(self) -> None:
        self.queue().enqueue(
            "tessera.jobs.drain", result_ttl=0, failure_ttl=60, job_timeout=JOB_TIMEOUT_S, description="look for work"
        )

    # At work

    def call_help(self) -> None:
        """There is more than one worker can do just now: let another one look, too."""
        try:
            if self.connection().set(f"{self.name}:help", "1", nx=True, px=_HELP_MS) and not self.queue().count:
                self._enqueue()
        except (redis.RedisError, OSError) as error:
            _LOG.warning("no help can be called: %s", error)

    def await_ring(self, seconds: float) -> bool:
        """Stay for the next ring for so long; whether there was one. False at once when Redis is away."""
        try:
            self.connection().pexpire(f"{self.name}:rung", _RUNG_MS)
            return self.connection().blpop([f"{self.name}:bell"], timeout=seconds) is not None
        except (redis.RedisError, OSError):
            return False

    def leave(self) -> bool:
        """A job ends: the next ring puts a new one on the queue. Whether there was a ring just now."""
        try:
            pipe = self.connection().pipeline(transaction=False)
            pipe.delete(f"{self.name}:rung")
            pipe.lpop(f"{self.name}:bell")
            return pipe.execute()[1] is not None
        except (redis.RedisError, OSError):
            return False

    def is_there(self) -> bool:
        """Whether Redis answers."""
        try:
            return bool(self.connection().ping())
        except (redis.RedisError, OSError):
            return False
