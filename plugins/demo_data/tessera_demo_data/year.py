"""The year itself: orders and returns, day by day, and the files that hold them."""

from __future__ import annotations

import bisect
import csv
import itertools
import random
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path

from tessera_demo_data.catalogue import CATEGORIES, CHANNELS, STORES, Product, make_products
from tessera_demo_data.people import Person, make_people

YEAR = 2025
PEAKS = {(1, 20): 3.0, (1, 21): 3.0, (5, 1): 1.8, (6, 18): 3.5, (10, 1): 2.0, (11, 11): 5.0, (12, 12): 2.8}
"""How much more is sold on some days."""

_HOURS = range(8, 22)
_HOUR_WEIGHTS = (2, 4, 6, 8, 9, 5, 4, 5, 7, 10, 14, 13, 9, 5)
_LINES, _LINE_WEIGHTS = (1, 2, 3, 4, 5, 6), (26, 27, 20, 13, 9, 5)
_UNITS, _UNIT_WEIGHTS = (1, 2, 3, 4, 6), (66, 20, 8, 4, 2)
_WALK_IN = 0.12
_RETURNED = 0.045
_TEST_ORDER = 0.002
_GIFT = 0.01
_USES_POINTS = 0.25
_POINTS_LAST = timedelta(150)

Row = Sequence[str | int]


@dataclass(frozen=True, slots=True)
class Size:
    """How large the year is, and its seed."""

    members: int = 3_200
    orders: int = 42_000
    seed: int = 20_250_101


@dataclass(frozen=True, slots=True)
class Line:
    """A line of an order. amount_fen: what was paid for all its units, in 0.01 yuan."""

    product: Product
    units: int
    amount_fen: int


@dataclass(frozen=True, slots=True)
class Order:
    """An order as the till or the shop system exports it.

    member: "" for somebody unknown. points_used: what the member paid with points, 100 of them being 1 yuan.
    """

    number: str
    at: datetime
    member: str
    store: str
    channel: str
    lines: tuple[Line, ...]
    points_used: int = 0


def yuan(fen: int) -> str:
    """An amount as text with two decimals.

    >>> yuan(1205)
    '12.05'
    """
    return f"{fen // 100}.{fen % 100:02d}"


def write_year(folder: Path, size: Size) -> dict[str, int]:
    """Write the eight files; gives the number of rows of each by its name."""
    chance = random.Random(size.seed)
    products = make_products(chance)
    people = make_people(chance, size.members, [s[0] for s in STORES], [s[4] for s in STORES], YEAR)
    orders = list(with_points(chance, make_orders(chance, size.orders, people, products)))
    folder.mkdir(parents=True, exist_ok=True)
    return {
        "stores": _write(folder / "stores.csv", "门店编码,门店名称,城市,开业日期", (s[:4] for s in STORES)),
        "channels": _write(folder / "channels.csv", "渠道编码,渠道名称,类型", (c[:3] for c in CHANNELS)),
        "groups": _write(folder / "groups.csv", _CATEGORY_COLUMNS, (each for each in CATEGORIES if not each[2])),
        "categories": _write(folder / "categories.csv", _CATEGORY_COLUMNS, (each for each in CATEGORIES if each[2])),
        "products": _write(folder / "products.csv", "商品编码,品名,类别,售价,价格类型", map(_product_row, products)),
        "members": _write(folder / "members.csv", "会员号,姓名,手机,生日,入会日期,归属门店", map(_person_row, people)),
        "orders": _write(
            folder / "orders.csv", _ORDER_COLUMNS, itertools.chain.from_iterable(map(_order_rows, orders))
        ),
        "returns": _write(folder / "returns.csv", _RETURN_COLUMNS, make_returns(chance, orders)),
    }


_CATEGORY_COLUMNS = "类别编码,类别名称,上级类别"
_ORDER_COLUMNS = "单号,付款时间,会员号,门店,渠道,商品编码,品名,数量,实付金额,使用积分"
_RETURN_COLUMNS = "退货单号,退货时间,原单号,会员号,门店,渠道,商品编码,品名,数量,退款金额"


def make_orders(chance: random.Random, count: int, people: list[Person], products: list[Product]) -> Iterator[Order]:
    """Orders in the order of their payment."""
    days = [date(YEAR, 1, 1) + timedelta(index) for index in range(365)]
    weights = [PEAKS.get((day.month, day.day), 1.0) * (1.35 if day.weekday() >= 5 else 1.0) for day in days]
    counts = [0] * len(days)
    for index in chance.choices(range(len(days)), weights, k=count):
        counts[index] += 1
    product_weights = list(itertools.accumulate(product.weight for product in products))
    shoppers = list(itertools.accumulate(person.weight for person in people))
    joined = [person.joined_on for person in people]
    serial = itertools.count(1)
    for day, wanted in zip(days, counts, strict=True):
        known = bisect.bisect_right(joined, day)
        for at in sorted(_instant(chance, day) for _ in range(wanted)):
            person = people[bisect.bisect(shoppers, chance.random() * shoppers[known - 1], 0, known - 1)]
            number = next(serial)
            yield _order(chance, number, at, person, chance.choices(products, cum_weights=product_weights, k=6))


