"""Packages of metadata: check → plan → apply in one transaction, roll back, export.

A release holds the documents of every package that is applied. Applying packages replaces those of the same name
and leaves the others alone.
"""

from tessera.engine.packages.applying import Applied, apply, on_apply, rollback
from tessera.engine.packages.errors import ConsentNeeded, NothingToRollBack, ReleaseMoved
from tessera.engine.packages.exporting import chosen, export_zip, write_folder
from tessera.engine.packages.proposing import History, Proposal, propose, propose_rollback
from tessera.engine.packages.stored import load_model, load_packages

__all__ = [
    "Applied",
    "ConsentNeeded",
    "History",
    "NothingToRollBack",
    "Proposal",
    "ReleaseMoved",
    "apply",
    "chosen",
    "export_zip",
    "load_model",
    "load_packages",
    "on_apply",
    "propose",
    "propose_rollback",
    "rollback",
    "write_folder",
]
