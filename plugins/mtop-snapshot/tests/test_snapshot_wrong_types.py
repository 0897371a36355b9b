"""Values of every wrong type in every place: one clear line or an answer, never a bug."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mtop_core.testing import run

WORLDS = Path(__file__).parents[3] / "mocks"
WRONG = (None, True, 7, 1.5, "text", "", [], ["x"], [{}], {}, {"a": 1}, {"name": 3}, [[1]], "\x1b[31m")
Obj = dict[str, Any]


def objects() -> list[Obj]:
    """One object of each kind of a world, the fullest."""
    lines = [json.loads(path.read_text()) for path in sorted((WORLDS / "degraded" / "crs").rglob("*.json"))]
    for path in sorted((WORLDS / "degraded" / "cluster").glob("*.jsonl")):
        lines += [json.loads(line) for line in path.read_text().splitlines()]
    best: dict[str, Obj] = {}
    for obj in lines:
        if len(json.dumps(obj)) > len(json.dumps(best.get(obj["kind"], {}))):
            best[obj["kind"]] = obj
    return list(best.values())


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in an object but for what makes it one."""
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in members:
        if (*path, key) not in (
            ("kind",),
            ("apiVersion",),
            ("metadata",),
            ("metadata", "name"),
            ("metadata", "namespace"),
        ):
            yield (*path, key)
            yield from places(part, (*path, key))


def changed(obj: Obj, path: tuple[Any, ...], value: Any) -> Obj:
    found = copy.deepcopy(obj)
    holder: Any = found
    for step in path[:-1]:
        holder = holder[step]
    holder[path[-1]] = value
    return found


@pytest.mark.parametrize("seed", range(6))
def test_no_wrong_type_is_a_bug(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    whole = objects()
    (tmp_path / "good.json").write_text(json.dumps({"kind": "List", "items": whole}))
    for number in range(25):
        wrong = [changed(obj, chance.choice(list(places(obj))), chance.choice(WRONG)) for obj in whole]
        (tmp_path / "bad.json").write_text(json.dumps({"kind": "List", "items": wrong}))
        answers = [
            run("diff", "good.json", "bad.json", "--all", "--status", "--blame", "--effective"),
            run("diff", "bad.json", "good.json", "--all", "--side-by-side"),
            run("diff", "bad.json", "good.json", "--all", "-o", "json-patch"),
            run("snapshot", "save", "--snapshot", "bad.json", "-A", "-o", f"out-{number}"),
        ]
        if answers[-1].exit_code == 0:
            answers.append(run("diff", "good.json", f"out-{number}", "--all", "-o", "markdown", "--show-ignored"))
            answers.append(run("snapshot", "verify", f"out-{number}"))
        for answer in answers:
            assert answer.exit_code in (0, 1, 2, 3), (number, answer.stderr[-500:])
            assert "\x1b" not in answer.stdout + answer.stderr


@pytest.mark.parametrize("field", ["annotations", "labels", "managedFields", "ownerReferences", "finalizers"])
@pytest.mark.parametrize("value", WRONG, ids=repr)
def test_metadata_of_wrong_types(tmp_path: Path, field: str, value: Any) -> None:
    obj = {
        "apiVersion": "serving.kserve.io/v1alpha1",
        "kind": "LLMInferenceService",
        "spec": {"model": {"criticality": 3}},
    }
    (tmp_path / "a.json").write_text(json.dumps({**obj, "metadata": {"name": "x", field: value}}))
    (tmp_path / "b.json").write_text(json.dumps({**obj, "metadata": {"name": "x"}, "spec": value}))
    for args in (
        ("diff", "a.json", "b.json", "--blame"),
        ("snapshot", "save", "--snapshot", "a.json", "--force", "-o", "o"),
    ):
        answer = run(*args)
        assert answer.exit_code in (0, 1, 2, 3), answer.stderr
