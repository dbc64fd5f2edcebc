"""Makes a record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from tessera.errors import Json
from tessera.meta.model import Label
from tessera.meta.steps.base import NAME, STEP_TYPES, Compiled, StepType
from tessera.meta.steps.records import FIELD_VALUES, RecordStep, record_type

if TYPE_CHECKING:
    from tessera.meta.flow_steps import FlowCompiler


class CreateRecordStep(StepType):
    """Makes a record; gives it."""

    name: ClassVar[str] = "create_record"
    label: ClassVar[Label] = Label("新建记录", "Create a record")
    help: ClassVar[Label] = Label("新建一条记录，并给出它。", "Makes a record, and gives it.")
    category: ClassVar[str] = "records"
    schema: ClassVar[Mapping[str, Any]] = {"entity": NAME, "values": FIELD_VALUES}
    required: ClassVar[tuple[str, ...]] = ("entity", "values")
    example: ClassVar[Mapping[str, Json]] = {
        "entity": "task", "values": {"subject": "'Look at ' & record.subject", "account": "record.account"},
    }  # fmt: skip

    def compile(self, item: Mapping[str, Json], at: tuple[object, ...], into: FlowCompiler) -> Compiled | None:
        """The entity and the values."""
        entity = into.named_entity(item["entity"], (*at, "entity"))
        if entity is None:
            return None
        values = into.values(entity, item["values"], (*at, "values"))
        return None if values is None else Compiled(RecordStep(entity.key, None, values), record_type(entity))


STEP_TYPES.add("create_record", CreateRecordStep())
