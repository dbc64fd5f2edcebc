"""Packages: check, plan, apply, roll back, export; and the releases that come of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

from tessera.engine import packages as engine
from tessera.engine.building.granting import ensure_within
from tessera.engine.building.publishing import ensure_publisher
from tessera.engine.building.releases import release_diff
from tessera.errors import Invalid, Json
from tessera.meta import Package, compile_model, load_zip
from tessera.meta.documents import document_of, package_of, parse_json
from tessera.store.system import catalog
from tessera.web.answers import Answer, json_answer
from tessera.web.call import Call
from tessera.web.errors import BadBody, BadParameter
from tessera.web.handlers.metadata import ensure_builder, ensure_designer
from tessera.web.routes import Body, Parameter, route
from tessera.web.uploads import uploaded_bytes

if TYPE_CHECKING:
    from tessera.engine.packages import Applied, Proposal

T = TypeVar("T")

_NAME = re.compile(r"[a-z][a-z0-9_]{0,40}\Z")
_PACKAGES = Body("PackageBody", kind="package")
_REMOVE = Parameter("remove", {"type": "string"}, "Names of packages that shall go, with commas between.")
_PARENT = Parameter("parent", {"type": "integer"}, "Release that the plan was made on; refused when it moved.")
CONSENT = Parameter("consent", {"type": "boolean"}, "Whether changes that hide or alter values are wanted.")
REASON = Parameter("reason", {"type": "string"}, "Why, for the list of releases.")
FROM = Parameter("effective_from", {"type": "string", "format": "date-time"}, "From when on its rules decide.")
_WITH = Parameter("with", {"type": "integer", "minimum": 0}, "Number of the earlier release; left out: the one before.")
_TO = Parameter("to", {"type": "integer"}, "Number of the release to go back to; left out: the one before.")


@route(
    "POST", "/api/v1/packages/check", tag="Packages", summary="Check packages", scope="metadata", body=_PACKAGES,
    answer="CheckAnswer",
)
def check_packages(call: Call) -> Answer:
    """Every problem of the packages together with those applied, for administrators. Nothing is changed.

    The body is a zip of packages, or JSON of their documents."""
    ensure_builder(call)

    def check() -> list[Json]:
        held = {each.name: each for each in engine.load_packages(call.work.tx, call.work.model.number)}
        wanted = {**held, **{each.name: each for each in _packages(call)}}
        compile_model([wanted[name] for name in sorted(wanted)], previous=call.work.model)
        return []

    return json_answer({"problems": _problems(check)})


@route(
    "POST", "/api/v1/packages/plan", tag="Packages", summary="Plan packages", scope="metadata", body=_PACKAGES,
    answer="PlanAnswer", parameters=(_REMOVE, FROM),
)
def plan_packages(call: Call) -> Answer:
    """What applying the packages would change, with counts of the records touched; for administrators. history: how
    much of what is decided already would be decided again, when their rules decide from an earlier instant on."""
    ensure_builder(call)
    work = call.work
    proposal = engine.propose(work.tx, work.model.number, _packages(call), remove=_removed(call),
                              effective_from=instant_of(call))
    return json_answer(_plan_json(call, proposal))


@route(
    "POST", "/api/v1/packages/apply", tag="Packages", summary="Apply packages", mode="free", scope="metadata",
    body=_PACKAGES, answer="PlanAnswer", errors=(409,),
    parameters=(_REMOVE, _PARENT, CONSENT, REASON, FROM),
)
def apply_packages(call: Call) -> Answer:
    """Make the packages part of a new release, all or nothing; for administrators. An empty plan changes nothing."""
    ensure_builder(call)
    applied = engine.apply(
        call.runtime.database,
        call.runtime.settings,
        call.ctx,
        _packages(call),
        remove=_removed(call),
        parent=_parent(call),
        consent=call.flag("consent"),
        effective_from=instant_of(call),
        reason=call.query.get("reason", "")[:1000],
    )
    return _applied(applied)


@route(
    "POST", "/api/v1/packages/rollback", tag="Packages", summary="Go back to an earlier release", mode="free",
    scope="metadata", answer="PlanAnswer", errors=(409,),
    parameters=(_TO, _PARENT, CONSENT, REASON, FROM),
)
def rollback_packages(call: Call) -> Answer:
    """Make a new release with the documents of an earlier one; hidden values are back. For who may publish; it is
    refused when it would give or show more than he may himself."""
    with call.runtime.reading(call.ctx) as work:
        ensure_publisher(work)
    applied = engine.rollback(
        call.runtime.database,
        call.runtime.settings,
        call.ctx,
        to=call.whole("to", 0) if "to" in call.query else None,
        parent=_parent(call),
        consent=call.flag("consent"),
        effective_from=instant_of(call),
        reason=call.query.get("reason", "")[:1000],
        also=ensure_within,
    )
    return _applied(applied)


@route(
    "GET", "/api/v1/releases/{number}/rollback", tag="Packages", summary="Plan going back to a release",
    scope="metadata", answer="PlanAnswer", parameters=(FROM,), errors=(409,),
)
def plan_rollback(call: Call) -> Answer:
    """What going back to an earlier release would change, with counts of the records touched; for who may publish.
    Nothing is changed. `to` is the number that the endpoint which goes back takes."""
    ensure_publisher(call.work)
    number = call.number("number", "release")
    proposal = engine.propose_rollback(call.work.tx, call.work.model.number, number, effective_from=instant_of(call))
    return json_answer({**_plan_json(call, proposal), "to": number})


@route("GET", "/api/v1/packages", tag="Packages", summary="List packages", scope="metadata", answer="List")
def list_packages(call: Call) -> Answer:
    """The packages of the head release, for who may design."""
    ensure_designer(call)
    rows = []
    for each in engine.load_packages(call.work.tx, call.work.model.number):
        head = next((document.body for document in each.documents if document.kind == "package"), {})
        requires = [{"package": need.package, "version": need.version} for need in each.requires]
        rows.append(
            {
                "name": each.name,
                "version": each.version,
                "label": head.get("label"),
                "requires": requires,
                "documents": len(each.documents),
            }
        )
    return json_answer({"release": call.work.model.number, "data": rows})


@route("GET", "/api/v1/releases", tag="Packages", summary="List releases", scope="metadata", answer="List")
def list_releases(call: Call) -> Answer:
    """Every release, the latest first, for who may design."""
    ensure_designer(call)
    rows = [
        {name: getattr(row, name) for name in catalog.ReleaseRow.__slots__} for row in catalog.releases(call.work.tx)
    ]
    return json_answer({"head": call.work.model.number, "data": rows[::-1]})


@route(
    "GET", "/api/v1/releases/{number}/diff", tag="Packages", summary="Compare two releases", scope="metadata",
    answer="ReleaseDiff", parameters=(_WITH,),
)
def compare_releases(call: Call) -> Answer:
    """What changed from one release to another: changes as in a plan, and each document place by place. For who may
    design. Without `with` the release is compared with the one before it."""
    ensure_designer(call)
    number = call.number("number", "release")
    other = call.whole("with", 0) if "with" in call.query else None
    return json_answer(release_diff(call.work, number, other))


@route(
    "GET", "/api/v1/packages/{name}/export", tag="Packages", summary="Export a package", scope="metadata",
    answer={"type": "string", "contentEncoding": "binary"}, content_type="application/zip",
)
def export_package(call: Call) -> Answer:
    """The package as a zip, equal byte for byte for an equal release; for administrators."""
    ensure_builder(call)
    name = call.args["name"]
    held = engine.load_packages(call.work.tx, call.work.model.number)
    body = engine.export_zip(engine.chosen(held, [name])[0])
    headers = [("Content-Disposition", f'attachment; filename="{name}.zip"')]
    return Answer(body, headers=headers, content_type="application/zip")


def _packages(call: Call) -> list[Package]:
    """The packages of the body: a zip, or documents as JSON. Raises: BadBody, Invalid."""
    if call.request.mimetype != "application/json":
        return [load_zip(uploaded_bytes(call, call.runtime.settings.limits.package_bytes))]
    body = parse_json(call.data.decode("utf-8", "replace"))
    listed = body.get("packages") if isinstance(body, dict) else None
    if not isinstance(listed, list) or not listed or len(body) != 1:
        raise BadBody(why='it must be {"packages": [{"documents": […]}, …]}')
    return [_package(each, index) for index, each in enumerate(listed)]


def _package(part: Json, index: int) -> Package:
    documents = part.get("documents") if isinstance(part, dict) else None
    if not isinstance(documents, list) or not all(isinstance(each, dict) for each in documents):
        raise BadBody(why=f'/packages/{index} must be {{"documents": [an object for each]}}')
    head = next((each for each in documents if each.get("kind") == "package"), None)
    name = head.get("name") if head is not None else None
    if not isinstance(name, str) or not _NAME.match(name):
        raise BadBody(why=f"/packages/{index}/documents holds no package document with a name")
    return package_of(name, [document_of(name, _path(each, place), each) for place, each in enumerate(documents)])


def _path(body: dict[str, Json], place: int) -> str:
    kind, name = body.get("kind"), body.get("name") or body.get("uid")
    if kind == "package":
        return "tessera.json"
    is_good = isinstance(kind, str) and isinstance(name, str) and _NAME.match(kind) and _NAME.match(name)
    return f"{kind}/{name}.json" if is_good else f"document/{place}.json"


def _problems(check: Callable[[], list[Json]]) -> list[Json]:
    try:
        return check()
    except Invalid as error:
        return [each.to_json() for each in error.problems()]


def _removed(call: Call) -> list[str]:
    return [name.strip() for name in call.query.get("remove", "").split(",") if name.strip()]


def _parent(call: Call) -> int | None:
    return call.whole("parent", 0) if "parent" in call.query else None


def instant_of(call: Call) -> datetime | None:
    """The parameter effective_from. Raises: BadParameter("bad_parameter")."""
    text = call.query.get("effective_from")
    if text is None:
        return None
    try:
        instant = datetime.fromisoformat(text)
        if instant.tzinfo is not None:
            return instant
    except ValueError:
        pass
    raise BadParameter(name="effective_from", why="must be an instant with a time zone, 2026-01-31T08:00:00Z.")


def _plan_json(call: Call, proposal: Proposal) -> dict[str, Json]:
    """A plan with the number of rows up to which a table is filled or checked while it is applied."""
    return {**proposal.to_json(), "inline_rows": call.runtime.settings.limits.build_inline_rows}


def _applied(applied: Applied) -> Answer:
    body = {**applied.proposal.to_json(), "release": applied.release, "is_new": applied.is_new}
    return json_answer(body)
