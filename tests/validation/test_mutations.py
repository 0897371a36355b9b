"""Each field of the good documents matters: a renamed or missing one is found where it is."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from mtop_core.data import data_path
from mtop_core.validation import validate

NAMES = sorted(path.stem for path in (Path(__file__).parent / "good").glob("*.yaml"))
Steps = tuple[str | int, ...]


@cache
def schema_file(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((data_path("schemas") / f"{name}.json").read_text(encoding="utf-8"))
    return loaded


def resolved(node: dict[str, Any], name: str) -> tuple[dict[str, Any], str]:
    while "$ref" in node:
        file, _, key = node["$ref"].partition("#/$defs/")
        name = file.removesuffix(".json") or name
        node = schema_file(name)["$defs"][key]
    return node, name


def fields(value: Any, node: Any, name: str, path: Steps = ()) -> Iterator[tuple[Steps, bool]]:
    """The path of every field that the schema names, and whether it is required."""
    node, name = resolved(node if isinstance(node, dict) else {}, name)
    if isinstance(value, dict):
        for key, child in value.items():
            if node.get("additionalProperties") is False and path:
                yield (*path, key), key in node.get("required", [])
            known = node.get("properties", {}).get(key, node.get("additionalProperties"))
            yield from fields(child, known, name, (*path, key))
    if isinstance(value, list):
        for number, child in enumerate(value):
            yield from fields(child, node.get("items"), name, (*path, number))


def without(document: Any, path: Steps, new_name: str = "") -> Any:
    changed = copy.deepcopy(document)
    parent = changed
    for step in path[:-1]:
        parent = parent[step]
    value = parent.pop(path[-1])
    if new_name:
        parent[new_name] = value
    return changed


@pytest.mark.parametrize("name", NAMES)
def test_each_field(name: str, load: Callable[[str], Any]) -> None:
    document = load(name)
    schema = f"{document['kind'].lower()}.{document['apiVersion'].partition('/')[2]}"
    found = list(fields(document, schema_file(schema), schema))
    assert found
    for path, required in found:
        if required:
            missing = [(problem.path, problem.message) for problem in validate(without(document, path))]
            assert (path, "required field is missing") in missing
        renamed = (*path[:-1], f"{path[-1]}Zz")
        problems = validate(without(document, path, str(renamed[-1])))
        assert [problem.message[:13] for problem in problems if problem.path == renamed] == ["unknown field"]
