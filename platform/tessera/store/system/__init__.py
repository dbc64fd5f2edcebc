"""The platform's own tables, one file per area; all of them are loaded with this package."""

from __future__ import annotations

import pkgutil
from importlib import import_module

from tessera.store.system.base import metadata

__all__ = ["metadata"]

for _module in pkgutil.iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")
