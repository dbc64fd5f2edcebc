"""Kinds of documents, one module each; importing the package registers them all.

A module here calls `KINDS.add("<kind>", <Kind>())`; its schema lies in `meta/schemas/<kind>.json`.
"""

from importlib import import_module
from pkgutil import iter_modules

from tessera.meta.kinds.base import KINDS, Kind

for _module in sorted(each.name for each in iter_modules(__path__)):
    import_module(f"{__name__}.{_module}")

__all__ = ["KINDS", "Kind"]
