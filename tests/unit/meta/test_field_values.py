"""What each field type takes, gives and refuses."""

from __future__ import annotations

import pickle
from datetime import UTC, date, datetime, time
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limits import limited
from tessera.meta import Field, compile_model
from tessera.meta.fields import FIELD_TYPES
from tessera.meta.fields.errors import FieldError
from tessera.meta.fields.exact import rounded
from unit.meta.samples import entity, field, package

OPTIONS = [{"uid": "red", "value": "red"}, {"uid": "blue", "value": "blue"}]
SURROGATE = "\ud800"


def made(type_name: str, **keys: Any) -> Field:
    """A field of that type."""
    model = compile_model([package("core", entity("thing", field("value", type_name, **keys)))])
    thing = model.entity("thing")
    assert thing is not None
    return thing.fields[0]


KEYS: dict[str, dict[str, Any]] = {
    "money": {"currency": "EUR"},
    "select": {"options": OPTIONS},
    "multi_select": {"options": OPTIONS},
    "sequence": {"pattern": "T{000}"},
    "reference": {"to": "thing"},
    "multi_reference": {"to": "thing"},
    "lines": {"fields": [field("qty", "integer")]},
}
FILE = {"id": "0197f3a2-0000-7000-8000-000000000000", "name": "a.pdf", "size": 12, "media_type": "application/pdf"}

TAKEN: list[tuple[str, dict[str, Any], Any, Any]] = [
    ("text", {}, "a b", "a b"),
    ("text", {}, "", None),
    ("text", {}, "会员 😀", "会员 😀"),
    ("long_text", {}, "a\nb", "a\nb"),
    ("integer", {}, -5, -5),
    ("decimal", {}, "12.3", Decimal("12.30")),
    ("decimal", {}, "12.300", Decimal("12.30")),
    ("decimal", {}, 7, Decimal("7.00")),
    ("decimal", {}, Decimal("1.5"), Decimal("1.50")),
    ("decimal", {}, "-0", Decimal("0.00")),
    ("percent", {}, "0.125", Decimal("0.1250")),
    ("money", {}, "9999999999999999.99", Decimal("9999999999999999.99")),
    ("money", {"currency": "JPY"}, "120", Decimal("120")),
    ("boolean", {}, True, True),
    ("date", {}, "2024-02-29", date(2024, 2, 29)),
    ("datetime", {}, "2025-01-31T16:30:00Z", datetime(2025, 1, 31, 16, 30, tzinfo=UTC)),
    ("datetime", {}, "2025-02-01T00:30:00+08:00", datetime(2025, 1, 31, 16, 30, tzinfo=UTC)),
    ("time", {}, "16:30", time(16, 30)),
    ("select", {}, "red", "red"),
    ("select", {}, "", None),
    ("multi_select", {}, ["blue", "red"], ("red", "blue")),
    ("multi_select", {}, [], None),
    ("email", {}, "Ada@Example.ORG", "Ada@example.org"),
    ("phone", {}, "+86 (138) 0000-0000", "+8613800000000"),
    ("url", {}, "https://example.org/a?b=c#d", "https://example.org/a?b=c#d"),
    ("color", {}, "#A0B1C2", "#a0b1c2"),
    ("json", {}, {"a": [1, Decimal("0.5")]}, {"a": [1, "0.5"]}),
    ("file", {}, FILE, FILE),
    ("file", {}, {"id": FILE["id"]}, {"id": FILE["id"]}),
    ("sequence", {}, "T001", "T001"),
    ("reference", {}, 5, 5),
    ("reference", {}, "KEY-1", "KEY-1"),
    ("reference", {}, {"id": 5, "name": "x"}, 5),
    ("multi_reference", {}, [1, "b"], (1, "b")),
    ("user", {}, "ada", "ada"),
    ("lines", {}, [{"qty": 1}], [{"qty": 1}]),
]

