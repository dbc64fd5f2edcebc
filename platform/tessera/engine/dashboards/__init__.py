"""Dashboards: blocks over records, movements of ledgers and views, run within the rights of who looks."""

from __future__ import annotations

from tessera.engine.dashboards.running import (
    BadChoice,
    choices_of,
    dashboard_json,
    dashboard_named,
    list_dashboards,
    run_dashboard,
)

__all__ = ["BadChoice", "choices_of", "dashboard_json", "dashboard_named", "list_dashboards", "run_dashboard"]
