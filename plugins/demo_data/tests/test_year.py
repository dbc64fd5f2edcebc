"""The demo year: equal for equal seeds, large enough, and without contradictions."""

from __future__ import annotations

import csv
import hashlib
from pathlib import Path

from tessera_demo_data import Size, write_year

SMALL = Size(members=60, orders=900)


def rows(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file."""
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_year(tmp_path / name, SMALL)
    first, second = (
        [hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted((tmp_path / name).iterdir())]
        for name in ("one", "two")
    )
    assert first == second and len(first) == 8


def test_orders_and_members_are_as_many_as_asked_for(tmp_path: Path) -> None:
    counts = write_year(tmp_path, SMALL)
    assert counts["members"] == 60
    assert len({row["单号"] for row in rows(tmp_path / "orders.csv")}) == 900


def test_returns_name_an_order_and_take_back_no_more_than_was_bought(tmp_path: Path) -> None:
    write_year(tmp_path, SMALL)
    bought: dict[tuple[str, str], int] = {}
    for row in rows(tmp_path / "orders.csv"):
        key = (row["单号"], row["商品编码"])
        bought[key] = bought.get(key, 0) + int(row["数量"])
    returned = rows(tmp_path / "returns.csv")
    assert returned
    for row in returned:
        bought[row["原单号"], row["商品编码"]] -= int(row["数量"])
    assert min(bought.values()) >= 0


def test_nobody_shops_before_joining(tmp_path: Path) -> None:
    write_year(tmp_path, SMALL)
    joined = {row["会员号"]: row["入会日期"] for row in rows(tmp_path / "members.csv")}
    known = [row for row in rows(tmp_path / "orders.csv") if row["会员号"]]
    assert known and all(joined[row["会员号"]] <= row["付款时间"][:10] for row in known)