REFUSED: list[tuple[str, dict[str, Any], Any, str]] = [
    ("text", {}, 5, "wrong_type"),
    ("text", {}, ["a"], "wrong_type"),
    ("text", {}, "a" * 256, "too_long"),
    ("text", {"min_length": 3}, "ab", "too_short"),
    ("text", {}, "a\x00b", "bad_characters"),
    ("text", {}, SURROGATE, "bad_characters"),
    ("long_text", {}, "a\x00b", "bad_characters"),
    ("integer", {}, True, "wrong_type"),
    ("integer", {}, "5", "wrong_type"),
    ("integer", {}, 1.5, "wrong_type"),
    ("integer", {}, 10**30, "out_of_range"),
    ("integer", {"min": 0}, -1, "out_of_range"),
    ("decimal", {}, "NaN", "not_a_number"),
    ("decimal", {}, "Infinity", "not_a_number"),
    ("decimal", {}, "1e400", "not_a_number"),
    ("decimal", {}, "1_0", "not_a_number"),
    ("decimal", {}, " 1", "not_a_number"),
    ("decimal", {}, "１", "not_a_number"),
    ("decimal", {}, "", "not_a_number"),
    ("decimal", {}, Decimal("NaN"), "not_a_number"),
    ("decimal", {}, Decimal("1E+400"), "out_of_range"),
    ("decimal", {}, 10**30, "out_of_range"),
    ("decimal", {}, 10**400, "out_of_range"),
    ("decimal", {}, "1" * 40, "out_of_range"),
    ("decimal", {}, "1" * 41, "not_a_number"),
    ("decimal", {}, 0.5, "wrong_type"),
    ("decimal", {}, True, "wrong_type"),
    ("decimal", {}, "1.005", "too_many_decimals"),
    ("decimal", {}, "0." + "0" * 39 + "1", "too_many_decimals"),
    ("decimal", {"max": "10"}, "10.01", "out_of_range"),
    ("money", {"currency": "JPY"}, "1.5", "too_many_decimals"),
    ("boolean", {}, 1, "wrong_type"),
    ("boolean", {}, "true", "wrong_type"),
    ("date", {}, "2023-02-29", "not_a_date"),
    ("date", {}, "20230228", "not_a_date"),
    ("date", {}, "2023-W05-1", "not_a_date"),
    ("date", {}, "2023-02-28T00:00:00Z", "not_a_date"),
    ("date", {}, 20230228, "wrong_type"),
    ("datetime", {}, "2025-01-31T16:30:00", "not_a_datetime"),
    ("datetime", {}, "0001-01-01T00:00:00+14:00", "not_a_datetime"),
    ("datetime", {}, "2025-01-31T25:30:00Z", "not_a_datetime"),
    ("time", {}, "24:00", "not_a_time"),
    ("select", {}, "green", "not_an_option"),
    ("select", {}, 1, "wrong_type"),
    ("multi_select", {}, "red", "wrong_type"),
    ("multi_select", {}, ["green"], "not_an_option"),
    ("multi_select", {}, ["red", "red"], "repeated_value"),
    ("multi_select", {}, [["red"]], "wrong_type"),
    ("email", {}, "ada@", "bad_format"),
    ("phone", {}, "12a", "bad_format"),
    ("url", {}, "javascript:alert(1)", "bad_format"),
    ("url", {}, "https://a b", "bad_format"),
    ("color", {}, "red", "bad_format"),
    ("json", {}, {"a": "b\x00"}, "bad_characters"),
    ("json", {}, {"a": SURROGATE}, "bad_characters"),
    ("json", {}, float("nan"), "wrong_type"),
    ("json", {}, "a" * 200_000, "too_long"),
    ("file", {}, {"name": "x"}, "wrong_type"),
    ("file", {}, {**FILE, "owner": 1}, "wrong_type"),
    ("file", {}, {"id": "x"}, "bad_format"),
    ("file", {}, {**FILE, "size": 10**9}, "out_of_range"),
    ("file", {"accept": ["image/*"]}, FILE, "bad_format"),
    ("reference", {}, True, "wrong_type"),
    ("reference", {}, 0, "out_of_range"),
    ("reference", {}, [1], "wrong_type"),
    ("multi_reference", {}, 1, "wrong_type"),
    ("multi_reference", {}, [1, 1], "repeated_value"),
    ("multi_reference", {"max": 1}, [1, 2], "too_many_values"),
    ("lines", {}, {"qty": 1}, "wrong_type"),
    ("lines", {}, [1], "wrong_type"),
    ("lines", {"max": 1}, [{}, {}], "too_many_values"),
    ("formula", {"value": "1"}, 1, "read_only_field"),
]


