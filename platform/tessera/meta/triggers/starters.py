"""What the triggers share that a person or a program sets off: who may."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from tessera.errors import Json
from tessera.meta.drafts import Unusable
from tessera.meta.triggers.base import TriggerType

if TYPE_CHECKING:
    from tessera.meta.flow_steps import FlowCompiler


@dataclass(frozen=True, slots=True)
class Starter:
    """roles: names of the roles that may begin a run; empty: as the kind says."""

    roles: frozenset[str]


class StarterTrigger(TriggerType):
    """A trigger that somebody sets off."""

    schema: ClassVar[Mapping[str, Any]] = {
        "roles": {
            "$ref": "urn:tessera:schema:common#/$defs/names",
            "description": "Who may begin it, besides administrators.",
        },
    }
    takes_input: ClassVar[bool] = True

    def compile(self, item: Mapping[str, Json], at: tuple[object, ...], into: FlowCompiler) -> Starter | None:
        """The roles, which must be there."""
        is_good = True
        for place, name in enumerate(item.get("roles", ())):
            try:
                is_good = into.linker.find("role", name, into.pointer((*at, "roles", place))) is not None and is_good
            except Unusable:
                is_good = False
        return Starter(frozenset(item.get("roles", ()))) if is_good else None
