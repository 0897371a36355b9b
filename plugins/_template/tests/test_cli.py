"""The command, run as a user runs it."""

from __future__ import annotations

import json
from pathlib import Path

from mtop_core.testing import pod, run, service

IMAGE = "registry.test/vllm:nightly"


def cluster(image: object) -> bytes:
    """What `kubectl get llmisvc,pods -o json` prints for one model with one pod."""
    owner = service()
    objects = [owner, pod("llama-1", owner, spec={"containers": [{"name": "main", "image": image}]})]
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": objects}).encode()


def test_it_is_installed() -> None:
    plugins = json.loads(run("plugins", "-o", "json").stdout)["items"]
    mine = next(plugin for plugin in plugins if plugin["name"] == "example")
    assert (mine["state"], mine["error"]) == ("loaded", "")
    assert mine["offers"] == {
        "command": ["example"],
        "rule": ["example-mutable-tag"],
        "config section": ["example"],
    }


def test_table() -> None:
    done = run("example", "--snapshot", "-", "--at", "now", "-q", stdin=cluster(IMAGE))
    assert (done.exit_code, done.stderr) == (0, "")
    assert [line.split() for line in done.stdout.splitlines()] == [
        ["NAMESPACE", "NAME", "IMAGE", "TAG", "MUTABLE"],
        ["chat", "llama", IMAGE, "nightly", "no"],
    ]


def test_a_whole_world() -> None:
    done = run("example", "--mock", "healthy", "-o", "json")
    assert done.exit_code == 0
    document = json.loads(done.stdout)
    assert document["kind"] == "ImageList"
    assert len(document["items"]) > 10


def test_settings(alone: Path) -> None:
    (alone / ".ldconfig").write_text("example:\n  mutable_tags: [nightly]\n")
    done = run("example", "--snapshot", "-", "--at", "now", "-o", "json", stdin=cluster(IMAGE))
    assert json.loads(done.stdout)["items"][0]["mutable"] is True


def test_wrong_settings_are_named_by_line(alone: Path) -> None:
    (alone / ".ldconfig").write_text("example:\n  mutable_tags: nightly\n")
    done = run("example", "--mock", "empty")
    assert done.exit_code == 2
    assert done.stderr.startswith(f"mtop: error: {alone}/.ldconfig:2: expected a list of tags\n")


def test_a_malformed_image_is_named() -> None:
    done = run("example", "--snapshot", "-", "--at", "now", "-q", stdin=cluster(5))
    assert (done.exit_code, done.stdout) == (3, "")
    assert done.stderr == "mtop: error: LLMInferenceService chat/llama: image: expected a string, got the number 5\n"
