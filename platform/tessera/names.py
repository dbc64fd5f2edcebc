"""The grammar of names and uids, and the identifiers that the platform makes."""

from __future__ import annotations

import os
import re
import secrets
import time

NAME = re.compile(r"[a-z][a-z0-9_]{0,40}\Z")
"""What a document, field or column may be called. PostgreSQL cuts identifiers at 63 bytes."""

UID = re.compile(r"[a-z0-9_]{3,24}\Z")
"""What identifies a document or list element for good, whatever it is called."""

SYSTEM_FIELDS = frozenset(
    {"id", "ref", "version", "created_at", "created_by", "updated_at", "updated_by", "deleted_at", "parent_id", "place"}
)
"""Columns that every record table has for itself; no field may take their names."""

ENGINE_COLUMNS = frozenset({"cmax", "cmin", "ctid", "tableoid", "xmax", "xmin"})
"""Columns that PostgreSQL has in every table; no field may take their names, whatever the database."""

ROUTE_NAMES = frozenset(
    {
        "accounts", "approvals", "audit", "auth", "channels", "dashboards", "decisions", "deliveries", "drafts",
        "exports", "facts", "files", "flows", "formulas", "hooks", "imports", "inbox", "jobs", "ledgers", "links",
        "lots", "meta", "metadata", "movements", "my", "packages", "people", "public", "releases", "runs", "schedules",
        "schemas", "search", "secrets", "timelines", "views",
    }
)  # fmt: skip
"""What stands in the API's addresses where names of entities stand; no entity may take these names."""

_UID_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"


def is_name(text: str) -> bool:
    """Whether the text is a permitted name.

    >>> is_name("order_line"), is_name("Order"), is_name("")
    (True, False, False)
    """
    return NAME.match(text) is not None


def is_uid(text: str) -> bool:
    """Whether the text is a permitted uid.

    >>> is_uid("mno"), is_uid("ab")
    (True, False)
    """
    return UID.match(text) is not None


def new_uid() -> str:
    """A random uid of ten letters and digits (51 bits)."""
    return "".join(secrets.choice(_UID_LETTERS) for _ in range(10))


def new_refs(count: int) -> list[str]:
    """So many new refs, made at once: as `new_ref`, all of one instant."""
    stamp = f"{time.time_ns() // 1_000_000:012x}"
    head = f"{stamp[:8]}-{stamp[8:]}-7"
    digits = os.urandom(10 * count).hex()
    starts = range(0, 20 * count, 20)
    return [
        f"{head}{digits[at : at + 3]}-{_VARIANTS[digits[at + 3]]}{digits[at + 4 : at + 7]}-{digits[at + 7 : at + 19]}"
        for at in starts
    ]


_VARIANTS = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}
"""What the first digit of the fourth group becomes: its two upper bits say which kind of UUID it is."""


def new_ref() -> str:
    """A UUIDv7 as text: a public key that sorts by the time it was made (RFC 9562, section 5.7)."""
    value = (time.time_ns() // 1_000_000) << 80 | int.from_bytes(os.urandom(10), "big")
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    digits = f"{value:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
