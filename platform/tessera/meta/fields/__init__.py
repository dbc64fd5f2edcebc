"""Field types, one module each; importing the package registers them all."""

from importlib import import_module
from pkgutil import iter_modules

from tessera.meta.fields.base import FIELD_TYPES, FieldType

for _module in sorted(each.name for each in iter_modules(__path__)):
    import_module(f"{__name__}.{_module}")

__all__ = ["FIELD_TYPES", "FieldType"]
