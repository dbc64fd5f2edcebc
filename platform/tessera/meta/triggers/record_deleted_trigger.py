"""A record was deleted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from tessera.errors import Json
from tessera.meta.model import Label
from tessera.meta.triggers.base import TRIGGER_TYPES, TriggerType


class RecordDeletedTrigger(TriggerType):
    """A record was deleted; its steps still read it as it was."""

    name: ClassVar[str] = "record.deleted"
    label: ClassVar[Label] = Label("删除记录时", "A record is deleted")
    help: ClassVar[Label] = Label(
        "记录被删除时开始；步骤仍可读取它。", "A run for each deleted record, which its steps can still read."
    )
    topic: ClassVar[str] = "record.deleted"
    has_record: ClassVar[bool] = True
    has_before: ClassVar[bool] = True
    example: ClassVar[Mapping[str, Json]] = {"entity": "task"}


TRIGGER_TYPES.add("record.deleted", RecordDeletedTrigger())
