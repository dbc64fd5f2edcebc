"""A kind of step that reaches outside: it adds a line to a file. For tests only, in a with block."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

from tessera.engine.flows.steps.base import STEP_RUNNERS, OutsideRunner
from tessera.engine.process import Process
from tessera.engine.work import Work
from tessera.meta.model import Label
from tessera.meta.steps.base import FORMULA, STEP_TYPES, Compiled, StepType


class ProbeStep(StepType):
    """Tells the outside a text."""

    name: ClassVar[str] = "probe"
    label: ClassVar[Label] = Label("探针", "Probe")
    help: ClassVar[Label] = Label("测试", "For tests")
    category: ClassVar[str] = "outside"
    is_outside: ClassVar[bool] = True
    schema: ClassVar[dict[str, Any]] = {"text": FORMULA}
    required: ClassVar[tuple[str, ...]] = ("text",)

    def compile(self, item: Any, at: Any, into: Any) -> Compiled | None:
        """The text; the answer is JSON."""
        from tessera.formula.shapes import JSON, TEXT

        text = into.formula(item, "text", at, TEXT)
        return None if text is None else Compiled(text, JSON)


class ProbeRunner(OutsideRunner):
    """Adds key and text to a file, or does what a test wants."""

    name: ClassVar[str] = "probe"

    def __init__(self, path: Path) -> None:
        self.path = path
        self.act: Callable[[Any, str], Any] | None = None

    def prepare(self, work: Work, step: Any, run: Any) -> Any:
        """The text."""
        return {"text": run.value(step.options)}

    def call(self, process: Process, request: Any, key: str) -> Any:
        """One line; the answer tells the text again."""
        descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.write(descriptor, f"{key} {request['text']}\n".encode())
        os.close(descriptor)
        return self.act(request, key) if self.act is not None else {"echo": request["text"]}

    def lines(self) -> list[tuple[str, str]]:
        """Key and text of every call."""
        if not self.path.exists():
            return []
        return [tuple(line.split(" ", 1)) for line in self.path.read_text("utf-8").splitlines()]  # type: ignore[misc]


@contextmanager
def probing(path: Path) -> Iterator[ProbeRunner]:
    """The kind `probe` is there within the with block."""
    runner = ProbeRunner(path)
    with STEP_TYPES.temporarily("probe", ProbeStep()), STEP_RUNNERS.temporarily("probe", runner):
        yield runner
