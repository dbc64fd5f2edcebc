"""Documents of a draft: read as they are there, put with a check of what the editor had read, taken away, renamed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from tessera.engine.building import steps, texts
from tessera.engine.building.assembling import assembled, flat_packages
from tessera.engine.building.base import HIDDEN_KINDS, documents_of, model_of
from tessera.engine.building.drafts import Draft, locked, touch
from tessera.engine.building.errors import DraftMoved, ShippedDocument, WrongDocument
from tessera.engine.building.merging import differences, merged
from tessera.engine.building.texts import Put
from tessera.engine.work import Work
from tessera.errors import Json, NotFound
from tessera.meta import rename as renaming
from tessera.meta.overlay import effective_documents
from tessera.meta.schema import kind_names
from tessera.names import UID, is_name, is_uid, new_uid

Label = Mapping[str, str]

_STEP_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class Edited:
    """A document as a draft has it.

    state: same (as in the base), changed, added or removed. version: 0 for one that the draft leaves alone. body and
    base: None where it is not there. is_own: of the draft's own package, so that it can be taken away.
    """

    key: str
    version: int
    state: Literal["same", "changed", "added", "removed"]
    body: Mapping[str, Json] | None
    base: Mapping[str, Json] | None
    is_own: bool
    updated_at: datetime | None = None
    updated_by: str | None = None

    def summary(self) -> dict[str, Json]:
        """What lists say of it."""
        shown = self.body or self.base or {}
        parts = {name: shown.get(name) for name in ("kind", "uid", "name", "label")}
        return {
            "key": self.key, "package": self.key.partition(":")[0], **parts, "state": self.state,
            "version": self.version, "is_own": self.is_own, "updated_at": self.updated_at,
            "updated_by": self.updated_by,
        }  # fmt: skip


def list_documents(work: Work, draft: Draft) -> list[Edited]:
    """Every document that the draft shows, by kind and name, those that it takes away among them."""
    base = documents_of(model_of(work, draft.base))
    found = texts.puts(work, draft)
    every = [_edited(draft, key, base[key].body if key in base else None, found.get(key)) for key in {**base, **found}]
    shown = [(each.summary(), each) for each in every]
    shown.sort(key=lambda pair: (str(pair[0]["kind"]), str(pair[0]["name"]), pair[1].key))
    return [each for _, each in shown]


def get_document(work: Work, draft: Draft, key: str) -> Edited:
    """One document of a draft. Raises: NotFound."""
    base = documents_of(model_of(work, draft.base)).get(key)
    put = texts.put_of(work, draft, key)
    if base is None and put is None:
        raise NotFound(what="document")
    return _edited(draft, key, base.body if base is not None else None, put)


def _edited(draft: Draft, key: str, base: Mapping[str, Json] | None, put: Put | None) -> Edited:
    is_own = key.startswith(f"{draft.package}:")
    if put is None:
        return Edited(key, 0, "same", base, base, is_own)
    state: Literal["changed", "added", "removed"] = (
        "removed" if put.body is None else "added" if base is None else "changed"
    )
    return Edited(key, put.version, state, put.body, base, is_own, put.updated_at, put.updated_by)


def put_document(
    work: Work, number: int, key: str, body: Json, version: int, *, label: Label | None = None,
    gesture: str | None = None, is_merging: bool = False,
) -> Edited:  # fmt: skip
    """Save a document of a draft, whole or not yet whole: what is wrong with it is told by `check`.

    version: that the editor has read, 0 for a document that the draft has not changed. When it moved on since, nothing
    is saved and the error holds both bodies merged; is_merging: save the merged one when nothing clashes.
    Raises: DraftMoved, WrongDocument, NotFound, DraftClosed.
    """
    draft = locked(work, number)
    base = documents_of(model_of(work, draft.base)).get(key)
    now = _edited(draft, key, base.body if base is not None else None, texts.put_of(work, draft, key))
    wanted = _ensure_document(draft, key, body, now)
    if now.version != version:
        found = _both(work, draft, now, version, wanted)
        if not is_merging or found.params["clashes"] or found.params["merged"] is None:
            raise found
        wanted = found.params["merged"]
    if wanted == now.body:
        return now
    kind = str(wanted.get("kind"))
    verb = {"zh": "新建", "en": "Add"} if now.body is None else {"zh": "修改", "en": "Change"}
    return _write(work, draft, now, wanted, label or _told(verb, kind, wanted), gesture)


def create_document(work: Work, number: int, body: Json, *, label: Label | None = None) -> Edited:
    """A new document in the draft's own package; a uid is made when it has none. Raises: WrongDocument, DraftClosed."""
    draft = locked(work, number)
    if not isinstance(body, Mapping):
        raise WrongDocument(why="it is no object")
    uid = body.get("uid") or _free_uid(work, draft, str(body.get("name", "")))
    wanted = {"kind": body.get("kind"), "uid": uid, **{k: v for k, v in body.items() if k not in ("kind", "uid")}}
    key = f"{draft.package}:{uid}"
    now = _edited(draft, key, None, texts.put_of(work, draft, key))
    if now.body is not None or key in documents_of(model_of(work, draft.base)):
        raise WrongDocument(why=f'there is a document of the uid "{uid}" already', pointer="/uid")
    wanted = _ensure_document(draft, key, wanted, now)
    verb = {"zh": "新建", "en": "Add"}
    return _write(work, draft, now, wanted, label or _told(verb, str(wanted["kind"]), wanted), None)


