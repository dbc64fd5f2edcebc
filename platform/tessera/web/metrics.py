"""Counts and durations of requests for Prometheus."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

_BUCKETS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Metrics:
    """The metrics of one application."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        names = ("method", "route", "status")
        self._requests = Counter("tessera_requests", "Requests answered.", names, registry=self._registry)
        self._durations = Histogram(
            "tessera_request_seconds",
            "Time to answer.",
            ("method", "route"),
            buckets=_BUCKETS_S,
            registry=self._registry,
        )
        self._release = Gauge("tessera_release", "Number of the head release.", registry=self._registry)
        own = self._registry
        self._events = Gauge("tessera_events_waiting", "Events that no worker has dispatched.", registry=own)
        self._runs = Gauge("tessera_runs", "Open runs of flows.", ("state",), registry=own)
        self._dead = Gauge("tessera_dead_runs", "Failed runs that nobody has dealt with.", registry=own)
        text = "Age of the oldest event, run, timer or slot that is due."
        self._lag = Gauge("tessera_flow_lag_seconds", text, ("kind",), registry=own)
        self._schedules = Gauge("tessera_schedules", "Flows that go by the clock.", ("state",), registry=own)
        self._slots = Gauge("tessera_slots", "Slots of schedules by how they stand.", ("state",), registry=own)
        self._children: dict[tuple[str, str, int], tuple[Any, Any]] = {}

    def note(self, method: str, route: str, status: int, duration_s: float) -> None:
        """Count one answered request."""
        key = (method if method in _METHODS else "?", route, status)
        children = self._children.get(key)
        if children is None:
            counter = self._requests.labels(key[0], route, str(status))
            children = self._children[key] = (counter, self._durations.labels(key[0], route))
        children[0].inc()
        children[1].observe(duration_s)

    def text(self, release: int, flows: Mapping[str, Any]) -> bytes:
        """Everything in Prometheus' text format. flows: the figures of flows."""
        self._release.set(release)
        self._events.set(flows["events_waiting"])
        self._dead.set(flows["dead"])
        for state, count in flows["runs"].items():
            self._runs.labels(state).set(count)
        for state, count in flows["schedules"].items():
            self._schedules.labels(state).set(count)
        for state, count in flows["slots"].items():
            self._slots.labels(state).set(count)
        for kind in ("event", "ready", "timer", "schedule"):
            self._lag.labels(kind).set(flows[f"{kind}_lag_s"])
        return generate_latest(self._registry)
