"""Two edits of one document: merged by uid as overlays are, with the places where both changed the same thing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from tessera.errors import Json
from tessera.meta.documents import pointer_steps, pointer_to
from tessera.meta.overlay import Clash, is_elements, merge_three

Side: TypeAlias = Literal["ours", "theirs", "base"]


@dataclass(frozen=True, slots=True)
class Difference:
    """One place where two bodies differ. pointer: keys, and uids in place of indexes. action: what the second did."""

    pointer: str
    action: Literal["add", "remove", "change", "move"]
    before: Json
    after: Json

    def to_json(self) -> dict[str, Json]:
        """The difference as it goes over the wire."""
        return {"pointer": self.pointer, "action": self.action, "before": self.before, "after": self.after}


def differences(before: Mapping[str, Json] | None, after: Mapping[str, Json] | None) -> list[Difference]:
    """Where two bodies differ, place by place; None is a document that is not there.

    >>> [each.pointer for each in differences({"a": 1, "b": 2}, {"a": 1, "b": 3})]
    ['/b']
    """
    if before is None or after is None:
        if before is after:
            return []
        return [Difference("", "add" if before is None else "remove", before, after)]
    return list(_different(before, after, ()))


def _different(before: Any, after: Any, steps: tuple[str, ...]) -> Iterator[Difference]:
    if before == after and _order(before) == _order(after):
        return
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in dict.fromkeys((*before, *after)):
            here = (*steps, str(key))
            if key not in before:
                yield Difference(pointer_to(here), "add", None, after[key])
            elif key not in after:
                yield Difference(pointer_to(here), "remove", before[key], None)
            else:
                yield from _different(before[key], after[key], here)
    elif is_elements(before) and is_elements(after):
        yield from _different_elements(before, after, steps)
    else:
        yield Difference(pointer_to(steps), "change", before, after)


def _order(value: Any) -> Any:
    return [each["uid"] for each in value] if is_elements(value) else None


def _different_elements(before: Sequence[Any], after: Sequence[Any], steps: tuple[str, ...]) -> Iterator[Difference]:
    old = {each["uid"]: each for each in before}
    new = {each["uid"]: each for each in after}
    for uid, element in old.items():
        if uid not in new:
            yield Difference(pointer_to((*steps, uid)), "remove", element, None)
    for uid, element in new.items():
        if uid not in old:
            yield Difference(pointer_to((*steps, uid)), "add", None, element)
        else:
            yield from _different(old[uid], element, (*steps, uid))
    kept, now = [uid for uid in old if uid in new], [uid for uid in new if uid in old]
    if kept != now:
        yield Difference(pointer_to(steps), "move", kept, now)


@dataclass(frozen=True, slots=True)
class Merge:
    """What comes of two edits. body: None when the merged document is not there. clashes: decided for ours so far."""

    body: Mapping[str, Json] | None
    clashes: tuple[Clash, ...]

    def clashes_json(self, key: str) -> list[dict[str, Json]]:
        """The clashes as they go over the wire."""
        return [
            {"key": key, "pointer": each.pointer, "base": each.base, "ours": each.ours, "theirs": each.theirs}
            for each in self.clashes
        ]


def merged(
    base: Mapping[str, Json] | None, ours: Mapping[str, Json] | None, theirs: Mapping[str, Json] | None
) -> Merge:
    """Both sides' changes to a document, any of which may be None: it is not there.

    A document that one side took away and the other changed is a clash at "".
    """
    if ours == theirs:
        return Merge(ours, ())
    if theirs == base:
        return Merge(ours, ())
    if ours == base:
        return Merge(theirs, ())
    if ours is None or theirs is None:
        return Merge(ours, (Clash("", base, ours, theirs),))
    found = merge_three(base or {}, ours, theirs)
    return Merge(found.body, found.clashes)


def chosen(merge: Merge, choices: Mapping[str, Side]) -> Merge:
    """The merge with some of its clashes decided: side by pointer; the clashes that are left stay ours for now."""
    body: Any = merge.body
    left = []
    for each in merge.clashes:
        side = choices.get(each.pointer)
        if side is None:
            left.append(each)
        elif side != "ours":
            body = _with(body, pointer_steps(each.pointer), each.theirs if side == "theirs" else each.base)
    return Merge(body, tuple(left))


def _with(value: Any, steps: Sequence[str], wanted: Json) -> Any:
    """The value with something else at a place; steps are keys, or uids of elements. None takes it away."""
    if not steps:
        return wanted
    first, rest = steps[0], steps[1:]
    if isinstance(value, Mapping):
        found = dict(value)
        inner = _with(value.get(first), rest, wanted)
        if inner is None:
            found.pop(first, None)
        else:
            found[first] = inner
        return found
    elements = list(value or ())
    place = next((i for i, each in enumerate(elements) if each.get("uid") == first), None)
    inner = _with(elements[place] if place is not None else None, rest, wanted)
    if place is None:
        return elements if inner is None else [*elements, inner]
    return [*elements[:place], *([] if inner is None else [inner]), *elements[place + 1 :]]


def all_clashes(merges: Iterable[tuple[str, Merge]]) -> list[dict[str, Json]]:
    """The clashes of several documents."""
    return [each for key, merge in merges for each in merge.clashes_json(key)]
