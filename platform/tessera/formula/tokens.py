"""Text → tokens, with the habits of spreadsheet users: full-width punctuation, curly quotes, words for operators."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal, TypeAlias

from tessera.formula.arithmetic import DIGITS
from tessera.formula.problem import FormulaError

MAX_LENGTH = 4000
MAX_TOKENS = 2000
MAX_TEXT = 10_000

Sort: TypeAlias = Literal["number", "text", "name", "word", "operator", "literal"]


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of the text. value: of a number, text or literal; the name in NFC; the operator in ASCII."""

    sort: Sort
    value: Any
    start: int
    end: int


_WIDE = {chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F) if not chr(code).isalpha()}
_WIDE |= {"　": " ", "、": ",", "。": ".", "×": "*", "÷": "/", "−": "-", "–": "-", "【": "[", "】": "]"}
_WIDE |= {"≠": "<>", "≤": "<=", "≥": ">="}
"""Characters that stand for others, one by one, outside of texts. Full-width letters stay what they are."""

_QUOTES = {"'": "'", '"': '"', "“": "”", "”": "”", "‘": "’", "’": "’", "＇": "＇", "＂": "＂", "「": "」"}
_DOUBLE = frozenset({"<>", "!=", "<=", ">=", "=="})
_SINGLE = frozenset("=<>+-*/^&%(),;.")
_SAME = {"!=": "<>", "==": "=", ";": ","}
_NUMBER = re.compile(r"(\d+(?:\.\d+)?|\.\d+)(?:[eE]([+-]?\d+))?", re.ASCII)
_WORDS = {"and": "and", "or": "or", "not": "not", "且": "and", "或": "or", "非": "not"}
_LITERALS = {"true": True, "false": False, "blank": None, "真": True, "假": False, "空": None}
RESERVED = frozenset({*_WORDS, *_LITERALS})
_SPLIT = "且或"


