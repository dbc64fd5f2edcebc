"""What people without an account see of a form, and what becomes of their answers.

An answer is written as by a `public form`: with the rights of today of who made the link, only with the fields of the
form and what the link gives, by the one write path. How often somebody may try is counted before anything is read.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from tessera.context import Actor
from tessera.engine import idempotency, records
from tessera.engine.access import rights
from tessera.engine.identity import starter_of
from tessera.engine.identity.throttle import count_in_window
from tessera.engine.offer import field_json, label_json, label_of
from tessera.engine.public_forms.errors import FormClosed, FormFull
from tessera.engine.public_forms.links import fields_of
from tessera.engine.records.errors import BadNames
from tessera.engine.work import Work
from tessera.errors import Invalid, Json, NotFound, Problem
from tessera.meta.kinds.form import Form
from tessera.store.system import public_forms as store

PER_ADDRESS = 60
PER_FORM = 2_000
"""So many tries an hour from one address (a shop's guests may share one), and for a link in all."""

_NOT_TOLD = ("formula", "check", "default")


@dataclass(frozen=True, slots=True)
class Answered:
    """What an answer came to. thanks: what the link says then."""

    thanks: str


def count_try(work: Work, token: str, address: str) -> None:
    """Count that somebody sends an answer. Committed by itself, so that refused answers count as well.

    Raises: NotFound, TooManyAttempts.
    """
    row = _row(work, token)
    place = hashlib.sha256(address.encode("utf-8", "surrogatepass")).hexdigest()[:32]
    scopes = {f"form:{row['id']}:{place}": PER_ADDRESS, f"form:{row['id']}": PER_FORM}
    count_in_window(work.tx, scopes, work.now)


def shown_form(work: Work, token: str) -> dict[str, Json]:
    """What the page needs: {"label", "help", "state": open, closed or full, "sections", "fields", "thanks"}.

    Nothing is told of a form that takes no answers. Raises: NotFound.
    """
    row = _row(work, token)
    form, actor = _form(work, row), starter_of(work.tx, row["created_by"])
    state = _state(row, work.now)
    if form is None or actor is None:
        state = "closed"
    head: dict[str, Json] = {"title": row["label"], "state": state, "thanks": "", "label": None, "help": None,
                             "sections": [], "fields": []}  # fmt: skip
    if state != "open" or form is None or actor is None:
        return head
    entity = work.model.entities[form.entity]
    work.ctx = work.ctx.acting_as(_public(row, actor))
    own = rights(work, entity)
    names = set(fields_of(form))
    fields = [field_json(work, entity, each, own) for each in entity.fields if each.name in names]
    body = work.model.documents[form.key]
    return {
        **head,
        "label": label_json(form.label, form.name),
        "help": label_of(body.get("help"), ""),
        "fields": [{**each, **dict.fromkeys(_NOT_TOLD)} for each in fields],
        "sections": [
            {
                "uid": section.uid,
                "label": None if section.label is None else label_json(section.label, ""),
                "items": [
                    {
                        "uid": item.uid, "field": item.field, "width": item.width,
                        "label": None if item.label is None else label_json(item.label, ""),
                        "help": None if item.help is None else label_json(item.help, ""),
                    }
                    for item in section.items
                ],
            }
            for section in form.sections
        ],
    }  # fmt: skip


def answer(work: Work, token: str, values: Mapping[str, Json], *, key: str, trap: str) -> Answered:
    """Make a record of what somebody sent. key: the same in every repetition. trap: what only a machine fills in.

    Raises: NotFound, FormClosed, FormFull, BadNames for fields that are not on the form, Invalid with a problem for
    each place, IdempotencyMismatch.
    """
    row = _row(work, token)
    if trap:
        # A machine is told that all is well, so that it does not try what else might go.
        store.count_dropped(work.tx, row["id"])
        return Answered(row["thanks"])
    form, actor = _form(work, row), starter_of(work.tx, row["created_by"])
    print_of = idempotency.fingerprint("POST", token, repr(sorted(values.items())).encode("utf-8", "surrogatepass"))
    claimed = idempotency.claim(work.tx, 0, f"public-form:{row['id']}:{key}", print_of, work.now)
    if claimed is not None:
        return Answered(row["thanks"])
    if form is None or actor is None or _state(row, work.now) == "closed":
        raise FormClosed()
    entity = work.model.entities[form.entity]
    _ensure_on_form(form, values)
    if not store.count_answer(work.tx, row["id"], work.now):
        raise FormFull()
    work.ctx = replace(work.ctx, actor=_public(row, actor), reason=row["label"] or entity.name)
    records.create(work, entity.name, {**values, **row["given"]})
    idempotency.keep(work.tx, 0, f"public-form:{row['id']}:{key}", idempotency.StoredAnswer(201, {}, ""))
    return Answered(row["thanks"])


def _row(work: Work, token: str) -> dict[str, Any]:
    row = store.link_by_token(work.tx, token[:64])
    if row is None:
        raise NotFound(what="form")
    return row


def _form(work: Work, row: Mapping[str, Any]) -> Form | None:
    form: Form | None = work.model.parts.get("form", {}).get(row["form"])
    return form if form is not None and form.is_public else None


def _state(row: Mapping[str, Any], now: datetime) -> str:
    if not row["is_open"] or (row["closes_at"] is not None and now >= row["closes_at"]):
        return "closed"
    return "full" if row["most_answers"] is not None and row["answers"] >= row["most_answers"] else "open"


def _public(row: Mapping[str, Any], actor: Actor) -> Actor:
    """Nobody in particular, with the rights of who made the link: the audit names the form, not that person."""
    return replace(actor, id=0, name=f"public form {row['id']}")


def _ensure_on_form(form: Form, values: Mapping[str, Json]) -> None:
    known = set(fields_of(form))
    unknown = [name[:80] for name in values if name not in known]
    if unknown:
        message = "There is no such field on this form."
        raise BadNames([Problem("unknown_field", f"/{name}", message, "", {"name": name}) for name in unknown[:20]])
    if all(each in (None, "", []) for each in values.values()):
        # Where nothing is required, an empty form would still make a record.
        raise Invalid([Problem("required", f"/{fields_of(form)[0]}", "Nothing was answered.")])

