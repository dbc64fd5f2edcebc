"""Random sales and returns that look for trouble, and files of them in several layouts. Seeded: equal for equal seeds.

Rows are mappings with the columns of the reference data. Documents are interleaved, share minutes, come back in later
batches with other content; returns come before sales, in parts and for nothing; days are those on which rules turn.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random
from typing import TypeAlias

Row: TypeAlias = dict[str, str]
ITEMS = ("22423", "85123A", "85123a", " 85123A ", "10002", "20725b", "20725B", "84879", "47566x")
ODD_ITEMS = ("POST", "M", "1234", "C2", "gift_0001_20", "DOT")
TEXTS = (
    "RED STAR", "Christmas card", "SET OF 3 CHRISTMAS TINS", 'BOX "SMALL", PINK', "", " WOOD ", "£ TIN", "MUG; 2",
)  # fmt: skip
PRICES = ("0.01", "0.85", "1.95", "2.555", "0.005", "9.99", "33.33", "100.00", "214.995", "650.5", "1200")
ODD_PRICES = ("0", "-1.50", "0.000", "0.001", "0.004")
MINUTES = (time(0, 0), time(8, 30), time(8, 30), time(12, 15), time(23, 59))
START = date(2019, 10, 1)
TURNING_DAYS = tuple(date.fromisoformat(each) for each in (
    "2019-11-10", "2019-11-11", "2019-11-13", "2019-11-14", "2019-11-30", "2019-12-01", "2019-12-03", "2019-12-04",
    "2019-12-24", "2019-12-28", "2019-12-31", "2020-01-01", "2020-01-05", "2020-01-06", "2020-02-28", "2020-02-29",
    "2020-03-01", "2020-05-31", "2020-08-31", "2020-11-11", "2020-11-30", "2020-12-01", "2020-12-31", "2021-01-01",
    "2021-02-28", "2021-03-01",
))  # fmt: skip


@dataclass
class Sales:
    """Batches of rows, in order of arrival."""

    batches: list[list[Row]] = field(default_factory=list)

    def days(self) -> list[date]:
        """The days on which something happened, in order."""
        return sorted({date.fromisoformat(row["InvoiceDate"][:10]) for batch in self.batches for row in batch})


class Maker:
    """Makes the rows of one data set. gaps: days between documents that bring rules to their turning points."""

    def __init__(self, seed: int, gaps: Sequence[int] = (365, 366, 90, 180, 31)) -> None:
        self.random = Random(seed)
        self.gaps = gaps
        numbers = list(range(100_000, 999_999, 137))
        self.random.shuffle(numbers)
        self.numbers = iter(numbers)

    def make(self, members: int, *, batches: int = 3, documents: int = 8) -> Sales:
        """A data set of so many members with up to so many documents each."""
        found = Sales([[] for _ in range(batches)])
        for member in range(members):
            for rows in self.life(f"{12_000 + 7 * member}", self.random.randint(1, documents)):
                self._put(found, rows)
        for batch in found.batches:
            self.random.shuffle(batch)
        return found

    def _put(self, found: Sales, rows: list[Row]) -> None:
        pick = self.random
        place = pick.randrange(len(found.batches))
        found.batches[place] += rows
        if pick.random() < 0.15:
            later = pick.randrange(place, len(found.batches))
            if later > place:
                found.batches[later] += [{**row, "Quantity": str(int(row["Quantity"]) * 2)} for row in rows]

    def life(self, member: str, count: int) -> Iterable[list[Row]]:
        """The documents of one member: lists of rows."""
        pick = self.random
        day = START + timedelta(days=pick.randrange(120))
        sold: list[tuple[str, str, int]] = []
        at = self.moment(day)
        for _ in range(count):
            if pick.random() < 0.65:
                at = self.moment(self.next_day(at.date()))
            is_return = bool(pick.random() < (0.45 if sold else 0.06))
            number = f"C{next(self.numbers)}" if is_return else str(next(self.numbers))
            number = {1: f" {number} ", 2: f"A{number[-6:]}", 3: number.lower()}.get(pick.randrange(40), number)
            written = {1: f"{member}.0", 2: ""}.get(pick.randrange(25), member)
            rows = []
            for _ in range(pick.choice((1, 1, 2, 3, 5))):
                row = self.returned(sold) if is_return else self.bought(sold)
                rows.append({"InvoiceNo": number, "CustomerID": written, **row})
            for row in rows:
                later = pick.choice((0, 0, 0, 1))
                row["InvoiceDate"] = str(at + timedelta(minutes=later))
            if pick.random() < 0.1:
                rows.append(dict(rows[0]))
            yield rows

    def moment(self, day: date) -> datetime:
        """An instant on that day."""
        return datetime.combine(day, self.random.choice(MINUTES))

    def next_day(self, day: date) -> date:
        """A day not before that one on which something may turn."""
        pick = self.random
        found = day + timedelta(days=pick.choice((0, 1, 6, *self.gaps)) + pick.choice((-1, 0, 0, 1)))
        later = [each for each in TURNING_DAYS if each >= day]
        if later and pick.random() < 0.5:
            found = pick.choice(later[:5])
        return min(max(found, day), date(2021, 6, 30))

    def bought(self, sold: list[tuple[str, str, int]]) -> Row:
        """What a row of a sale says."""
        pick = self.random
        item, units = pick.choice(ITEMS), pick.choice((1, 2, 3, 3, 7, 12))
        price = pick.choice(PRICES)
        if pick.random() < 0.12:
            item, price = pick.choice((pick.choice(ODD_ITEMS), item)), pick.choice((*ODD_PRICES, price))
        if pick.random() < 0.04:
            units = -units
        if units > 0:
            sold.append((item, price, units))
        return _row(item, pick.choice(TEXTS), units, price)

    def returned(self, sold: list[tuple[str, str, int]]) -> Row:
        """What a row of a return says: parts of what was bought, more than that, or something else."""
        pick = self.random
        if not sold or pick.random() < 0.15:
            return _row(pick.choice(ITEMS), "", -pick.choice((1, 2, 5)), pick.choice(PRICES))
        item, price, units = pick.choice(sold)
        wanted = pick.choice((1, units, max(1, units // 2), units + 1))
        if pick.random() < 0.04:
            wanted = -wanted
        return _row(item.swapcase() if pick.random() < 0.2 else item, "back", -wanted, pick.choice((price, "1.95")))


def _row(item: str, text: str, units: int, price: str) -> Row:
    return {"StockCode": item, "Description": text, "Quantity": str(units), "UnitPrice": price}


@dataclass(frozen=True)
class Layout:
    """How rows are written. headings: (heading, column or function of the row) in the file's order."""

    headings: Sequence[tuple[str, str | Callable[[Mapping[str, str]], str]]]
    delimiter: str = ","
    encoding: str = "utf-8"
    line_end: str = "\n"
    has_header: bool = True

    def text(self, rows: Iterable[Mapping[str, str]]) -> bytes:
        """The file."""
        out = io.StringIO()
        writer = csv.writer(out, delimiter=self.delimiter, lineterminator=self.line_end)
        if self.has_header:
            writer.writerow([heading for heading, _ in self.headings])
        for row in rows:
            writer.writerow([row.get(each, "") if isinstance(each, str) else each(row) for _, each in self.headings])
        mark = codecs.BOM_UTF8 if self.encoding == "utf-8-sig" else b""
        return mark + out.getvalue().encode("utf-8" if mark else self.encoding)


COLUMNS = ("InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID")
PLAIN = Layout([*((each, each) for each in COLUMNS), ("Country", lambda row: "United Kingdom")])