def tokenize(text: str) -> list[Token]:
    """The tokens of a formula, in order. Raises: FormulaError(syntax, too_long …)."""
    if len(text) > MAX_LENGTH:
        raise FormulaError("too_long", f"A formula has at most {MAX_LENGTH} characters.", position=MAX_LENGTH)
    return _Reader(text).read()


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.tokens: list[Token] = []

    def read(self) -> list[Token]:
        self._blanks()
        if self._wide() == "=" and self._wide(1) != "=":
            self.at += 1
        while True:
            self._blanks()
            if self.at >= len(self.text):
                return self.tokens
            if len(self.tokens) >= MAX_TOKENS:
                raise self._error("too_large", f"A formula has at most {MAX_TOKENS} words and signs.", 1)
            self._token()

    def _wide(self, ahead: int = 0) -> str:
        """The character at the place as its ASCII form, '' at the end."""
        place = self.at + ahead
        if place >= len(self.text):
            return ""
        char = self.text[place]
        return _WIDE.get(char, char)

    def _blanks(self) -> None:
        while self.at < len(self.text):
            if self.text.startswith("/*", self.at):
                end = self.text.find("*/", self.at + 2)
                if end < 0:
                    raise self._error("syntax", "This comment is not closed.", 2, hint="End it with */.")
                self.at = end + 2
            elif self._wide().isspace():
                self.at += 1
            else:
                return

    def _token(self) -> None:
        char = self.text[self.at]
        wide = self._wide()
        if char in _QUOTES:
            self._text(_QUOTES[char])
        elif wide in ("[", "{"):
            self._bracketed({"[": "]", "{": "}"}[wide])
        elif wide.isdecimal() or (wide == "." and self._wide(1).isdecimal() and not self._after_operand()):
            self._number()
        elif char.isalpha() or char == "_":
            self._word()
        else:
            self._operator()

    def _after_operand(self) -> bool:
        """Whether the token before ends an operand."""
        if not self.tokens:
            return False
        last = self.tokens[-1]
        return last.sort in ("number", "text", "name", "literal") or last.value in (")", "%")

    def _add(self, sort: Sort, value: Any, end: int) -> None:
        self.tokens.append(Token(sort, value, self.at, end))
        self.at = end

    def _text(self, close: str) -> None:
        start, at, parts = self.at, self.at + 1, []
        while True:
            end = self.text.find(close, at)
            if end < 0:
                raise self._error("syntax", "This text is not closed.", len(self.text) - start, hint=f"Add {close}")
            parts.append(self.text[at:end])
            if self.text.startswith(close, end + 1) and close not in "”’」":
                parts.append(close)
                at = end + 2
                continue
            break
        value = "".join(parts)
        if "\0" in value or any("\ud800" <= each <= "\udfff" for each in value):
            raise self._error("syntax", "This text holds a character that no text may hold.", end + 1 - start)
        self._add("text", value or None, end + 1)

    def _bracketed(self, close: str) -> None:
        end = self.at + 1
        while end < len(self.text) and _WIDE.get(self.text[end], self.text[end]) != close:
            end += 1
        name = unicodedata.normalize("NFC", self.text[self.at + 1 : end].strip())
        if end >= len(self.text) or not name:
            raise self._error("syntax", "A name in brackets is not complete.", end - self.at, hint=f"Add {close}")
        self._add("name", name, end + 1)

    def _number(self) -> None:
        plain = "".join(_WIDE.get(each, each) for each in self.text[self.at : self.at + 100])
        found = _NUMBER.match(plain)
        if found is None:
            raise self._error("syntax", "This is no number.", 1)
        end = self.at + found.end()
        following = self.text[end : end + 1]
        if following == "_" or (following.isalnum() and following not in _SPLIT):
            raise self._error("syntax", "This is no number.", end + 1 - self.at, hint="Write numbers like 1234.5.")
        self._add("number", self._exact(found), end)

    def _exact(self, found: re.Match[str]) -> int | Decimal:
        digits, exponent = found.group(1), int((found.group(2) or "0")[:5])
        if abs(exponent) > 20 or len(digits.replace(".", "").lstrip("0")) > DIGITS:
            raise self._error("number_too_long", f"Numbers have at most {DIGITS} digits.", found.end())
        if "." not in digits and exponent == 0:
            return int(digits)
        value = Decimal(f"{digits}E{exponent}")
        if exponent > 0 and value == value.to_integral_value():
            value = Decimal(int(value))
            if len(str(value)) > DIGITS:
                raise self._error("number_too_long", f"Numbers have at most {DIGITS} digits.", found.end())
            return int(value)
        return value

    def _word(self) -> None:
        end = self.at + 1
        if self.text[self.at] not in _SPLIT:
            while end < len(self.text) and self._in_name(end):
                end += 1
        spelled = unicodedata.normalize("NFC", self.text[self.at : end])
        low = spelled.lower()
        path = bool(self.tokens) and self.tokens[-1].value == "." and self.tokens[-1].sort == "operator"
        call = self._is_call(end)
        if low in _WORDS and not path and not (call and low in ("and", "or") and not self._after_operand()):
            self._add("word", _WORDS[low], end)
        elif low in _LITERALS and not path and not call:
            self._add("literal", _LITERALS[low], end)
        else:
            self._add("name", spelled, end)

    def _in_name(self, place: int) -> bool:
        char = self.text[place]
        return (char.isalnum() or char == "_" or unicodedata.combining(char) != 0) and char not in _SPLIT

    def _is_call(self, end: int) -> bool:
        while end < len(self.text) and self.text[end].isspace():
            end += 1
        return end < len(self.text) and self.text[end] in "(（"

    def _operator(self) -> None:
        first = self._wide()
        pair = first + self._wide(1)
        found = first if first in _DOUBLE else pair if pair in _DOUBLE else first
        if found not in _DOUBLE and found not in _SINGLE:
            char = self.text[self.at]
            raise self._error("syntax", f"The character {char!r} has no meaning here.", 1, hint=_HINTS.get(char, ""))
        self._add("operator", _SAME.get(found, found), self.at + (1 if found == first else 2))

    def _error(self, kind: str, message: str, length: int, hint: str = "") -> FormulaError:
        return FormulaError(kind, message, position=self.at, length=length, hint=hint)


_HINTS = {
    "|": "Write OR, or & to join texts.",
    "!": "Write NOT, or <> for unequal.",
    "~": "Write NOT.",
    ":": "Ranges do not exist here; use a fold such as SUM(lines, amount).",
    "$": "Names need no sign before them.",
}
