"""The filters of message templates: what may stand after `|` in a placeholder, and how values look without one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal, localcontext
from typing import Any
from zoneinfo import ZoneInfo

from tessera.formula import FormulaError
from tessera.formula.arithmetic import EXACT
from tessera.formula.library.formats import show_date, show_number
from tessera.meta.model import Label

DOTS = "•••"
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_NUMBER, _TEXT, _LIST = frozenset({"number"}), frozenset({"text"}), frozenset({"list"})
_DATES = frozenset({"date", "datetime"})
_ANY = frozenset({"text", "number", "boolean", "date", "datetime", "time", "list"})
_SAMPLES: Mapping[str, Any] = {"number": Decimal("1234.5"), "date": datetime(2025, 1, 31, 16, 30)}


@dataclass(frozen=True, slots=True)
class Style:
    """For whom a text is made. language: "zh" or "en". zone: in which instants are shown."""

    language: str
    zone: ZoneInfo


class Item(dict[str, Any]):
    """A notice of a merged message: its values, and the text that stands for it in `{items}`."""

    def __init__(self, values: Mapping[str, Any], text: str) -> None:
        super().__init__(values)
        self.text = text


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter. takes: kinds of values. gives: kind of its result, "" for the same. least and most: arguments.

    apply: (value, arguments, style) → value; never given a blank, but for `default`. pattern: kind of the pattern that
    its first argument is, "" for none. field: its first argument names a member of the list.
    """

    name: str
    takes: frozenset[str]
    gives: str
    apply: Callable[[Any, Sequence[str], Style], Any]
    doc: Label
    example: str
    least: int = 0
    most: int = 0
    pattern: str = ""
    field: bool = False


