"""The JSON Schemas of the kinds, and what they say about a document, as problems.

A schema per kind lies in `schemas/<kind>.json` under the id `urn:tessera:schema:<kind>`; `field` is put together
from the registered field types. References never leave this registry: nothing is fetched.

A list of variants is written as `oneOf` with `"discriminator"` beside it, which other validators ignore. Ours
uses it to look only at the variant meant: `{"by": "type", "of": {"text": <schema>, …}}` picks by the value of a
key, `{"keys": {"let": <schema>, …}}` by which of these keys is there.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from difflib import get_close_matches
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, cast

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from tessera.errors import Json, Problem
from tessera.meta.documents import Document, pointer_to
from tessera.meta.fields import FIELD_TYPES

_PREFIX = "urn:tessera:schema:"

_CODES = {
    "additionalProperties": "unknown_key",
    "propertyNames": "unknown_key",
    "required": "missing_key",
    "dependentRequired": "missing_key",
    "type": "wrong_json_type",
    "enum": "not_allowed",
    "const": "not_allowed",
    "oneOf": "not_allowed",
    "anyOf": "not_allowed",
    "not": "not_allowed",
    "pattern": "bad_format",
    "minLength": "too_short",
    "maxLength": "too_long_text",
    "minItems": "too_few",
    "minProperties": "too_few",
    "maxItems": "too_many",
    "maxProperties": "too_many",
    "uniqueItems": "repeated",
    "minimum": "out_of_bounds",
    "maximum": "out_of_bounds",
    "exclusiveMinimum": "out_of_bounds",
    "exclusiveMaximum": "out_of_bounds",
}


def kind_names() -> list[str]:
    """The kinds that have a schema, sorted."""
    names = (each.name for each in files("tessera.meta").joinpath("schemas").iterdir())
    return sorted(name[:-5] for name in names if name.endswith(".json") and name != "common.json")


@cache
def _file_schema(name: str) -> dict[str, Any]:
    text = files("tessera.meta").joinpath("schemas", f"{name}.json").read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema


def field_schema() -> dict[str, Any]:
    """The schema of one field: a variant for each registered field type."""
    variants = {}
    for name, field_type in FIELD_TYPES.items():
        properties: dict[str, Any] = {"type": {"const": name}}
        common = _COMMON_KEYS if not field_type.computed else _COMPUTED_KEYS
        properties |= {key: value for key, value in common.items() if key not in field_type.without}
        properties |= field_type.schema
        variants[name] = {
            "type": "object",
            "additionalProperties": False,
            "required": ["uid", "name", "type", *field_type.required_keys],
            "properties": properties,
        }
    references = {name: {"$ref": f"#/$defs/{name}"} for name in variants}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"{_PREFIX}field",
        "title": "A field of an entity",
        "oneOf": list(references.values()),
        "discriminator": {"by": "type", "of": references},
        "$defs": variants,
    }


def _common(name: str, description: str = "") -> dict[str, Any]:
    schema = {"$ref": f"{_PREFIX}common#/$defs/{name}"}
    return {**schema, "description": description} if description else schema


_COMPUTED_KEYS: dict[str, Any] = {
    "uid": _common("uid"),
    "name": _common("name"),
    "label": _common("label"),
    "help": _common("label", "A sentence that helps to fill it in."),
    "aliases": _common("aliases"),
    "class": {"enum": ["personal"], "description": "Personal values are sealed in audit, events and messages."},
}

_COMMON_KEYS: dict[str, Any] = {
    **_COMPUTED_KEYS,
    "required": {"type": "boolean", "default": False},
    "unique": {"type": "boolean", "default": False, "description": "No two live records share a value."},
    "read_only": {"type": "boolean", "default": False, "description": "Nobody may write it; defaults and captures do."},
    "default": _common("formula", "Fills the field when nothing is given."),
    "check": {
        "type": "object",
        "additionalProperties": False,
        "required": ["rule", "message"],
        "properties": {"rule": _common("formula", "Must be true."), "message": _common("label")},
    },
    "capture": _common("path", "Copied from there when the record is written: product.category."),
}


def step_schema() -> dict[str, Any]:
    """The schema of one step of a flow: a variant for each registered kind of step."""
    from tessera.meta.steps import STEP_TYPES  # the kinds of steps themselves ask this module for hints

    variants: dict[str, Any] = {}
    for name, kind in STEP_TYPES.items():
        outside = _OUTSIDE_KEYS if kind.is_outside else {}
        properties = {**_STEP_KEYS, "do": {"const": name}, **kind.schema, **outside, "on_error": _ON_ERROR}
        variants[name] = _closed(properties, ("uid", "do", *kind.required))
    return _variants("step", "A step of a flow", "do", variants)


def trigger_schema() -> dict[str, Any]:
    """The schema of what begins a flow: a variant for each registered kind of trigger."""
    from tessera.meta.triggers import TRIGGER_TYPES  # as above

    variants: dict[str, Any] = {}
    for name, kind in TRIGGER_TYPES.items():
        properties: dict[str, Any] = {"on": {"const": name}, "entity": _common("name", "Of the record."), **kind.schema}
        if kind.topic:
            properties["when"] = _common("formula", "Only events for which it is true.")
        if kind.takes_input:
            properties["input"] = _INPUT
        needed = ("on", *(("entity",) if kind.has_record else ()), *kind.required)
        variants[name] = _closed(properties, needed)
    return _variants("trigger", "What begins a flow", "on", variants)


def _closed(properties: Mapping[str, Any], required: Iterable[str]) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": False, "required": [*required], "properties": {**properties}}


def _variants(name: str, title: str, by: str, variants: Mapping[str, Any]) -> dict[str, Any]:
    references = {each: {"$ref": f"#/$defs/{each}"} for each in variants}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"{_PREFIX}{name}",
        "title": title,
        "oneOf": list(references.values()),
        "discriminator": {"by": by, "of": references},
        "$defs": {**variants},
    }


_STEP_KEYS: dict[str, Any] = {
    "uid": _common("uid"),
    "do": {},
    "label": _common("label"),
    "as": _common("name", "Later formulas see its result under this name."),
    "when": _common("formula", "The step is skipped unless it is true."),
}
_OUTSIDE_KEYS: dict[str, Any] = {
    "timeout": _common("duration", "How long it may take; left out: a minute."),
    "at_most_once": {
        "type": "boolean", "default": False,
        "description": "When it was cut off it is not repeated, but waits for a person to say what became of it.",
    },
}
_ON_ERROR: dict[str, Any] = {
    **_closed(
        {
            "retry": _closed(
                {
                    "times": {"type": "integer", "minimum": 0, "maximum": 100, "description": "0: never."},
                    "first": _common("duration", "Before the first repetition; left out: 10s."),
                    "factor": {"type": "integer", "minimum": 1, "maximum": 10, "default": 2,
                               "description": "How much longer each further wait is."},
                    "longest": _common("duration", "The longest wait; left out: 1h."),
                },
                ("times",),
            ),
            "then": {
                "type": ["string", "object"],
                "pattern": "^(stop|continue)$",
                "additionalProperties": False,
                "required": ["steps"],
                "properties": {"steps": {"type": "array", "minItems": 1, "maxItems": 200,
                                         "items": {"$ref": f"{_PREFIX}step"}}},
                "default": "stop",
                "description": "When it fails for good: stop the run, continue, or take these steps and continue.",
            },
        },
        (),
    ),
    "description": "What happens when it fails.",
}  # fmt: skip
_INPUT: dict[str, Any] = {
    "description": "Values that whoever begins a run gives; formulas see them as input.",
    "type": "array",
    "maxItems": 50,
    "items": _closed(
        {
            "uid": _common("uid"),
            "name": _common("name"),
            "label": _common("label"),
            "type": {"enum": ["number", "text", "boolean", "date", "datetime", "record", "json"]},
            "of": _common("name", "The entity of a record."),
            "required": {"type": "boolean", "default": False},
        },
        ("uid", "name", "type"),
    ),
}
_MADE: dict[str, Callable[[], dict[str, Any]]] = {
    "field": field_schema, "step": step_schema, "trigger": trigger_schema,
}  # fmt: skip
"""Schemas that are put together from registered parts."""


def schema_of(kind: str) -> dict[str, Any]:
    """The published schema of a kind (or of "field", "step", "trigger" and "common")."""
    return _MADE[kind]() if kind in _MADE else _file_schema(kind)


def _discriminate(validator: Any, rule: Json, instance: Json, schema: Json) -> Iterator[ValidationError]:
    if not isinstance(instance, dict):
        yield ValidationError(f"{instance!r} is not an object", validator="type")
        return
    if "keys" in rule:
        chosen = next((key for key in rule["keys"] if key in instance), None)
        options: Mapping[str, Any] = rule["keys"]
    else:
        chosen, options = instance.get(rule["by"]), rule["of"]
    if isinstance(chosen, str) and chosen in options:
        yield from validator.descend(instance, options[chosen], schema_path=chosen)
    elif "by" in rule and rule["by"] in instance:
        yield ValidationError(
            "", path=[rule["by"]], validator="discriminator", validator_value=[*options], instance=chosen
        )
    elif "by" in rule:
        yield ValidationError(f"'{rule['by']}' is missing", validator="required", instance=instance)
    else:
        yield ValidationError("", validator="variant_keys", validator_value=list(options), instance=instance)


def _one_of(validator: Any, rule: Json, instance: Json, schema: Json) -> Iterator[ValidationError]:
    if "discriminator" not in schema:
        yield from Draft202012Validator.VALIDATORS["oneOf"](validator, rule, instance, schema)


_Validator = extend(  # type: ignore[no-untyped-call]  # jsonschema's stubs leave it untyped
    Draft202012Validator, {"discriminator": _discriminate, "oneOf": _one_of}
)


@lru_cache(maxsize=8)
def _registry(types: tuple[str, ...]) -> Registry[Any]:
    made = (make() for make in _MADE.values())
    schemas = [_file_schema("common"), *made, *(_file_schema(name) for name in kind_names())]
    resources = [(schema["$id"], DRAFT202012.create_resource(_without_dialect(schema))) for schema in schemas]
    return Registry().with_resources(resources).crawl()


def _without_dialect(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Without "$schema", at which jsonschema would leave our validator for the plain one of the dialect."""
    return {key: value for key, value in schema.items() if key != "$schema"}


