"""Functions that the host answers: the engine that evaluates the formula, through `host.call` and the ledgers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tessera.formula.problem import fail


def asked(name: str) -> Callable[..., Any]:
    """A body that asks `host.call(name, *values)`."""

    def ask(host: Any, *values: Any) -> Any:
        if host is None:
            fail("not_offered", f"{name} cannot be answered here.")
        return host.call(name, *values)

    return ask


def total(host: Any, ledger: Any, name: str) -> Any:
    """TOTAL: `ledger.total(name)`."""
    return ledger.total(name)


def user(host: Any, attribute: str = "id") -> Any:
    """USER."""
    if host is None:
        fail("not_offered", "There is no user here.")
    return host.user.get(attribute)


BODIES: Mapping[str, Callable[..., Any]] = {
    "MOMENT": asked("MOMENT"),
    "IN_EARLIER_BATCH": asked("IN_EARLIER_BATCH"),
    "NTH": asked("NTH"),
    "TOTAL": total,
    "USER": user,
}
