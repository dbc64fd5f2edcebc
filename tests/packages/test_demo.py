"""The demo: a small year through its mappings, and figures that add up."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tessera.cli.main import run
from tessera_demo_data import Size, write_year

METADATA = Path(__file__).resolve().parents[2] / "metadata"
FILES = ("stores", "channels", "groups", "categories", "products", "members", "orders", "returns")


Tessera = Callable[..., str]


@pytest.fixture
def tessera(sqlite_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: Any) -> Tessera:
    """Runs a command that must succeed; gives its output."""
    monkeypatch.setenv("TESSERA_DATABASE_URL", sqlite_url)
    monkeypatch.setenv("TESSERA_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("TESSERA_LANGUAGE", "en")

    def command(*arguments: object) -> str:
        assert run([str(each) for each in arguments]) == 0
        return capsys.readouterr().out

    return command


def test_the_year_flows_in_and_its_figures_add_up(tessera: Tessera, tmp_path: Path) -> None:
    write_year(tmp_path, Size(members=40, orders=300))
    tessera("apply", "--yes", *(METADATA / name for name in ("retail", "loyalty", "demo")))
    for name in FILES:
        mapping = "demo_categories" if name == "groups" else f"demo_{name}"
        batch = json.loads(tessera("import", "--json", mapping, tmp_path / f"{name}.csv"))
        with (tmp_path / f"{name}.csv").open(encoding="utf-8") as file:
            assert batch["rows"] == sum(1 for _ in csv.DictReader(file))
        assert batch["status"] == "complete" and batch["counts"].get("rejected", 0) == 0
    (tiers,) = csv.DictReader(tessera("view", "demo_tiers").splitlines())
    assert sum(int(tiers[f"V{number}"]) for number in range(1, 6)) == int(tiers["members"]) > 0
    (points,) = csv.DictReader(tessera("view", "demo_points").splitlines())
    spent = sum(int(points[name]) for name in ("redeemed", "clawed", "expired"))
    assert int(points["granted"]) + int(points["restored"]) - spent == int(points["outstanding"]) - int(points["debt"])
    assert "Everything agrees." in tessera("ledger", "verify")


def test_importing_twice_changes_nothing(tessera: Tessera, tmp_path: Path) -> None:
    write_year(tmp_path, Size(members=5, orders=5))
    tessera("apply", "--yes", *(METADATA / name for name in ("retail", "loyalty", "demo")))
    tessera("import", "demo_stores", tmp_path / "stores.csv")
    assert "imported already" in tessera("import", "--once", "demo_stores", tmp_path / "stores.csv")
    again = json.loads(tessera("import", "--again", "--json", "demo_stores", tmp_path / "stores.csv"))
    assert again["documents"].get("unchanged") == 10
