"""The inbox of whoever asks: what he was told, what of it he has read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tessera.engine.messages import envelopes
from tessera.engine.messages.sending import part_name
from tessera.engine.work import Work
from tessera.errors import Json
from tessera.store.system import messages as stored


def inbox(work: Work, *, unread: bool = False, before: int = 0, limit: int = 50) -> list[dict[str, Json]]:
    """The messages of the acting user's inbox, the latest first. before: id of the last one seen, 0 for none."""
    rows = stored.inbox_rows(work.tx, work.ctx.actor.id, unread=unread, before=before, limit=limit)
    return [_entry(work, row) for row in rows]


def unread_count(work: Work) -> int:
    """How many messages of the acting user's inbox are not read."""
    return stored.count_unread(work.tx, work.ctx.actor.id)


def mark(work: Work, *, ids: Sequence[int] = (), up_to: int = 0, is_read: bool = True) -> int:
    """Mark messages of the acting user's inbox as read or unread, by their ids, or all up to one; how many changed."""
    if not ids and not up_to:
        return 0
    return stored.mark_read(work.tx, work.ctx.actor.id, work.now if is_read else None, ids=ids, up_to=up_to)


def _entry(work: Work, row: Mapping[str, Any]) -> dict[str, Json]:
    content = opened_content(work, row)
    entity = work.model.entities.get(row["about_entity"]) if row["about_entity"] else None
    about = {"entity": entity.name, "id": row["about_id"]} if entity is not None else None
    return {
        "id": row["id"], "category": row["category"], "priority": row["priority"],
        "subject": content.get("subject", ""), "text": content.get("text", ""),
        "link": content.get("parts", {}).get("link"), "about": about, "sent_at": row["sent_at"],
        "read_at": row["read_at"], "is_erased": "erased" in content,
    }  # fmt: skip


def opened_content(work: Work, row: Mapping[str, Any]) -> dict[str, Json]:
    """Subject, text and parts of a delivery; {"erased": True} when they are gone."""
    found = envelopes.opened(work, row["seals"], row["content"], part_name(row["id"], "content"))
    return found if isinstance(found, dict) else {"erased": True}