@lru_cache(maxsize=256)
def _validator(kind: str, types: tuple[str, ...]) -> Any:
    return _Validator(_without_dialect(schema_of(kind)), registry=_registry(types))


def validator(kind: str) -> Any:
    """The validator of a kind; the same object as long as no field type, step or trigger is added."""
    from tessera.meta.steps import STEP_TYPES  # as above
    from tessera.meta.triggers import TRIGGER_TYPES

    return _validator(kind, (*FIELD_TYPES, *STEP_TYPES, *TRIGGER_TYPES))


def validate(document: Document) -> list[Problem]:
    """What its kind's schema says against a document; nothing when its kind has no schema."""
    return validate_body(document.kind, document.body, document.file)


def validate_body(kind: str, body: Json, file: str = "") -> list[Problem]:
    """The problems of a body, in the order of its keys; pointers begin with `<file>#`."""
    found: list[Problem] = []
    for error in validator(kind).iter_errors(body):
        found.extend(_problems(error, file))
    return sorted(found, key=lambda each: each.pointer)


def _problems(error: ValidationError, file: str) -> Iterator[Problem]:
    steps = list(error.absolute_path)
    keyword = str(error.validator)
    if keyword == "additionalProperties" and isinstance(error.instance, dict):
        yield from _unknown_keys(error, steps, file)
    elif keyword == "required":
        key = str(error.message.split("'")[1])
        yield _problem(file, steps, "missing_key", f'The key "{key}" is missing.', key=key)
    elif keyword in ("discriminator", "variant_keys"):
        yield _unknown_variant(error, steps, file)
    else:
        code = _x_code(error) or _CODES.get(keyword, "not_allowed")
        yield _problem(file, steps, code, _message(error, keyword), _hint(error, keyword))


