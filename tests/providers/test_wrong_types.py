"""One wrong value anywhere in a cluster costs at most the rows it belongs to, and never a crash."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mtop_core.data import data_folder
from mtop_core.testing import Outcome, run

Path_ = tuple[str | int, ...]
Key = tuple[str, str]

HEALTHY = Path(data_folder("mocks")) / "healthy"
NAMESPACES = ("chat", "search")
KINDS = ("pods", "deployments.apps", "replicasets.apps", "statefulsets.apps", "nodes",
         "leaderworkersets.leaderworkerset.x-k8s.io")  # fmt: skip
AT = ("--at", "2026-10-12T09:30:00Z")
IDENTITY = {("apiVersion",), ("kind",), ("metadata",), ("metadata", "name"), ("metadata", "namespace")}
ERROR = re.compile(
    r"mtop: error: (standard input:\d+): (\w+) ([^\s/]+)/([^\s:]+)"
    r"(?: \(\w+ [^)]+\))?: (.*)expected .*, got .*"
)


def _objects() -> list[dict[str, Any]]:
    crs = [path.read_text() for path in sorted(HEALTHY.glob("crs/*/*.json")) if path.parent.name in NAMESPACES]
    found = [json.loads(text) for text in crs]
    for kind in KINDS:
        lines = (HEALTHY / "cluster" / f"{kind}.jsonl").read_text().splitlines()
        found += [obj for obj in map(json.loads, lines) if obj["metadata"].get("namespace") in (None, *NAMESPACES)]
    return found


OBJECTS = _objects()
LINES = [json.dumps(obj) for obj in OBJECTS]


def _paths(value: Any, here: Path_ = ()) -> Iterator[Path_]:
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, member in members:
        yield (*here, step)
        yield from _paths(member, (*here, step))


def _with(obj: dict[str, Any], path: Path_, value: Any) -> dict[str, Any]:
    changed: Any = copy.deepcopy(obj)
    here = changed
    for step in path[:-1]:
        here = here[step]
    here[path[-1]] = value
    return changed  # type: ignore[no-any-return]


def _listed(lines: list[str]) -> tuple[Outcome, dict[Key, Any]]:
    outcome = run("list", "--snapshot", "-", *AT, "-o", "json", stdin="\n".join(lines).encode())
    rows = json.loads(outcome.stdout)["items"] if outcome.stdout else []
    return outcome, {(row["namespace"], row["name"]): row for row in rows}


@pytest.fixture(scope="module")
def normal() -> dict[Key, Any]:
    outcome, rows = _listed(LINES)
    assert (outcome.exit_code, outcome.stderr) == (0, "")
    assert len(rows) == 17
    return rows


def _concerned(obj: dict[str, Any], normal: dict[Key, Any]) -> set[Key]:
    """The models whose rows a change of `obj` may change."""
    meta = obj["metadata"]
    if obj["kind"] == "Node":
        return {key for key, row in normal.items() if meta["name"] in row["nodes"]}
    namespace, labels = meta["namespace"], meta.get("labels", {})
    if obj["kind"] in ("LLMInferenceService", "InferenceService"):
        group = (normal[namespace, meta["name"]]["weight"] or {}).get("group")
        peers = {key for key, row in normal.items() if group and (row["weight"] or {}).get("group") == group}
        return {(namespace, meta["name"])} | peers
    name = labels.get("app.kubernetes.io/name") or labels.get("serving.kserve.io/inferenceservice")
    return {(namespace, name)} if name else {key for key in normal if key[0] == namespace}


WRONG = st.one_of(
    st.none(), st.booleans(), st.integers(-5, 2**70), st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(["", "x", "True", "0", "-1", "9" * 30, "\x1b[2J\n", "\ud800", "2026-13-45T99:99:99Z", "1e9Gi",
                     "0001-01-01T00:00:00+14:00", "NodeNotReady", "ClusterA/b"]),
    st.sampled_from([[], {}, [None], [[]], [{}], {"a": None}, {"": {}}, [5, "x"], {"type": 1},
                     [{"type": [], "name": 5}]]),
)  # fmt: skip


def _index(kind: str, name: str) -> int:
    return next(n for n, o in enumerate(OBJECTS) if o["kind"] == kind and o["metadata"]["name"].startswith(name))


@settings(max_examples=150, deadline=None)
@given(st.integers(0, len(OBJECTS) - 1), st.integers(0, 10**6), WRONG)
def test_a_wrong_value_anywhere(normal: dict[Key, Any], number: int, which: int, value: Any) -> None:
    paths = list(_paths(OBJECTS[number]))
    check(normal, number, paths[which % len(paths)], value)


FIELDS: list[tuple[str, str, Path_, Any]] = [
    ("LLMInferenceService", "phi-4", ("metadata", "uid"), ["x"]),
    ("LLMInferenceService", "phi-4", ("metadata", "labels"), ["x"]),
    ("LLMInferenceService", "phi-4", ("metadata", "annotations"), {"serving.kserve.io/stop": True}),
    ("LLMInferenceService", "phi-4", ("metadata", "creationTimestamp"), 5),
    ("LLMInferenceService", "phi-4", ("metadata", "creationTimestamp"), "0001-01-01T00:00:00+14:00"),
    ("LLMInferenceService", "phi-4", ("spec",), None),
    ("LLMInferenceService", "phi-4", ("spec", "model", "uri"), {}),
    ("LLMInferenceService", "phi-4", ("spec", "replicas"), "two"),
    ("LLMInferenceService", "phi-4", ("spec", "replicas"), -1),
    ("LLMInferenceService", "phi-4", ("status", "conditions"), "x"),
    ("LLMInferenceService", "phi-4", ("status", "conditions", 0), {k: [] for k in ("type", "status", "reason")}),
    ("LLMInferenceService", "phi-4", ("status", "conditions", 0, "type"), ["x"]),
    ("LLMInferenceService", "phi-4", ("status", "url"), ["x"]),
    ("LLMInferenceService", "gpt-oss-120b-next", ("spec", "router", "route", "weight"), "ten"),
    ("LLMInferenceService", "gpt-oss-120b-next", ("spec", "router", "route", "group"), 7),
    ("InferenceService", "bge-reranker", ("spec", "predictor", "model"), "x"),
    ("InferenceService", "bge-reranker", ("spec", "predictor", "minReplicas"), 1.5),
    ("Pod", "phi-4", ("metadata", "ownerReferences"), "x"),
    ("Pod", "phi-4", ("metadata", "ownerReferences", 0, "uid"), {}),
    ("Pod", "phi-4", ("metadata", "labels"), 5),
    ("Pod", "phi-4", ("status", "containerStatuses", 0, "restartCount"), "many"),
    ("Pod", "phi-4", ("status", "containerStatuses", 0), None),
    ("Pod", "phi-4", ("status", "conditions"), {}),
    ("Pod", "phi-4", ("spec", "containers", 0, "resources"), []),
    ("Pod", "phi-4", ("spec", "containers", 0, "image"), 5),
    ("Pod", "phi-4", ("spec", "nodeName"), {"x": 1}),
    ("Deployment", "phi-4", ("spec", "replicas"), "one"),
    ("Deployment", "phi-4", ("status", "readyReplicas"), []),
    ("LeaderWorkerSet", "deepseek-v3", ("metadata", "labels"), None),
    ("Node", "", ("metadata", "labels"), "x"),
    ("Node", "", ("status", "conditions", 0, "status"), False),
]


@pytest.mark.parametrize(("kind", "name", "path", "value"), FIELDS)
def test_a_wrong_value_in_a_field_that_matters(
    normal: dict[Key, Any], kind: str, name: str, path: Path_, value: Any
) -> None:
    check(normal, _index(kind, name), path, value)


def check(normal: dict[Key, Any], number: int, path: Path_, value: Any) -> None:
    obj = OBJECTS[number]
    outcome, rows = _listed([*LINES[:number], json.dumps(_with(obj, path, value)), *LINES[number + 1 :]])
    assert outcome.exit_code in (0, 3), outcome.stderr
    assert "Traceback" not in outcome.stderr
    if path in IDENTITY:
        return  # another object now, or refused with its line: test_load.py
    concerned = _concerned(obj, normal)
    changed = {key for key in normal if rows.get(key) != normal[key]}
    assert changed <= concerned
    errors = [line for line in outcome.stderr.splitlines() if line.startswith("mtop: error: ")]
    assert bool(errors) == (outcome.exit_code == 3)
    matches = [ERROR.fullmatch(line) for line in errors]
    assert all(matches), errors
    blamed = {(match[3], match[4]) for match in matches if match}
    assert blamed == {key for key, row in rows.items() if row["status"] == "unknown"}
    if obj["kind"] in ("LLMInferenceService", "InferenceService"):
        assert {match[1] for match in matches if match} <= {f"standard input:{number + 1}"}


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("status", "phase"), ["x"], "status.phase: expected a string, got a list"),
        (("status", "containerStatuses", 0, "restartCount"), "many",
         'status.containerStatuses[0].restartCount: expected an integer, got the string "many"'),
        (("spec", "containers", 0, "image"), 5, "spec.containers[0].image: expected a string, got the number 5"),
    ],
)  # fmt: skip
def test_a_field_of_a_pod_is_named_where_it_stands(path: Path_, value: Any, message: str) -> None:
    number = _index("Pod", "phi-4-kserve-q")
    outcome, _ = _listed([*LINES[:number], json.dumps(_with(OBJECTS[number], path, value)), *LINES[number + 1 :]])
    assert outcome.stderr.startswith(f"mtop: error: standard input:{number + 1}: ")
    assert outcome.stderr.endswith(f"{message}\n")
