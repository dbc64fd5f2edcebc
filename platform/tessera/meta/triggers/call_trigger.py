"""Called by another flow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from tessera.errors import Json
from tessera.meta.model import Label
from tessera.meta.triggers.base import TRIGGER_TYPES, TriggerType


class CallTrigger(TriggerType):
    """Called by a step of another flow, about a record or about none."""

    name: ClassVar[str] = "call"
    label: ClassVar[Label] = Label("被其他流程调用", "Called by a flow")
    help: ClassVar[Label] = Label(
        "由其他流程的步骤调用，可以返回值。", "Called by a step of another flow, to which it may give values back."
    )
    takes_input: ClassVar[bool] = True
    example: ClassVar[Mapping[str, Json]] = {
        "entity": "task", "input": [{"uid": "note", "name": "note", "type": "text"}],
    }  # fmt: skip


TRIGGER_TYPES.add("call", CallTrigger())
