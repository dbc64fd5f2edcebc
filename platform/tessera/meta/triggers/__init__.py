"""Kinds of triggers of flows, one module each; importing the package registers them all."""

from importlib import import_module
from pkgutil import iter_modules

from tessera.meta.triggers.base import TRIGGER_TYPES, TriggerType

for _module in sorted(each.name for each in iter_modules(__path__)):
    import_module(f"{__name__}.{_module}")

__all__ = ["TRIGGER_TYPES", "TriggerType"]
