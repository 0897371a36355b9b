"""Recorded timelines are played as they are, and what is wrong in one is said with its place."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mtop_core.testing import run

STATES = """\
- step: initial
  timestamp: 2026-10-12T09:30:00Z
  traffic: {stable: 100}
  status: {stable: {status: ready, replicas: 4, version: v1}}
  metrics: {error_rate: 0.0, latency_p95: 420, total_rps: 20}
- step: shift
  timestamp: 2026-10-12T09:31:30Z
  traffic: {stable: 75, canary: 25}
  status:
    stable: {status: ready, replicas: 4, version: v1}
    canary: {status: starting, replicas: 1, version: v2}
  metrics: {error_rate: 0.02, latency_p95: 500, total_rps: 20}
  environment: {blue: stable, green: canary}
  active_environment: blue
  regions: {eu: {}}
"""
PLAYED = """\
   0:00  Recorded     stable 4/4 100% 4 ready  initial
   1:30  Recorded     stable 4/4 75% 4 ready 2% errors | canary 0/1 25% 1 starting 2% errors  shift; blue is the active environment
"""  # noqa: E501


def test_played(tmp_path: Path) -> None:
    path = tmp_path / "states.yaml"
    path.write_text(STATES)
    done = run("watch", "--play", str(path))
    assert (done.exit_code, done.stdout) == (0, PLAYED)
    assert done.stderr == f"mtop: note: recorded timeline {path}, not simulated\n"
    assert run("watch", "-f", "-", stdin=STATES.encode()).stdout == PLAYED
    rows = json.loads(run("simulate", "-f", str(path), "-o", "json").stdout)
    assert "summary" not in rows
    assert [(row["seconds"], row["model"], row["weightPercent"], row["rps"], row["e2eP95Seconds"])
            for row in rows["items"]] == [
        (0, "stable", 100, 20, 0.42), (90, "stable", 75, 15, 0.5), (90, "canary", 25, 5, 0.5)]  # fmt: skip


def test_every_shape(tmp_path: Path) -> None:
    import yaml

    states = yaml.safe_load(STATES)
    for state in states:
        state["timestamp"] = state["timestamp"].isoformat()
    for text in (json.dumps(states), json.dumps({"states": states}), "\n".join(map(json.dumps, states))):
        assert run("watch", "-f", "-", stdin=text.encode()).stdout == PLAYED
    without = [{key: value for key, value in state.items() if key != "timestamp"} for state in states]
    shown = run("watch", "-f", "-", stdin=json.dumps(without).encode()).stdout
    assert [line.split()[0] for line in shown.splitlines()] == ["0:00", "0:01"]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("2026-10-12T09:31:30Z", "2026-10-12T09:30:00Z", ":7: is not later than the state before it"),
        ("2026-10-12T09:31:30Z", "soon", ":7: timestamp: expected seconds or an RFC 3339 time"),
        ("canary: 25", "canary: -1", ":8: traffic.canary: expected a number that is not negative"),
        ("error_rate: 0.02", "error_rate: lots", ":12: metrics.error_rate: expected a number that is not negative"),
        ("{status: starting, replicas: 1, version: v2}", "up", ":11: status.canary: expected a mapping"),
    ],
)
def test_wrong_states(old: str, new: str, said: str) -> None:
    done = run("watch", "-f", "-", stdin=STATES.replace(old, new).encode())
    assert done.exit_code == 3
    assert said in done.stderr


def test_a_recording_plays_again(tmp_path: Path) -> None:
    path = str(tmp_path / "canary.jsonl")
    shown = run("watch", "-t", "canary-gate-fails", "--record", path)
    again = run("watch", "--play", path)
    assert shown.stdout.startswith(again.stdout)
    assert len(again.stdout) > 500
    assert again.exit_code == 0
    assert run("watch", "-t", "canary", "--record", str(tmp_path / "no" / "file")).exit_code == 3


def test_settings_do_not_go_with_recordings() -> None:
    assert run("simulate", "-f", "-", "--set", "seed=1", stdin=STATES.encode()).exit_code == 2


def test_a_recording_of_a_real_rollout_plays_again(tmp_path: Path) -> None:
    path = str(tmp_path / "qwen.jsonl")
    shown = run("watch", "qwen3-32b", "-n", "chat", "--mock", "rollout", "--record", path)
    again = run("watch", "--play", path)
    assert again.stdout == shown.stdout
    assert again.exit_code == shown.exit_code == 1


def test_hostile_recordings(tmp_path: Path) -> None:
    head = {"apiVersion": "mtop.dev/v1alpha1", "kind": "RolloutRecording", "of": "rollout", "name": "\x1b[2J"}
    row = {"key": "a", "name": "\x1b[31m", "tree": "\x1b[31m", "percent": "x"}
    view = {"time": "2026-10-12T09:30:00Z", "rows": [row],
            "notes": ["\x1b]0;x\x07"], "exitCode": 99}  # fmt: skip
    path = tmp_path / "r.jsonl"
    path.write_text(json.dumps(head) + "\n" + json.dumps(view) + "\n")
    done = run("watch", "--play", str(path))
    assert done.exit_code == 1
    assert "\x1b" not in done.stdout + done.stderr
    path.write_text(json.dumps({**head, "of": "topology"}) + '\n{"t": 1}\n')
    assert run("watch", "--play", str(path)).exit_code == 3
