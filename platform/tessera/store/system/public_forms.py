"""System table of links: each opens a form to people without an account."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from tessera.store.column_types import BigInt, Boolean, Instant, JsonText, Text
from tessera.store.system.base import id_column, metadata

if TYPE_CHECKING:
    from datetime import datetime

    from tessera.store import Tx

links = sa.Table(
    "tsr_public_form",
    metadata,
    id_column(),
    sa.Column("form", Text, nullable=False),
    sa.Column("token", Text, nullable=False, unique=True),
    sa.Column("label", Text, nullable=False),
    sa.Column("thanks", Text, nullable=False),
    sa.Column("given", JsonText, nullable=False),
    sa.Column("is_open", Boolean, nullable=False),
    sa.Column("closes_at", Instant),
    sa.Column("most_answers", BigInt),
    sa.Column("answers", BigInt, nullable=False),
    sa.Column("dropped", BigInt, nullable=False),
    sa.Column("last_at", Instant),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("created_by", Text, nullable=False),
    sa.Index("tsr_public_form_form", "form", "id"),
)
"""A link. token: stands in the address; it is no secret of anybody, since it is printed and passed on. given: values of
fields that every answer gets. answers: records made so far; dropped: what only machines send. created_by: sign-in name
of who answers for it; what his roles may not create, nobody can through it."""


def insert_link(tx: Tx, values: Mapping[str, Any]) -> int:
    """Add a link; its id."""
    number = tx.allocate(links.name, 1)[0]
    tx.execute(sa.insert(links).values(id=number, answers=0, dropped=0, is_open=True, **values))
    return number


def link_row(tx: Tx, number: int) -> dict[str, Any] | None:
    """A link by its id."""
    return tx.row(sa.select(links).where(links.c.id == number))


def link_by_token(tx: Tx, token: str) -> dict[str, Any] | None:
    """A link by what stands in its address."""
    return tx.row(sa.select(links).where(links.c.token == token))


def link_rows(tx: Tx, forms: list[str]) -> list[dict[str, Any]]:
    """The links of these forms, the latest first."""
    return tx.rows(sa.select(links).where(links.c.form.in_(forms)).order_by(links.c.id.desc()).limit(500))


def update_link(tx: Tx, number: int, values: Mapping[str, Any]) -> None:
    """Change a link."""
    tx.execute(sa.update(links).where(links.c.id == number).values(**values))


def delete_link(tx: Tx, number: int) -> None:
    """Take a link away."""
    tx.execute(sa.delete(links).where(links.c.id == number))


def count_answer(tx: Tx, number: int, now: datetime) -> bool:
    """Count an answer, unless there are as many as there may be; in one statement, so that two cannot be the last."""
    room = sa.or_(links.c.most_answers.is_(None), links.c.answers < links.c.most_answers)
    statement = sa.update(links).where(links.c.id == number, room).values(answers=links.c.answers + 1, last_at=now)
    return tx.execute(statement).rowcount == 1


def count_dropped(tx: Tx, number: int) -> None:
    """Count what only a machine sends."""
    tx.execute(sa.update(links).where(links.c.id == number).values(dropped=links.c.dropped + 1))
