"""A release as a scenario wants it: with the documents that the package has for this scenario alone."""

from __future__ import annotations

from tessera.engine.packages.stored import load_packages
from tessera.engine.work import Release
from tessera.errors import Invalid, Problem
from tessera.meta import Package, compile_model
from tessera.meta.documents import Document, document_of
from tessera.meta.kinds.scenario import OWN_KINDS, overlaid_kind
from tessera.store import Tx
from tessera.store.tables import Tables


def variant_of(tx: Tx, release: Release, scenario: Document) -> Release:
    """The release with the scenario's own documents; itself when there are none. Raises: Invalid for what is wrong."""
    bodies = scenario.body.get("documents", ())
    if not bodies:
        return release
    for place, body in enumerate(bodies):
        if body["kind"] not in OWN_KINDS or overlaid_kind(release.model.documents, body) not in OWN_KINDS:
            message = "A scenario changes how rules decide and what follows, nothing else."
            raise Invalid([Problem("wrong_kind", f"/documents/{place}", message)])
    own = [document_of(scenario.package, f"~scenario/{body['uid']}.json", body) for body in bodies]
    packages = [_with(each, own) if each.name == scenario.package else each
                for each in load_packages(tx, release.model.number)]
    model = compile_model(packages, number=release.model.number)
    return Release(model, Tables(model))


def _with(package: Package, own: list[Document]) -> Package:
    uids = {each.uid for each in own}
    return package.with_documents([*(each for each in package.documents if each.uid not in uids), *own])
