"""The kind `organisation`: who is above whom, found over the records of an entity."""

from __future__ import annotations

from typing import ClassVar

from tessera.meta.approvals import ManagerPath, OrganisationDoc
from tessera.meta.documents import Document
from tessera.meta.drafts import EntityDraft
from tessera.meta.kinds.base import KINDS, Kind
from tessera.meta.linker import Linker


class OrganisationKind(Kind):
    """How documents about who is above whom are understood."""

    name: ClassVar[str] = "organisation"
    phase: ClassVar[int] = 30

    def compile(self, document: Document, linker: Linker) -> OrganisationDoc | None:
        """The entity of people's places and the ways up from there."""
        body = document.body
        entity = linker.entity(body["entity"], document.at("entity"))
        if entity is None:
            return None
        user = linker.field(entity, body["user"], document.at("user"))
        if user is not None and user.type.name != "user":
            linker.problem("not_a_user", document.at("user"), f'"{user.name}" is no user field.')
            user = None
        paths = [
            _path(entity, each["path"], document.at("managers", place, "path"), linker)
            for place, each in enumerate(body["managers"])
        ]
        good = tuple(each for each in paths if each is not None)
        if user is None or len(good) < len(paths):
            return None
        linker.want_index(entity.key, (user.name,))
        label = linker.label(body, document.at())
        return OrganisationDoc(document.key, document.name, label, entity.key, user.name, good)


def _path(entity: EntityDraft, path: str, pointer: str, linker: Linker) -> ManagerPath | None:
    fields = linker.path(entity, path, pointer)
    if fields is None:
        return None
    last = fields[-1]
    is_place = last.type.name == "reference" and linker.names.get(("entity", str(last.options.get("to")))) == entity.key
    if not is_place and last.type.name != "user":
        message = f'"{path}" leads neither to a user nor to a record of "{entity.name}".'
        linker.problem("not_a_user", pointer, message)
        return None
    return ManagerPath(tuple(each.name for each in fields), is_place)


KINDS.add("organisation", OrganisationKind())
