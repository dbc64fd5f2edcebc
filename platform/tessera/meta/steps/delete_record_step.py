"""Deletes a record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from tessera.errors import Json
from tessera.meta.model import Label
from tessera.meta.steps.base import FORMULA, STEP_TYPES, Compiled, StepType
from tessera.meta.steps.records import RecordStep

if TYPE_CHECKING:
    from tessera.meta.flow_steps import FlowCompiler


class DeleteRecordStep(StepType):
    """Deletes a record, which can be restored for a while."""

    name: ClassVar[str] = "delete_record"
    label: ClassVar[Label] = Label("删除记录", "Delete a record")
    help: ClassVar[Label] = Label(
        "删除一条记录；已经不在时什么也不做。", "Deletes a record; one that is gone already is left alone."
    )
    category: ClassVar[str] = "records"
    schema: ClassVar[Mapping[str, Any]] = {
        "record": {**FORMULA, "description": "Which record; left out: the trigger's."},
    }
    example: ClassVar[Mapping[str, Json]] = {"record": "record.blocked_by", "when": "record.blocked_by <> BLANK"}

    def compile(self, item: Mapping[str, Json], at: tuple[object, ...], into: FlowCompiler) -> Compiled | None:
        """The record."""
        found = into.record(item, "record", at)
        return None if found is None else Compiled(RecordStep(found[1].key, found[0]))


STEP_TYPES.add("delete_record", DeleteRecordStep())
