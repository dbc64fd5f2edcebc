"""Runners of the kinds of steps, one module each; `load` registers them all, once the engine of flows is there."""

from importlib import import_module
from pkgutil import iter_modules


def load() -> None:
    """Import every module of this package."""
    for module in sorted(each.name for each in iter_modules(__path__)):
        import_module(f"{__name__}.{module}")
