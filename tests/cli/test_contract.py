"""`-o json` and `-o yaml` of every command: as the schema says, and one document in two spellings."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from mtop_core.data import data_path
from mtop_core.objects.kinds import CR_KINDS, kind_of
from mtop_core.providers.worlds import shipped_worlds
from mtop_core.schema import check
from mtop_core.testing import run, service
from tests.cli.kit import write

OURS = ("modellist", "modelchange", "worldlist", "pluginlist", "versions", "settings", "configproblems", "created",
        "deleted", "ldconfig")  # fmt: skip
WORLDS = [world for world in shipped_worlds() if world != "broken"]
BAD_CONFIG = "mode: foo\nworlds: x\nplugins: {disable: 3}\n"


def documents(*args: str, code: int = 0) -> Any:
    """What a command says in JSON, once it was seen to say the same in YAML."""
    said = run(*args, "-o", "json")
    again = run(*args, "-o", "yaml")
    assert (said.exit_code, again.exit_code) == (code, code), said.stderr
    assert said.stderr == again.stderr
    document = json.loads(said.stdout)
    assert yaml.safe_load(again.stdout) == document
    return document


@pytest.mark.parametrize("name", OURS)
def test_schemas_are_schemas(name: str) -> None:
    schema = json.loads((data_path("schemas") / f"{name}.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$id"] == f"https://mtop.dev/schemas/{name}.json"
    assert schema["title"]
    assert schema["description"].endswith(".")
    for place, node in nodes(schema, name):
        if node.get("type") in ("object", ["object", "null"]) and "properties" in node and place != "created.object":
            assert node.get("additionalProperties") is False or name == "created", place
    for place, field in fields(schema, name):
        assert "const" in field or "$ref" in field or field.get("description"), f"{place} says nothing"


def nodes(node: Any, place: str) -> list[tuple[str, dict[str, Any]]]:
    """Every mapping of a schema, with where it stands."""
    if isinstance(node, list):
        return [found for item in node for found in nodes(item, place)]
    if not isinstance(node, dict):
        return []
    return [(place, node), *(found for key, value in node.items() for found in nodes(value, f"{place}.{key}"))]


def fields(schema: Any, name: str) -> list[tuple[str, dict[str, Any]]]:
    """Every property of a schema."""
    return [
        (f"{place}.{key}", field)
        for place, node in nodes(schema, name)
        for key, field in node.get("properties", {}).items()
        if isinstance(field, dict) and not place.endswith(("offers", "gap"))
    ]


@pytest.mark.parametrize("world", WORLDS)
def test_list(world: str) -> None:
    document = documents("list", "--mock", world)
    assert check(document, "modellist") == []
    assert [*document] == ["apiVersion", "kind", "source", "gaps", "notes", "errors", "items"]
    table = run("list", "--mock", world, "--no-headers").stdout.splitlines()
    assert [line.split()[:2] for line in table] == [[row["namespace"], row["name"]] for row in document["items"]]


def test_list_of_malformed_objects() -> None:
    broken = service("odd", replicas="two")
    said = run("list", "--snapshot", "-", "-o", "json", stdin=json.dumps(broken).encode())
    document = json.loads(said.stdout)
    assert said.exit_code == 3
    assert check(document, "modellist") == []
    assert document["items"][0]["status"] == "unknown"
    assert document["items"][0]["error"] == document["errors"][0].split(": ", 2)[2]


def test_list_of_a_dump_says_what_it_could_not_see() -> None:
    said = run("list", "--snapshot", "-", "-o", "json", stdin=json.dumps(service()).encode())
    document = json.loads(said.stdout)
    assert check(document, "modellist") == []
    assert "pods" in [gap["resource"] for gap in document["gaps"]]
    assert document["items"][0]["restarts"] is None
    assert document["source"]["mode"] == "snapshot"


def test_the_schema_refuses_what_list_never_says() -> None:
    document = documents("list", "--mock", "rollout")
    changes: list[dict[str, Any]] = [{"status": "fine"}, {"more": 1}, {"restarts": -1}, {"weight": {}}, {"kind": "Pod"},
                                     {"nodes": None}]  # fmt: skip
    for change in changes:
        assert check({**document, "items": [{**document["items"][0], **change}]}, "modellist") != [], change
    assert check({**document, "kind": "Models"}, "modellist") != []
    assert check({key: value for key, value in document.items() if key != "gaps"}, "modellist") != []


@pytest.mark.parametrize("world", WORLDS)
def test_get_answers_with_the_objects_themselves(world: str) -> None:
    document = documents("get", "--mock", world)
    assert {key: document[key] for key in ("apiVersion", "kind", "metadata")} == {
        "apiVersion": "v1", "kind": "List", "metadata": {},
    }  # fmt: skip
    names = [row["name"] for row in documents("list", "--mock", world)["items"]]
    assert sorted(obj["metadata"]["name"] for obj in document["items"]) == sorted(names)
    configs = documents("get", "config", "--mock", world)["items"]
    assert configs
    assert {kind_of(obj) for obj in [*document["items"], *configs]} <= set(CR_KINDS)
    if names:
        one = document["items"][0]
        assert documents("get", one["metadata"]["name"], "--mock", world) == one


def test_mock_list() -> None:
    document = documents("mock", "list")
    assert check(document, "worldlist") == []
    assert [row["name"] for row in document["items"]] == shipped_worlds()
    assert [row["name"] for row in document["items"] if row["current"]] == ["healthy"]


@pytest.mark.parametrize("args", [("plugins",), ("plugins", "list"), ("--no-plugins", "plugins")])
def test_plugins(args: tuple[str, ...]) -> None:
    assert check(documents(*args), "pluginlist") == []


def test_version() -> None:
    document = documents("version")
    assert check(document, "versions") == []
    assert [row["name"] for row in document["items"]][:2] == ["mtop", "python"]


def test_config(tmp_path: Path) -> None:
    assert check(documents("config", "show"), "settings") == []
    write(tmp_path, ".ldconfig", "mode: mock\nnamespace: chat\nplugins: {disable: [example]}\n")
    document = documents("config", "show")
    assert check(document, "settings") == []
    assert [(row["key"], row["value"]) for row in document["items"]][:4] == [
        ("mode", "mock"), ("world", "healthy"), ("namespace", "chat"), ("plugins.disable", ["example"]),
    ]  # fmt: skip
    assert [row["origin"].rpartition(":")[2] for row in document["items"]][:4] == ["1", "default", "2", "3"]


def test_config_problems(tmp_path: Path) -> None:
    bad = write(tmp_path, "bad", BAD_CONFIG)
    document = documents("config", "validate", bad, code=2)
    assert check(document, "configproblems") == []
    assert [row["path"] for row in document["items"]] == ["mode", "worlds", "plugins.disable"]
    good = write(tmp_path, "good", "mode: mock\n")
    assert documents("config", "validate", good)["items"] == []


@pytest.mark.parametrize(
    ("content", "places"),
    [
        ({}, []), ({"mode": "mock", "world": "w", "namespace": "a-1", "plugins": {"disable": ["a", "b"]}}, []),
        ({"mode": "MOCK"}, ["mode"]), ({"world": ""}, ["world"]), ({"namespace": "A"}, ["namespace"]),
        ({"plugins": {"disable": "a"}}, ["plugins.disable"]), ({"plugins": {"disable": [1]}}, ["plugins.disable[0]"]),
        ({"plugins": {"enable": []}}, ["plugins.enable"]), ({"cost": {}}, ["cost"]), ({"plugins": None}, ["plugins"]),
    ],
)  # fmt: skip
def test_ldconfig(content: dict[str, Any], places: list[str]) -> None:
    from mtop_core.schema import dotted

    assert [dotted(problem.path) for problem in check(content, "ldconfig")] == places


def test_create(tmp_path: Path) -> None:
    nowhere = service("one")
    del nowhere["metadata"]["namespace"]
    one = write(tmp_path, "one.json", json.dumps(nowhere))
    two = write(tmp_path, "two.json", json.dumps(service("two", "chat")))
    document = documents("create", "-f", one, "--mock", "empty", "--dry-run")
    assert check(document, "created") == []
    assert document["metadata"]["namespace"] == "default"
    document = documents("create", "-f", one, "-f", two, "--mock", "empty", "--dry-run")
    assert check(document, "created") == []
    assert [obj["metadata"]["name"] for obj in document["items"]] == ["one", "two"]


def test_delete() -> None:
    for dry_run in ("--dry-run", "--dry-run=server"):
        document = documents("delete", "llama-8b", "--mock", "degraded", dry_run)
        assert check(document, "deleted") == []
        assert document["items"][0]["namespace"] == "code"
    assert check(documents("delete", "x", "--mock", "empty", "--ignore-not-found", "-y"), "deleted") == []
    said = run("delete", "llama-8b", "--mock", "degraded", "-y", "-o", "json")
    assert check(json.loads(said.stdout), "deleted") == []
    assert json.loads(said.stdout)["items"][0]["dryRun"] == "none"
