"""A record was created."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from tessera.errors import Json
from tessera.meta.model import Label
from tessera.meta.triggers.base import TRIGGER_TYPES, TriggerType


class RecordCreatedTrigger(TriggerType):
    """A record was created, one by one or among many."""

    name: ClassVar[str] = "record.created"
    label: ClassVar[Label] = Label("新建记录时", "A record is created")
    help: ClassVar[Label] = Label(
        "每新建一条记录就开始一次；恢复被删除的记录不算。",
        "A run for each new record; a record that is restored does not count.",
    )
    topic: ClassVar[str] = "record.created"
    has_record: ClassVar[bool] = True
    has_after: ClassVar[bool] = True
    example: ClassVar[Mapping[str, Json]] = {"entity": "task", "when": "record.state = 'open'"}


TRIGGER_TYPES.add("record.created", RecordCreatedTrigger())
