"""Texts that a spreadsheet would run as formulas, made harmless.

Source: OWASP, "CSV Injection": cells that begin with = + - @, a tab or a carriage return.
"""

from __future__ import annotations

_RISKY = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def neutralised(text: str) -> str:
    """The text, with an apostrophe before it when a spreadsheet would take it for a formula.

    A plain negative number is none.

    >>> neutralised("=1+1"), neutralised("-12.50"), neutralised("tea")
    ("'=1+1", '-12.50', 'tea')
    """
    bare = text.lstrip("'")
    if not bare.startswith(_RISKY) or _is_number(text):
        return text
    return f"'{text}"


def restored(text: str) -> str:
    """The text that was neutralised.

    >>> restored("'=1+1"), restored("'tis")
    ('=1+1', "'tis")
    """
    return text[1:] if text[:1] == "'" and text.lstrip("'").startswith(_RISKY) else text


def _is_number(text: str) -> bool:
    digits = text[1:].replace(".", "", 1)
    return text[0] in "+-" and digits.isascii() and digits.isdigit()
