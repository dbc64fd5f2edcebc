"""Values of JSON bodies as the engine takes them; None for what is none of the wanted kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tessera.errors import Invalid, Json, Problem
from tessera.formula.wire_values import from_wire
from tessera.meta.rules import FactDef
from tessera.names import is_name

MOST_CHARACTERS = 200
_LONGEST_TEXT = 1_000


def converted(kind: str, value: Json) -> Any:
    """The value as that kind (number, datetime, date, text or boolean); None when it is none."""
    found = from_wire(kind, value, most_characters=_LONGEST_TEXT)
    return None if found == "" else found


def is_text(value: Json) -> bool:
    """Whether it is a text that may name something."""
    return isinstance(value, str) and 0 < len(value) <= MOST_CHARACTERS


class Inputs:
    """The values of a body, whose problems are gathered and raised together by `ensure`."""

    def __init__(self, body: Mapping[str, Json], pointer: str = "") -> None:
        self.body = body
        self.pointer = pointer
        self.problems: list[Problem] = []

    def text(self, name: str, *, needed: bool = True) -> str:
        """A text of at most 200 characters; "" when it is left out."""
        value = self.body.get(name)
        if value is None and not needed:
            return ""
        if is_text(value):
            return str(value)
        self.add(name, f"This must be a text of 1 to {MOST_CHARACTERS} characters.")
        return ""

    def value(self, name: str, kind: str, *, needed: bool = False) -> Any:
        """A value of that kind; None when it is left out."""
        given = self.body.get(name)
        found = converted(kind, given)
        if found is None and (given is not None or needed):
            self.add(name, _WORDS[kind])
        return found

    def name(self, name: str) -> str:
        """A name, as documents have them."""
        value = self.body.get(name)
        if isinstance(value, str) and is_name(value):
            return value
        self.add(name, "This must be a name: a-z, 0-9 and _, a letter first, at most 41 characters.")
        return ""

    def fact_values(self, definition: FactDef | None, record: Callable[[str, Json], int | None]) -> dict[str, Any]:
        """What stands under `values`, as the rules of that fact take it; without one nothing may.

        record: the id of a record that the user sees, from its entity's key and its own.
        """
        values = self.body.get("values", {})
        if not isinstance(values, dict):
            self.add("values", "This must be an object.")
            return {}
        found = {}
        for name, value in values.items():
            member = definition.fields.member(name) if definition is not None else None
            if member is None:
                pointer = f"{self.pointer}/values/{name[:100]}"
                self.problems.append(Problem("unknown_field", pointer, "There is no such field here."))
                continue
            shape = member.type.shape
            if shape is not None:
                found[member.name] = record(shape.key, value) if value is not None else None
            else:
                found[member.name] = converted(member.type.kind, value)
            if value is not None and found[member.name] is None:
                self.add(f"values/{name}", f"This must be a {member.type.kind}.")
        return found

    def one_of(self, name: str, *allowed: str) -> str:
        """One of these texts."""
        value = self.body.get(name)
        if value in allowed:
            return str(value)
        self.add(name, f"This must be one of {', '.join(allowed)}.")
        return allowed[0]

    def add(self, name: str, message: str) -> None:
        """Note a problem of a value."""
        self.problems.append(Problem("wrong_value", f"{self.pointer}/{name}", message))

    def ensure(self) -> None:
        """Raises: Invalid("invalid") with every problem found so far."""
        if self.problems:
            raise Invalid(self.problems)


_WORDS: Mapping[str, str] = {
    "number": "This must be a number.",
    "datetime": "This must be an instant with a time zone.",
    "date": "This must be a day, 2026-01-31.",
    "text": f"This must be a text of at most {_LONGEST_TEXT} characters.",
    "boolean": "This must be true or false.",
}
