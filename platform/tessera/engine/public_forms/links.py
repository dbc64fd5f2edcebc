"""Links to forms: made, listed, changed and taken away by those with the permission `public_forms`."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from tessera.engine.access import rights
from tessera.engine.building.rights import ensure_may
from tessera.engine.work import Work
from tessera.errors import Invalid, Json, NotFound, Problem
from tessera.meta.kinds.form import PUBLIC_TYPES, Form
from tessera.meta.model import Entity
from tessera.store.system import public_forms as store

_LABEL = 200
_THANKS = 2_000
_MOST = 1_000_000
_SHOWN = (
    "id", "token", "label", "thanks", "given", "is_open", "closes_at", "most_answers", "answers", "dropped", "last_at",
    "created_at", "created_by",
)  # fmt: skip
_KEYS = frozenset({"label", "thanks", "given", "closes_at", "most_answers", "is_open"})
_GIVEN_TYPES = PUBLIC_TYPES | {"reference"}


def create_link(work: Work, form_name: Json, data: Mapping[str, Json]) -> dict[str, Json]:
    """A new link to a form. Raises: Forbidden, NotFound, Invalid with a problem for each place."""
    ensure_may(work, "public_forms")
    form = public_form(work, str(form_name))
    entity = work.model.entities[form.entity]
    rights(work, entity).ensure("create")
    values = {"label": "", "thanks": "", "given": {}, "closes_at": None, "most_answers": None, **_checked(data)}
    _ensure_answerable(work, form, entity, values["given"])
    number = store.insert_link(work.tx, {
        **{name: each for name, each in values.items() if name != "is_open"}, "form": form.key,
        "token": secrets.token_urlsafe(24), "created_at": work.now, "created_by": work.ctx.actor.name,
    })  # fmt: skip
    return get_link(work, number)


def get_link(work: Work, number: int) -> dict[str, Json]:
    """A link as those who manage them see it. Raises: Forbidden, NotFound."""
    return _link_json(work, _row(work, number))


def list_links(work: Work, entity_name: str = "") -> list[dict[str, Json]]:
    """The links of the forms that the actor sees, the latest first."""
    ensure_may(work, "public_forms")
    forms = [each for each in work.model.all("form") if each.is_public and _sees(work, each)]
    keys = [each.key for each in forms if entity_name in ("", work.model.entities[each.entity].name)]
    return [_link_json(work, row) for row in store.link_rows(work.tx, keys)]


def change_link(work: Work, number: int, data: Mapping[str, Json]) -> dict[str, Json]:
    """Close or open a link, or change what it says and takes. Raises: Forbidden, NotFound, Invalid."""
    row = _row(work, number)
    values = _checked(data)
    if "given" in values:
        form = work.model.parts.get("form", {}).get(row["form"])
        if form is None:
            raise NotFound(what="form")
        _ensure_answerable(work, form, work.model.entities[form.entity], values["given"])
    if values:
        store.update_link(work.tx, number, values)
    return get_link(work, number)


def delete_link(work: Work, number: int) -> None:
    """Take a link away; the records that came through it stay. Raises: Forbidden, NotFound."""
    _row(work, number)
    store.delete_link(work.tx, number)


def public_form(work: Work, name: str) -> Form:
    """The form of that name that is meant for the outside. Raises: NotFound."""
    form: Form | None = work.model.part("form", name)
    if form is None or not form.is_public or not _sees(work, form):
        raise NotFound(what="form")
    return form


def fields_of(form: Form) -> list[str]:
    """The names of the fields that the form asks for."""
    return [item.field for section in form.sections for item in section.items]


def _sees(work: Work, form: Form) -> bool:
    return rights(work, work.model.entities[form.entity]).can_read


def _row(work: Work, number: int) -> dict[str, Any]:
    ensure_may(work, "public_forms")
    row = store.link_row(work.tx, number)
    form = None if row is None else work.model.parts.get("form", {}).get(row["form"])
    if row is None or (form is not None and not _sees(work, form)):
        raise NotFound(what="link")
    return row


def _link_json(work: Work, row: Mapping[str, Any]) -> dict[str, Json]:
    form = work.model.parts.get("form", {}).get(row["form"])
    found: dict[str, Json] = {name: row[name] for name in _SHOWN}
    for name in ("closes_at", "last_at", "created_at"):
        found[name] = None if row[name] is None else row[name].isoformat().replace("+00:00", "Z")
    entity = work.model.entities[form.entity].name if form is not None else None
    return {**found, "form": None if form is None else form.name, "entity": entity}


def _checked(data: Mapping[str, Json]) -> dict[str, Any]:
    """What was given of a link, each part of its kind. Raises: Invalid."""
    problems: list[Problem] = []
    found: dict[str, Any] = {name: each for name, each in data.items() if name in _KEYS}

    def wrong(name: str, message: str) -> None:
        problems.append(Problem("wrong_value", f"/{name}", message))

    for name, most in (("label", _LABEL), ("thanks", _THANKS)):
        text = found.get(name, "")
        if not isinstance(text, str) or len(text) > most or "\0" in text:
            wrong(name, f"This must be a text of at most {most} characters.")
    if not isinstance(found.get("is_open", True), bool):
        wrong("is_open", "This must be true or false.")
    if not isinstance(found.get("given", {}), dict):
        wrong("given", "This must be an object of fields and their values.")
    elif "given" in found:
        found["given"] = {name: _kept(each) for name, each in found["given"].items()}
    if (most_answers := found.get("most_answers")) is not None:
        found["most_answers"] = _whole(most_answers)
        if found["most_answers"] is None:
            wrong("most_answers", f"This must be a whole number from 1 to {_MOST}.")
    if (closes_at := found.get("closes_at")) is not None:
        found["closes_at"] = _instant(closes_at)
        if found["closes_at"] is None:
            wrong("closes_at", "This must be an instant with its offset, such as 2026-12-31T16:00:00Z.")
    if problems:
        raise Invalid(problems)
    return found


def _kept(value: Json) -> Json:
    """A value as it can be kept: numbers of a body come as decimals."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else f"{value:f}"
    return [_kept(each) for each in value] if isinstance(value, list) else value


def _whole(value: Json) -> int | None:
    """The number, when it is whole and as large as it may be. Numbers of a body come as decimals."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal) or value != int(value):
        return None
    return int(value) if 1 <= value <= _MOST else None


def _instant(value: Json) -> datetime | None:
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return found if found is not None and found.tzinfo is not None else None


def _ensure_answerable(work: Work, form: Form, entity: Entity, given: Mapping[str, Json]) -> None:
    """Whoever makes the link must be able to create what it creates, and nothing that is needed may be missing."""
    own = rights(work, entity)
    asked = fields_of(form)
    problems = []
    for name in given:
        field = entity.field(name)
        if field is None or not own.may_read(name):
            problems.append(Problem("unknown_field", f"/given/{name}", f'There is no field "{name}".'))
        elif name in asked or field.type not in _GIVEN_TYPES or field.read_only or not own.may_write(name):
            message = f'"{name}" cannot be given a fixed value here.'
            problems.append(Problem("wrong_value", f"/given/{name}", message))
    for name in asked:
        if not own.may_write(name):
            problems.append(Problem("wrong_value", "/form", f'You may not write "{name}" yourself.'))
    for each in entity.fields:
        is_given = each.name in asked or given.get(each.name) is not None
        if each.required and each.default is None and not each.read_only and each.storage is not None and not is_given:
            if each.type != "sequence":
                message = f'"{each.name}" is required, and the form does not ask for it.'
                problems.append(Problem("required", f"/given/{each.name}", message))
    if problems:
        raise Invalid(problems)
