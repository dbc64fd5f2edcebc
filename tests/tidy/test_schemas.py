"""Every list of a metadata document is of elements with a uid, or a set of scalars."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

from tessera.meta.schema import schema_of
from tidy.sources import SCHEMAS, assert_none, place

SCALARS = {"string", "integer", "boolean", "number"}


PREFIX = "urn:tessera:schema:"


@cache
def schema(name: str) -> dict[str, Any]:
    """The schema of that name: a file's, or the one of fields, which is put together from the field types."""
    path = SCHEMAS / f"{name}.json"
    found: dict[str, Any] = json.loads(path.read_text("utf-8")) if path.exists() else dict(schema_of(name))
    return found


def resolve(node: dict[str, Any], root: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The schema that a reference points to, or the schema itself; and the root that its own references mean."""
    while "$ref" in node:
        name, _, pointer = node["$ref"].partition("#")
        root = schema(name.removeprefix(PREFIX)) if name.startswith(PREFIX) else root
        target: Any = root
        for part in pointer.strip("/").split("/") if pointer.strip("/") else ():
            target = target[part]
        node = target
    return node, root


def lists(node: Any, pointer: str = "#") -> Iterator[tuple[str, dict[str, Any]]]:
    """Pointer and schema of every list below a schema."""
    if isinstance(node, dict):
        if node.get("type") == "array":
            yield pointer, node
        for key, value in node.items():
            if key not in {"examples", "enum", "const", "default"}:
                yield from lists(value, f"{pointer}/{key}")
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from lists(value, f"{pointer}/{index}")


def is_scalar(node: dict[str, Any], root: dict[str, Any]) -> bool:
    """Whether a schema permits plain values only."""
    found, _ = resolve(node, root)
    kinds = found.get("type")
    if kinds is None and ("enum" in found or "const" in found):
        return True
    return bool(kinds) and set([kinds] if isinstance(kinds, str) else kinds) <= SCALARS


def has_uid(node: dict[str, Any], root: dict[str, Any]) -> bool:
    """Whether every value that a schema permits is an object that must have a uid."""
    found, home = resolve(node, root)
    if "uid" in found.get("required", ()):
        return True
    branches = found.get("oneOf") or found.get("anyOf")
    if branches:
        return all(has_uid(branch, home) for branch in branches)
    return any(has_uid(branch, home) for branch in found.get("allOf", ()))


def test_lists_have_elements_with_uid_or_are_sets_of_scalars() -> None:
    found = []
    for path in sorted(SCHEMAS.glob("*.json")):
        root = json.loads(path.read_text("utf-8"))
        for pointer, node in lists(root):
            items = node.get("items")
            if not isinstance(items, dict):
                found.append(place(path, 1, f"{pointer} does not say what its items are"))
            elif is_scalar(items, root):
                if node.get("uniqueItems") is not True:
                    found.append(place(path, 1, f"{pointer} is a list of scalars and not a set"))
            elif not has_uid(items, root):
                found.append(place(path, 1, f"{pointer} has items without a required uid"))
    assert_none(found)


def test_schemas_refuse_unknown_keys() -> None:
    found = []
    for path in sorted(SCHEMAS.glob("*.json")):
        root = json.loads(path.read_text("utf-8"))
        if root.get("properties") and "additionalProperties" not in root and "unevaluatedProperties" not in root:
            found.append(place(path, 1, "unknown keys are not refused"))
    assert_none(found)
