"""What a kind of document is to the compiler."""

from __future__ import annotations

from typing import Any, ClassVar

from tessera.meta.documents import Document
from tessera.meta.linker import Linker
from tessera.registry import Registry


class Kind:
    """How documents of one kind are understood.

    phase: kinds with a lower one are declared and compiled before. All documents of all kinds are declared before
    the first is compiled. Only documents that fit their schema arrive here.
    """

    name: ClassVar[str] = ""
    phase: ClassVar[int] = 99

    def tolerated(self, places: list[str]) -> set[str] | None:
        """Which elements to leave out so that the rest of a document with schema problems can be looked at.

        places: pointers of the problems. None: the document is left out whole.
        """
        return None

    def declare(self, document: Document, linker: Linker) -> None:
        """Make known what other documents may use: the shape of it, for formulas."""

    def compile(self, document: Document, linker: Linker) -> Any:
        """The compiled, frozen form, which goes into Model.parts[kind][key]; None for none.

        Problems go to linker.problem; it never raises for what an author can get wrong.
        """
        return None


KINDS: Registry[Kind] = Registry("kind")
"""Every kind that can be compiled, by name."""
