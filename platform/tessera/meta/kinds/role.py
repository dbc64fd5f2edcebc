"""The kind `role`: what its users may do with which records and fields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar

from tessera.errors import Json
from tessera.formula import Formula
from tessera.formula.shapes import BOOLEAN
from tessera.meta.asked import asked_by
from tessera.meta.documents import Document
from tessera.meta.drafts import EntityDraft, Unusable
from tessera.meta.kinds.base import KINDS, Kind
from tessera.meta.linker import Linker
from tessera.meta.model import Label


@dataclass(frozen=True, slots=True)
class Grant:
    """Rights on the records of one entity (its key). Names of fields of lines stand as "lines.price".

    where: true for the records meant, None for all. masks: field name → name of the mask.
    """

    uid: str
    entity: str
    actions: frozenset[str]
    where: Formula | None
    hidden: frozenset[str]
    read_only: frozenset[str]
    masks: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ApprovalGrant:
    """Rights on all approvals of a flow (its key, "" for every flow). actions: "see", "manage"."""

    uid: str
    flow: str
    actions: frozenset[str]


@dataclass(frozen=True, slots=True)
class Role:
    """A role. includes: names of other roles; their grants stand among its own. permissions: besides records."""

    key: str
    name: str
    label: Label
    includes: tuple[str, ...]
    permissions: frozenset[str]
    grants: tuple[Grant, ...]
    approvals: tuple[ApprovalGrant, ...] = ()


class RoleKind(Kind):
    """How roles are understood."""

    name: ClassVar[str] = "role"
    phase: ClassVar[int] = 80

    def compile(self, document: Document, linker: Linker) -> Role:
        """The role; row conditions are typed, fields and roles must be there."""
        body = document.body
        includes = tuple(body.get("includes", ()))
        for index, name in enumerate(includes):
            ensure_role(name, document.at("includes", index), linker)
        every = (document, *_included(document, linker))
        grants = [
            _grant(each, index, grant, linker)
            for each in every
            for index, grant in enumerate(each.body.get("grants", ()))
        ]
        approvals = [
            _approval_grant(each, index, grant, linker)
            for each in every
            for index, grant in enumerate(each.body.get("approvals", ()))
        ]
        return Role(
            document.key,
            document.name,
            linker.label(body, document.at()),
            includes,
            frozenset(body.get("permissions", ())),
            tuple(each for each in grants if each is not None),
            tuple(each for each in approvals if each is not None),
        )


def ensure_role(name: str, pointer: str, linker: Linker) -> None:
    """Report a role that is not there."""
    try:
        linker.find("role", name, pointer)
    except Unusable:
        return


def _included(document: Document, linker: Linker) -> list[Document]:
    """The roles that one includes, directly or through others; reports a circle."""
    found: dict[str, Document] = {}
    waiting = list(document.body.get("includes", ()))
    while waiting:
        name = waiting.pop(0)
        if name == document.name:
            message = f'The role "{name}" includes itself.'
            linker.problem("cycle", document.at("includes"), message, names=[name])
            continue
        other = linker.document("role", name)
        if other is not None and name not in found and linker.is_usable("role", name):
            found[name] = other
            waiting.extend(other.body.get("includes", ()))
    return list(found.values())


def _grant(document: Document, index: int, body: Mapping[str, Json], linker: Linker) -> Grant | None:
    pointer = document.at("grants", index)
    entity = linker.entity(body["entity"], f"{pointer}/entity")
    if entity is None:
        return None
    where = None
    if "where" in body:
        where = linker.formula(body["where"], linker.scope(entity), f"{pointer}/where", BOOLEAN)
        _want_indexes(entity, where, linker)
    masks = {
        each["field"]: each["mask"]
        for place, each in enumerate(body.get("masks", ()))
        if _field_exists(entity, each["field"], f"{pointer}/masks/{place}/field", linker)
    }
    return Grant(
        body["uid"],
        entity.key,
        frozenset(body["actions"]),
        where,
        _fields(entity, body, "hidden", pointer, linker),
        _fields(entity, body, "read_only", pointer, linker),
        MappingProxyType(masks),
    )


def _approval_grant(
    document: Document, index: int, body: Mapping[str, Json], linker: Linker
) -> ApprovalGrant | None:
    key: str | None = ""
    if "flow" in body:
        try:
            key = linker.find("flow", body["flow"], document.at("approvals", index, "flow"))
        except Unusable:
            return None
    return None if key is None else ApprovalGrant(body["uid"], key, frozenset(body["may"]))


def _want_indexes(entity: EntityDraft, where: Formula | None, linker: Linker) -> None:
    """A condition of the form field = user attribute is asked with every page: its fields get indexes."""
    for path in sorted(where.reads) if where is not None else ():
        if len(path) == 1 and entity.field(path[0]) is not None:
            linker.want_index(entity.key, path)
    if where is not None:
        linker.note_asked(asked_by(entity.key, where, is_role=True))


def _fields(entity: EntityDraft, body: Mapping[str, Any], key: str, pointer: str, linker: Linker) -> frozenset[str]:
    names = enumerate(body.get(key, ()))
    return frozenset(path for place, path in names if _field_exists(entity, path, f"{pointer}/{key}/{place}", linker))


def _field_exists(entity: EntityDraft, path: str, pointer: str, linker: Linker) -> bool:
    first, _, rest = path.partition(".")
    field = linker.field(entity, first, pointer, "path")
    if field is None or not rest:
        return field is not None
    lines = linker.entity_of(field.key)
    if lines is None:
        linker.problem("not_lines", pointer, f'"{first}" are no lines.')
        return False
    return linker.field(lines, rest, pointer, "path", 1) is not None


KINDS.add("role", RoleKind())
