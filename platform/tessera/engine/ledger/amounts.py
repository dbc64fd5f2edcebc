"""Amounts of a ledger: numbers of formulas to whole smallest units and back, exactly."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from tessera.errors import TesseraError


class NotWhole(TesseraError):
    """The amount {amount} is no multiple of the ledger's unit."""

    code = "amount_not_whole"
    status = 422
    hint = "Round it in the rule: FLOOR, ROUND or CEIL, with the ledger's unit."


def to_units(value: int | Decimal | Fraction | None, scale: int) -> int:
    """The amount in smallest units; blank is 0. Raises: NotWhole("amount_not_whole").

    >>> to_units(Decimal("139.12"), 2)
    13912
    """
    if value is None:
        return 0
    if isinstance(value, int):
        return value * int(10**scale)
    scaled: Decimal | Fraction = value.scaleb(scale) if isinstance(value, Decimal) else value * 10**scale
    whole = int(scaled)
    if whole != scaled:
        raise NotWhole(amount=str(value))
    return whole


def to_amount(units: int, scale: int) -> int | Decimal:
    """The amount as formulas see it.

    >>> to_amount(13912, 2)
    Decimal('139.12')
    """
    return Decimal(units).scaleb(-scale) if scale else units
