"""The state of a record: entered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from tessera.errors import Json
from tessera.meta.model import Label
from tessera.meta.triggers.base import TRIGGER_TYPES
from tessera.meta.triggers.states import StateTrigger


class StateEnteredTrigger(StateTrigger):
    """A run when a record comes into one of the states, also by being created in it."""

    name: ClassVar[str] = "state.entered"
    label: ClassVar[Label] = Label("进入状态时", "A state is entered")
    help: ClassVar[Label] = Label(
        "记录进入所选状态时开始，新建即处于该状态也算。",
        "A run when a record comes into one of the states, also by being created in it.",
    )
    topic: ClassVar[str] = "record.updated"
    example: ClassVar[Mapping[str, Json]] = {"entity": "task", "states": ["done"]}


TRIGGER_TYPES.add("state.entered", StateEnteredTrigger())
