"""Values that come as JSON, as the inputs of a trigger want them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tessera.errors import Json, TesseraError
from tessera.formula.shapes import Member
from tessera.formula.wire_values import from_wire


class BadInput(TesseraError):
    """The value "{name}" is not as the flow wants it: {why}"""

    code = "bad_input"
    status = 422


def loaded_inputs(inputs: Sequence[Member], body: Mapping[str, Json]) -> dict[str, Any]:
    """The values of the inputs, found under their names. Raises: BadInput("bad_input")."""
    return {each.name: _loaded(each, body.get(each.name)) for each in inputs}


def _loaded(member: Member, value: Json) -> Any:
    if value is None:
        if not member.type.nullable:
            raise BadInput(name=member.name, why="it is missing.")
        return None
    kind = member.type.kind
    found = from_wire(kind, value)
    if found is None:
        raise BadInput(name=member.name, why=f"it is no {kind}.")
    return found
