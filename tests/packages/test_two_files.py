"""Heads, lines and goods in files of their own: a program of JSON only, on data that were worked out by hand.

Two levels (from 1,000.00: one and a half times), no redemption, points for three months. On Monday, 2021-03-01,
receipt 1001 has 1,200.00 of goods that count three times and 30.50 of others: floor(3,630.50) = 3,630 points, of which
the first line carries floor(3,630 x 3,600 / 3,630.50) = 3,599. 1002 is a day later at the higher level: floor(99.99 x
1.5) = 149. R501 brings back one of two pieces: growth falls by 600.00 and points by floor(3,599 / 2) = 1,799, and the
level with them.
"""

from __future__ import annotations

import csv
from pathlib import Path

from packages.other_programs import package_of_bodies, sections
from packages.retailer import exported, imported, program, retailer

HEADS = """no|day|card
1001|01.03.2021 10:00|K7
1002|02.03.2021 11:00|K7
R501|05.03.2021 09:00|K7
1003|06.03.2021 09:00|
"""
GOODS = "code,factor\na1,3\nB2,1\n"
LINES = """Verkauf im März
Beleg;Art;Stk;Betrag
1001;a1;2;1.200,00
1002;b2;1;99,99
1001;B2;1;30,50
R501;A1;1;600,00
1003;a1;1;5,00
9999;a1;1;5,00
1001;x;eins;1,00
"""
AGAIN = """Nachtrag
Beleg;Art;Stk;Betrag
1002;b2;7;700,00
"""
WISHES = [
    {"kind": "overlay", "uid": "my_settings", "of": "loyalty:program", "changes": {"rows": [
        {"uid": "set", "values": {"valid_months": 3, "first_order_points": 0}}]}},
    {"kind": "overlay", "uid": "my_tiers", "of": "loyalty:tiers", "changes": {"rows": [
        {"uid": "v02", "values": {"threshold": "1000.00", "multiplier": "1.5", "gift": 0}},
        {"uid": "v03", "remove": True}, {"uid": "v04", "remove": True}, {"uid": "v05", "remove": True}]}},
    {"kind": "overlay", "uid": "my_columns", "of": "online_retail:or_checkpoints", "changes": {
        "days": ["2021-05-31", "2021-06-01", "2021-06-02"], "columns": [
            {"uid": "tier_v3", "remove": True}, {"uid": "tier_v4", "remove": True},
            {"uid": "tier_v5", "remove": True}]}},
    {"kind": "overlay", "uid": "my_members", "of": "online_retail:or_members", "changes": {"as_of": "2021-06-01"}},
]  # fmt: skip


def test_heads_lines_and_goods_in_files_of_their_own(database_url: str, tmp_path: Path) -> None:
    guide = sections()
    bodies = [*guide["Heads and lines in two files"], *guide["No redemption"], *WISHES]
    with retailer(database_url, tmp_path, [*program(), package_of_bodies(bodies)]) as runtime:
        for name, text in (("heads", HEADS), ("goods", GOODS), ("sold_lines", LINES), ("sold_lines", AGAIN)):
            path = tmp_path / f"{name}{len(text)}.csv"
            path.write_text(text, encoding="utf-8")
            batch = imported(runtime, path, name=name)
            if text is LINES:
                assert batch.counts == {
                    "accepted_sale": 3, "accepted_return": 1, "skip_no_member": 1, "skip_no_head": 1, "rejected": 1,
                }  # fmt: skip
        assert batch.counts == {"skip_repeated_document": 1}
        (member,) = csv.DictReader(exported(runtime, "members").decode().splitlines())
        days = list(csv.DictReader(exported(runtime, "checkpoints").decode().splitlines()))
    wanted = {
        "member_id": "K7", "orders": "2", "returns": "1", "gross_minor": "133049", "growth_minor": "73049",
        "tier": "V1", "tier_max": "V2", "earned": "3779", "clawed": "1799", "redeemed": "0", "expired": "1831",
        "balance": "149", "unmatched_units": "0",
    }  # fmt: skip
    assert {name: member[name] for name in wanted} == wanted
    assert [each["expired"] for each in days] == ["0", "1831", "1980"], days
