"""The state of a record: left."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from tessera.errors import Json
from tessera.meta.model import Label
from tessera.meta.triggers.base import TRIGGER_TYPES
from tessera.meta.triggers.states import StateTrigger


class StateLeftTrigger(StateTrigger):
    """A run when a record leaves one of the states."""

    name: ClassVar[str] = "state.left"
    label: ClassVar[Label] = Label("离开状态时", "A state is left")
    help: ClassVar[Label] = Label(
        "记录离开所选状态时开始。",
        "A run when a record leaves one of the states.",
    )
    topic: ClassVar[str] = "record.updated"
    example: ClassVar[Mapping[str, Json]] = {"entity": "task", "states": ["done"]}


TRIGGER_TYPES.add("state.left", StateLeftTrigger())
