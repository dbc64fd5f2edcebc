"""Triggers about a formula that becomes true of a record."""

from __future__ import annotations

from typing import ClassVar

from tessera.engine.flows.triggers.base import MATCHERS, Matcher
from tessera.formula import Formula
from tessera.meta.flows import TriggerDoc
from tessera.meta.triggers.formula_true_trigger import FormulaTrue


class FormulaBecameTrue(Matcher):
    """A change after which the formula is true, and before which it was not; a new record counts when it is."""

    verbs: ClassVar[tuple[str, ...]] = ("created", "updated")

    def edge(self, trigger: TriggerDoc) -> Formula | None:
        """The formula."""
        options: FormulaTrue = trigger.options
        return options.formula


MATCHERS.add("formula_true", FormulaBecameTrue())
