"""What formulas of the engine may ask of their surroundings: the clock of the transaction and the actor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from tessera.context import Actor
from tessera.formula import FormulaError


@dataclass(frozen=True, slots=True)
class Host:
    """The clock and the actor of a transaction. zone: of the program, in which its days begin and end."""

    now: datetime
    zone: ZoneInfo
    user: Mapping[str, Any]

    @property
    def today(self) -> date:
        """The day of the program's zone."""
        return self.now.astimezone(self.zone).date()

    def call(self, name: str, *arguments: Any) -> Any:
        """Nothing further can be asked here; `check` refuses formulas that would. Raises: FormulaError."""
        raise FormulaError("not_offered", f"{name} cannot be answered here.")


def user_of(actor: Actor) -> dict[str, Any]:
    """The actor as formulas see it: id, name, roles and the attributes of its account."""
    return {**actor.attributes, "id": actor.id, "name": actor.name, "roles": sorted(actor.roles)}
