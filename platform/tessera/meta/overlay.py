"""Local changes to a shipped document: merged by uid, taken apart again, and carried through an upgrade."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from tessera.errors import Json, Problem
from tessera.meta.documents import Document, Package, pointer_to
from tessera.meta.schema import validate
from tessera.meta.structure import in_order, reach_of

Body: TypeAlias = Mapping[str, Json]
Elements: TypeAlias = dict[str, Body]


@dataclass(frozen=True, slots=True)
class Clash:
    """A place that both sides changed, each in its own way. The values are None where a side has none."""

    pointer: str
    base: Json
    ours: Json
    theirs: Json


@dataclass(frozen=True, slots=True)
class Merged:
    """The outcome of a three-way merge; where sides clash it holds ours."""

    body: Body
    clashes: tuple[Clash, ...]


def is_elements(value: Json) -> bool:
    """Whether it is a list of elements with uid (an empty list is not)."""
    return isinstance(value, list | tuple) and bool(value) and all(
        isinstance(each, Mapping) and "uid" in each for each in value
    )  # fmt: skip


def merge_overlay(body: Body, overlay: Body) -> dict[str, Json]:
    """The body with the overlay's `changes` in it.

    Objects merge key by key, null takes a key away; elements merge by uid, {"uid": …, "remove": true} takes one
    away, "after": uid (or "" for the front) places one; any other list replaces the one before.
    """
    changes = overlay.get("changes", {})
    return _changed(body, changes if isinstance(changes, Mapping) else {})


def _changed(body: Body, changes: Body) -> dict[str, Json]:
    found = dict(body)
    for key, value in changes.items():
        if value is None:
            found.pop(key, None)
        elif isinstance(value, Mapping) and isinstance(found.get(key), Mapping):
            found[key] = _changed(found[key], value)
        elif is_elements(value):
            found[key] = _changed_elements(found.get(key) or [], value)
        else:
            found[key] = value
    return found


def _changed_elements(elements: Sequence[Any], changes: Sequence[Body]) -> list[Json]:
    found = list(elements)
    for change in changes:
        place = next((i for i, each in enumerate(found) if _uid(each) == change["uid"]), None)
        if change.get("remove") is True:
            if place is not None:
                del found[place]
            continue
        own = {key: value for key, value in change.items() if key != "after"}
        merged = _changed({} if place is None else found[place], own)
        if place is not None and "after" not in change:
            found[place] = merged
            continue
        if place is not None:
            del found[place]
        found.insert(_place_after(found, change.get("after")), merged)
    return found


def _uid(element: Any) -> Any:
    return element.get("uid") if isinstance(element, Mapping) else None


def _place_after(elements: Sequence[Any], uid: Json) -> int:
    if uid == "":
        return 0
    places = [i for i, each in enumerate(elements) if _uid(each) == uid]
    return places[0] + 1 if places else len(elements)


def changes_between(base: Body, edited: Body) -> dict[str, Json]:
    """The smallest `changes` that lead from one body to the other; empty when they are equal.

    merge_overlay(base, {"changes": changes_between(base, edited)}) == edited.
    """
    changes: dict[str, Json] = {key: None for key in base if key not in edited}
    for key, value in edited.items():
        before = base.get(key)
        if before == value and key in base:
            continue
        if isinstance(before, Mapping) and isinstance(value, Mapping):
            changes[key] = changes_between(before, value)
        elif before is not None and is_elements(before) and is_elements(value):
            changes[key] = _element_changes(before, value)
        else:
            changes[key] = value
    return changes


def _element_changes(base: Sequence[Body], edited: Sequence[Body]) -> list[Json]:
    old = {each["uid"]: each for each in base}
    new = {each["uid"]: each for each in edited}
    changes: list[Json] = [{"uid": uid, "remove": True} for uid in old if uid not in new]
    order = [uid for uid in old if uid in new]
    before = ""
    for place, (uid, element) in enumerate(new.items()):
        change = {"uid": uid, **changes_between(old.get(uid, {"uid": uid}), element)}
        if place >= len(order) or order[place] != uid:
            if uid in order:
                order.remove(uid)
            order.insert(place, uid)
            change["after"] = before
        if len(change) > 1:
            changes.append(change)
        before = uid
    return changes


def merge_three(base: Body, ours: Body, theirs: Body) -> Merged:
    """Both sides' changes to the base. Where both changed the same place differently, ours stays and it is listed."""
    clashes: list[Clash] = []
    return Merged(_three(base, ours, theirs, (), clashes), tuple(clashes))


def _three(base: Body, ours: Body, theirs: Body, steps: tuple[object, ...], clashes: list[Clash]) -> dict[str, Json]:
    found: dict[str, Json] = {}
    for key in dict.fromkeys((*theirs, *ours)):
        value = _three_values(base.get(key), ours.get(key), theirs.get(key), (*steps, key), clashes)
        if value is not None:
            found[key] = value
    return found


