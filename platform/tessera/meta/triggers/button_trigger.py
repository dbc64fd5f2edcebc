"""A button on a record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from tessera.errors import Json
from tessera.meta.model import Label
from tessera.meta.triggers.base import TRIGGER_TYPES
from tessera.meta.triggers.starters import StarterTrigger


class ButtonTrigger(StarterTrigger):
    """A button on a record. Without roles, whoever may change the record may press it."""

    name: ClassVar[str] = "button"
    label: ClassVar[Label] = Label("按下按钮时", "A button is pressed")
    help: ClassVar[Label] = Label(
        "在记录上按下按钮时开始，可要求填写几个值。",
        "A run when somebody presses the button on a record; it may ask for values.",
    )
    has_record: ClassVar[bool] = True
    example: ClassVar[Mapping[str, Json]] = {
        "entity": "task", "input": [{"uid": "why", "name": "why", "type": "text", "required": True}],
    }  # fmt: skip


TRIGGER_TYPES.add("button", ButtonTrigger())