def _instant(chance: random.Random, day: date) -> datetime:
    hour = chance.choices(_HOURS, _HOUR_WEIGHTS)[0]
    return datetime.combine(day, time(hour, chance.randrange(60), chance.randrange(60)))


def _order(chance: random.Random, number: int, at: datetime, person: Person, choice: list[Product]) -> Order:
    channel = chance.choices(CHANNELS, [each[3] for each in CHANNELS])[0][0]
    store = person.store if chance.random() < 0.8 else chance.choices(STORES, [s[4] for s in STORES])[0][0]
    wanted = chance.choices(_LINES, _LINE_WEIGHTS)[0]
    lines = tuple(_line(chance, product, at) for product in choice[:wanted])
    prefix = "TEST" if chance.random() < _TEST_ORDER else f"{channel[:1]}{at:%y%m%d}"
    member = "" if channel != "MINI" and chance.random() < _WALK_IN else person.number
    return Order(f"{prefix}{number:06d}", at, member, store, channel, lines)


def _line(chance: random.Random, product: Product, at: datetime) -> Line:
    units = chance.choices(_UNITS, _UNIT_WEIGHTS)[0]
    percent = {"special": 80, "clearance": 50}.get(product.group, 100)
    if (at.month, at.day) in PEAKS:
        percent -= 10
    if chance.random() < _GIFT:
        percent = 0
    return Line(product, units, product.price_fen * units * percent // 100)


def with_points(chance: random.Random, orders: Iterable[Order]) -> Iterator[Order]:
    """The same orders; some members pay with points that they surely have, whatever is returned later."""
    purses: dict[str, deque[tuple[datetime, int]]] = defaultdict(deque)
    for order in orders:
        if not order.member or order.number.startswith("TEST"):
            yield order
            continue
        purse = purses[order.member]
        while purse and order.at - purse[0][0] > _POINTS_LAST:
            purse.popleft()
        paid_fen = sum(line.amount_fen for line in order.lines)
        used = min(sum(points for _, points in purse), paid_fen // 2) // 100 * 100
        if used >= 500 and chance.random() < _USES_POINTS:
            purse.clear()
            yield replace(order, points_used=used)
        else:
            counted = sum(each.amount_fen for each in order.lines if each.product.group not in {"special", "service"})
            purse.append((order.at, counted // 200))
            yield order


def make_returns(chance: random.Random, orders: Iterable[Order]) -> Iterator[Row]:
    """Rows of returns, in the order in which the returns were taken back; some take back a part only."""
    found: list[tuple[datetime, Order, list[tuple[Line, int]]]] = []
    last = datetime(YEAR, 12, 31, 21, 59, 59)
    for order in orders:
        if order.number.startswith("TEST") or chance.random() >= _RETURNED:
            continue
        at = order.at + timedelta(days=chance.randrange(1, 21), minutes=chance.randrange(600))
        taken = [
            (line, chance.randint(1, line.units)) for line in order.lines if line.amount_fen and chance.random() < 0.6
        ]
        if taken and at <= last:
            found.append((at, order, taken))
    found.sort(key=lambda each: (each[0], each[1].number))
    for index, (at, order, taken) in enumerate(found, 1):
        head = (
            f"R{at:%y%m%d}{index:05d}",
            f"{at:%Y-%m-%d %H:%M:%S}",
            order.number,
            order.member,
            order.store,
            order.channel,
        )
        for line, units in taken:
            amount = yuan(line.amount_fen * units // line.units)
            yield (*head, line.product.code, line.product.name, units, amount)


def _order_rows(order: Order) -> Iterator[Row]:
    head = (order.number, f"{order.at:%Y-%m-%d %H:%M:%S}", order.member, order.store, order.channel)
    for line in order.lines:
        yield (*head, line.product.code, line.product.name, line.units, yuan(line.amount_fen), order.points_used)


def _product_row(product: Product) -> Row:
    return (product.code, product.name, product.category, yuan(product.price_fen), product.group)


def _person_row(person: Person) -> Row:
    days = (person.birthday.isoformat(), person.joined_on.isoformat())
    return (person.number, person.name, person.phone, *days, person.store)


def _write(path: Path, columns: str, rows: Iterable[Row]) -> int:
    count = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns.split(","))
        for count, row in enumerate(rows, 1):  # noqa: B007
            writer.writerow(row)
    return count