@pytest.mark.parametrize(("type_name", "keys", "wire", "value"), TAKEN)
def test_a_value_is_taken(type_name: str, keys: dict[str, Any], wire: Any, value: Any) -> None:
    loaded = made(type_name, **{**KEYS.get(type_name, {}), **keys}).load(wire)
    assert loaded == value and type(loaded) is type(value)
    assert str(loaded) == str(value)


@pytest.mark.parametrize(("type_name", "keys", "wire", "code"), REFUSED)
def test_a_value_is_refused(type_name: str, keys: dict[str, Any], wire: Any, code: str) -> None:
    with pytest.raises(FieldError) as caught:
        made(type_name, **{**KEYS.get(type_name, {}), **keys}).load(wire)
    assert caught.value.code == code
    assert caught.value.message and "{" not in caught.value.message


@pytest.mark.parametrize("type_name", [name for name, each in FIELD_TYPES.items() if not each.computed])
def test_nothing_is_blank(type_name: str) -> None:
    blank = made(type_name, **KEYS.get(type_name, {})).load(None)
    assert blank is None or blank is False or len(blank) == 0


@pytest.mark.parametrize(
    ("type_name", "value", "wire"),
    [
        ("decimal", Decimal("0.00"), "0.00"),
        ("decimal", Decimal("1E+2"), "100.00"),
        ("percent", Decimal("0"), "0.0000"),
        ("date", date(2025, 1, 31), "2025-01-31"),
        ("datetime", datetime(2025, 1, 31, 16, 30, tzinfo=UTC), "2025-01-31T16:30:00Z"),
        ("datetime", datetime(2025, 1, 31, 16, 30, 0, 5, tzinfo=UTC), "2025-01-31T16:30:00.000005Z"),
        ("time", time(16, 30), "16:30:00"),
        ("multi_select", ("red",), ["red"]),
        ("text", None, None),
        ("decimal", None, None),
    ],
)
def test_a_value_goes_out(type_name: str, value: Any, wire: Any) -> None:
    assert made(type_name, **KEYS.get(type_name, {})).dump(value) == wire


@given(st.decimals(min_value=-(10**15), max_value=10**15, places=2))
def test_a_decimal_comes_back_as_it_went_in(value: Decimal) -> None:
    each = DECIMAL
    assert each.load(each.dump(each.load(value))) == value


DECIMAL = made("decimal")


@given(st.fractions(), st.integers(0, 4), st.sampled_from(["floor", "ceiling", "down", "up", "half_up", "half_even"]))
def test_a_fraction_is_rounded_as_its_decimal_would_be(value: Fraction, scale: int, rounding: str) -> None:
    result = Fraction(rounded(value, scale, rounding))
    unit = Fraction(1, 10**scale)
    off = result - value
    assert result % unit == 0 and abs(off) < unit
    if rounding.startswith("half"):
        assert abs(off) <= unit / 2
    else:
        below = {"floor": True, "ceiling": False, "down": value > 0, "up": value < 0}[rounding]
        assert off <= 0 if below else off >= 0


@given(st.integers(-999, 999), st.sampled_from(["floor", "ceiling", "down", "up", "half_up", "half_even"]))
def test_halves_are_rounded_alike_as_fraction_and_decimal(halves: int, rounding: str) -> None:
    assert rounded(Fraction(halves, 2), 0, rounding) == rounded(Decimal(halves) / 2, 0, rounding)


def test_every_field_type_says_its_wire_schema() -> None:
    for name, each in FIELD_TYPES.items():
        if not each.computed:
            one = made(name, **KEYS.get(name, {}))
            assert isinstance(each.wire_schema(one), dict)


def test_loading_is_fast_enough_for_bulk() -> None:
    each = made("money", currency="EUR")
    limited(lambda: [each.load("12.30") for _ in range(100_000)], seconds=10)


def test_field_errors_survive_a_process_boundary() -> None:
    with pytest.raises(FieldError) as caught:
        made("text").load(5)
    assert pickle.loads(pickle.dumps(caught.value)).code == "wrong_type"
