"""Snapshots of a real API server, and the round trip: what is applied and read back does not drift."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mtop_core.objects.kinds import CR_KINDS, kind_of
from mtop_core.testing import Outcome, run
from tests.live.kinds import path_of
from tests.live.kubelet import Kubelet
from tests.live.plane import Plane
from tests.live.rbac import grant, take_back
from tests.live.worlds import WORLDS
from tests.mocks.world import load

pytestmark = pytest.mark.live

ROOT = Path(__file__).parents[2]
SERVER_SIDE = (
    "uid",
    "resourceVersion",
    "creationTimestamp",
    "generation",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "managedFields",
    "finalizers",
)
World = Callable[[str], list[dict[str, Any]]]


def mtop(kubeconfig: Path, *args: str) -> Outcome:
    """Runs `mtop ARGS`, the cluster of a kubeconfig being what `live` means."""
    return run(*args, "--kubeconfig", str(kubeconfig)) if "--mock" not in args else run(*args)


def same(outcome: Outcome) -> None:
    """Nothing differs, and nothing was left out of the comparison but for what neither side holds."""
    assert (outcome.exit_code, outcome.stdout) == (0, ""), outcome.stdout[:3000] + outcome.stderr


def applied(plane: Plane, world: str) -> None:
    """Every service and config of a world as a user would apply it, its status as a controller would write it."""
    objects = [obj for obj in load(world).objects if kind_of(obj) in CR_KINDS]
    for name in sorted({obj["metadata"]["namespace"] for obj in objects if "namespace" in obj["metadata"]}):
        plane.request(
            "POST", "/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
        )
    for obj in objects:
        meta = {key: value for key, value in obj["metadata"].items() if key not in SERVER_SIDE}
        plane.request("POST", path_of(obj).rpartition("/")[0], {**obj, "metadata": meta, "status": None})
        if "status" in obj:
            content = "application/merge-patch+json"
            plane.request("PATCH", f"{path_of(obj)}/status", {"status": obj["status"]}, content)


@pytest.mark.parametrize("name", WORLDS)
def test_what_is_applied_and_read_back_does_not_drift(live_plane: Plane, name: str) -> None:
    applied(live_plane, name)
    kubeconfig = live_plane.kubeconfig()
    same(mtop(kubeconfig, "diff", name, "live", "-A"))
    same(mtop(kubeconfig, "diff", "live", name, "-A"))
    same(mtop(kubeconfig, "diff", str(ROOT / "mocks" / name / "crs"), "live", "-A"))
    same(mtop(kubeconfig, "diff", str(ROOT / "mocks" / name / "crs"), "live"))  # whatever the context's namespace


@pytest.mark.parametrize("name", WORLDS)
def test_every_kind_of_a_world_reads_back_the_same(live_plane: Plane, world: World, name: str) -> None:
    world(name)
    same(mtop(live_plane.kubeconfig(), "diff", name, "live", "-A", "--all", "--status"))


def test_a_change_in_the_cluster_is_drift(live_plane: Plane) -> None:
    applied(live_plane, "healthy")
    kubeconfig = live_plane.kubeconfig()
    saved = mtop(kubeconfig, "snapshot", "save", "before", "--live", "-A", "--no-logs")
    assert saved.exit_code == 0, saved.stderr
    path = "/apis/serving.kserve.io/v1alpha2/namespaces/chat/llminferenceservices/phi-4"
    change = {"spec": {"template": {"containers": [{"name": "main", "image": "vllm:patched"}]}, "replicas": 7}}
    live_plane.request("PATCH", path + "?fieldManager=somebody", change, "application/merge-patch+json")
    outcome = mtop(kubeconfig, "diff", "before", "--live", "-A", "-o", "json", "--blame")
    assert outcome.exit_code == 1
    [item] = json.loads(outcome.stdout)["items"]
    assert item["object"]["name"] == "phi-4"
    replicas = next(field for field in item["fields"] if field["path"] == "spec.replicas")
    assert (replicas["after"], replicas["manager"]) == (7, "somebody")
    live_plane.request("DELETE", path)
    assert (
        "- LLMInferenceService chat/phi-4 removed\n"
        in mtop(kubeconfig, "diff", "before", "live", "-A", "--brief").stdout
    )


@pytest.mark.parametrize("name", ["degraded", "rollout"])
def test_a_snapshot_of_a_server_answers_like_the_world(live_plane: Plane, world: World, name: str) -> None:
    world(name)
    kubeconfig = live_plane.kubeconfig()
    assert mtop(kubeconfig, "snapshot", "save", "it", "--live", "-A", "--no-logs").exit_code == 0
    same(run("diff", "it", name, "--all", "--status"))
    manifest = json.loads(run("snapshot", "show", "it", "-o", "json").stdout)
    assert manifest["source"]["mode"] == "live"
    assert manifest["source"]["server"].startswith("v1.")
    assert manifest["captured"]["start"] <= manifest["captured"]["end"]
    assert not any("gap" in kind for kind in manifest["kinds"])
    listed = json.loads(run("get", "-A", "--snapshot", "it", "-o", "json").stdout)["items"]
    expected = json.loads(mtop(kubeconfig, "get", "-A", "--mock", name, "-o", "json").stdout)["items"]
    assert [obj["metadata"]["name"] for obj in listed] == [obj["metadata"]["name"] for obj in expected]


def test_logs_come_from_the_kubelet(live_plane: Plane, world: World, kubelet: Kubelet) -> None:
    import shutil

    objects = world("degraded")
    shutil.copytree(ROOT / "mocks/degraded/logs", kubelet.root, dirs_exist_ok=True)
    kubelet.register(*sorted({obj["metadata"]["name"] for obj in objects if obj["kind"] == "Node"}))
    kubeconfig = live_plane.kubeconfig()
    saved = mtop(kubeconfig, "snapshot", "save", "live", "--live", "-n", "chat")
    assert saved.exit_code == 0, saved.stderr
    assert mtop(kubeconfig, "snapshot", "save", "mock", "--mock", "degraded", "-n", "chat").exit_code == 0
    shown = [json.loads(run("snapshot", "show", name, "-o", "json").stdout) for name in ("live", "mock")]
    files = [{name: entry for name, entry in one["files"].items() if name.startswith("logs/")} for one in shown]
    assert files[0] == files[1]
    assert len(files[0]) > 10


def test_what_may_not_be_read_is_a_gap(live_plane: Plane, world: World) -> None:
    world("healthy")
    live_plane.tokens["viewer-token"] = ("vic", "viewers")
    live_plane.write_tokens()
    grant(live_plane, "viewer-token", CR_KINDS)
    kubeconfig = live_plane.kubeconfig("viewer-token")
    saved = mtop(kubeconfig, "snapshot", "save", "part", "--live", "-A")
    assert saved.exit_code == 0, saved.stderr
    assert "mtop: not checked: pods (forbidden: " in saved.stderr
    listed = run("list", "-A", "--snapshot", "part")
    assert listed.exit_code == 0
    assert "mtop: not checked: pods (forbidden: " in listed.stderr
    take_back(live_plane)
    refused = mtop(kubeconfig, "snapshot", "save", "none", "--live", "-A")
    assert (refused.exit_code, refused.stdout) == (3, "")
