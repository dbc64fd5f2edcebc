"""Changes a record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from tessera.errors import Json
from tessera.meta.model import Label
from tessera.meta.steps.base import FORMULA, STEP_TYPES, Compiled, StepType
from tessera.meta.steps.records import FIELD_VALUES, RecordStep, record_type

if TYPE_CHECKING:
    from tessera.meta.flow_steps import FlowCompiler


class UpdateRecordStep(StepType):
    """Changes fields of a record; gives it."""

    name: ClassVar[str] = "update_record"
    label: ClassVar[Label] = Label("修改记录", "Change a record")
    help: ClassVar[Label] = Label(
        "修改一条记录的字段；不写哪条时，即触发流程的记录。",
        "Changes fields of a record: the one that the run is about, unless another is named. Gives it.",
    )
    category: ClassVar[str] = "records"
    schema: ClassVar[Mapping[str, Any]] = {
        "record": {**FORMULA, "description": "Which record; left out: the trigger's."}, "values": FIELD_VALUES,
    }  # fmt: skip
    required: ClassVar[tuple[str, ...]] = ("values",)
    example: ClassVar[Mapping[str, Json]] = {"values": {"state": "'done'"}}

    def compile(self, item: Mapping[str, Json], at: tuple[object, ...], into: FlowCompiler) -> Compiled | None:
        """The record and the values."""
        found = into.record(item, "record", at)
        if found is None:
            return None
        record, entity = found
        values = into.values(entity, item["values"], (*at, "values"))
        return None if values is None else Compiled(RecordStep(entity.key, record, values), record_type(entity))


STEP_TYPES.add("update_record", UpdateRecordStep())
