"""Real rollouts: the tree, how it stands, and when the watching ends."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

import pytest

from mtop_core.schema import check
from mtop_core.testing import Outcome, run


def watch(name: str, *args: str, world: str = "rollout") -> Outcome:
    return run("watch", name, "-n", "chat", "--mock", world, *args)


def tree(done: Outcome) -> list[list[str]]:
    """Name, status, ready and way of every row."""
    rows = [json.loads(line)["object"] for line in done.stdout.splitlines()]
    return [[row["tree"], row["status"], row["ready"], str(row["percent"])] for row in rows]


def test_a_rolling_update() -> None:
    done = watch("qwen3-32b", "-o", "json")
    assert tree(done) == [
        ["qwen3-32b", "rolling 2/4", "4/4", "None"],
        ["  main", "rolling", "4/4", "None"],
        ["    rev 2 4kfpzb6rdq", "new", "1/2", "None"],
        ["      ccvqd", "ready", "", "100"],
        ["      j9hhz", "loading 33%", "", "51"],
        ["    rev 1 8csdcb6nb4", "old", "3/3", "None"],
        ["      4z86k", "ready", "", "100"],
        ["      kj9pn", "ready", "", "100"],
        ["      lznqv", "ready", "", "100"],
        ["  scheduler", "ready", "1/1", "None"],
        ["  routing", "ready", "", "None"],
    ]
    assert done.exit_code == 1
    assert "a mock does not change: this is how it stands" in done.stderr
    info = {row["object"]["tree"].strip(): row["object"]["info"] for row in map(json.loads, done.stdout.splitlines())}
    assert info["rev 2 4kfpzb6rdq"] == "image llm-d-cuda:v0.6.0 to llm-d-cuda:v0.8.0"
    assert info["main"].startswith("deadline in ")
    assert info["j9hhz"] == "about 2m23s left"


def test_groups_of_pods() -> None:
    rows = tree(watch("deepseek-v3", "-o", "json"))
    assert ["      group 1 leader", "loading 40%", "", "54"] in rows
    assert ["      group 0 worker", "ready", "", "100"] in rows


def test_a_stall_is_explained_by_its_finding() -> None:
    done = watch("mistral-large")
    assert done.exit_code == 1
    assert "mtop: note: rollout-surge-no-free-gpu: The rollout waits for 8 nvidia.com/gpu" in done.stderr
    assert "spec.rolloutStrategy to maxSurge 0, maxUnavailable 1" in done.stderr


def test_a_stall_without_rules_is_explained_all_the_same() -> None:
    done = run("watch", "mistral-large", "-n", "chat", "--mock", "rollout",
               env={"MTOP_DISABLE_PLUGINS": "doctor"})  # fmt: skip
    assert "Unschedulable" in done.stderr


@pytest.mark.parametrize(
    ("name", "until", "code"),
    [
        ("gpt-oss-canary", "ready", 0), ("gpt-oss-canary", "weight=30", 0), ("gpt-oss-canary", "weight=31", 1),
        ("qwen3-32b", "revision", 0), ("qwen3-32b", "ready", 1), ("deepseek-v3", "revision", 1),
    ],
)  # fmt: skip
def test_until(name: str, until: str, code: int) -> None:
    assert watch(name, "--until", until).exit_code == code


def test_every_document_fits_its_schema() -> None:
    schema = json.loads((files("mtop_rollout") / "schemas" / "change.json").read_text(encoding="utf-8"))
    for name in ("qwen3-32b", "mistral-large", "deepseek-v3", "gpt-oss-canary", "llama-blue"):
        for line in watch(name, "-o", "json").stdout.splitlines():
            assert check(json.loads(line), schema) == []


def test_fewer_revisions() -> None:
    rows = tree(watch("qwen3-32b", "-o", "json", "--limit-revisions", "1"))
    assert ["    +1 older", "", "", "None"] in rows
    assert not any("rev 1" in row[0] for row in rows)


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ((), "nothing to watch"),
        (("m", "--until", "done"), '--until "done": expected ready, revision or weight=PERCENT'),
        (("m", "--until", "weight=101"), "expected ready"),
        (("m", "--timeout", "soon"), '--timeout "soon" is no duration'),
        (("m", "--autoplay"), "are for topologies"),
        (("-t", "canary", "-o", "yaml"), "-o yaml does not go with watch"),
        (("-t", "canary", "--play", "x"), "exclude each other"),
        (("-t", "canary", "--speed", "0"), "--speed"),
        (("-t", "canary", "--delay", "-1"), "--delay"),
        (("-t", "canary", "--speed", "nan"), "--speed must be from 0.25 to 16,384, got nan"),
    ],
)
def test_wrong_usage(args: tuple[str, ...], said: str) -> None:
    done = run("watch", *args, "--mock", "rollout")
    assert (done.exit_code, done.stdout) == (2, "")
    assert said in done.stderr


def test_no_such_model() -> None:
    assert watch("qwen3-33b").exit_code == 3


def test_what_it_asks_of_a_cluster() -> None:
    role = run("rbac", "watch", "-o", "json").stdout
    rules: list[dict[str, Any]] = [rule for one in _roles(json.loads(role)) for rule in one["rules"]]
    pods = next(rule for rule in rules if "pods" in rule["resources"])
    assert set(pods["verbs"]) == {"list", "watch"}
    assert any("pods/log" in rule["resources"] and rule["verbs"] == ["get"] for rule in rules)
    assert run("rbac", "simulate").exit_code == 0


def _roles(document: dict[str, Any]) -> list[dict[str, Any]]:
    return [one for one in document.get("items", [document]) if "rules" in one]
