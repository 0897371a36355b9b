"""Hand-written worlds: what leaves out what a server would set works all the same."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from mtop_core.objects.kinds import POD
from mtop_core.testing import pod, run, service, world

KIND = "llminferenceservice.serving.kserve.io"


@pytest.fixture
def own(alone: Path) -> Path:
    """A world without any uid: three services and a pod, whose owner is named without uid."""
    folder = alone / "mine"
    (folder / "crs").mkdir(parents=True)
    (folder / "cluster").mkdir()
    for name in ("one", "two", "three", "four"):
        (folder / "crs" / f"{name}.json").write_text(json.dumps(without_uid(service(name))))
    owner = {"apiVersion": "serving.kserve.io/v1alpha2", "kind": "LLMInferenceService", "name": "four"}
    owned = without_uid(pod("four-0", service("four")))
    owned["metadata"]["ownerReferences"] = [owner]
    (folder / "cluster" / "pods.jsonl").write_text(json.dumps(owned))
    (folder / "world.json").write_text(json.dumps({"spec": {"capturedAt": "2026-10-12T09:30:00Z"}}))
    return folder


def without_uid(obj: dict[str, Any]) -> dict[str, Any]:
    del obj["metadata"]["uid"]
    return obj


def test_a_delete_of_several_without_uid_deletes_each(own: Path) -> None:
    args = ("-n", "chat", "--mock", str(own), "-q")
    deleted = "".join(f"{KIND}/{name} deleted\n" for name in ("one", "two", "three"))
    assert run("delete", "one", "two", "three", "--yes", *args) == (0, deleted, "")
    assert run("list", "-o", "name", "--mock", str(own), "-q") == (0, f"{KIND}/four\n", "")


def test_an_owner_without_uid_is_nobody_s_owner(own: Path) -> None:
    assert run("delete", "one", "-n", "chat", "--yes", "--mock", str(own), "-q").exit_code == 0
    [found] = world(str(own)).look([POD])[POD].objects
    assert found["metadata"]["name"] == "four-0"


def test_what_is_owned_is_followed_through_others_without_uid(own: Path) -> None:
    four = service("four")
    (own / "crs" / "four.json").write_text(json.dumps(four))
    owned = [pod(name, four) for name in ("four-0", "four-1")]
    for child in owned:
        child["metadata"]["ownerReferences"] = [{"uid": "uid-four"}]
        without_uid(child)
    (own / "cluster" / "pods.jsonl").write_text("\n".join(map(json.dumps, owned)))
    assert run("delete", "four", "-n", "chat", "--yes", "--mock", str(own), "-q").exit_code == 0
    assert world(str(own)).look([POD])[POD].objects == []


GONE = (
    "mtop: error: {own} is no mock world: it has no world.json\n"
    "mtop: hint: it was made the current one; mtop mock use healthy chooses another\n"
)


def test_a_current_world_that_is_gone(own: Path) -> None:
    assert run("mock", "use", str(own)).exit_code == 0
    shutil.rmtree(own)
    for args in (["list"], ["list", "--mock", str(own)], ["mock", "path"], ["mock", "reset"]):
        assert run(*args) == (3, "", GONE.format(own=own))
    assert run("mock", "use", "healthy") == (0, "world healthy is current\n", "")
    assert run("list", "-q").exit_code == 0


def test_a_current_world_whose_name_no_longer_exists(alone: Path) -> None:
    choice = alone.parent / "state" / "world"
    choice.parent.mkdir()
    choice.write_text("of-old\n")
    assert run("list") == (
        3, "", 'mtop: error: there is no mock world "of-old"\n'
        "mtop: hint: it was made the current one; mtop mock use healthy chooses another\n",
    )  # fmt: skip


def test_what_a_killed_writer_left_is_swept_by_the_next_one_of_the_same_world(alone: Path) -> None:
    worlds = alone.parent / "state" / "worlds"
    left = [worlds / name / "crs" for name in (".healthy.new", ".healthy.old", ".degraded.new")]
    for folder in left:
        folder.mkdir(parents=True)
    (alone / "a.json").write_text(json.dumps(service("one")))
    assert run("create", "-f", "a.json", "--mock", "healthy", "-q").exit_code == 0
    assert run("list", "-o", "name", "-n", "chat", "--mock", "healthy", "-q").stdout.count("/one\n") == 1
    assert sorted(os.listdir(worlds)) == [".degraded.new", ".healthy.lock", "healthy"]
    (worlds / ".healthy.old").mkdir()
    assert run("mock", "reset", "healthy").exit_code == 0
    assert sorted(os.listdir(worlds)) == [".degraded.new", ".healthy.lock"]


def test_a_writer_that_is_killed_while_it_copies(alone: Path) -> None:
    code = (
        "import os, shutil, signal\n"
        "shutil.copyfile = lambda *args, **more: os.kill(os.getpid(), signal.SIGKILL)\n"
        "from mtop_core.main import main\n"
        "main(['create', '-f', 'a.json', '--mock', 'healthy'])\n"
    )
    (alone / "a.json").write_text(json.dumps(service("one")))
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=60).returncode == -9
    worlds = alone.parent / "state" / "worlds"
    assert sorted(os.listdir(worlds)) == [".healthy.lock", ".healthy.new"]
    assert run("list", "--mock", "healthy", "-q").exit_code == 0
    assert run("create", "-f", "a.json", "--mock", "healthy", "-q").exit_code == 0
    assert sorted(os.listdir(worlds)) == [".healthy.lock", "healthy"]


def test_a_copy_that_fails_leaves_nothing(alone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(source: str, target: str) -> None:
        raise OSError(28, "No space left on device", target)

    (alone / "a.json").write_text(json.dumps(service("one")))
    monkeypatch.setattr(shutil, "copyfile", full)
    assert run("create", "-f", "a.json", "--mock", "healthy", "-q").exit_code == 3
    assert os.listdir(alone.parent / "state" / "worlds") == [".healthy.lock"]


def test_what_a_server_sets_itself_is_not_taken_from_a_manifest(alone: Path) -> None:
    given = service("one")
    kept = {
        "labels": {"a": "b"}, "annotations": {"c": "d"}, "finalizers": ["example.com/x"],
        "ownerReferences": [{"apiVersion": "v1", "kind": "ConfigMap", "name": "x", "uid": "y"}],
    }  # fmt: skip
    dropped = {
        "uid": "mine", "resourceVersion": "7", "generation": 9, "creationTimestamp": "2020-01-01T00:00:00Z",
        "deletionTimestamp": "2020-01-01T00:00:00Z", "deletionGracePeriodSeconds": 30, "selfLink": "/x",
        "managedFields": [{"manager": "kubectl"}],
    }  # fmt: skip
    given["metadata"] |= {**kept, **dropped}
    (alone / "a.json").write_text(json.dumps(given))
    assert run("create", "-f", "a.json", "--mock", "healthy", "-q").exit_code == 0
    changes = json.loads((alone.parent / "state" / "worlds" / "healthy" / "changes.json").read_text())
    [meta] = [obj["metadata"] for obj in changes["created"]]
    assert meta.pop("uid") != "mine"
    assert meta == {
        "name": "one", "namespace": "chat", "generation": 1, "creationTimestamp": "2026-10-12T09:30:00Z", **kept,
    }  # fmt: skip
