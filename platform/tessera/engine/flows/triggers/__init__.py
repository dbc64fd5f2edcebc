"""Which events the triggers of flows mean, one module each; importing the package registers them all."""

from importlib import import_module
from pkgutil import iter_modules

from tessera.engine.flows.triggers.base import CLOCKED, MATCHERS, Clocked, Matcher, Slot

for _module in sorted(each.name for each in iter_modules(__path__)):
    import_module(f"{__name__}.{_module}")

__all__ = ["CLOCKED", "MATCHERS", "Clocked", "Matcher", "Slot"]
