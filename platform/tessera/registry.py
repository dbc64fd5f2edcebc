"""A named collection to which built-ins and plugins add their parts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

T = TypeVar("T")


class Registry(Generic[T]):
    """Parts of one sort by name; a name is given once."""

    def __init__(self, what: str) -> None:
        self.what = what
        self._parts: dict[str, T] = {}

    def add(self, name: str, part: T) -> T:
        """Register a part. Raises: ValueError when the name is taken."""
        if name in self._parts:
            raise ValueError(f"{self.what} {name!r} is registered already")
        self._parts[name] = part
        return part

    def remove(self, name: str) -> None:
        """Take a part out. Raises: KeyError when there is none of that name."""
        del self._parts[name]

    def get(self, name: str) -> T | None:
        """The part of that name, or None."""
        return self._parts.get(name)

    def __getitem__(self, name: str) -> T:
        return self._parts[name]

    def __contains__(self, name: object) -> bool:
        return name in self._parts

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._parts))

    def items(self) -> list[tuple[str, T]]:
        """Name and part, sorted by name."""
        return sorted(self._parts.items(), key=lambda pair: pair[0])

    @contextmanager
    def temporarily(self, name: str, part: T) -> Iterator[T]:
        """Register a part for the length of a with block (for tests)."""
        self.add(name, part)
        try:
            yield part
        finally:
            del self._parts[name]
