"""Bodies are read exactly, and nothing ambiguous or hostile passes."""

from __future__ import annotations

import json
import random
from decimal import Decimal

import pytest

from limits import limited
from tessera.errors import Json
from tessera.web.errors import BadBody
from tessera.web.json_body import parse


def test_fractions_become_exact_decimals() -> None:
    assert parse(b'{"a": 0.1, "b": 12345678901234567.89, "c": [1e3, -0.0]}') == {
        "a": Decimal("0.1"), "b": Decimal("12345678901234567.89"), "c": [Decimal("1E+3"), Decimal(0)],
    }
    assert str(parse(b"-0.0")) == "0"


def test_whole_numbers_stay_whole() -> None:
    value = parse(b"12345678901234567890")
    assert value == 12345678901234567890
    assert type(value) is int


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b'{"a": 1, "a": 2}', "twice"),
        (b'[{"b": {"a": 1, "a": 2}}]', "twice"),
        (b"NaN", "no number"),
        (b"[Infinity]", "no number"),
        (b"[-Infinity]", "no number"),
        (b"1e400", "too large"),
        (b"1e-400", "too large"),
        (b"1e999999999", "too large"),
        (b"0." + b"1" * 100, "too many digits"),
        (b"9" * 5000, "too many digits"),
        (b"{'a': 1}", "Expecting"),
        (b'{"a": 1} x', "Extra data"),
        (b"[1,]", "Expecting|Illegal"),
        (b'"\xff"', "UTF-8"),
        (b'"\\ud800"', "half a character"),
        (b'{"\\udc00": 1}', "half a character"),
        (b'"a\\u0000b"', "NUL"),
        (b'{"a\\\\\\u0000": 1}', "NUL"),
        (b'"a\x00b"', "control character"),
        (b"", "Expecting"),
    ],
)
def test_what_is_ambiguous_or_no_json_is_refused(body: bytes, why: str) -> None:
    with pytest.raises(BadBody, match=why):
        parse(body)


def test_an_escaped_backslash_before_u0000_is_plain_text() -> None:
    assert parse(rb'"a\\u0000"') == "a\\u0000"
    assert parse(rb'"\ud83d\ude00"') == "\U0001f600"


@pytest.mark.parametrize(
    "body", [b"[" * 100_000, b'{"a":' * 100_000, b"[" * 40 + b"]" * 40, b'[{"a":' * 20 + b"1" + b"}]" * 20]
)
def test_deep_nesting_is_refused_before_it_is_parsed(body: bytes) -> None:
    def refuse() -> None:
        with pytest.raises(BadBody, match=r"nested|brackets"):
            parse(body)

    limited(refuse)


def test_brackets_within_texts_do_not_count_as_nesting() -> None:
    text = "[{" * 50 + '\\"'
    assert parse(('{"a": "' + text + '"}').encode()) == {"a": "[{" * 50 + '"'}
    wide = b"[" + b",".join([b'{"a": [1, {"b": 2}]}'] * 5000) + b"]"
    assert len(parse(wide)) == 5000


def _written(chance: random.Random, depth: int) -> str:
    """Random JSON as people write it, now and then with a repeated key, a space or a fraction."""
    kind = chance.randrange(9 if depth else 6)
    if kind < 2:
        return chance.choice(["1", "-7", "0", "12.50", "1e3", "1234567890123456789", "98765432109876543210"])
    if kind < 4:
        return json.dumps(chance.choice(["", "a", ":", '":', "{", "]", "e1.5", "会员", 'q"', "\\", "x: {"]))
    if kind < 6:
        return chance.choice(["true", "false", "null"])
    space = chance.choice(["", " "])
    inner = [_written(chance, depth - 1) for _ in range(chance.randrange(4))]
    if kind < 7:
        return "[" + f",{space}".join(inner) + "]"
    return "{" + ",".join(f'"{chance.choice("abcdefgh:{")}"{space}:{space}{each}' for each in inner) + "}"


def _slowly(text: str) -> Json:
    """What the standard library reads; a repeated key raises ValueError."""

    def once(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
        if len({name for name, _ in pairs}) != len(pairs):
            raise ValueError
        return dict(pairs)

    return json.loads(text, object_pairs_hook=once, parse_float=Decimal)


def test_random_bodies_are_read_as_the_standard_library_reads_them() -> None:
    chance = random.Random(7)
    refused = 0
    for _ in range(4_000):
        text = _written(chance, 4)
        try:
            wanted = _slowly(text)
        except ValueError:
            refused += 1
            with pytest.raises(BadBody, match="twice"):
                parse(text.encode())
        else:
            found = parse(text.encode())
            assert found == wanted, text
            assert repr(found) == repr(wanted), text
    assert refused > 50
