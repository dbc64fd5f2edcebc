"""From a typed draft to the frozen field of the Model: formulas beside it, storage, loaders."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from tessera.errors import Json
from tessera.formula import Formula, FormulaError
from tessera.formula.shapes import BOOLEAN, Type
from tessera.meta.drafts import FieldDraft, Unusable
from tessera.meta.fields.errors import FieldError
from tessera.meta.fields.formula_type import FormulaType
from tessera.meta.linker import Linker
from tessera.meta.model import Field, Label, Storage

_EXPECTED_KINDS = frozenset({"number", "text", "boolean", "date", "datetime", "time"})


def build_field(draft: FieldDraft, linker: Linker) -> Field | None:
    """The field; None when it is wrong, after its problems were reported."""
    try:
        value_type = draft.resolve(linker)
    except Unusable:
        return None
    body = draft.body
    storage = _storage(draft, value_type, linker)
    _check_constraints(draft, storage, linker)
    check, message = _check(draft, linker)
    field = Field(
        uid=body["uid"],
        name=draft.name,
        key=draft.key,
        entity=draft.entity.key,
        type=draft.type.name,
        label=draft.label,
        value_type=value_type,
        storage=storage,
        column=draft.name if storage is not None else "",
        target=str(draft.extra.get("target", "")),
        required=bool(body.get("required")),
        unique=bool(body.get("unique")),
        read_only=bool(body.get("read_only")) or draft.type.computed,
        personal=body.get("class") == "personal",
        default=_default(draft, value_type, linker),
        value=draft.value,
        check=check,
        check_message=message,
        capture=_capture(draft, value_type, linker),
        options=_options(draft),
        aliases=tuple(body.get("aliases", ())),
    )
    return _with_functions(draft, field, linker)


def _with_functions(draft: FieldDraft, field: Field, linker: Linker) -> Field:
    try:
        field = replace(field, load=draft.type.loader(field), dump=draft.type.dumper(field))
    except (KeyError, ArithmeticError):
        return field  # its settings are wrong, which was reported when it was declared
    _check_constant_default(draft, field, linker)
    return field


def _options(draft: FieldDraft) -> Mapping[str, Json]:
    hidden = {"target", "ledger_key"}
    options = {**draft.options, **{key: value for key, value in draft.extra.items() if key not in hidden}}
    if draft.type.name == "lookup":
        options["path"] = tuple(each.name for each in draft.path)
    if draft.type.name == "lines":
        options.pop("fields")
    if "accept" in options:
        options["accept"] = tuple(options["accept"])
    return MappingProxyType(options)


def _storage(draft: FieldDraft, value_type: Type, linker: Linker) -> Storage | None:
    if isinstance(draft.type, FormulaType):
        return draft.type.storage_of(value_type, value_type.scale) if draft.options["stored"] else None
    return draft.type.storage(draft.options)


def _check_constraints(draft: FieldDraft, storage: Storage | None, linker: Linker) -> None:
    body = draft.body
    filled = [key for key in ("default", "capture") if key in body]
    if len(filled) > 1:
        linker.problem("two_sources", draft.at("capture"), "Give either a default or a capture.")
    if body.get("required") and body.get("read_only") and not filled:
        message = "The field is required, nobody may write it, and nothing fills it."
        linker.problem("never_filled", draft.at("read_only"), message, "Add a default or a capture.")
    if draft.type.name == "money" and "currency_field" in body:
        _check_currency(draft, linker)


def _check_currency(draft: FieldDraft, linker: Linker) -> None:
    field = linker.field(draft.entity, draft.body["currency_field"], draft.at("currency_field"))
    if field is not None and field.type.name not in ("text", "select"):
        linker.problem("wrong_field_type", draft.at("currency_field"), f'"{field.name}" holds no currency code.')


def _check(draft: FieldDraft, linker: Linker) -> tuple[Formula | None, Label]:
    body = draft.body.get("check")
    if body is None:
        return None, Label()
    rule = linker.formula(body["rule"], linker.scope(draft.entity), draft.at("check", "rule"), BOOLEAN)
    return rule, linker.label(body, draft.at("check"), "message")


def _default(draft: FieldDraft, value_type: Type, linker: Linker) -> Formula | None:
    text = draft.body.get("default")
    if text is None:
        return None
    expect = value_type.optional() if value_type.kind in _EXPECTED_KINDS and draft.type.name != "user" else None
    found = linker.formula(text, linker.scope(draft.entity), draft.at("default"), expect)
    if found is not None and draft.key in found.refs:
        message = f'The default of "{draft.name}" reads the field itself.'
        linker.problem("cycle", draft.at("default"), message, names=[draft.name])
    return found


def _check_constant_default(draft: FieldDraft, field: Field, linker: Linker) -> None:
    """A default that reads nothing must be a value that the field accepts."""
    if field.default is None or not field.default.constant or field.default.calls:
        return
    try:
        value = field.default({})
        if value is not None and field.type in ("select", "text", "long_text", "email", "phone", "url", "color"):
            field.load(value)
        elif isinstance(value, int) and not isinstance(value, bool) and field.type in ("integer", "decimal", "money"):
            field.load(value)
    except (FieldError, FormulaError) as error:
        code = error.kind if isinstance(error, FormulaError) else error.code
        linker.problem(code, draft.at("default"), f"The field would refuse its own default: {error.message}")


def _capture(draft: FieldDraft, value_type: Type, linker: Linker) -> tuple[str, ...]:
    path = draft.body.get("capture")
    if path is None:
        return ()
    fields = linker.path(draft.entity, path, draft.at("capture"))
    if fields is None:
        return ()
    if len(fields) < 2:
        linker.problem("path_too_short", draft.at("capture"), "A capture's path leads over a reference: item.group.")
        return ()
    try:
        found = linker.type_of(fields[-1])
    except Unusable:
        return ()
    if (found.kind, found.shape and found.shape.key) != (value_type.kind, value_type.shape and value_type.shape.key):
        message = f'"{path}" is a {found.kind}, the field a {value_type.kind}.'
        linker.problem("wrong_type", draft.at("capture"), message)
    return tuple(each.name for each in fields)