def _unknown_keys(error: ValidationError, steps: list[Any], file: str) -> Iterator[Problem]:
    schema: Mapping[str, Any] = error.schema if isinstance(error.schema, Mapping) else {}
    known = set(schema.get("properties", ()))
    instance = cast("Mapping[str, Any]", error.instance)
    for key in instance:
        if key not in known:
            yield _problem(
                file, [*steps, key], "unknown_key", f'The key "{key}" is not known here.', did_you_mean(key, known)
            )


def _unknown_variant(error: ValidationError, steps: list[Any], file: str) -> Problem:
    options = [str(each) for each in cast("list[str]", error.validator_value)]
    if error.validator == "variant_keys":
        return _problem(file, steps, "missing_key", f"One of these keys is needed: {', '.join(options)}.")
    value = str(error.instance)
    return _problem(file, steps, "unknown_type", f'"{value}" is not one of the types.', did_you_mean(value, options))


def _problem(file: str, steps: Iterable[Any], code: str, message: str, hint: str = "", **params: Json) -> Problem:
    return Problem(code, f"{file}#{pointer_to(steps)}", message, hint, params)


def _x_code(error: ValidationError) -> str:
    schema = error.schema
    return str(schema.get("x-code", "")) if isinstance(schema, Mapping) and error.validator != "type" else ""


def _message(error: ValidationError, keyword: str) -> str:
    value = _short(error.instance)
    limit = error.validator_value
    texts = {
        "type": f"{value} has the wrong JSON type; {_either(limit)} belongs here.",
        "enum": f"{value} is not one of {', '.join(map(str, limit)) if isinstance(limit, list) else limit}.",
        "const": f"{value} is not {limit!r}.",
        "pattern": f"{value} is not written as it must be here.",
        "minLength": "The text is empty." if limit == 1 else f"The text has less than {limit} characters.",
        "maxLength": f"The text has more than {limit} characters.",
        "minItems": f"The list needs at least {limit}.",
        "maxItems": f"The list may have at most {limit}.",
        "uniqueItems": "The list names something twice.",
        "minimum": f"{value} is less than {limit}.",
        "maximum": f"{value} is more than {limit}.",
    }
    return texts.get(keyword, f"{value} is not allowed here.")


def _hint(error: ValidationError, keyword: str) -> str:
    if keyword == "enum" and isinstance(error.instance, str) and isinstance(error.validator_value, list):
        return did_you_mean(error.instance, [str(each) for each in error.validator_value])
    schema = error.schema
    return str(schema.get("description", "")) if isinstance(schema, Mapping) else ""


def _either(kinds: Json) -> str:
    return " or ".join(map(str, kinds)) if isinstance(kinds, list) else str(kinds)


def _short(value: Json) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else text[:57] + "…"


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A hint with the known word nearest to a mistyped one, "" when none is near.

    >>> did_you_mean("lable", ["label", "name"])
    'Did you mean "label"?'
    """
    near = get_close_matches(word, list(known), 1, 0.6)
    return f'Did you mean "{near[0]}"?' if near else ""