def shown(value: Any, style: Style) -> str:
    """A value as people read it where no filter says otherwise; blank is ''."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return ("是" if value else "否") if style.language == "zh" else ("yes" if value else "no")
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, datetime):
        local = value.astimezone(style.zone)
        return f"{_day(local, style)}{' ' if style.language == 'zh' else ', '}{local:%H:%M}"
    if isinstance(value, date):
        return _day(value, style)
    if isinstance(value, time):
        return f"{value:%H:%M}"
    if isinstance(value, Item):
        return value.text
    if isinstance(value, list | tuple):
        if value and isinstance(value[0], Item):
            return "\n".join(each.text for each in value)
        return ("、" if style.language == "zh" else ", ").join(shown(each, style) for each in value)
    return str(value)


def _day(value: date, style: Style) -> str:
    if style.language == "zh":
        return f"{value.year}年{value.month}月{value.day}日"
    return f"{value.day} {_MONTHS[value.month - 1]} {value.year}"


def pattern_fault(kind: str, pattern: str) -> str:
    """What is wrong with a pattern for numbers or dates, "" for nothing."""
    try:
        if kind == "number":
            show_number(_SAMPLES["number"], pattern)
        else:
            show_date(_SAMPLES["date"], pattern, None, "UTC")
    except FormulaError as error:
        return error.message
    return ""


def _dated(value: Any, arguments: Sequence[str], style: Style, default: str) -> str:
    return show_date(value, arguments[0] if arguments else default, style, None)


def _cut(value: str, arguments: Sequence[str], _style: Style) -> str:
    most = int(arguments[0])
    return value if len(value) <= most else value[: max(most - 1, 0)] + "…"


def _hide(value: str, arguments: Sequence[str], _style: Style) -> str:
    kept = int(arguments[0])
    return DOTS + (value[-kept:] if 0 < kept < len(value) else "")


def _money(value: Any, arguments: Sequence[str], _style: Style) -> str:
    text = show_number(value, "#,##0.00")
    symbol = arguments[0] if arguments else ""
    return f"-{symbol}{text[1:]}" if text.startswith("-") else f"{symbol}{text}"


def _total(value: Any, arguments: Sequence[str], _style: Style) -> Any:
    with localcontext(EXACT):
        return sum((each[arguments[0]] for each in value if each.get(arguments[0]) is not None), Decimal(0))


def _joined(value: Any, arguments: Sequence[str], style: Style) -> str:
    between = arguments[1] if len(arguments) > 1 else ("、" if style.language == "zh" else ", ")
    return between.join(shown(each.get(arguments[0]), style) for each in value)


def _listed(*every: Filter) -> Mapping[str, Filter]:
    return {each.name: each for each in every}


FILTERS: Mapping[str, Filter] = _listed(
    Filter("upper", _TEXT, "text", lambda v, _a, _s: v.upper(), Label("大写", "Capital letters"),
           "{record.code|upper}"),
    Filter("lower", _TEXT, "text", lambda v, _a, _s: v.lower(), Label("小写", "Small letters"), "{record.code|lower}"),
    Filter("trim", _TEXT, "text", lambda v, _a, _s: v.strip(), Label("去掉首尾空白", "Without blanks around it"),
           "{record.name|trim}"),
    Filter("cut", _TEXT, "text", _cut, Label("最多这么多字", "So many characters at most"),
           "{record.note|cut:40}", 1, 1),
    Filter("hide", _TEXT, "text", _hide, Label("只显示末尾几位", "Only the last characters"), "{record.phone|hide:4}",
           1, 1),
    Filter("number", _NUMBER, "text", lambda v, a, _s: show_number(v, a[0]), Label("按格式显示数字", "By a pattern"),
           "{amount|number:'#,##0.00'}", 1, 1, "number"),
    Filter("whole", _NUMBER, "text", lambda v, _a, _s: show_number(v, "#,##0"),
           Label("整数，带千位分隔", "Whole, in groups of three"), "{amount|whole}"),
    Filter("money", _NUMBER, "text", _money,
           Label("两位小数的金额，可带符号", "Two places, perhaps with a sign before it"), "{amount|money:'¥'}", 0, 1),
    Filter("percent", _NUMBER, "text", lambda v, _a, _s: show_number(v, "0.##%"), Label("百分数", "In percent"),
           "{rate|percent}"),
    Filter("date", _DATES, "text", lambda v, a, s: _dated(v, a, s, "yyyy-MM-dd"),
           Label("日期，可给格式", "A date, perhaps by a pattern"), "{ends_on|date:'M月d日'}", 0, 1, "date"),
    Filter("datetime", frozenset({"datetime"}), "text", lambda v, a, s: _dated(v, a, s, "yyyy-MM-dd HH:mm"),
           Label("收件人时区的时间", "An instant in the recipient's zone"), "{at|datetime}", 0, 1, "date"),
    Filter("time", frozenset({"datetime", "time"}), "text", lambda v, a, s: _dated(v, a, s, "HH:mm"),
           Label("时刻", "The time of day"), "{at|time}", 0, 1, "date"),
    Filter("choose", frozenset({"boolean"}), "text", lambda v, a, _s: a[0] if v else a[1],
           Label("是则前者，否则后者", "The first text for yes, the second for no"),
           "{record.is_open|choose:'开':'关'}", 2, 2),
    Filter("default", _ANY, "", lambda v, a, _s: a[0] if v is None or v == [] else v,
           Label("为空时的文字", "A text in the place of a blank"), "{record.name|default:'您'}", 1, 1),
    Filter("count", _LIST, "number", lambda v, _a, _s: len(v), Label("有几项", "How many there are"), "{items|count}"),
    Filter("sum", _LIST, "number", _total, Label("某一列的合计", "The sum of a member of each"), "{items|sum:amount}",
           1, 1, field=True),
    Filter("join", _LIST, "text", _joined, Label("逐项列出某一列", "A member of each, one after the other"),
           "{record.lines|join:item:'，'}", 1, 2, field=True),
)  # fmt: skip
"""Every filter by name."""
