"""The command line `tessera`."""

from tessera.cli.main import main

__all__ = ["main"]
