"""Runs the steps about single records, by the one write path and within the rights of whom the flow acts for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from tessera.engine import records
from tessera.engine.flows.errors import FieldGone
from tessera.engine.flows.packing import wire
from tessera.engine.flows.steps.base import STEP_RUNNERS, Done, Outcome, Run, StepFailed, StepRunner
from tessera.engine.work import Work
from tessera.errors import Json, NotFound
from tessera.meta.flows import FieldValue, StepDoc
from tessera.meta.model import Entity
from tessera.meta.steps.records import RecordStep


def body_of(work: Work, entity: Entity, values: Iterable[FieldValue], run: Run, more: Mapping[str, Any] | None = None
            ) -> dict[str, Json]:
    """The wire body of a record from formulas, by the names that its fields have now. Raises: FieldGone."""
    names = {each.key: each for each in entity.fields}
    body: dict[str, Json] = {}
    for each in values:
        field = names.get(each.field)
        if field is None:
            raise FieldGone(field=each.field)
        if isinstance(each.value, tuple):
            lines = work.model.entities[field.target]
            assert each.each is not None, "lines are made from a list"
            members = run.value(each.each, more) or ()
            body[field.name] = [_line(work, lines, each, member, run, more) for member in members]
        else:
            body[field.name] = _value(run.value(each.value, more))
    return body


def _line(work: Work, lines: Entity, value: FieldValue, member: Any, run: Run, more: Mapping[str, Any] | None
          ) -> dict[str, Json]:
    assert isinstance(value.value, tuple) and value.each is not None
    paths = {path[1:] for each in value.value if not isinstance(each.value, tuple)
             for path in each.value.reads if path[0] == value.item and len(path) > 1}
    type_ = value.each.type
    item = run.loaded([member], type_, paths)[0]
    return body_of(work, lines, value.value, run, {**(more or {}), value.item: item})


def _value(value: Any) -> Json:
    """A value as the API takes it: a record by its id."""
    if isinstance(value, Mapping) and isinstance(value.get("id"), int):
        return value["id"]
    if isinstance(value, list | tuple):
        return [_value(each) for each in value]
    return wire(value)


def needed_id(step: StepDoc, run: Run) -> int:
    """The id of the record that a step is about. Raises: StepFailed when there is none."""
    options: RecordStep = step.options
    assert options.record is not None, "the step names a record"
    number = run.record_id(options.record)
    if number is None:
        raise StepFailed(why=f"{options.record.text} is blank")
    return number


class CreateRecord(StepRunner):
    """Makes a record."""

    name: ClassVar[str] = "create_record"

    def run(self, work: Work, step: StepDoc, run: Run) -> Outcome:
        """The new record."""
        options: RecordStep = step.options
        entity = run.entity(options.entity)
        made = records.create(work, entity.name, body_of(work, entity, options.values, run))
        return Done({"id": made["id"]})


class UpdateRecord(StepRunner):
    """Changes a record."""

    name: ClassVar[str] = "update_record"

    def run(self, work: Work, step: StepDoc, run: Run) -> Outcome:
        """The changed record."""
        options: RecordStep = step.options
        entity = run.entity(options.entity)
        number = needed_id(step, run)
        run.tell("record", number)
        records.update(work, entity.name, number, body_of(work, entity, options.values, run))
        return Done({"id": number})


class DeleteRecord(StepRunner):
    """Deletes a record."""

    name: ClassVar[str] = "delete_record"

    def run(self, work: Work, step: StepDoc, run: Run) -> Outcome:
        """Nothing; a record that is gone was deleted already."""
        options: RecordStep = step.options
        entity = run.entity(options.entity)
        number = needed_id(step, run)
        run.tell("record", number)
        try:
            records.delete(work, entity.name, number)
        except NotFound:
            return Done(note={"gone": True})
        return Done()


for _runner in (CreateRecord(), UpdateRecord(), DeleteRecord()):
    STEP_RUNNERS.add(_runner.name, _runner)
