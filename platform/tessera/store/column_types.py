"""Column types that keep values exactly, on both databases.

Every type knows, per database, how a Python value becomes what the driver takes (`dumper`), and back (`loader`);
None means that the driver does it by itself. A dumper refuses what does not fit rather than rounding it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from decimal import Context, Decimal, Inexact, InvalidOperation, Overflow
from typing import Any, TypeAlias

import orjson
import sqlalchemy as sa
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine

from tessera.errors import Json
from tessera.store.failures import DoesNotFit

Converter: TypeAlias = Callable[[Any], Any]

MAX_PRECISION = 18
"""Digits of a stored decimal: what a 64-bit whole number holds on SQLite."""

EXACT = Context(prec=60, traps=[Inexact, InvalidOperation, Overflow])
_MAX_INT = 2**63 - 1


class ExactType(TypeDecorator[Any]):
    """What the types below have in common."""

    cache_ok = True

    def dumper(self, dialect: str) -> Converter | None:
        """What makes a value, never None, fit for the driver; None when nothing is to be done."""
        return None

    def loader(self, dialect: str) -> Converter | None:
        """What makes a Python value of the driver's, never None; None when nothing is to be done."""
        return None

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        """What SQLAlchemy binds."""
        dump = self.dumper(dialect.name)
        return value if value is None or dump is None else dump(value)

    def process_literal_param(self, value: Any, dialect: Dialect) -> str:
        """Refused: no value ever becomes part of a statement's text."""
        raise NotImplementedError("values are bound, never written into a statement")

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        """What SQLAlchemy gives back."""
        load = self.loader(dialect.name)
        return value if value is None or load is None else load(value)


class BigInt(ExactType):
    """A whole number of 64 bits; as a single primary key it is SQLite's row id."""

    cache_ok = True
    impl = sa.BigInteger

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """INTEGER on SQLite, BIGINT elsewhere."""
        return dialect.type_descriptor(sa.Integer() if dialect.name == "sqlite" else sa.BigInteger())

    def dumper(self, dialect: str) -> Converter | None:
        """Refuses what is no whole number of 64 bits."""
        return _whole


class ExactDecimal(ExactType):
    """A decimal with a fixed number of places: NUMERIC on PostgreSQL, a scaled whole number on SQLite."""

    cache_ok = True
    impl = sa.Numeric

    def __init__(self, precision: int = 18, scale: int = 2) -> None:
        if not 0 <= scale <= precision <= MAX_PRECISION:
            raise ValueError(f"a stored decimal has at most {MAX_PRECISION} digits, not ({precision}, {scale})")
        super().__init__(precision, scale)
        self.precision = precision
        self.scale = scale

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """BIGINT on SQLite, NUMERIC elsewhere."""
        inner = sa.BigInteger() if dialect.name == "sqlite" else sa.Numeric(self.precision, self.scale)
        return dialect.type_descriptor(inner)

    def dumper(self, dialect: str) -> Converter | None:
        """A scaled whole number for SQLite, the same decimal with exactly `scale` places for PostgreSQL."""
        return _scaler(self.precision, self.scale) if dialect == "sqlite" else _quantizer(self.precision, self.scale)

    def loader(self, dialect: str) -> Converter | None:
        """A decimal with exactly `scale` places."""
        if dialect != "sqlite":
            return None
        places = -self.scale
        return lambda value: Decimal(value).scaleb(places)


class Instant(ExactType):
    """An instant in UTC: TIMESTAMPTZ on PostgreSQL, text of a fixed width on SQLite, which sorts like it."""

    cache_ok = True
    impl = sa.DateTime

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """TEXT on SQLite, TIMESTAMP WITH TIME ZONE elsewhere."""
        return dialect.type_descriptor(sa.Text() if dialect.name == "sqlite" else sa.DateTime(timezone=True))

    def dumper(self, dialect: str) -> Converter | None:
        """Refuses an instant without time zone."""
        return _instant_text if dialect == "sqlite" else _aware

    def loader(self, dialect: str) -> Converter | None:
        """An aware datetime in UTC."""
        return datetime.fromisoformat if dialect == "sqlite" else None


class LocalDate(ExactType):
    """A day without time zone."""

    cache_ok = True
    impl = sa.Date

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """TEXT on SQLite, DATE elsewhere."""
        return dialect.type_descriptor(sa.Text() if dialect.name == "sqlite" else sa.Date())

    def dumper(self, dialect: str) -> Converter | None:
        """ISO text for SQLite."""
        return _day_text if dialect == "sqlite" else _day

    def loader(self, dialect: str) -> Converter | None:
        """A date."""
        return date.fromisoformat if dialect == "sqlite" else None


class LocalTime(ExactType):
    """A time of the day without time zone, to the microsecond."""

    cache_ok = True
    impl = sa.Time

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """TEXT on SQLite, TIME elsewhere."""
        return dialect.type_descriptor(sa.Text() if dialect.name == "sqlite" else sa.Time())

    def dumper(self, dialect: str) -> Converter | None:
        """ISO text of a fixed width for SQLite."""
        return _time_text if dialect == "sqlite" else None

    def loader(self, dialect: str) -> Converter | None:
        """A time."""
        return time.fromisoformat if dialect == "sqlite" else None


