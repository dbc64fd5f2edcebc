"""Metadata: documents in, a frozen Model out. Pure, but for reading a folder."""

from tessera.meta.aliases import keep_aliases
from tessera.meta.canonical import fmt
from tessera.meta.compile import check, compile_model, hash_of
from tessera.meta.diff import Change, Plan, diff
from tessera.meta.documents import Document, Package, packages_of
from tessera.meta.loading import load_files, load_folder, load_zip
from tessera.meta.model import Entity, Field, Label, Model
from tessera.meta.overlay import changes_between, merge_overlay, merge_three
from tessera.meta.positions import locate
from tessera.meta.rename import rename

__all__ = [
    "Change",
    "Document",
    "Entity",
    "Field",
    "Label",
    "Model",
    "Package",
    "Plan",
    "changes_between",
    "check",
    "compile_model",
    "diff",
    "fmt",
    "hash_of",
    "keep_aliases",
    "load_files",
    "load_folder",
    "load_zip",
    "locate",
    "merge_overlay",
    "merge_three",
    "packages_of",
    "rename",
]
