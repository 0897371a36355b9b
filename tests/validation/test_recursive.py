"""Schemas with definitions that lead back to themselves."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mtop_core.schema import Problem, check, compiled

NODE = {
    "type": "object",
    "additionalProperties": False,
    "required": ["name"],
    "properties": {
        "name": {"type": "string"},
        "children": {"type": "array", "items": {"$ref": "#/$defs/Node"}},
        "size": {"enum": ["small", "large"]},
    },
}
LIMB = {"type": "object", "additionalProperties": False, "properties": {"leaf": {"$ref": "#/$defs/Leaf"}}}
LEAF = {"type": "object", "additionalProperties": False, "properties": {"limb": {"$ref": "#/$defs/Limb"}}}
WORD = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"$ref": "#/$defs/Word"}}]}
WHOLE = {
    "$id": "https://example.org/recursive-whole.json",
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "node": {"$ref": "recursive-parts.json#/$defs/Node"},
        "own": {"$ref": "#/$defs/Node"},
        "limb": {"$ref": "recursive-parts.json#/$defs/Limb"},
        "leaf": {"$ref": "recursive-parts.json#/$defs/Leaf"},
        "word": {"$ref": "recursive-parts.json#/$defs/Word"},
    },
    "$defs": {"Node": {"type": "array", "items": {"$ref": "#/$defs/Node"}}},
}
PARTS = {"$defs": {"Node": NODE, "Limb": LIMB, "Leaf": LEAF, "Word": WORD}}


@pytest.fixture
def named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[object], list[Problem]]:
    """check() with the schema "recursive-whole" in schemas/."""
    for name, body in (("recursive-whole", WHOLE), ("recursive-parts", PARTS)):
        (tmp_path / f"{name}.json").write_text(json.dumps(body), encoding="utf-8")
    monkeypatch.setattr(compiled, "data_path", lambda _name: tmp_path)
    return lambda document: check(document, "recursive-whole")


def test_to_itself(named: Callable[[object], list[Problem]]) -> None:
    def document(deepest: object) -> dict[str, Any]:
        return {"node": {"name": "a", "children": [{"name": "b", "children": [deepest]}]}}

    path = ("node", "children", 0, "children", 0)
    assert named(document({"name": "c"})) == []
    assert named(document(1)) == [Problem(path, "expected an object, got the integer 1")]
    assert named(document({"nmae": "c", "size": "Large"})) == [
        Problem((*path, "nmae"), "unknown field", "node.children[0].children[0].name"),
        Problem((*path, "size"), '"Large" is not one of small, large', "large"),
        Problem((*path, "name"), "required field is missing"),
    ]


def test_to_each_other(named: Callable[[object], list[Problem]]) -> None:
    assert named({"limb": {"leaf": {"limb": {"leaf": {}}}}, "leaf": {"limb": {"leaf": {"limb": {}}}}}) == []
    wrong: object = {"limb": {"leaf": {"limb": {"limb": {}}}}, "leaf": {"limb": {"leaf": {"leaf": {}}}}}
    assert [(problem.path, problem.message.partition(",")[0]) for problem in named(wrong)] == [
        (("limb", "leaf", "limb", "limb"), "unknown field"),
        (("leaf", "limb", "leaf", "leaf"), "unknown field"),
    ]


def test_the_same_name_in_two_files(named: Callable[[object], list[Problem]]) -> None:
    assert named({"own": [[], [[]]], "node": {"name": "a"}}) == []
    assert named({"own": [[], [{}]]}) == [Problem(("own", 1, 0), "expected a list, got an object")]


def test_in_a_choice(named: Callable[[object], list[Problem]]) -> None:
    assert named({"word": ["a", ["b", ["c"]]]}) == []
    assert named({"word": ["a", ["b", 3]]}) == [
        Problem(("word", 1, 1), "expected a string or a list, got the integer 3")
    ]


@pytest.mark.parametrize("depth", [10, 5000])
def test_however_deep(named: Callable[[object], list[Problem]], depth: int) -> None:
    found: list[Any] = []
    for _ in range(depth):
        found = [found]
    assert named({"own": found}) == ([] if depth == 10 else [Problem((), "is nested too deeply to check")])
