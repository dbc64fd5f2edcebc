"""Where a run stands, and the values that it has so far: what is written with every step.

A run has one thread, or several while a step runs blocks by turns. A thread is a stack of frames: the root block, and a
block inside the present step of the frame before, and so on.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import orjson

from tessera.errors import Json
from tessera.meta.flows import Block, FlowDoc, StepDoc

ERROR_BLOCK = "error"
"""Name of the block of steps that deal with a failure of the step."""


@dataclass(slots=True)
class Frame:
    """A block that is being run. block: its name in the step of the frame before ("" for the flow itself).

    round: of a loop, None outside one. index: of the present step in the block.
    """

    block: str = ""
    round: int | None = None
    index: int = 0

    @property
    def suffix(self) -> str:
        """How the block stands in paths."""
        return f".{self.block}" if self.round is None else f".{self.block}[{self.round}]"


@dataclass(slots=True)
class Thread:
    """A line of steps. parent: number of the thread that waits for its end, -1 for the first one.

    base: how many of its frames are the parent's. open: how many threads it waits for. until, key: what it waits for,
    while is_waiting. keeps_place: later runs of the lane wait, too. is_undo: it takes things back.
    """

    id: int = 0
    frames: list[Frame] = field(default_factory=lambda: [Frame()])
    parent: int = -1
    base: int = 0
    open: int = 0
    until: str = ""
    key: str = ""
    keeps_place: bool = False
    is_waiting: bool = False
    is_undo: bool = False


@dataclass(slots=True)
class Named:
    """A result under its name. step: path of the step in the document. value: packed; at: where a long one is kept."""

    step: str
    value: Json = None
    at: str = ""


@dataclass(slots=True)
class Undo:
    """Something to take back. frames: the block that does it. memos: what loops around it keep of the round.

    values: results as they were then, of the names that the block reads.
    """

    frames: list[Frame]
    memos: dict[str, dict[str, Json]] = field(default_factory=dict)
    values: dict[str, Named] = field(default_factory=dict)


@dataclass(slots=True)
class Cursor:
    """Everything that a run remembers between its steps.

    values: results by name. variables: by name, packed. memos: what steps keep for themselves while they are under way,
    by path. undo: what to do backwards, the latest last; undoing: what of it is under way. failing: the error because
    of which the run is taking things back. seq: number of the latest step row. next_thread: number of the next thread.
    """

    threads: list[Thread] = field(default_factory=lambda: [Thread()])
    values: dict[str, Named] = field(default_factory=dict)
    variables: dict[str, Json] = field(default_factory=dict)
    memos: dict[str, dict[str, Json]] = field(default_factory=dict)
    undo: list[Undo] = field(default_factory=list)
    undoing: Undo | None = None
    failing: dict[str, Json] | None = None
    seq: int = 0
    next_thread: int = 1

    def dump(self) -> str:
        """The cursor as compact JSON; what is empty is left out."""
        body: dict[str, Json] = {"t": [_dump_thread(each) for each in self.threads], "n": self.seq}
        if self.values:
            body["v"] = _dump_values(self.values)
        for key, value in (("vars", self.variables), ("m", {k: v for k, v in self.memos.items() if v})):
            if value:
                body[key] = value
        if self.undo:
            body["u"] = [_dump_undo(each) for each in self.undo]
        if self.undoing is not None:
            body["ux"] = _dump_undo(self.undoing)
        if self.failing is not None:
            body["x"] = self.failing
        if self.next_thread > 1:
            body["nt"] = self.next_thread
        return orjson.dumps(body).decode()

    @classmethod
    def load(cls, text: str) -> Cursor:
        """The cursor that was dumped; "" is that of a run that has not begun."""
        if not text:
            return cls()
        body = orjson.loads(text)
        return cls(
            threads=[_load_thread(each) for each in body["t"]],
            values=_load_values(body.get("v", {})),
            variables=body.get("vars", {}),
            memos=body.get("m", {}),
            undo=[_load_undo(each) for each in body.get("u", ())],
            undoing=_load_undo(body["ux"]) if "ux" in body else None,
            failing=body.get("x"),
            seq=body["n"],
            next_thread=body.get("nt", 1),
        )

    def memo(self, path: str) -> dict[str, Json]:
        """What the step at a path keeps for itself; what is put into it stays until the step is done."""
        return self.memos.setdefault(path, {})

    def forget(self, path: str) -> None:
        """Drop what the step at a path kept, and what the steps inside it did."""
        self.memos.pop(path, None)
        for inner in [each for each in self.memos if each.startswith(f"{path}.")]:
            del self.memos[inner]

    def ready(self) -> Thread | None:
        """The thread that goes on next: the first one that neither waits nor has others under way."""
        return next((each for each in self.threads if not each.is_waiting and not each.open), None)


def _dump_frame(frame: Frame) -> Json:
    return [frame.block, frame.index] if frame.round is None else [frame.block, frame.index, frame.round]


def _load_frame(body: Any) -> Frame:
    return Frame(body[0], body[2] if len(body) > 2 else None, body[1])


def _dump_values(values: dict[str, Named]) -> Json:
    return {name: [each.step, each.value, *([each.at] if each.at else ())] for name, each in values.items()}


def _load_values(body: Any) -> dict[str, Named]:
    return {name: Named(*each) for name, each in body.items()}


def _dump_undo(undo: Undo) -> Json:
    return {"f": [_dump_frame(each) for each in undo.frames], "m": undo.memos, "v": _dump_values(undo.values)}


def _load_undo(body: Any) -> Undo:
    return Undo([_load_frame(each) for each in body["f"]], body["m"], _load_values(body["v"]))


_THREAD_KEYS = (("p", "parent", -1), ("b", "base", 0), ("o", "open", 0), ("u", "until", ""), ("k", "key", ""),
                ("h", "keeps_place", False), ("w", "is_waiting", False), ("d", "is_undo", False))  # fmt: skip


def _dump_thread(thread: Thread) -> Json:
    body: dict[str, Json] = {"i": thread.id, "f": [_dump_frame(each) for each in thread.frames]}
    for key, name, default in _THREAD_KEYS:
        value = getattr(thread, name)
        if value != default:
            body[key] = value
    return body


def _load_thread(body: Any) -> Thread:
    given = {name: body[key] for key, name, _ in _THREAD_KEYS if key in body}
    return Thread(id=body["i"], frames=[_load_frame(each) for each in body["f"]], **given)


def block_of(step: StepDoc, name: str) -> Block:
    """The block of that name inside a step."""
    return step.on_error.steps if name == ERROR_BLOCK else step.blocks.get(name, ())


def steps_above(doc: FlowDoc, frames: list[Frame]) -> list[tuple[StepDoc, str]]:
    """For every frame the step at which it stands, with its path; the last one is missing when its block has ended."""
    found: list[tuple[StepDoc, str]] = []
    block, prefix = doc.steps, ""
    for place, frame in enumerate(frames):
        if place:
            step, path = found[-1]
            block, prefix = block_of(step, frame.block), f"{path}{frame.suffix}/"
        if frame.index >= len(block):
            break
        step = block[frame.index]
        found.append((step, f"{prefix}{step.uid}"))
    return found
