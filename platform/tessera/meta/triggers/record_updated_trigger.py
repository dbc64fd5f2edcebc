"""A record was changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from tessera.errors import Json
from tessera.meta.model import Label
from tessera.meta.triggers.base import TRIGGER_TYPES, TriggerType

if TYPE_CHECKING:
    from tessera.meta.flow_steps import FlowCompiler


@dataclass(frozen=True, slots=True)
class Changed:
    """Keys of the fields of which one must have changed; empty: any."""

    fields: frozenset[str]


class RecordUpdatedTrigger(TriggerType):
    """A record was changed: any field of it, or one of those that are named."""

    name: ClassVar[str] = "record.updated"
    label: ClassVar[Label] = Label("修改记录时", "A record is changed")
    help: ClassVar[Label] = Label(
        "记录被修改时开始；可只看某些字段。没有改变任何值的保存不算。",
        "A run for each change, if wanted only of certain fields. Saving without changing a value does not count.",
    )
    schema: ClassVar[Mapping[str, Any]] = {
        "changed": {
            "$ref": "urn:tessera:schema:common#/$defs/names",
            "description": "Only when one of these fields has changed; left out: any.",
        },
    }
    topic: ClassVar[str] = "record.updated"
    has_record: ClassVar[bool] = True
    has_before: ClassVar[bool] = True
    has_after: ClassVar[bool] = True
    example: ClassVar[Mapping[str, Json]] = {"entity": "task", "changed": ["state"], "when": "before.state = 'open'"}

    def compile(self, item: Mapping[str, Json], at: tuple[object, ...], into: FlowCompiler) -> Changed | None:
        """Which fields count."""
        assert into.entity is not None, "the schema demands one"
        names = item.get("changed", ())
        found = [into.field(into.entity, name, (*at, "changed", place)) for place, name in enumerate(names)]
        for place, field in enumerate(found):
            if field is not None and field.type.name in {"rollup", "lookup", "balance"}:
                message = f'"{field.name}" is derived from other records; it changes without an event of this one.'
                into.problem("not_kept", (*at, "changed", place), message)
        keys = [field.key for field in found if field is not None]
        return Changed(frozenset(keys)) if len(keys) == len(names) else None


TRIGGER_TYPES.add("record.updated", RecordUpdatedTrigger())
