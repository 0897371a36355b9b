"""Hand-written worlds: what leaves out what a server would set works all the same."""

from __future__ import annotations

import json
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
