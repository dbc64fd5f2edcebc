"""Rows of batches → documents, in plain Python, as the description of the reference program says.

A row is a mapping of column → text. Programs whose files are different override what differs of Cleaning.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, tzinfo
from typing import TypeAlias
from zoneinfo import ZoneInfo

from packages.reference_terms import Document, Line, Program

Row: TypeAlias = Mapping[str, str]
UTC = ZoneInfo("UTC")


def scaled(text: str) -> tuple[int, int]:
    """A decimal as a whole number and its places: 2.555 is (2555, 3)."""
    whole, _, places = text.strip().partition(".")
    return int(whole + places), len(places)


def minor_amount(units: int, price: str) -> int:
    """|units × price| in minor units, half away from zero."""
    number, places = scaled(price)
    return (abs(units * number) * 200 + 10**places) // (2 * 10**places)


class Cleaning:
    """Section 1 and 2. file_zone: in which times of the file are meant; zone: in which days are told."""

    pattern = "C?[0-9]{6}"

    def __init__(self, program: Program, file_zone: tzinfo = UTC, zone: tzinfo = UTC) -> None:
        self.program = program
        self.file_zone = file_zone
        self.zone = zone

    def number(self, row: Row) -> str:
        """The document number."""
        return row["InvoiceNo"].strip()

    def is_return(self, row: Row) -> bool:
        """Whether the row is one of a return."""
        return self.number(row).startswith("C")

    def item(self, row: Row) -> str:
        """The item code."""
        return row["StockCode"].strip().upper()

    def outcome(self, row: Row) -> str:
        """Which of the tests applies to a row that is no repetition."""
        if not row["CustomerID"]:
            return "skip_no_member"
        if not re.fullmatch(self.pattern, self.number(row)):
            return "skip_document_number"
        if not re.match("[0-9]{5}", self.item(row)):
            return "skip_not_merchandise"
        if scaled(row["UnitPrice"])[0] <= 0:
            return "skip_price_not_positive"
        quantity = int(row["Quantity"])
        if quantity >= 0 if self.is_return(row) else quantity <= 0:
            return "skip_wrong_sign"
        return "accepted_return" if self.is_return(row) else "accepted_sale"

    def at(self, row: Row) -> datetime:
        """When it happened, in the program's zone."""
        found = datetime.fromisoformat(row["InvoiceDate"])
        return (found if found.tzinfo else found.replace(tzinfo=self.file_zone)).astimezone(self.zone)

    def member(self, row: Row) -> str:
        """The member."""
        return row["CustomerID"].removesuffix(".0")

    def percent(self, row: Row) -> int:
        """The category factor."""
        program = self.program
        text = row["Description"].upper()
        is_in = self.item(row) in program.skus or any(word in text for word in program.keywords)
        return program.category_percent if is_in else 100

    def line(self, row: Row) -> Line:
        """The line that a row becomes."""
        units = int(row["Quantity"])
        return Line(self.item(row), abs(units), minor_amount(units, row["UnitPrice"]), self.percent(row))

    def document(self, number: str, rows: Sequence[Row]) -> Document:
        """The document of these rows."""
        first = min(self.at(row) for row in rows)
        lines = [self.line(row) for row in rows]
        return Document(number, self.is_return(rows[0]), self.member(rows[0]), first, lines)


def documents_of(batches: Iterable[Sequence[Row]], cleaning: Cleaning) -> tuple[list[Document], Counter[str]]:
    """The documents of all batches, and how many rows came to what."""
    counts: Counter[str] = Counter()
    known: set[str] = set()
    accepted: dict[str, list[Row]] = {}
    for batch in batches:
        for row in batch:
            number = cleaning.number(row)
            outcome = "skip_repeated_document" if number in known else cleaning.outcome(row)
            counts[outcome] += 1
            if outcome.startswith("accepted"):
                accepted.setdefault(number, []).append(row)
        known |= {cleaning.number(row) for row in batch}
    documents = [cleaning.document(number, rows) for number, rows in accepted.items()]
    kept = [each for each in documents if sum(line.amount for line in each.lines)]
    counts["documents_without_amount"] = len(documents) - len(kept)
    return kept, counts