def remove_document(work: Work, number: int, key: str, version: int, *, label: Label | None = None) -> Edited:
    """Take a document of the draft's own package away. Raises: ShippedDocument, DraftMoved, NotFound, DraftClosed."""
    draft = locked(work, number)
    now = get_document(work, draft, key)
    if not now.is_own:
        raise ShippedDocument(package=key.partition(":")[0])
    if now.version != version:
        raise _both(work, draft, now, version, None)
    if now.body is None:
        return now
    told = label or _told({"zh": "删除", "en": "Delete"}, str(now.body.get("kind")), now.body)
    return _write(work, draft, now, None, told, None)


def revert_document(work: Work, number: int, key: str) -> Edited:
    """Leave a document as the base has it; this too can be undone. Raises: NotFound, DraftClosed."""
    draft = locked(work, number)
    now = get_document(work, draft, key)
    if now.state == "same":
        return now
    shown = now.body or now.base or {}
    fresh = touch(work, draft)
    texts.write(work, fresh, key, None, is_base=True)
    change = {"key": key, "before": now.version, "after": fresh.version}
    steps.note(work, fresh, _told({"zh": "恢复", "en": "Revert"}, str(shown.get("kind")), shown), [change])
    base = documents_of(model_of(work, draft.base)).get(key)
    return _edited(draft, key, base.body if base is not None else None, None)


def rename(work: Work, number: int, key: str, name: str, *, label: Label | None = None) -> list[Edited]:
    """Call a document, or an element of one (`package:uid.element`), otherwise, with all that names it, as one step.

    Gives the documents that changed. Raises: NothingToRename, BadNewName, NotFound, DraftClosed.
    """
    draft = locked(work, number)
    before = flat_packages(assembled(work, draft))
    after = {each.key: each for package in renaming(before, key, name) for each in package.documents}
    old = {each.key: each.body for package in before for each in package.documents}
    changed = {each: document.body for each, document in after.items() if document.body != old[each]}
    if not changed:
        return []
    fresh = touch(work, draft)
    known = texts.puts(work, draft)
    changes = []
    for each, body in sorted(changed.items()):
        texts.write(work, fresh, each, body)
        changes.append({"key": each, "before": known[each].version if each in known else 0, "after": fresh.version})
    told = label or {"zh": f"改名为 {name}", "en": f"Rename to {name}"}
    draft = steps.note(work, fresh, told, changes)
    return [get_document(work, draft, each) for each in sorted(changed)]


def _write(
    work: Work, draft: Draft, now: Edited, body: Mapping[str, Json] | None, label: Label, gesture: str | None
) -> Edited:
    fresh = touch(work, draft)
    is_base = (body is not None and body == now.base) or (body is None and now.base is None)
    texts.write(work, fresh, now.key, body, is_base=is_base)
    change = {"key": now.key, "before": now.version, "after": fresh.version}
    fresh = steps.note(work, fresh, _shown(label), [change], gesture=gesture)
    return _edited(fresh, now.key, now.base, texts.put_of(work, fresh, now.key))


def _both(work: Work, draft: Draft, now: Edited, version: int, wanted: Mapping[str, Json] | None) -> DraftMoved:
    """What two editors of one document made of it, merged over what the later one had read."""
    is_known, ancestor = texts.body_at(work, draft, now.key, version)
    start = ancestor if is_known else now.base
    found = merged(start, wanted, now.body)
    return DraftMoved(
        key=now.key, version=now.version, body=now.body, merged=found.body, clashes=found.clashes_json(now.key),
        differences=[each.to_json() for each in differences(start, now.body)], updated_by=now.updated_by,
    )  # fmt: skip


def _ensure_document(draft: Draft, key: str, body: Json, now: Edited) -> dict[str, Json]:
    if not isinstance(body, Mapping):
        raise WrongDocument(why="it is no object")
    package, _, uid = key.partition(":")
    kind = body.get("kind")
    if not is_name(package) or not is_uid(uid):
        raise WrongDocument(why=f'"{key[:80]}" is no key of a document')
    if now.base is None and package != draft.package:
        raise WrongDocument(why=f'new documents belong to the package "{draft.package}"')
    if kind not in kind_names() or kind in HIDDEN_KINDS:
        raise WrongDocument(why=f'there is no kind "{str(kind)[:40]}" to build', pointer="/kind")
    before = now.base or now.body
    if before is not None and kind != before.get("kind"):
        raise WrongDocument(why="a document keeps its kind", pointer="/kind")
    if body.get("uid") != uid:
        raise WrongDocument(why=f'its uid must be "{uid}"', pointer="/uid")
    return dict(body)


def _free_uid(work: Work, draft: Draft, name: str) -> str:
    """The name where it is a uid that is free, else a random one."""
    taken = {*documents_of(model_of(work, draft.base)), *texts.puts(work, draft)}
    is_free = UID.match(name) is not None and f"{draft.package}:{name}" not in taken
    return name if is_free else new_uid()


def _told(verb: Label, kind: str, body: Mapping[str, Json]) -> dict[str, str]:
    """What a step is called when nobody names it."""
    label, name = body.get("label"), str(body.get("name") or body.get("uid"))
    texts_by = label if isinstance(label, Mapping) else {"zh": label, "en": label}
    return {language: f"{verb[language]} {kind} {texts_by.get(language) or name}" for language in ("zh", "en")}


def _shown(label: Label) -> dict[str, str]:
    return {language: str(text)[:_STEP_CHARACTERS] for language, text in label.items()}


def effective(work: Work, draft: Draft) -> dict[str, Mapping[str, Json]]:
    """Every document of the draft by key, as it would be after publishing."""
    every, _ = effective_documents(assembled(work, draft))
    return {each.key: each.body for each in every if each.kind not in HIDDEN_KINDS}