def _three_values(base: Json, ours: Json, theirs: Json, steps: tuple[object, ...], clashes: list[Clash]) -> Json:
    if ours in (theirs, base):
        return theirs
    if theirs == base:
        return ours
    if isinstance(ours, Mapping) and isinstance(theirs, Mapping):
        return _three(base if isinstance(base, Mapping) else {}, ours, theirs, steps, clashes)
    if is_elements(ours) and is_elements(theirs) and (is_elements(base) or not base):
        return _three_lists(base or [], ours, theirs, steps, clashes)
    clashes.append(Clash(pointer_to(steps), base, ours, theirs))
    return ours


def _three_lists(
    base: Sequence[Body], ours: Sequence[Body], theirs: Sequence[Body], steps: tuple[object, ...], clashes: list[Clash]
) -> list[Json]:
    olds, mine, yours = _by_uid(base), _by_uid(ours), _by_uid(theirs)
    order = _merged_order(list(olds), list(mine), list(yours))
    found = []
    for uid in order:
        value = _three_values(olds.get(uid), mine.get(uid), yours.get(uid), (*steps, uid), clashes)
        if value is not None:
            found.append(value)
    return found


def _by_uid(elements: Sequence[Body]) -> Elements:
    return {str(each["uid"]): each for each in elements}


def _merged_order(base: list[str], ours: list[str], theirs: list[str]) -> list[str]:
    """Theirs, with what only ours has behind its neighbour; ours when only ours moved something."""
    kept = [uid for uid in base if uid in theirs]
    if [uid for uid in theirs if uid in base] == kept and [uid for uid in ours if uid in base] != base:
        ours, theirs = theirs, ours
    order = list(theirs)
    before = ""
    for uid in ours:
        if uid not in order:
            order.insert(order.index(before) + 1 if before in order else 0, uid)
        before = uid
    return order


def effective_documents(packages: Iterable[Package]) -> tuple[list[Document], list[Problem]]:
    """Every document with the overlays of all packages merged into it, in the order of requirements."""
    ordered = in_order(list(packages))
    found = {(each.key, each.path): each for package in ordered for each in package.documents}
    places = {each.key: place for place, each in found.items() if each.kind != "overlay"}
    reach = reach_of(ordered)
    problems: list[Problem] = []
    for package in ordered:
        for overlay in package.documents:
            if overlay.kind == "overlay":
                problems.extend(_apply(overlay, found, places))
                problems.extend(_check_reach(overlay, reach[package.name]))
    return list(found.values()), problems


def _check_reach(overlay: Document, reach: Collection[str]) -> list[Problem]:
    """Without the requirement it would be chance which of two overlays comes last."""
    of = str(overlay.body.get("of", "")).partition(":")[0]
    if not of or of in {overlay.package, *reach}:
        return []
    message = f'"{of}" is a package that "{overlay.package}" does not require.'
    hint = f'Add "{of}" to requires in tessera.json.'
    return [Problem("package_not_required", overlay.at("of"), message, hint)]


def _apply(
    overlay: Document, found: dict[tuple[str, str], Document], places: Mapping[str, tuple[str, str]]
) -> list[Problem]:
    problems = validate(overlay)
    if problems:
        return problems
    place = places.get(str(overlay.body["of"]))
    if place is None:
        return [Problem("unknown_document", overlay.at("of"), f'There is no document "{overlay.body["of"]}".')]
    target = found[place]
    problems = _check_changes(overlay, overlay.body["changes"], target.body, ("changes",))
    merged = target.with_body(merge_overlay(target.body, overlay.body))
    found[place] = replace(merged, overlaid_by=(*target.overlaid_by, overlay.package))
    return problems


def _check_changes(overlay: Document, changes: Body, body: Body, steps: tuple[object, ...]) -> list[Problem]:
    problems = []
    for key, value in changes.items():
        here = (*steps, key)
        if key in ("kind", "uid"):
            problems.append(Problem("overlay_identity", overlay.at(*here), f"An overlay cannot change the {key}."))
        elif isinstance(value, Mapping) and isinstance(body.get(key), Mapping):
            problems += _check_changes(overlay, value, body[key], here)
        elif is_elements(value):
            problems += _check_elements(overlay, value, body.get(key), here)
    return problems


def _check_elements(overlay: Document, value: Sequence[Body], now: Json, steps: tuple[object, ...]) -> list[Problem]:
    known = _by_uid([each for each in now or () if isinstance(each, Mapping) and "uid" in each])
    uids = {*known, *(str(each["uid"]) for each in value)}
    problems = []
    for index, each in enumerate(value):
        here = (*steps, index)
        uid = str(each["uid"])
        if each.get("remove") is True and uid not in known:
            problems.append(Problem("unknown_element", overlay.at(*here, "uid"), f'There is no element "{uid}".'))
        if each.get("after") not in (None, "", *uids):
            message = f'There is no element "{each["after"]}".'
            problems.append(Problem("unknown_element", overlay.at(*here, "after"), message))
        if uid in known:
            own = {key: change for key, change in each.items() if key not in ("uid", "after", "remove")}
            problems += _check_changes(overlay, own, known[uid], here)
    return problems
