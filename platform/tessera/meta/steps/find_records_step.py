"""Finds records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from tessera.errors import Json
from tessera.formula import Formula
from tessera.formula.shapes import BOOLEAN, Type
from tessera.meta.drafts import EntityDraft
from tessera.meta.model import Label
from tessera.meta.steps.base import FORMULA, NAME, STEP_TYPES, UID, Compiled, StepType

if TYPE_CHECKING:
    from tessera.meta.flow_steps import FlowCompiler

_COMMON = "urn:tessera:schema:common#/$defs/"
DEFAULT_LIMIT = 100


@dataclass(frozen=True, slots=True)
class FindRecords:
    """where: over a record of the entity (by key). sort: keys of fields along each path, and whether descending."""

    entity: str
    where: Formula | None
    sort: tuple[tuple[tuple[str, ...], bool], ...]
    limit: int
    is_one: bool


class FindRecordsStep(StepType):
    """Finds records of an entity; gives the list, or the first one."""

    name: ClassVar[str] = "find_records"
    label: ClassVar[Label] = Label("查找记录", "Find records")
    help: ClassVar[Label] = Label(
        "查找符合条件的记录，给出列表或第一条。条件中可直接写其字段名，也可用 record 等名称。",
        "Finds records, and gives the list or the first one. The condition names their fields directly.",
    )
    category: ClassVar[str] = "records"
    schema: ClassVar[Mapping[str, Any]] = {
        "entity": NAME,
        "where": {**FORMULA, "description": "True for the records meant; names of their fields come first."},
        "sort": {
            "type": "array", "maxItems": 5,
            "items": {
                "type": "object", "additionalProperties": False, "required": ["uid", "by"],
                "properties": {
                    "uid": UID, "by": {"$ref": f"{_COMMON}path"},
                    "direction": {"enum": ["asc", "desc"], "default": "asc"},
                },
            },
        },
        "limit": {"type": "integer", "minimum": 1, "maximum": 1000, "default": DEFAULT_LIMIT},
        "first": {"type": "boolean", "default": False, "description": "Give the first one, or blank."},
    }  # fmt: skip
    required: ClassVar[tuple[str, ...]] = ("entity",)
    example: ClassVar[Mapping[str, Json]] = {
        "entity": "task", "where": "account = record.account AND state = 'open'",
        "sort": [{"uid": "age", "by": "day"}], "limit": 20,
    }  # fmt: skip

    def compile(self, item: Mapping[str, Json], at: tuple[object, ...], into: FlowCompiler) -> Compiled | None:
        """The entity, the condition and the order."""
        entity = into.named_entity(item["entity"], (*at, "entity"))
        if entity is None:
            return None
        where = into.row_formula(item, "where", at, entity.shape, BOOLEAN)
        sort = [self._sort(each, (*at, "sort", place), entity, into) for place, each in enumerate(item.get("sort", ()))]
        good = tuple(each for each in sort if each is not None)
        if into.is_lacking(item, {"where": where}) or len(good) < len(sort):
            return None
        is_one = bool(item.get("first", False))
        limit = 1 if is_one else item.get("limit", DEFAULT_LIMIT)
        result = Type("record", shape=entity.shape) if is_one else Type("list", nullable=False, shape=entity.shape)
        return Compiled(FindRecords(entity.key, where, good, limit, is_one), result)

    def _sort(self, item: Mapping[str, Json], at: tuple[object, ...], entity: EntityDraft, into: FlowCompiler
              ) -> tuple[tuple[str, ...], bool] | None:
        path = into.linker.path(entity, item["by"], into.pointer((*at, "by")))
        return None if path is None else (tuple(each.key for each in path), item.get("direction") == "desc")


STEP_TYPES.add("find_records", FindRecordsStep())
