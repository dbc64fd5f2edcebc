"""Channels, one module each; importing the package registers the built-in ones."""

from importlib import import_module
from pkgutil import iter_modules

from tessera.engine.messages.channels.base import (
    CHANNELS,
    Channel,
    Delivery,
    Receipt,
    add_channel,
    remove_channel,
    secret_of,
)

for _module in sorted(each.name for each in iter_modules(__path__)):
    import_module(f"{__name__}.{_module}")

__all__ = ["CHANNELS", "Channel", "Delivery", "Receipt", "add_channel", "remove_channel", "secret_of"]
