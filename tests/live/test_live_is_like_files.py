"""Every read command says the same of a world on a server as of its files, but for what only a server knows."""

from __future__ import annotations

import json
import shutil
from typing import Any

import pytest

from mtop_core.objects.kinds import KINDS
from mtop_core.testing import run
from tests.live.comparing import differences
from tests.live.conftest import ROOT, LoadWorld
from tests.live.driving import at_capture, documents, mtop, shared
from tests.live.kubelet import Kubelet
from tests.live.plane import Plane
from tests.live.worlds import WORLDS

pytestmark = [pytest.mark.live, pytest.mark.usefixtures("at_capture")]
__all__ = ["at_capture"]

FILLED_IN = ("appProtocol", "weight")  # what the real CRDs fill in on reading
LEFT_OUT = ("lastUpdateTime",)  # what the worlds say of a ReplicaSet, and no server would
COMMANDS = (
    ("list",), ("list", "-n", "chat"), ("list", "-l", "serving.kserve.io/routing-group"), ("get",), ("get", "config"),
    ("cost",), ("doctor", "--fail-on", "never"), ("doctor", "--fail-on", "never", "-n", "chat"),
    ("list", "--field-selector", "metadata.namespace!=chat"),
)  # fmt: skip


def _logs(kubelet: Kubelet, name: str, objects: list[dict[str, Any]]) -> None:
    """Lets the server find the logs of a world."""
    source = ROOT / "mocks" / name / "logs"
    if source.is_dir():
        shutil.copytree(source, kubelet.root, dirs_exist_ok=True)
    kubelet.register(*(obj["metadata"]["name"] for obj in objects if obj["kind"] == "Node"))


@pytest.mark.parametrize("name", WORLDS)
def test_json(live_plane: Plane, world: LoadWorld, kubelet: Kubelet, name: str) -> None:
    _logs(kubelet, name, world(name))
    kubeconfig = live_plane.kubeconfig()
    for line in COMMANDS:
        scope = () if "-n" in line else ("-A",)
        of_files = run(*line, *scope, "--mock", name, "-o", "json")
        of_server = mtop(kubeconfig, *line, *scope, "-o", "json")
        assert of_server.exit_code == of_files.exit_code, (line, of_server.stderr)
        gaps = [gap["reason"] for gap in documents(of_server).get("gaps", [])]
        assert not [gap for gap in gaps if "does not serve" not in gap], gaps
        assert _different(documents(of_files), documents(of_server)) == [], line


def _different(written: Any, read: Any) -> list[Any]:
    """What differs between two answers: their objects one by one, or the documents but for what could not be read."""
    if written["kind"] == "List":
        pairs = zip(written["items"], read["items"], strict=True)
        return [found for one, other in pairs for found in differences(_versionless(one), _versionless(other))
                if found.path.rpartition(".")[2] not in FILLED_IN]  # fmt: skip
    left, right = (_rows(document) for document in (written, read))
    return [(one, other) for one, other in zip(left, right, strict=True) if one != other]


def _rows(document: dict[str, Any]) -> list[Any]:
    """The head of an answer but for what could not be read, then its rows, in no version of a kind."""
    rows = [{**row, "apiVersion": ""} for row in shared(document["items"])]
    return [{**shared(document), "items": len(rows), "gaps": [], "notes": []}, *rows]


def _versionless(obj: dict[str, Any]) -> dict[str, Any]:
    """An object that says its group only: one stored as v1alpha1 is read as v1alpha2."""
    return {**obj, "apiVersion": obj["apiVersion"].rpartition("/")[0]}


@pytest.mark.parametrize("name", ["degraded", "rollout"])
def test_tables(live_plane: Plane, world: LoadWorld, name: str) -> None:
    world(name)
    for line in (("list", "-A"), ("list", "-A", "-o", "wide", "--show-labels"), ("list", "-n", "chat"),
                 ("list", "-A", "-o", "name"), ("get", "config", "-A"), ("cost", "-A")):  # fmt: skip
        of_server = mtop(live_plane.kubeconfig(), *line)
        assert of_server.stdout == run(*line, "--mock", name).stdout, (line, of_server.stderr)


def test_every_kind_of_every_object(live_plane: Plane, world: LoadWorld) -> None:
    """The provider itself: what it gives is what the files hold, whole."""
    from mtop_live.provider import live

    from mtop_core.specs import Connection, SourceRequest

    objects = world("degraded")
    found = live(SourceRequest("", connection=Connection(kubeconfig=str(live_plane.kubeconfig())))).look(KINDS)
    for kind in KINDS:
        wanted = {(o["metadata"].get("namespace"), o["metadata"]["name"]): o for o in objects
                  if o["kind"] == kind.name and o["apiVersion"].rpartition("/")[0] == kind.group}  # fmt: skip
        if not wanted:
            continue
        there = {(o["metadata"].get("namespace"), o["metadata"]["name"]): o for o in found[kind].objects}
        assert found[kind].gap == "", kind.plural
        assert there.keys() >= wanted.keys(), kind.plural
        for name, obj in wanted.items():
            found_in = [one for one in differences(_versionless(obj), _versionless(there[name]))
                        if one.path.rpartition(".")[2] not in (*FILLED_IN, *LEFT_OUT)]  # fmt: skip
            assert found_in == [], name


def test_one_object_is_what_kubectl_prints(live_plane: Plane, world: LoadWorld) -> None:
    world("healthy")
    path = "/apis/serving.kserve.io/v1alpha2/namespaces/chat/llminferenceservices/llama-3-3-70b"
    wanted = live_plane.request("GET", path)
    got = mtop(live_plane.kubeconfig(), "get", "llama-3-3-70b", "-n", "chat", "-o", "json", "--show-managed-fields")
    assert json.loads(got.stdout) == wanted
