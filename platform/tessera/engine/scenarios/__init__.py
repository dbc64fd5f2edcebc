"""Scenarios: tests inside packages, run in a transaction that is rolled back."""

from tessera.engine.scenarios.running import Outcome, run_all, run_scenario

__all__ = ["Outcome", "run_all", "run_scenario"]
