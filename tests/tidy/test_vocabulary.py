"""No domain noun in the platform: what a package is about stands in the package (architecture 1.14)."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tidy.sources import REPOSITORY, assert_none, files, place, python_files, tree

REFUSED = frozenset(
    """loyalty coupon coupons voucher vouchers invoice invoices invoicing warehouse warehouses sku skus supplier
    suppliers tier tiers customer customers birthday birthdays refund refunds shipment shipments cashier cart
    redeem redeemed redemption purchase purchases retailer salesperson patient employee employees payroll
    """.split()
)
REFUSED_CHINESE = tuple(
    "积分 会员 优惠券 订单 发票 仓库 供应商 客户 顾客 生日 库存 商品 门店 退货 采购".split()
)
AS_NAME = frozenset({"order", "orders", "point", "points", "member", "members", "stock", "stocks"})
NAMING_CALLS = frozenset({"Table", "Column", "route", "get", "post", "put", "patch", "delete"})
WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


def words(text: str) -> set[str]:
    """The words of an identifier or sentence, in small letters.

    >>> sorted(words("openLotsOf_holder"))
    ['holder', 'lots', 'of', 'open']
    """
    return {word.lower() for word in WORD.findall(text)}


def refused(text: str) -> list[str]:
    """The domain words of a text."""
    return sorted(words(text) & REFUSED) + [word for word in REFUSED_CHINESE if word in text]


def texts(path: Path) -> Iterator[tuple[int, str]]:
    """Line and text of every identifier and string literal of a Python file."""
    for node in ast.walk(tree(path)):
        line = getattr(node, "lineno", 1)
        match node:
            case ast.Name(id=text) | ast.Attribute(attr=text) | ast.arg(arg=text) | ast.alias(name=text):
                yield line, text
            case ast.FunctionDef(name=text) | ast.ClassDef(name=text) | ast.Constant(value=str(text)):
                yield line, text
            case ast.keyword(arg=str(text)):
                yield line, text


def test_python_of_the_platform_has_no_domain_nouns() -> None:
    found = []
    for path in python_files(below="platform"):
        found += [place(path, 1, f"domain noun {word!r} in the file's name") for word in refused(path.stem)]
        for line, text in texts(path):
            found += [place(path, line, f"domain noun {word!r}") for word in refused(text)]
    assert_none(dict.fromkeys(found))


def test_other_texts_of_the_platform_and_the_browser_have_no_domain_nouns() -> None:
    found = []
    for path in files(".json", ".md", ".ts", ".tsx", ".css", ".html"):
        if path.is_relative_to(REPOSITORY / "platform") or path.is_relative_to(REPOSITORY / "webui" / "src"):
            for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
                found += [place(path, number, f"domain noun {word!r}") for word in refused(line)]
    assert_none(found)


def named(path: Path) -> Iterator[tuple[int, str]]:
    """Line and text of what the file makes a table, column, route or code of."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            function = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            text = node.args[0].value
            if function in {"Table", "Column"} and isinstance(text, str):
                yield node.lineno, text.removeprefix("tsr_")
            elif function in NAMING_CALLS and isinstance(text, str) and text.startswith("/"):
                yield from ((node.lineno, part) for part in text.split("/"))
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
            if any(isinstance(target, ast.Name) and target.id in {"code", "kind"} for target in node.targets):
                yield node.lineno, str(node.value.value)


def test_no_table_column_route_code_or_kind_is_called_order_point_member_or_stock() -> None:
    found = [
        place(path, line, f"{text!r} is a domain noun here")
        for path in python_files(below="platform")
        for line, text in named(path)
        if text in AS_NAME
    ]
    found += [place(path, 1, "this kind is a domain noun") for path in files(".json")
              if path.parent.name == "schemas" and path.stem in AS_NAME]
    assert_none(found)
