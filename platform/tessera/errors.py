"""The error tree: every expected failure has a stable code, an HTTP status and parameters.

A subclass's docstring is its default message; `{name}` in it is replaced by the parameter of that name.
Codes are public API: documented, tested and never reused. Texts are translated by code, outside.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, TypeAlias

Json: TypeAlias = Any
"""A JSON value: None, bool, int, str, Decimal (as text on the wire), list or dict of them. Never a float."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with an input: what, where, and what to do about it.

    code: stable snake_case code. pointer: JSON pointer into the input ("" is the whole of it).
    message: an English sentence. hint: what to do. params: the values that the message speaks of.
    """

    code: str
    pointer: str
    message: str
    hint: str = ""
    params: Mapping[str, Json] = field(default_factory=dict)

    def to_json(self) -> dict[str, Json]:
        """The problem as it goes over the wire; empty parts are left out."""
        body: dict[str, Json] = {"code": self.code, "pointer": self.pointer, "message": self.message}
        if self.hint:
            body["hint"] = self.hint
        if self.params:
            body["params"] = dict(self.params)
        return body


_CODES: dict[str, type[TesseraError]] = {}


class TesseraError(Exception):
    """Something went wrong."""

    code: ClassVar[str] = "error"
    status: ClassVar[int] = 400
    hint: ClassVar[str] = ""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "code" in cls.__dict__:
            known = _CODES.setdefault(cls.code, cls)
            if known.__qualname__ != cls.__qualname__:
                raise TypeError(f"error code {cls.code!r} is used by {known.__qualname__} already")

    def __init__(self, message: str = "", *, pointer: str = "", hint: str = "", **params: Json) -> None:
        self.pointer = pointer
        self.params: dict[str, Json] = params
        self.help = hint or type(self).hint
        self.message = message or self.default_message(params)
        super().__init__(self.message)

    @classmethod
    def default_message(cls, params: Mapping[str, Json]) -> str:
        """The first paragraph of the class's docstring, with the parameters filled in."""
        text = " ".join((cls.__doc__ or cls.code).strip().split("\n\n")[0].split())
        for name, value in params.items():
            text = text.replace("{" + name + "}", str(value))
        return text

    def problems(self) -> tuple[Problem, ...]:
        """What is wrong, one problem for each place."""
        return (Problem(self.code, self.pointer, self.message, self.help, self.params),)


class Invalid(TesseraError):
    """The input has problems."""

    code = "invalid"
    status = 422

    def __init__(self, problems: Iterable[Problem], message: str = "") -> None:
        self.all = tuple(problems)
        super().__init__(message or "; ".join(p.message for p in self.all[:3]))

    def problems(self) -> tuple[Problem, ...]:
        """Every problem found, in the order of the input."""
        return self.all


class NotFound(TesseraError):
    """There is no such {what}, or it is not visible to you."""

    code = "not_found"
    status = 404


class UnknownField(TesseraError):
    """There is no field "{name}" here, or it is not visible to you."""

    code = "unknown_field"
    status = 400


class Forbidden(TesseraError):
    """You may not {action} this."""

    code = "forbidden"
    status = 403


class Conflict(TesseraError):
    """This was changed by somebody else in the meantime."""

    code = "conflict"
    status = 409
    hint = "Read it again, look at the changes and repeat yours."


class Unavailable(TesseraError):
    """The service cannot do this just now."""

    code = "unavailable"
    status = 503
    hint = "Try again in a few seconds."


def error_codes() -> dict[str, type[TesseraError]]:
    """Every registered error class by its code."""
    return dict(_CODES)