class Text(ExactType):
    """Text that compares by code point on both databases."""

    cache_ok = True
    impl = sa.Text

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """TEXT, with the collation "C" on PostgreSQL (SQLite compares by code point by itself)."""
        return dialect.type_descriptor(sa.Text() if dialect.name == "sqlite" else sa.Text(collation="C"))

    def dumper(self, dialect: str) -> Converter | None:
        """Refuses the NUL character."""
        return _text


class Boolean(ExactType):
    """True or false."""

    cache_ok = True
    impl = sa.Boolean

    def dumper(self, dialect: str) -> Converter | None:
        """Refuses anything but True and False."""
        return _boolean_number if dialect == "sqlite" else _boolean

    def loader(self, dialect: str) -> Converter | None:
        """A bool."""
        return bool if dialect == "sqlite" else None

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """INTEGER on SQLite, BOOLEAN elsewhere."""
        return dialect.type_descriptor(sa.Integer() if dialect.name == "sqlite" else sa.Boolean())


class JsonText(ExactType):
    """A JSON value as text; decimals within it become texts, instants and dates ISO texts. Never compared."""

    cache_ok = True
    impl = sa.Text

    def dumper(self, dialect: str) -> Converter | None:
        """JSON text."""
        return json_text

    def loader(self, dialect: str) -> Converter | None:
        """The JSON value."""
        return orjson.loads

    def coerce_compared_value(self, op: Any, value: Any) -> Any:
        """Compared as the plain text that it is."""
        return sa.Text()


def json_text(value: Json) -> str:
    """The value as compact JSON; decimals as texts. Raises: DoesNotFit("value_does_not_fit")."""
    try:
        return orjson.dumps(value, default=_plain, option=orjson.OPT_NON_STR_KEYS).decode()
    except TypeError as error:
        raise DoesNotFit(why="it is no JSON") from error


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    if isinstance(value, tuple):
        return list(value)
    raise TypeError(type(value).__name__)


def dumper(column: sa.Column[Any], dialect: str) -> Converter | None:
    """How values of that column, never None, become what the driver takes."""
    return column.type.dumper(dialect) if isinstance(column.type, ExactType) else None


def loader(type_: TypeEngine[Any], dialect: str) -> Converter | None:
    """How values of that type, never None, come back from the driver."""
    return type_.loader(dialect) if isinstance(type_, ExactType) else None


def _whole(value: Any) -> int:
    if type(value) is not int:
        if not (isinstance(value, Decimal) and value == value.to_integral_value()):
            raise DoesNotFit(why="it is no whole number")
        value = int(value)
    if not -_MAX_INT - 1 <= value <= _MAX_INT:
        raise DoesNotFit(why="the number is too large")
    return value  # type: ignore[no-any-return]


def _scaler(precision: int, scale: int) -> Converter:
    limit = 10**precision
    scaleb = EXACT.scaleb
    factor = 10**scale

    def dump(value: Any) -> int:
        if isinstance(value, Decimal):
            try:
                shifted = scaleb(value, scale)
                number = int(shifted)
            except (ArithmeticError, ValueError) as error:
                raise DoesNotFit(why="it is no number of a fixed size") from error
            if number != shifted:
                raise DoesNotFit(why=f"it has more than {scale} decimal places")
        elif type(value) is int:
            number = value * factor
        else:
            raise DoesNotFit(why="it is no decimal")
        if not -limit < number < limit:
            raise DoesNotFit(why=f"it has more than {precision} digits")
        return number

    return dump


def _quantizer(precision: int, scale: int) -> Converter:
    limit = Decimal(10) ** (precision - scale)
    unit = Decimal(1).scaleb(-scale)
    quantize = EXACT.quantize

    def dump(value: Any) -> Decimal:
        if not isinstance(value, Decimal):
            if type(value) is not int:
                raise DoesNotFit(why="it is no decimal")
            value = Decimal(value)
        try:
            if not -limit < value < limit:
                raise DoesNotFit(why=f"it has more than {precision} digits")
            return quantize(value, unit)
        except Inexact as error:
            raise DoesNotFit(why=f"it has more than {scale} decimal places") from error
        except ArithmeticError as error:
            raise DoesNotFit(why="it is no number of a fixed size") from error

    return dump


def _aware(value: Any) -> datetime:
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise DoesNotFit(why="it is no instant with a time zone")
    return value


def _instant_text(value: Any) -> str:
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise DoesNotFit(why="it is no instant with a time zone")
    utc = value if value.tzinfo is UTC else value.astimezone(UTC)
    return utc.isoformat(timespec="microseconds")[:26] + "Z"


def _day(value: Any) -> date:
    if not isinstance(value, date) or isinstance(value, datetime):
        raise DoesNotFit(why="it is no day")
    return value


def _day_text(value: Any) -> str:
    return _day(value).isoformat()


def _time_text(value: Any) -> str:
    if not isinstance(value, time) or value.tzinfo is not None:
        raise DoesNotFit(why="it is no time of the day")
    return value.isoformat(timespec="microseconds")


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise DoesNotFit(why="it is no text")
    if "\0" in value:
        raise DoesNotFit(why="it contains the NUL character")
    return value


def _boolean(value: Any) -> bool:
    if value is not True and value is not False:
        raise DoesNotFit(why="it is neither true nor false")
    return value


def _boolean_number(value: Any) -> int:
    return 1 if _boolean(value) else 0
