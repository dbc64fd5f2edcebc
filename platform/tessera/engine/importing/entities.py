"""A new entity from a file: the document that would hold its rows, for people to look over."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Any

from tessera.engine.importing.guessing import Profile
from tessera.errors import Json
from tessera.meta.model import Model

_TYPES = {
    "blank": "text", "boolean": "boolean", "integer": "integer", "decimal": "decimal", "money": "decimal",
    "percent": "percent", "date": "date", "datetime": "datetime", "time": "text", "phone": "phone", "email": "email",
    "url": "url", "select": "select", "text": "text", "long_text": "long_text",
}  # fmt: skip
_OPTION = re.compile(r"[A-Za-z0-9_-]{1,60}\Z").match
_MOST_FIELDS = 300


def new_entity(model: Model, columns: Sequence[Profile], called: str, currency: str = "CNY") -> dict[str, Json]:
    """The document of an entity with a field for each column; called: of the file or sheet.

    The first column whose values all differ is the business key; the first text is the title.
    """
    taken = {each.name for each in model.entities.values()}
    name = _free(slug(called) or "table", taken)
    fields: list[dict[str, Json]] = []
    used: set[str] = {"id", "ref", "version", "created_at", "created_by", "updated_at", "updated_by", "deleted_at"}
    by_place: dict[int, dict[str, Json]] = {}
    for column in columns[:_MOST_FIELDS]:
        field = _field(column, used, currency)
        fields.append(field)
        by_place[column.place] = field
    document: dict[str, Json] = {
        "kind": "entity", "uid": name[:24].ljust(3, "_"), "name": name, "label": {"zh": called, "en": called},
        "fields": fields,
    }  # fmt: skip
    key = next((each for each in columns if _is_key(each) and each.place in by_place), None)
    if key is not None:
        by_place[key.place]["required"] = True
        document["business_key"] = [by_place[key.place]["name"]]
    titles = [each for each in columns if each.kind == "text" and each.place in by_place]
    title = next((each for each in titles if each is not key), key)
    if title is not None:
        document["title"] = by_place[title.place]["name"]
    return document


def _is_key(column: Profile) -> bool:
    return column.is_unique and column.filled > 1 and column.kind in ("text", "integer") and column.longest <= 40


def _field(column: Profile, used: set[str], currency: str) -> dict[str, Json]:
    kind = _TYPES[column.kind]
    name = _free(slug(column.heading) or f"{kind}_{column.place + 1}", used)
    used.add(name)
    heading = column.heading.strip()[:200] or name
    made: dict[str, Json] = {"uid": f"f{column.place + 1:02d}", "name": name, "label": {"zh": heading, "en": heading}}
    if column.kind == "money":
        return {**made, "type": "money", "currency": currency}
    if kind == "select":
        options = _options(column.values)
        return {**made, "type": "select", "options": options}
    if kind == "decimal":
        return {**made, "type": "decimal", "scale": max(column.scale, 2)}
    if kind == "text" and column.longest > 255:
        return {**made, "type": "long_text"}
    return {**made, "type": kind}


def _options(values: Sequence[str]) -> list[Json]:
    options: list[Json] = []
    for number, text in enumerate(values, start=1):
        value = text if _OPTION(text) else f"option_{number}"
        options.append({"uid": f"o{number:02d}", "value": value, "label": {"zh": text, "en": text}})
    return options


def slug(text: str) -> str:
    """A name of the metadata out of the Latin letters and digits of a text; "" when there are none.

    >>> slug("Paid at (CNY)"), slug("2 nd"), slug("名称")
    ('paid_at_cny', 'n_2_nd', '')
    """
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    made = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:38].strip("_")
    if not made or not re.search(r"[a-z]", made):
        return ""
    return made if made[0].isalpha() else f"n_{made}"


def _free(name: str, taken: set[str]) -> str:
    found, number = name, 2
    while found in taken:
        found, number = f"{name[:36]}_{number}", number + 1
    return found


def called_of(name: str, sheet: str) -> str:
    """What a file is about by its name, or by that of its sheet where that says something.

    >>> called_of("items 2026.csv", ""), called_of("Book1.xlsx", "Sites"), called_of("sites.xlsx", "Sheet1")
    ('items 2026', 'Sites', 'sites')
    """
    if sheet and not re.fullmatch(r"(sheet|工作表|表)\s*\d*", sheet, re.IGNORECASE):
        return sheet.strip()
    stem: Any = name.rpartition("/")[2]
    return str(stem.rpartition(".")[0] if "." in stem else stem).removesuffix(".csv").strip() or "file"
