"""The schemas: every list merges by uid or is a set, unknown keys are errors, nothing is fetched."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tessera.meta.fields import FIELD_TYPES
from tessera.meta.kinds import KINDS
from tessera.meta.schema import kind_names, schema_of, validate_body

ALL = ["common", "field", *kind_names()]


def nodes(value: Any, pointer: str = "#") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every object of a schema with its place."""
    if isinstance(value, dict):
        yield pointer, value
        for key, each in value.items():
            if key not in ("default", "enum", "const"):
                yield from nodes(each, f"{pointer}/{key}")
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from nodes(each, f"{pointer}/{index}")


def resolved(node: dict[str, Any], root: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The schema that a reference leads to, with its root."""
    while "$ref" in node:
        base, _, place = node["$ref"].partition("#")
        root = schema_of(base.removeprefix("urn:tessera:schema:")) if base else root
        node = root
        for step in place.split("/")[1:]:
            node = node[step]
    return node, root


def has_uid(node: dict[str, Any], root: dict[str, Any]) -> bool:
    """Whether every value of this schema has a uid."""
    node, root = resolved(node, root)
    if "oneOf" in node:
        return all(has_uid(each, root) for each in node["oneOf"])
    return "uid" in node.get("required", ())


@pytest.mark.parametrize("name", ALL)
def test_every_list_is_of_elements_with_uid_or_a_set_of_scalars(name: str) -> None:
    root = schema_of(name)
    for pointer, node in nodes(root):
        if node.get("type") == "array":
            items, home = resolved(node["items"], root)
            is_set = node.get("uniqueItems") is True and items.get("type", "string") != "object"
            assert is_set or has_uid(items, home), f"{name}{pointer}"


@pytest.mark.parametrize("name", ALL)
def test_every_object_with_keys_refuses_others(name: str) -> None:
    for pointer, node in nodes(schema_of(name)):
        if "properties" in node and "type" in node:
            assert node.get("additionalProperties") is False, f"{name}{pointer}"


@pytest.mark.parametrize("name", ALL)
def test_every_schema_is_valid_and_refers_only_to_its_own(name: str) -> None:
    Draft202012Validator.check_schema(schema_of(name))
    for pointer, node in nodes(schema_of(name)):
        target = str(node.get("$ref", "#"))
        assert target.startswith(("#", "urn:tessera:schema:")), f"{name}{pointer}"


def test_every_kind_with_a_schema_can_be_compiled() -> None:
    assert set(kind_names()) - set(KINDS) <= {"overlay"}
    assert set(KINDS) <= set(kind_names())


def test_every_example_of_a_field_type_fits_its_schema() -> None:
    for name, field_type in FIELD_TYPES.items():
        body = {"uid": "one", "name": "one", "type": name, **field_type.example}
        assert validate_body("field", body) == [], name
