"""The schemas in the repository are the ones that the tables describe."""

from __future__ import annotations

import json

import pytest
from jsonschema import Draft202012Validator

from mtop_core.data import data_path
from mtop_core.schema import Problem, check
from schemas.make.__main__ import main, rendered
from schemas.make.notation import parse

NAMES = sorted(rendered())
# The schemas of documents that are mtop's own are written by hand.
BY_HAND = ["configproblems.json", "created.json", "deleted.json", "diagnosis.json", "ldconfig.json", "modelchange.json",
           "modellist.json", "pluginlist.json", "settings.json", "versions.json", "worldlist.json"]  # fmt: skip


def test_files_equal_the_output(capsys: pytest.CaptureFixture[str]) -> None:
    assert {name: (data_path("schemas") / name).read_text() for name in NAMES} == rendered()
    assert main(["--check"]) == 0
    assert capsys.readouterr().out == "schemas are up to date\n"


def test_every_schema_is_known() -> None:
    assert sorted(path.name for path in data_path("schemas").glob("*.json")) == sorted([*NAMES, *BY_HAND])


@pytest.mark.parametrize("name", BY_HAND)
def test_valid_by_hand(name: str) -> None:
    schema = json.loads((data_path("schemas") / name).read_text())
    Draft202012Validator.check_schema(schema)
    assert schema["$id"] == f"https://mtop.dev/schemas/{name}"
    assert schema["title"]


@pytest.mark.parametrize("name", NAMES)
def test_valid_draft(name: str) -> None:
    schema = json.loads(rendered()[name])
    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$id"] == f"https://mtop.dev/schemas/{name}"
    assert schema["title"]
    assert schema["description"]
    assert "\n" not in schema["description"]


def test_notation() -> None:
    text = """
# a comment
Thing open  -- what it is
  + Other - a b
  name! string 1..63 ~label
  sizes [int32 >=1 <=9] ..4  -- some sizes
  parts []
    kind string =A|B
  tags map<string>
"""
    assert parse(text) == {
        "Thing": {
            "description": "what it is",
            "type": "object",
            "+": [("Other", ["a", "b"])],
            "properties": {
                "name": {
                    "type": "string",
                    "minLength": 1,
                    "maxLength": 63,
                    "pattern": "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$",
                    "examples": ["team-a"],
                },
                "sizes": {
                    "description": "some sizes",
                    "type": "array",
                    "items": {"type": "integer", "format": "int32", "minimum": 1, "maximum": 9},
                    "maxItems": 4,
                },
                "parts": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "+": [],
                        "properties": {"kind": {"type": "string", "enum": ["A", "B"]}},
                        "required": [],
                        "additionalProperties": False,
                    },
                },
                "tags": {"type": "object", "additionalProperties": {"type": "string"}},
            },
            "required": ["name"],
        }
    }


def test_notation_refuses_unknown_constraints() -> None:
    with pytest.raises(ValueError, match="not a constraint: many"):
        parse("Thing\n  name string many\n")


def test_schema_by_name() -> None:
    assert check({}, "llminferenceservice.v1alpha2") == [
        Problem((name,), "required field is missing") for name in ("apiVersion", "kind", "metadata", "spec")
    ]
