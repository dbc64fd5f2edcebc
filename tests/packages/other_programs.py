"""Programs of other shapes: what the guide says to write, and the same said to the plain Python program."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import xlsxwriter

from packages.random_sales import COLUMNS, PLAIN, Layout, Maker, Row, Sales
from packages.reference_cleaning import Cleaning, minor_amount, scaled
from packages.reference_terms import Document, Line, Program, Redemption, Tier, months_later, program_of
from packages.retailer import METADATA
from tessera.meta import Package
from tessera.meta.documents import document_of, package_of

GUIDE = METADATA.parent / "docs" / "guides" / "loyalty-programs.md"
BLOCK = re.compile(r"^```json\n(.*?)^```", re.DOTALL | re.MULTILINE)
Change = Callable[[Program], Program]


def sections() -> dict[str, list[dict[str, Any]]]:
    """The documents in the guide, by the heading that they stand under."""
    found: dict[str, list[dict[str, Any]]] = {}
    for part in re.split(r"^## ", GUIDE.read_text("utf-8"), flags=re.MULTILINE)[1:]:
        heading, _, text = part.partition("\n")
        found[heading] = [orjson.loads(each) for each in BLOCK.findall(text)]
    return found


def package(*headings: str) -> Package:
    """A package of the documents under these headings; overlays of the same document get uids of their own."""
    guide = sections()
    return package_of_bodies([each for heading in ("The days of the results", *headings) for each in guide[heading]])


def package_of_bodies(bodies: Sequence[dict[str, Any]], requires: Sequence[str] = ("online_retail",)) -> Package:
    """A package of these documents."""
    head = {
        "kind": "package", "uid": "my_program", "name": "my_program", "version": "1.0.0",
        "requires": [{"uid": f"pkg_{name}"[:24], "package": name, "version": "1.0.0"} for name in requires],
    }  # fmt: skip
    documents = [document_of("my_program", "tessera.json", head)]
    for place, body in enumerate(bodies):
        uid = body["uid"] if body["kind"] != "overlay" else f"{body['uid']}_{place}"
        documents.append(document_of("my_program", f"{body['kind']}s/{uid}.json", {**body, "uid": uid}))
    return package_of("my_program", documents)


@dataclass(frozen=True)
class Wish:
    """A program of another shape. headings: of the guide; change: the same in the plain program.

    cleaning: how its rows are understood; layout: how they are written; prepare: what the data have more; mapping: its
    name; first: a file imported before the data, with the name of its mapping.
    """

    headings: tuple[str, ...]
    change: Change = lambda program: program
    cleaning: Callable[[Program], Cleaning] = Cleaning
    layout: Layout = PLAIN
    prepare: Callable[[Sales, Random], None] = lambda sales, pick: None
    mapping: str = "online_retail"
    first: tuple[str, bytes] | None = None
    gaps: tuple[int, ...] = (365, 366, 90, 180, 31)
    takes: Callable[[Sequence[Sequence[Row]], Cleaning], Any] | None = None


REFERENCE = {
    "earn": {
        "minor_units_per_point": 100,
        "category": {
            "multiplier": 2, "keywords": ["CHRISTMAS"], "skus": ["22423", "47566", "84879", "85099B", "85123A"],
        },
        "holiday_windows": [
            {"from": "11-11", "to": "11-13", "multiplier": 3}, {"from": "12-01", "to": "12-03", "multiplier": 3},
        ],
        "weekend_multiplier": 2,
    },
    "first_purchase_bonus": 100,
    "tiers": [
        {"code": code, "threshold_minor": threshold, "multiplier_tenths": tenths, "gift": gift}
        for code, threshold, tenths, gift in (
            ("V1", 0, 10, 0), ("V2", 50_000, 10, 50), ("V3", 150_000, 12, 200), ("V4", 500_000, 15, 500),
            ("V5", 1_500_000, 20, 1000),
        )
    ],
    "redemption": {
        "every_nth_order": 2, "balance_share_percent": 90, "order_cap_percent": 50, "points_step": 100,
    },
    "expiry_months": 12,
    "checkpoints": ["2019-11-11", "2019-12-31", "2020-02-28", "2020-02-29", "2020-08-31", "2020-12-31", "2021-03-01"],
    "as_of": "2021-06-30",
}  # fmt: skip


def base() -> Program:
    """The reference program with the days of the random data."""
    return program_of(REFERENCE)


def _other_parameters(program: Program) -> Program:
    return replace(
        program, minor_units_per_point=200, point_minor=5, first_bonus=250, last_day=months_later(3),
        redemption=Redemption(3, 80, 30, 50), skus=frozenset({"47566", "84879", "85099B", "10002"}),
        keywords=("STAR", "TIN"), category_percent=300, weekend_percent=150,
        window_days=(("12-24", "12-26", 400),),
    )  # fmt: skip


def three_tiers(program: Program) -> Program:
    """Bronze, silver and gold."""
    return replace(program, tiers=(
        Tier("Bronze", 0), Tier("Silver", 30_000, 125), Tier("Gold", 200_000, 150, 500),
    ))  # fmt: skip


def seven_tiers(program: Program) -> Program:
    """Seven tiers, two of them a cent apart, and no gifts."""
    thresholds = (0, 1_000, 10_000, 10_001, 100_000, 500_000, 1_000_000)
    percents = (100, 100, 120, 150, 200, 225, 300)
    tiers = tuple(
        Tier(f"V{place}", threshold, percent)
        for place, (threshold, percent) in enumerate(zip(thresholds, percents, strict=True), 1)
    )
    return replace(program, tiers=tiers, first_bonus=0)


def changed(**changes: Any) -> Change:
    """A program with other parameters."""
    return lambda program: replace(program, **changes)


def in_turn(*changes: Change) -> Change:
    """Several changes."""

    def change(program: Program) -> Program:
        for each in changes:
            program = each(program)
        return program

    return change


def _each_document(sales: Sales) -> list[list[Row]]:
    """The rows of each document of each batch."""
    found: dict[tuple[int, str], list[Row]] = {}
    for place, batch in enumerate(sales.batches):
        for row in batch:
            found.setdefault((place, row["InvoiceNo"]), []).append(row)
    return list(found.values())


def _use_points(sales: Sales, pick: Random) -> None:
    for rows in _each_document(sales):
        amount = sum(minor_amount(int(row["Quantity"]), row["UnitPrice"]) for row in rows if row["UnitPrice"] > "0")
        used = "" if pick.random() < 0.6 else str(pick.choice((0, min(40, amount // 3), min(700, amount // 3))))
        for row in rows:
            row["PointsUsed"] = used


class PointsUsed(Cleaning):
    """Sales say how many points they use."""

    def document(self, number: str, rows: Sequence[Mapping[str, str]]) -> Document:
        """The document, with its points."""
        return replace(super().document(number, rows), used=max(int(row["PointsUsed"] or 0) for row in rows))


def _name_sales(sales: Sales, pick: Random) -> None:
    numbers: dict[str, list[str]] = {}
    for batch in sales.batches:
        for row in batch:
            if not row["InvoiceNo"].strip().startswith("C"):
                numbers.setdefault(row["CustomerID"], []).append(row["InvoiceNo"])
    for rows in _each_document(sales):
        known = numbers.get(rows[0]["CustomerID"], [])
        named = pick.choice(["", "999999", *known]) if len(known) > 3 else pick.choice(["", *known, *known])
        for row in rows:
            row["Original"] = named


class Named(Cleaning):
    """Returns name their sale."""

    def document(self, number: str, rows: Sequence[Mapping[str, str]]) -> Document:
        """The document, with the sale's number."""
        return replace(super().document(number, rows), of=rows[0]["Original"].strip())


