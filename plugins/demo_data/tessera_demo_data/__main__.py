"""The command `tessera-demo-data FOLDER`: write the year's CSV files."""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path

from tessera_demo_data.year import Size, write_year

CHINESE = {
    "stores": "家门店", "channels": "个渠道", "groups": "个大类", "categories": "个类别", "products": "种商品",
    "members": "名会员", "orders": "行订单明细", "returns": "行退货明细",
}  # fmt: skip
ENGLISH = {"orders": "lines of orders", "returns": "lines of returns"}


def main() -> None:
    """Write the files and say how many rows each has."""
    usual = Size()
    parser = argparse.ArgumentParser(prog="tessera-demo-data", description="A year of a chain store as CSV files.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--members", type=int, default=usual.members)
    parser.add_argument("--orders", type=int, default=usual.orders)
    parser.add_argument("--seed", type=int, default=usual.seed)
    options = parser.parse_args()
    begun = time.monotonic()
    counts = write_year(options.folder, Size(options.members, options.orders, options.seed))
    seconds = f"{time.monotonic() - begun:.1f}"
    if os.environ.get("TESSERA_LANGUAGE") == "zh":
        told = "、".join(f"{count:,} {CHINESE[name]}" for name, count in counts.items())
        print(f"已生成 {told}，用时 {seconds} 秒。")
    else:
        told = ", ".join(f"{count:,} {ENGLISH.get(name, name)}" for name, count in counts.items())
        print(f"Made {told} in {seconds} s.")


if __name__ == "__main__":
    main()
