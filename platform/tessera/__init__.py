"""Tessera: a low-code platform whose applications are JSON metadata, interpreted at run time."""

__version__ = "0.1.0"
