"""check() with schemas of its own: what plugins use."""

from __future__ import annotations

from typing import Any

import pytest

from mtop_core.schema import MESSAGE, Problem, check, dotted

PORTS = {"type": "object", "properties": {"port": {"type": "integer"}}, "required": ["port"]}
PATHS = {
    "type": "object",
    "properties": {"path": {"type": "string"}, "mode": {"enum": ["a", "b"]}},
    "required": ["path"],
}
EITHER = [{"required": ["a"]}, {"required": ["b", "c"]}]
CASES: list[tuple[dict[str, Any], object, list[tuple[str, str]]]] = [
    (
        {"anyOf": [{"type": "string"}, {"type": "array"}]},
        3,
        [("", "expected a string or a list, got the integer 3")],
    ),
    ({"anyOf": [{"type": "string"}, {"type": "array"}]}, "x", []),
    ({"oneOf": [PORTS, PATHS]}, {"path": "x", "mode": "c"}, [("mode", '"c" is not one of a, b')]),
    ({"oneOf": [PORTS, PATHS]}, {"port": "http"}, [("port", 'expected an integer, got the string "http"')]),
    ({"oneOf": [PORTS, PATHS]}, {"port": 1, "path": "x"}, [("", "fits more than one of the allowed forms")]),
    ({"oneOf": EITHER}, {}, [("", "one of a, b with c is required")]),
    ({"oneOf": EITHER}, {"a": 1, "b": 1, "c": 1}, [("", "only one of a, b with c may be set")]),
    ({"not": {"required": ["a", "b"]}}, {"a": 1, "b": 2}, [("", "a and b cannot be set together")]),
    (
        {"not": {"required": ["a", "b"]}, MESSAGE: "a or b, not both"},
        {"a": 1, "b": 2},
        [("", "a or b, not both")],
    ),
    (
        {"not": {"required": ["a"]}, MESSAGE: "no", "additionalProperties": False},
        {"b": 1},
        [("b", "unknown field")],
    ),
    (
        {"properties": {"a": {"pattern": "^x", MESSAGE: "starts with x"}}},
        {"a": "y"},
        [("a", "starts with x")],
    ),
    ({"not": {"type": "string"}}, "x", [("", "has a form that is not allowed")]),
    (
        {"if": {"required": ["a"]}, "then": {"required": ["b", "c"]}, "else": {"required": ["d"]}},
        {"a": 1},
        [("b", "required field is missing")],
    ),
    (
        {"if": {"required": ["a"]}, "else": {"required": ["d"], MESSAGE: "d unless a"}},
        {},
        [("d", "d unless a")],
    ),
    ({"anyOf": EITHER, MESSAGE: "a, or b with c"}, {}, [("", "a, or b with c")]),
    (
        {"allOf": [{"minimum": 3}, {"maximum": 1}]},
        2,
        [("", "must be at least 3, got 2"), ("", "must be at most 1, got 2")],
    ),
    ({"const": "x"}, "y", [("", 'must be x, got the string "y"')]),
    ({"enum": [1]}, True, [("", "the boolean true is not one of 1")]),
    ({"minLength": 2}, "x", [("", "must have at least 2 characters, has 1")]),
    ({"maxProperties": 1}, {"a": 1, "b": 2}, [("", "must have at most 1 field, has 2")]),
    ({"exclusiveMinimum": 0}, 0, [("", "must be more than 0")]),
    ({"multipleOf": 3}, 4, [("", "must be a multiple of 3")]),
    ({"uniqueItems": True}, [1, 1], [("", "the items must differ from each other")]),
    ({"contains": {"type": "string"}}, [1], [("", "an item that is required is missing")]),
    (
        {"propertyNames": {"maxLength": 1}},
        {"ab": 1},
        [("ab", "the key is not allowed: must have at most 1 character, has 2")],
    ),
    ({"dependentSchemas": {"a": {"required": ["b"]}}}, {"a": 1}, [("b", "required field is missing")]),
    ({"dependentRequired": {"a": ["b"]}}, {"a": 1}, [("b", "required together with a")]),
    ({"properties": {"a": False}}, {"a": 1}, [("a", "is not allowed here")]),
    (
        {"patternProperties": {"^x-": {}}, "additionalProperties": False},
        {"x-a": 1, "b": 1},
        [("b", "unknown field")],
    ),
    (
        {"prefixItems": [{"type": "string"}], "items": {"type": "integer"}},
        ["a", "b"],
        [("[1]", 'expected an integer, got the string "b"')],
    ),
    (
        {"$defs": {"n": {"type": "null"}}, "properties": {"a": {"$ref": "#/$defs/n"}}},
        {"a": 1},
        [("a", "expected null, got the integer 1")],
    ),
    (
        {"$defs": {"n": {"type": "null"}}, "anyOf": [{"type": "string"}, {"$ref": "#/$defs/n"}]},
        1,
        [("", "expected a string or null, got the integer 1")],
    ),
    (
        {"format": "date-time"},
        "yesterday",
        [("", 'must be a time such as 2026-01-31T12:00:00Z, got the string "yesterday"')],
    ),
    ({"format": "hostname"}, "?", []),
    (
        {"unevaluatedProperties": False},
        {"a": 1},
        [("", "does not meet the constraint unevaluatedProperties")],
    ),
    ({"type": "integer"}, float("nan"), [("", "expected an integer, got a number that is too large")]),
    ({"minimum": 1}, float("nan"), [("", "must be at least 1, got nan")]),
]


@pytest.mark.parametrize(("schema", "document", "expected"), CASES)
def test_one_message(schema: dict[str, Any], document: object, expected: list[tuple[str, str]]) -> None:
    assert [(dotted(path), message) for path, message, _ in check(document, schema)] == expected


def test_suggestions() -> None:
    schema = {
        "additionalProperties": False,
        "properties": {
            "name": {},
            "kind": {"enum": ["Small", "Large"]},
            "deep": {"properties": {"size": {}}},
        },
    }
    assert check({"nmae": 1, "kind": "large", "size": 3}, schema) == [
        Problem(("nmae",), "unknown field", "name"),
        Problem(("kind",), '"large" is not one of Small, Large', "Large"),
        Problem(("size",), "unknown field, belongs at deep.size", "deep.size"),
    ]


def test_dotted() -> None:
    path = ("spec", "containers", 0, "a.b/c", "", 'quo"te', "x y", "ok-1")
    assert dotted(path) == r'spec.containers[0]["a.b/c"][""]["quo\"te"]["x y"].ok-1'
    assert dotted(()) == ""
