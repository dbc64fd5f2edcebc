"""Links by which one person opens one task, such as on a phone: signed, with an end, and revocable.

A link says which row of tsr_approval_link it belongs to; the signature keeps others from being guessed, the row may
revoke it. It opens the task for the person that it was made for and nobody else.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

import sqlalchemy as sa

from tessera.context import Actor
from tessera.engine.approvals.cases import Case
from tessera.engine.approvals.errors import LinkRefused, NotOffered, SignInNeeded
from tessera.engine.approvals.opening import open_case
from tessera.engine.approvals.state import Task
from tessera.engine.identity.credentials import actor_of
from tessera.engine.work import Work
from tessera.errors import Json, NotFound
from tessera.settings import Settings
from tessera.store.system.access import users
from tessera.store.system.approvals import links, tasks

_PREFIX = "tal"


@dataclass(frozen=True, slots=True)
class Opened:
    """What a link leads to. actor: for whom it was made. decides: whether one may decide without signing in."""

    link_id: int
    task_id: int
    actor: Actor
    decides: bool
    expires_at: datetime


def make(work: Work, task_id: int) -> dict[str, Json]:
    """A link to a task of one's own: {"id", "token", "path", "expires_at"}. The token is shown this once.

    Raises: NotFound, NotOffered when the node has no links.
    """
    from tessera.engine.approvals.deciding import task_case

    case, number = task_case(work, task_id)
    task = case.state.task(number)
    if task is None or task.person != work.ctx.actor.id:
        raise NotFound(what="task")
    return made_for(case, task)


def made_for(case: Case, task: Task) -> dict[str, Json]:
    """A link to a task for its holder, as messages to him carry it. Raises: NotOffered when the node has no links."""
    work = case.work
    hours = case.frame.options.nodes[task.node].link_hours if task.node >= 0 else 0
    if not hours or not task.is_live:
        raise NotOffered(action="link")
    (number,) = work.tx.allocate(links.name, 1)
    row = {
        "id": number, "task_id": case.ids[task.number], "person_id": task.person, "made_by": work.ctx.actor.id,
        "made_at": work.now, "expires_at": work.now + timedelta(hours=hours), "revoked_at": None, "used_at": None,
    }  # fmt: skip
    work.tx.execute(sa.insert(links), [row])
    token = f"{_PREFIX}_{number}_{_signature(work.settings, row)}"
    # The part after the # never reaches a server, so it stands in no log.
    return {"id": number, "token": token, "path": f"/approve#{token}", "expires_at": row["expires_at"]}


def revoke(work: Work, link_id: int) -> None:
    """End a link to a task of one's own, or any for administrators. Raises: NotFound."""
    statement = sa.update(links).where(links.c.id == link_id, links.c.revoked_at.is_(None))
    if not work.ctx.actor.is_admin:
        statement = statement.where(links.c.person_id == work.ctx.actor.id)
    if not 0 < link_id < 2**63 or work.tx.execute(statement.values(revoked_at=work.now)).rowcount != 1:
        raise NotFound(what="link")


def opened(work: Work, token: str, signed_in: int | None) -> Opened:
    """What a link leads to. signed_in: id of the user who shows it, None for a stranger.

    Raises: LinkRefused for a link that is none, has ended or was revoked, or is somebody else's; SignInNeeded.
    """
    row = _row_of(work, token)
    user = work.tx.row(sa.select(users).where(users.c.id == row["person_id"]))
    if user is None or not user["is_active"]:
        raise LinkRefused()
    case = open_case(work, _approval_of(work, row["task_id"]), lock=False)
    task = case.state.task(case.number(row["task_id"]))
    if task is None or task.node < 0:
        raise LinkRefused()
    decides = case.frame.options.nodes[task.node].link_decides
    if signed_in is None and not decides:
        raise SignInNeeded()
    if signed_in is not None and signed_in != row["person_id"]:
        raise LinkRefused()
    return Opened(row["id"], row["task_id"], actor_of(user), decides, row["expires_at"])


def note_use(work: Work, found: Opened) -> None:
    """Note that somebody decided by a link."""
    work.tx.execute(sa.update(links).where(links.c.id == found.link_id).values(used_at=work.now))


def _approval_of(work: Work, task_id: int) -> int:
    found: int = work.tx.scalar(sa.select(tasks.c.approval_id).where(tasks.c.id == task_id))
    return found


def _row_of(work: Work, token: str) -> Mapping[str, Any]:
    kind, _, rest = token.partition("_")
    number, _, signature = rest.partition("_")
    is_formed = kind == _PREFIX and number.isascii() and number.isdigit() and len(number) < 19
    row = work.tx.row(sa.select(links).where(links.c.id == int(number))) if is_formed else None
    expected = _signature(work.settings, row) if row is not None else "-"
    fits = hmac.compare_digest(expected.encode(), signature.encode("utf-8", "surrogatepass"))
    if row is None or not fits or row["revoked_at"] is not None or row["expires_at"] <= work.now:
        raise LinkRefused()
    return row


def _signature(settings: Settings, row: Mapping[str, Any]) -> str:
    """The signature of a link over all that it stands for."""
    told = f"approval link|{row['id']}|{row['task_id']}|{row['person_id']}|{int(row['expires_at'].timestamp())}"
    digest = hmac.new(settings.secret_key.encode(), told.encode(), sha256).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")