def _give_coupons(sales: Sales, pick: Random) -> None:
    for batch in sales.batches:
        for row in batch:
            amount = minor_amount(int(row["Quantity"]), row["UnitPrice"])
            off = pick.choice((0, 0, amount, amount // 3, min(amount, 500)))
            row["Coupon"] = f"{off // 100}.{off % 100:02}" if off else pick.choice(("", "0"))


class Coupons(Cleaning):
    """Lines have coupons."""

    def line(self, row: Mapping[str, str]) -> Line:
        """The line, with its coupon."""
        number, places = scaled(row["Coupon"] or "0")
        return replace(super().line(row), coupon=number * 100 // 10**places)


def _spread_over_stores(sales: Sales, pick: Random) -> None:
    for rows in _each_document(sales):
        store = pick.choice(("S1", "S2", "S9", ""))
        for row in rows:
            row["Store"] = store


class Stores(Cleaning):
    """Documents have stores."""

    def document(self, number: str, rows: Sequence[Mapping[str, str]]) -> Document:
        """The document, with its store."""
        return replace(super().document(number, rows), store=rows[0]["Store"])


KINDS = {"22423": "NEW", "85123A": "Clearance", "10002": "special", "20725B": "regular", "84879": ""}
PRODUCTS = "SKU no.\ttitle\tsort\r\n" + "".join(
    f"{code.lower()}\t{'' if code == '10002' else code + ' name'}\t{kind}\r\n" for code, kind in KINDS.items()
)


class Products(Cleaning):
    """The factor of a line is its product's."""

    def outcome(self, row: Mapping[str, str]) -> str:
        """A further test: is the product known?"""
        found = super().outcome(row)
        is_earlier = found in {"skip_no_member", "skip_document_number", "skip_not_merchandise"}
        return found if is_earlier or self.item(row) in KINDS else "skip_unknown_product"

    def percent(self, row: Mapping[str, str]) -> int:
        """The factor, 0 for special offers."""
        kind = KINDS[self.item(row)].lower()
        return 0 if kind == "special" else max({"clearance": 300, "new": 200}.get(kind, 100), super().percent(row))


def _in_objects(sales: Sales, pick: Random) -> None:
    for batch in sales.batches:
        found: dict[tuple[str, ...], list[Row]] = {}
        for row in batch:
            found.setdefault((row["InvoiceNo"], row["InvoiceDate"], row["CustomerID"]), []).append(row)
        batch[:] = [row for rows in found.values() for row in rows]


def _one_amount(sales: Sales, pick: Random) -> None:
    for batch in sales.batches:
        batch[:] = list({row["InvoiceNo"]: row for row in batch}.values())
        for row in batch:
            amount = minor_amount(int(row["Quantity"]), row["UnitPrice"])
            sign = "-" if int(row["Quantity"]) < 0 else ""
            row["total"] = f"{sign}{amount // 100}.{amount % 100:02}"


class Receipts(Cleaning):
    """A row is a document of one amount."""

    def number(self, row: Mapping[str, str]) -> str:
        """The number as it stands."""
        return row["InvoiceNo"]

    def is_return(self, row: Mapping[str, str]) -> bool:
        """By the sign."""
        return row["total"].startswith("-")

    def outcome(self, row: Mapping[str, str]) -> str:
        """Two tests only."""
        if not row["CustomerID"]:
            return "skip_no_member"
        if scaled(row["total"])[0] == 0:
            return "skip_no_amount"
        return "accepted_return" if self.is_return(row) else "accepted_sale"

    def member(self, row: Mapping[str, str]) -> str:
        """The member as it stands."""
        return row["CustomerID"]

    def line(self, row: Mapping[str, str]) -> Line:
        """A line of cents."""
        amount = abs(scaled(row["total"])[0])
        return Line("*", amount, amount)


class Unnumbered(Cleaning):
    """The member and the minute stand for the number."""

    pattern = "[CS] .*"

    def number(self, row: Mapping[str, str]) -> str:
        """A text of the columns that stay."""
        return f"{'C' if row['Quantity'].startswith('-') else 'S'} {row['CustomerID']} {row['InvoiceDate']}"


def days_written(pattern: str) -> Callable[[Mapping[str, str]], str]:
    """The instant of a row, in another pattern."""
    return lambda row: datetime.fromisoformat(row["InvoiceDate"]).strftime(pattern)


def _american(row: Mapping[str, str]) -> str:
    at = datetime.fromisoformat(row["InvoiceDate"])
    return f"{at.month}/{at.day}/{at.year} {at.hour}:{at.minute:02}"


GERMAN = Layout(
    [
        ("Kundenkarte", "CustomerID"), ("Filiale", lambda row: "7"), ("Datum/Zeit", days_written("%d.%m.%Y %H:%M")),
        ("Menge", "Quantity"), ("Einzelpreis (€)", lambda row: row["UnitPrice"].replace(".", ",")),
        ("Bezeichnung", "Description"), ("Artikel", "StockCode"), ("Beleg-Nr.", "InvoiceNo"),
    ],
    delimiter=";", encoding="cp1252", line_end="\r\n",
)  # fmt: skip
RECEIPTS = Layout(
    [("receipt", "InvoiceNo"), ("card", "CustomerID"), ("moment", _american), ("total", "total")],
    delimiter="|", encoding="utf-16",
)  # fmt: skip


class JsonLines(Layout):
    """An object a document, its rows in a list inside."""

    def text(self, rows: Any) -> bytes:
        """The file."""
        found: dict[str, dict[str, Any]] = {}
        for row in rows:
            head = {"no": row["InvoiceNo"], "at": row["InvoiceDate"], "member": row["CustomerID"] or None}
            body = {"sku": row["StockCode"], "qty": int(row["Quantity"]), "price": row["UnitPrice"]}
            if row["Description"]:
                body["text"] = row["Description"]
            found.setdefault(f"{head}", {**head, "lines": []})["lines"].append(body)
        return b"".join(orjson.dumps(each) + b"\n" for each in found.values())


class Sheet(Layout):
    """A workbook whose second sheet has the rows, with cells of numbers and of dates."""

    def text(self, rows: Any) -> bytes:
        """The file."""
        out = io.BytesIO()
        with xlsxwriter.Workbook(out) as book:
            book.add_worksheet("Notes").write_string(0, 0, "not here")
            sheet = book.add_worksheet("Sales")
            day = book.add_format({"num_format": "dd/mm/yyyy hh:mm"})
            sheet.write_row(0, 0, COLUMNS)
            for number, row in enumerate(rows, 1):
                for place, name in enumerate(COLUMNS):
                    if name == "InvoiceDate":
                        sheet.write_datetime(number, place, datetime.fromisoformat(row[name]), day)
                    elif name in {"Quantity", "UnitPrice"}:
                        sheet.write_number(number, place, float(row[name]))
                    else:
                        sheet.write_string(number, place, row[name])
        return out.getvalue()


def _chinese_day(row: Mapping[str, str]) -> str:
    at = datetime.fromisoformat(row["InvoiceDate"])
    return f"{at.year}年{at.month}月{at.day}日"


HEADLESS = Layout(
    [
        ("", "CustomerID"), ("", "InvoiceNo"), ("", _chinese_day), ("", days_written("%I:%M %p")), ("", "StockCode"),
        ("", lambda row: row["Description"].replace("£", "镑")), ("", "Quantity"), ("", "UnitPrice"),
    ],
    delimiter="\t", encoding="gbk", has_header=False,
)  # fmt: skip


def with_columns(*names: str) -> Layout:
    """The plain layout with further columns."""
    return Layout([*((each, each) for each in (*names, *COLUMNS))], encoding="utf-8-sig")


def last_versions(batches: Sequence[Sequence[Row]], cleaning: Cleaning) -> Any:
    """Rows of documents of which a later batch has another version are gone."""
    last = {cleaning.number(row): place for place, batch in enumerate(batches) for row in batch}
    return [[row for row in batch if last[cleaning.number(row)] == place] for place, batch in enumerate(batches)]


def year_end(day: date) -> date:
    """The last day of the year."""
    return date(day.year, 12, 31)


def end_of_next_year(day: date) -> date:
    """The last day of the next year."""
    return date(day.year + 1, 12, 31)


def ninety_days(day: date) -> date:
    """Ninety days later."""
    return day + timedelta(days=90)


WISHES: dict[str, Wish] = {
    "reference": Wish(()),
    "parameters": Wish(("Parameters",), _other_parameters, gaps=(90, 91, 92, 31)),
    "no redemption, nine months": Wish(
        ("No redemption", "Nine months"), changed(redemption=None, last_day=months_later(9)), gaps=(274, 275, 276)
    ),
    "three tiers, oldest sale": Wish(
        ("Three tiers", "Oldest sale first"), in_turn(three_tiers, changed(matching="oldest"))
    ),
    "seven tiers, no gifts, factors multiply": Wish(
        ("Seven tiers without gifts", "Factors multiply"), in_turn(seven_tiers, changed(factors="product"))
    ),
    "year end, nobody owes": Wish(
        ("Year end", "Nobody owes points"), changed(last_day=year_end, forgives_debt=True)
    ),
    "earliest expiry first": Wish(
        ("Earliest expiry first",),
        changed(last_day=end_of_next_year, bonus_last_day=ninety_days, earliest_expiry_first=True),
        gaps=(89, 90, 91, 365),
    ),
    "never, tiers never fall": Wish(
        ("Never", "Tiers never fall"), changed(last_day=lambda day: None, keeps_tier=True)
    ),
    "half up, bonuses add up": Wish(
        ("Half up", "Bonuses add up"), changed(rounding="half_up", factors="bonus_sum")
    ),
    "half to even, largest remainder": Wish(
        ("Half to even", "Largest remainder"), changed(rounding="half_even", spreading="largest_remainder")
    ),
    "every line, expired taken": Wish(
        ("Round every line", "Expired points are taken too"), changed(rounds_lines=True, claws_expired=True)
    ),
    "windows across New Year": Wish(
        ("Windows across New Year",),
        changed(weekend_percent=100, window_days=(("12-28", "01-05", 250), ("02-29", "02-29", 500))),
    ),
    "returns name their sale": Wish(
        ("Returns that name their sale",), changed(matching="named"), Named, with_columns("Original"), _name_sales
    ),
    "points used at the till come back": Wish(
        ("Points used at the till", "Used points come back"), changed(uses_given_points=True, gives_back_points=30),
        PointsUsed, with_columns("PointsUsed"), _use_points,
    ),
    "coupons": Wish(("Coupons",), changed(), Coupons, with_columns("Coupon"), _give_coupons),
    "stores": Wish(
        ("Stores",), changed(factors="product", store_percent={"S2": 200, "S9": 0}), Stores, with_columns("Store"),
        _spread_over_stores,
    ),
    "product file": Wish(
        ("A product file",), cleaning=Products, first=("products", PRODUCTS.encode("utf-8"))
    ),
    "idle days": Wish(
        ("Growth is lost after 180 idle days",), changed(idle_days=180), gaps=(179, 180, 181, 365)
    ),
    "yearly review": Wish(
        ("Tiers are reviewed after a year",), changed(reviews_yearly=True), gaps=(364, 365, 366, 120)
    ),
    "german file": Wish(("Your file",), layout=GERMAN, mapping="my_sales"),
    "one amount": Wish(
        ("One amount per receipt",), cleaning=Receipts, layout=RECEIPTS, prepare=_one_amount, mapping="receipts"
    ),
    "no numbers": Wish(
        ("No document numbers",), cleaning=Unnumbered, layout=Layout([(each, each) for each in COLUMNS[1:]])
    ),
    "excel": Wish(("Excel",), layout=Sheet([])),
    "no headings": Wish(("Columns without headings",), layout=HEADLESS),
    "json": Wish(("Orders as JSON",), layout=JsonLines([]), prepare=_in_objects),
    "last version": Wish(("The last version counts",), takes=last_versions),
    "time zone": Wish(
        ("Another time zone",),
        cleaning=lambda program: Cleaning(program, ZoneInfo("Europe/London"), ZoneInfo("Asia/Shanghai")),
    ),
    "many at once": Wish(
        ("Three tiers", "Largest remainder", "Earliest expiry first", "Bonuses add up", "Nobody owes points",
         "Growth is lost after 180 idle days", "Half up"),
        in_turn(three_tiers, changed(
            spreading="largest_remainder", earliest_expiry_first=True, last_day=end_of_next_year,
            bonus_last_day=ninety_days, factors="bonus_sum", forgives_debt=True, idle_days=180, rounding="half_up",
        )),
        gaps=(89, 90, 180, 181),
    ),
}  # fmt: skip


def sales_of(wish: Wish, seed: int, members: int) -> Sales:
    """Random data for a program."""
    maker = Maker(seed, wish.gaps)
    sales = maker.make(members)
    wish.prepare(sales, maker.random)
    return sales
