"""From a draft to packages: new documents go into its own package, changes of shipped ones become overlays there."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence

from tessera.engine.building import texts
from tessera.engine.building.base import documents_of, model_of
from tessera.engine.building.drafts import Draft
from tessera.engine.packages.stored import load_packages
from tessera.engine.work import Work
from tessera.errors import Json
from tessera.meta import Package, changes_between
from tessera.meta.aliases import kept_document
from tessera.meta.compile import link
from tessera.meta.documents import Document, document_of, package_of
from tessera.meta.overlay import effective_documents
from tessera.meta.structure import reach_of
from tessera.names import UID

HEAD = "tessera.json"
FIRST_VERSION = "1.0.0"

Bodies = Mapping[str, Mapping[str, Json] | None]


def assembled(work: Work, draft: Draft) -> list[Package]:
    """Every package that a release of the draft would hold, whether they are right or not.

    Names that a document had in the base stay as aliases, in overlays too.
    """
    base = documents_of(model_of(work, draft.base))
    bodies: dict[str, Mapping[str, Json] | None] = {}
    for key, put in texts.puts(work, draft).items():
        is_known = put.body is not None and key in base
        bodies[key] = kept_document(put.body or {}, base[key].body) if is_known else put.body
    return with_changes(load_packages(work.tx, draft.base), draft.package, bodies)


def with_changes(held: Sequence[Package], name: str, bodies: Bodies) -> list[Package]:
    """The packages with these documents changed (None: taken away), all of it in the package of that name.

    bodies: whole documents by key, as they shall be after all overlays.
    """
    own = next((each for each in held if each.name == name), None)
    others = [each for each in held if each.name != name]
    if not bodies:
        return list(held)
    documents = {each.key: each for each in own.documents} if own is not None else {}
    plain, _ = effective_documents(others)
    shipped = {each.key: each for each in plain}
    for key, body in bodies.items():
        if key.startswith(f"{name}:"):
            _put_own(documents, name, key, body)
        elif key in shipped and body is not None:
            _put_overlay(documents, name, shipped[key], body)
    head = next((each for each in documents.values() if each.kind == "package"), None)
    made = package_of(name, [each for each in documents.values() if each.kind != "package"], own.files if own else {})
    made = made.with_documents([*made.documents, _head(head, name, _possible(others, name))])
    return sorted([*others, package_of(name, made.documents, made.files)], key=lambda each: each.name)


def tidied(packages: Sequence[Package], name: str, before: Package | None) -> list[Package]:
    """The packages where that of the draft requires only what it names, at its next version if it has changed."""
    own = next((each for each in packages if each.name == name), None)
    if own is None:
        return list(packages)
    needs = _needed(packages, own)
    head = next(each for each in own.documents if each.kind == "package")
    rest = [each for each in own.documents if each.kind != "package"]
    made = package_of(name, [*rest, _head(head, name, needs)], own.files)
    if before is not None and not _same(made, before):
        head = next(each for each in made.documents if each.kind == "package")
        fresh = head.with_body({**head.body, "version": next_version(before.version)})
        made = package_of(name, [*rest, fresh], own.files)
    return [made if each.name == name else each for each in packages]


def next_version(version: str) -> str:
    """The version after one.

    >>> next_version("1.0.9")
    '1.0.10'
    """
    parts = [int(each) if each.isdigit() else 0 for each in (version or FIRST_VERSION).split(".")]
    parts = [*parts, 0, 0, 0][:3]
    return ".".join(map(str, [*parts[:2], parts[2] + 1]))


def flat_packages(packages: Sequence[Package]) -> list[Package]:
    """The packages with every overlay merged into what it is of, and no overlays left."""
    every, _ = effective_documents(packages)
    found = {each.key: each for each in every if each.kind != "overlay"}
    return [
        package.with_documents(found[each.key] for each in package.documents if each.key in found)
        for package in packages
    ]


def _same(one: Package, other: Package) -> bool:
    bodies = [{each.key: each.body for each in package.documents} for package in (one, other)]
    return bodies[0] == bodies[1]


def _put_own(documents: dict[str, Document], name: str, key: str, body: Mapping[str, Json] | None) -> None:
    known = documents.pop(key, None)
    if body is None:
        return
    path = known.path if known is not None else f"{body.get('kind')}/{key.partition(':')[2]}.json"
    documents[key] = document_of(name, path, body)


def _put_overlay(documents: dict[str, Document], name: str, shipped: Document, body: Mapping[str, Json]) -> None:
    """The overlay that leads from the document as others ship it to the body."""
    known = [each for each in documents.values() if each.kind == "overlay" and each.body.get("of") == shipped.key]
    for each in known:
        del documents[each.key]
    changes = changes_between(shipped.body, body)
    if not changes:
        return
    uid = known[0].uid if known else _overlay_uid(shipped.key)
    path = known[0].path if known else f"overlay/{shipped.package}_{shipped.uid}.json"
    made = document_of(name, path, {"kind": "overlay", "uid": uid, "of": shipped.key, "changes": changes})
    documents[made.key] = made


def _overlay_uid(key: str) -> str:
    return "o_" + hashlib.sha256(key.encode()).hexdigest()[:12]


def _possible(others: Sequence[Package], name: str) -> list[str]:
    """The packages that the draft's own may require: those that do not require it."""
    reach = reach_of(others)
    return sorted(each.name for each in others if name not in reach[each.name])


def _needed(packages: Sequence[Package], own: Package) -> list[str]:
    """The packages of all that the draft's package names or changes."""
    every, _ = effective_documents(packages)
    changed = {each.key: each for each in every if each.package == own.name or own.name in each.overlaid_by}
    needed = {each.package for each in changed.values()}
    needed |= {package for each in changed.values() for package in each.overlaid_by}
    reach = reach_of(packages)
    for use in link(packages).uses:
        if use.document in changed:
            package = use.target.partition(":")[0]
            if package not in {use.document.partition(":")[0], *reach.get(changed[use.document].package, ())}:
                needed.add(package)
            elif changed[use.document].package == own.name:
                needed.add(package)
    return sorted(needed - {own.name})


def _head(known: Document | None, name: str, requires: Iterable[str]) -> Document:
    uid = name if UID.match(name) else "p_" + hashlib.sha256(name.encode()).hexdigest()[:12]
    label = {"zh": "本地修改", "en": "Local changes"}
    fresh = {"kind": "package", "uid": uid, "name": name, "label": label, "version": FIRST_VERSION}
    body = dict(known.body) if known is not None else fresh
    stated = {each["package"]: each for each in body.get("requires", ()) if isinstance(each, Mapping)}
    listed = [stated.get(each, {"uid": _require_uid(each), "package": each}) for each in requires]
    body.pop("requires", None)
    return document_of(name, HEAD, {**body, "requires": listed} if listed else body)


def _require_uid(package: str) -> str:
    return package if UID.match(package) else "r_" + hashlib.sha256(package.encode()).hexdigest()[:12]
