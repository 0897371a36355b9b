"""Every command says on a snapshot what it says on the world the snapshot was taken of."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mtop_core.testing import run

WORLDS = ("degraded", "empty", "healthy", "rollout")
COMMANDS = (
    ("list", "-A"),
    ("doctor", "-A"),
    ("cost", "-A"),
    ("get", "-A"),
    ("get", "config", "-A"),
    ("list", "-n", "chat"),
    ("doctor", "-n", "chat"),
)


def said(*args: str) -> tuple[int, Any]:
    outcome = run(*args, "-o", "json")
    document = json.loads(outcome.stdout)
    document.pop("source", None)
    return outcome.exit_code, document


@pytest.mark.parametrize("world", WORLDS)
@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_on_a_snapshot_as_on_its_world(save: Any, world: str, command: tuple[str, ...]) -> None:
    folder = save(world)
    assert said(*command, "--snapshot", str(folder)) == said(*command, "--mock", world)


def test_on_an_archive_and_a_stream_as_in_a_folder(save: Any) -> None:
    save("degraded", name="one.tar.gz")
    folder = save("degraded")
    archive = folder.parent / "one.tar.gz"
    expected = said("list", "-A", "--snapshot", str(folder))
    assert said("list", "-A", "--snapshot", str(archive)) == expected
    streamed = run("list", "-A", "--snapshot", "-", "-o", "json", stdin=archive.read_bytes())
    document = json.loads(streamed.stdout)
    assert document.pop("source") == {"mode": "snapshot", "name": "standard input", "time": "2026-10-12T09:30:00Z"}
    assert (streamed.exit_code, document) == expected


def test_now_is_when_it_was_taken(save: Any) -> None:
    folder = save("healthy")
    outcome = run("list", "-A", "--snapshot", str(folder))
    assert outcome.stderr == f"mtop: source: snapshot {folder}, as of 2026-10-12T09:30:00Z\n"


def test_a_kept_snapshot_goes_by_its_name() -> None:
    assert run("snapshot", "save", "before", "--mock", "healthy").exit_code == 0
    outcome = run("list", "-A", "--snapshot", "before")
    assert outcome.stderr == "mtop: source: snapshot before, as of 2026-10-12T09:30:00Z\n"
    assert outcome.stdout == run("list", "-A", "--mock", "healthy").stdout


def test_a_gap_of_then_is_a_gap_now(tmp_path: Any) -> None:
    dump = tmp_path / "dump.json"
    dump.write_text(run("get", "-A", "--mock", "healthy", "-o", "json").stdout)
    assert run("snapshot", "save", "partial", "--snapshot", str(dump)).exit_code == 0
    again = said("list", "-A", "--snapshot", "partial")
    assert again == said("list", "-A", "--snapshot", str(dump))
    assert {"resource": "pods", "reason": "no pods in this dump"} in again[1]["gaps"]
