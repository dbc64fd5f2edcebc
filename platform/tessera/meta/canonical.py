"""The canonical text of a document: keys in the order of its schema, defaults left out, two spaces, a newline.

Elements with a uid stand on a line each as far as they fit, so that a diff shows what changed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from tessera.errors import Json
from tessera.meta.schema import kind_names, schema_of

WIDTH = 118
_FIRST = ("kind", "uid", "name", "label", "help")
_PREFIX = "urn:tessera:schema:"


def fmt(body: Mapping[str, Json]) -> str:
    """The document's canonical text.

    >>> fmt({"version": "1.0.0", "uid": "core", "kind": "package", "name": "core"})
    '{\\n  "kind": "package",\\n  "uid": "core",\\n  "name": "core",\\n  "version": "1.0.0"\\n}\\n'
    """
    return _written(arranged(body), 0, is_top=True) + "\n"


def arranged(body: Mapping[str, Json]) -> dict[str, Json]:
    """The document with its keys in canonical order and without its defaults."""
    kind = body.get("kind")
    schema = schema_of(str(kind)) if kind in kind_names() else {}
    found: dict[str, Json] = _arranged(body, schema, schema)
    return found


def _arranged(value: Json, schema: Mapping[str, Any], root: Mapping[str, Any]) -> Json:
    schema, root = _resolved(schema, root)
    schema, root = _variant(value, schema, root)
    if isinstance(value, Mapping):
        known: Mapping[str, Any] = schema.get("properties", {})
        other = schema.get("additionalProperties")
        below = other if isinstance(other, Mapping) else {}
        keys = [key for key in (*_FIRST, *known) if key in value]
        keys += [key for key in value if key not in known] if below or not known else sorted(set(value) - set(keys))
        return {
            key: _arranged(value[key], known.get(key, below), root)
            for key in dict.fromkeys(keys)
            if not _is_default(value[key], known.get(key))
        }
    if isinstance(value, list | tuple):
        return [_arranged(each, schema.get("items", {}), root) for each in value]
    return str(value) if isinstance(value, Decimal) else value


def _resolved(schema: Mapping[str, Any], root: Mapping[str, Any]) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    while "$ref" in schema:
        base, _, place = str(schema["$ref"]).partition("#")
        root = schema_of(base.removeprefix(_PREFIX)) if base else root
        found: Any = root
        for step in place.split("/")[1:]:
            found = found[step]
        schema = found
    return schema, root


def _variant(
    value: Json, schema: Mapping[str, Any], root: Mapping[str, Any]
) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    rule = schema.get("discriminator")
    if rule is None or not isinstance(value, Mapping):
        return schema, root
    if "by" in rule:
        chosen = rule["of"].get(value.get(rule["by"]))
    else:
        chosen = next((each for key, each in rule["keys"].items() if key in value), None)
    return _resolved(chosen, root) if chosen else ({}, root)


def _is_default(value: Json, schema: Mapping[str, Any] | None) -> bool:
    return schema is not None and "default" in schema and schema["default"] == value


def _written(value: Json, depth: int, *, is_top: bool = False) -> str:
    line = json.dumps(value, ensure_ascii=False)
    if not isinstance(value, dict | list) or not value:
        return line
    if not is_top and not _holds_elements(value) and len(line) + 2 * depth <= WIDTH:
        return line
    inner = "  " * (depth + 1)
    if isinstance(value, dict):
        parts = [f"{json.dumps(key, ensure_ascii=False)}: {_written(each, depth + 1)}" for key, each in value.items()]
    else:
        parts = [_written(each, depth + 1) for each in value]
    opening, closing = "{}" if isinstance(value, dict) else "[]"
    body = ",\n".join(inner + part for part in parts)
    return f"{opening}\n{body}\n{'  ' * depth}{closing}"


def _holds_elements(value: Json) -> bool:
    """Whether it is, or holds at any depth, a list of objects: these are written a line each."""
    if isinstance(value, list):
        return any(isinstance(each, dict) for each in value)
    return isinstance(value, dict) and any(_holds_elements(each) for each in value.values())
