"""Older names: kept from release to release until a document says otherwise."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tessera.errors import Json
from tessera.meta.documents import Package
from tessera.meta.model import Model
from tessera.meta.schema import kind_names, schema_of


def keep_aliases(packages: Iterable[Package], previous: Model) -> list[Package]:
    """The packages with `aliases` filled in from what documents and fields were called before.

    A document or field that states its aliases has these; one that does not keeps those of the release before.
    Either way a name that changed with this release is added. Store the result: it is what was compiled.
    """
    found = []
    for package in packages:
        documents = []
        for each in package.documents:
            before = previous.documents.get(each.key)
            body = each.body if before is None else kept_document(each.body, before)
            documents.append(each if body is each.body else each.with_body(body))
        found.append(package.with_documents(documents))
    return found


def kept_document(body: Mapping[str, Json], before: Mapping[str, Json]) -> Mapping[str, Json]:
    """The body of a document with `aliases` filled in from what it and its fields were called before."""
    kind = body.get("kind")
    if kind not in kind_names() or kind != before.get("kind"):
        return body
    kept = _kept(body, before) if "aliases" in schema_of(str(kind)).get("properties", {}) else body
    if kind == "entity":
        kept = _kept_fields(kept, before)
    return kept


def _kept_fields(body: Mapping[str, Json], before: Mapping[str, Json]) -> Mapping[str, Json]:
    old = {each["uid"]: each for each in _elements(before.get("fields"))}
    fields = [_kept_field(each, old) for each in body.get("fields", ())] if _elements(body.get("fields")) else []
    same = all(new is given for new, given in zip(fields, body.get("fields", ()), strict=False))
    return body if same else {**body, "fields": fields}


def _kept_field(field: Any, old: Mapping[str, Mapping[str, Json]]) -> Any:
    before = old.get(str(field.get("uid"))) if isinstance(field, Mapping) else None
    if before is None:
        return field
    kept = _kept(field, before)
    return _kept_fields(kept, before) if kept.get("type") == "lines" == before.get("type") else kept


def _elements(value: Json) -> list[Mapping[str, Json]]:
    if not isinstance(value, list):
        return []
    return [each for each in value if isinstance(each, Mapping) and isinstance(each.get("uid"), str)]


def _kept(body: Mapping[str, Json], before: Mapping[str, Json]) -> Mapping[str, Json]:
    stated = body.get("aliases")
    aliases = list(stated if isinstance(stated, list) else before.get("aliases", ()))
    if before.get("name") != body.get("name") and isinstance(before.get("name"), str):
        aliases.append(before["name"])
    wanted = [alias for alias in dict.fromkeys(aliases) if alias != body.get("name")]
    if wanted == (stated or []):
        return body
    return {**body, "aliases": wanted}
