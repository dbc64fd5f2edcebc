"""Formulas that make the value of a field of the text of a cell, as the column seems to be written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tessera.engine.importing.guessing import NO, YES, Profile
from tessera.errors import Json
from tessera.meta.model import Field, Label

_SIGNS = ("¥", "￥", "$", "€", "£", "元", "RMB", "CNY", "USD", "EUR", " ")
_MOST = 3_800
_NUMBERS = frozenset({"integer", "decimal", "money", "percent"})


def transform(field: Field, column: Profile, name: str) -> str:
    """The formula that makes a value of the field out of the text of a column; name: of the column in formulas."""
    if field.type in _NUMBERS:
        return _number(field, column, name)
    if field.type == "date":
        return _day(column, name)
    if field.type == "datetime":
        return _instant(column, name)
    if field.type == "boolean":
        return _yes_or_no(name)
    if field.type == "select":
        return _option(field, column, name)
    return f"TRIM({name})"


def quoted(text: str) -> str:
    """A text as formulas write it.

    >>> quoted('a"b')
    '"a""b"'
    """
    doubled = text.replace('"', '""')
    return f'"{doubled}"'


def _number(field: Field, column: Profile, name: str) -> str:
    text = f"TRIM({name})"
    if column.kind == "percent":
        share = f'DECIMAL(REPLACE(REPLACE({text}, "%", ""), "％", ""))'
        return f"{share} / 100" if field.type == "percent" else share
    for sign in _SIGNS if column.kind == "money" else ():
        if sign == "¥" or any(sign in each for each in (*column.samples, *column.values)):
            text = f'REPLACE({text}, {quoted(sign)}, "")'
    if column.decimal == ",":
        text = f'REPLACE(REPLACE({text}, ".", ""), ",", ".")'
    else:
        text = f'REPLACE({text}, ",", "")'
    return f"INTEGER({text})" if field.type == "integer" else f"DECIMAL({text})"


def _day(column: Profile, name: str) -> str:
    if column.kind == "datetime":
        return f"DATEOF({_instant(column, name)})"
    pattern = column.pattern.removesuffix(" 0:00")
    text = f"TRIM({name})"
    if pattern != column.pattern:
        text = f'PART({text}, " ", 1)'
    if pattern in ("", "yyyy-M-d") and all(len(each) >= 10 and each[7:8] == "-" for each in column.samples):
        return f"DATE({text})"
    return f"DATEOF(DATETIME({text}, {quoted(pattern or 'yyyy-M-d')}))"


def _instant(column: Profile, name: str) -> str:
    if column.kind == "date":
        return f"DATETIME(TRIM({name}), {quoted(column.pattern.removesuffix(' 0:00'))})"
    return f"DATETIME(TRIM({name}), {quoted(column.pattern)})" if column.pattern else f"DATETIME(TRIM({name}))"


def _yes_or_no(name: str) -> str:
    """Whatever is neither yes nor no is refused, since it is no number either."""
    cases = [f'{quoted(word)}, "1"' for word in YES] + [f'{quoted(word)}, "0"' for word in NO]
    return f"INTEGER(SWITCH(LOWER(TRIM({name})), {', '.join(cases)}, {name})) = 1"


def _option(field: Field, column: Profile, name: str) -> str:
    """Options by their values, or by what people call them; the case of letters does not matter in values seen."""
    cases: dict[str, str] = {}
    for option in field.options.get("options", ()):
        for text in _texts(option):
            if text != option["value"]:
                cases.setdefault(text, option["value"])
    by_fold = {text.casefold(): value for text, value in _every_text(field.options.get("options", ()))}
    for text in column.values:
        if text not in cases and text.casefold() in by_fold and by_fold[text.casefold()] != text:
            cases[text] = by_fold[text.casefold()]
    if not cases:
        return f"TRIM({name})"
    pairs = ", ".join(f"{quoted(text)}, {quoted(value)}" for text, value in cases.items())
    formula = f"SWITCH(TRIM({name}), {pairs}, TRIM({name}))"
    return formula if len(formula) < _MOST else f"TRIM({name})"


def _every_text(options: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    return [(text, each["value"]) for each in options for text in _texts(each)]


def _texts(option: Mapping[str, Any]) -> list[str]:
    label: Json = option.get("label")
    if isinstance(label, Label):
        found = [label.zh, label.en]
    else:
        found = [str(each) for each in label.values()] if isinstance(label, Mapping) else [str(label or "")]
    return [text for text in (option["value"], *found) if text]
