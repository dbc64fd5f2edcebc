"""How the person that a record is about can be reached: which fields of an entity hold addresses, language, consent."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from tessera.errors import Json
from tessera.meta.drafts import EntityDraft
from tessera.meta.linker import Linker

_TEXTS = frozenset({"text", "select", "sequence", "formula", "lookup"})
_FITTING: Mapping[str, frozenset[str]] = {
    "email": _TEXTS | {"email"},
    "phone": _TEXTS | {"phone"},
    "user": frozenset({"user"}),
    "url": _TEXTS | {"url"},
    "language": _TEXTS,
    "zone": _TEXTS,
    "consent": frozenset({"boolean", "formula"}),
}


def contact_fields(draft: EntityDraft, body: Mapping[str, Json], linker: Linker) -> Mapping[str, str]:
    """Names of fields by what they hold: email, phone, user, url, language, zone, consent, and further addresses.

    Reports fields that are not there or cannot hold it.
    """
    found: dict[str, str] = {}
    for what, fitting in _FITTING.items():
        if what in body:
            _take(found, what, body[what], fitting, draft, draft.document.at("contact", what), linker)
    for place, each in enumerate(body.get("others", ())):
        at = draft.document.at("contact", "others", place)
        if each["address"] in _FITTING or each["address"] in found:
            linker.problem("duplicate_name", f"{at}/address", f'"{each["address"]}" has a field already.')
            continue
        _take(found, each["address"], each["field"], _TEXTS, draft, f"{at}/field", linker)
    return MappingProxyType(found)


def _take(
    found: dict[str, str], what: str, name: str, fitting: frozenset[str], draft: EntityDraft, at: str, linker: Linker
) -> None:
    field = linker.field(draft, name, at)
    if field is None:
        return
    if field.type.name not in fitting:
        linker.problem("wrong_field_type", at, f'"{field.name}" is a {field.type.name} field, which cannot hold this.')
    found[what] = field.name
