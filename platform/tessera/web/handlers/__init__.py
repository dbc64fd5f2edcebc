"""The endpoints, one file for each group."""

from __future__ import annotations

import pkgutil
from importlib import import_module

from tessera.web.routes import ROUTES, Route


def routes() -> list[Route]:
    """Every endpoint, in the order of the files and of the lines in them."""
    for module in pkgutil.iter_modules(__path__):
        import_module(f"{__name__}.{module.name}")
    return list(ROUTES)
