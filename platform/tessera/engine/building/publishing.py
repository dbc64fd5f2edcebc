"""From a draft to a release: bring it up to the head, plan it, publish it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from tessera.context import Context
from tessera.engine import packages as verbs
from tessera.engine.building import steps, texts
from tessera.engine.building.assembling import tidied
from tessera.engine.building.base import documents_of, model_of
from tessera.engine.building.checking import checked, ensure_sound
from tessera.engine.building.drafts import Draft, close_as, get_draft, locked, locked_row, touch
from tessera.engine.building.errors import DraftBehind, DraftMoved, MergeNeeded
from tessera.engine.building.granting import ensure_within
from tessera.engine.building.merging import Merge, Side, all_clashes, chosen, differences, merged
from tessera.engine.building.rights import ensure_may
from tessera.engine.packages import Applied, Proposal
from tessera.engine.packages.stored import load_packages
from tessera.engine.work import Work
from tessera.errors import Json
from tessera.meta import Package
from tessera.settings import Settings
from tessera.store import Database


@dataclass(frozen=True, slots=True)
class Ready:
    """What a draft would publish. version: of the draft that it was made from."""

    draft: Draft
    packages: tuple[Package, ...]
    version: int


def merge_of(work: Work, draft: Draft) -> dict[str, Merge]:
    """By document, what the draft and the releases since its base make of it together."""
    base = documents_of(model_of(work, draft.base))
    head = documents_of(work.model)
    found = {}
    for key, put in texts.puts(work, draft).items():
        start = base[key].body if key in base else None
        found[key] = merged(start, put.body, head[key].body if key in head else None)
    return found


def merge_json(work: Work, draft: Draft) -> dict[str, Json]:
    """What bringing a draft up to the head would do.

    {"base", "head", "is_behind", "documents": [{"key", "changes", "clashes"}]}: changes are what releases since the
    base did to documents that the draft changes, clashes the places where both said something.
    """
    base = documents_of(model_of(work, draft.base))
    head = documents_of(work.model)
    listed = []
    for key, merge in merge_of(work, draft).items() if draft.base != work.model.number else ():
        before = base[key].body if key in base else None
        after = head[key].body if key in head else None
        moved = [each.to_json() for each in differences(before, after)]
        if moved:
            listed.append({"key": key, "changes": moved, "clashes": merge.clashes_json(key)})
    is_behind = draft.base != work.model.number
    return {"base": draft.base, "head": work.model.number, "is_behind": is_behind, "documents": listed}


def rebase(work: Work, number: int, choices: Sequence[Mapping[str, Json]] = ()) -> Draft:
    """Bring a draft up to the head, as a step that can be undone.

    choices: {"key", "pointer", "take": "ours" | "theirs" | "base"} for each clash.
    Raises: MergeNeeded with the clashes that are not decided, NotFound, DraftClosed.
    """
    draft = locked(work, number)
    if draft.base == work.model.number:
        return draft
    wanted: dict[str, dict[str, Side]] = {}
    for each in choices:
        wanted.setdefault(str(each["key"]), {})[str(each["pointer"])] = each["take"]
    found = {key: chosen(each, wanted.get(key, {})) for key, each in merge_of(work, draft).items()}
    clashes = all_clashes(found.items())
    if clashes:
        raise MergeNeeded(count=len(clashes), clashes=clashes)
    known = texts.puts(work, draft)
    head = documents_of(work.model)
    fresh = touch(work, draft, base=work.model.number)
    changes = []
    for key, merge in sorted(found.items()):
        there = head[key].body if key in head else None
        texts.write(work, fresh, key, merge.body, is_base=merge.body == there)
        changes.append({"key": key, "before": known[key].version, "after": fresh.version})
    told = {"zh": f"合并到版本 {fresh.base}", "en": f"Merge with release {fresh.base}"}
    return steps.note(work, fresh, told, changes, base_before=draft.base)


def ready(work: Work, draft: Draft) -> Ready:
    """What a draft would publish. Raises: Invalid with every problem, DraftBehind("draft_behind")."""
    if draft.base != work.model.number:
        raise DraftBehind(base=draft.base, head=work.model.number)
    found = checked(work, draft)
    ensure_sound(found)
    held = next((each for each in load_packages(work.tx, draft.base) if each.name == draft.package), None)
    packages = tidied(found.packages, draft.package, held)
    return Ready(draft, tuple(each for each in packages if each.name == draft.package), draft.version)


def plan(work: Work, number: int, *, effective_from: datetime | None = None) -> Proposal:
    """What publishing a draft would change, with counts of the records touched. Raises: as ready."""
    found = ready(work, get_draft(work, number))
    return verbs.propose(work.tx, work.model.number, found.packages, effective_from=effective_from)


def publish(
    database: Database,
    settings: Settings,
    ctx: Context,
    made: Ready,
    *,
    consent: bool = False,
    effective_from: datetime | None = None,
    reason: str = "",
) -> Applied:
    """Make a release of what a draft would publish; the draft is closed in the same transaction.

    Raises: ReleaseMoved, ConsentNeeded, BeyondRights, DraftMoved when the draft changed since it was made ready.
    """

    def close(work: Work, proposal: Proposal) -> None:
        draft = locked_row(work, made.draft.id)
        if draft.version != made.version:
            raise DraftMoved("The draft was changed while it was being published.", version=draft.version)
        ensure_within(work, proposal)
        close_as(work, draft, proposal.after.number)

    return verbs.apply(
        database, settings, ctx, made.packages, parent=made.draft.base, consent=consent,
        effective_from=effective_from, reason=reason or made.draft.name, also=close,
    )  # fmt: skip


def ensure_publisher(work: Work) -> None:
    """Raises: Forbidden("forbidden") for an actor who may not publish."""
    ensure_may(work, "publish")


