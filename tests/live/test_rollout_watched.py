"""`mtop watch` on a real API server: it sees the rollout end, fail, or go on for too long."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from mtop_core.objects.kinds import DEPLOYMENT
from mtop_core.testing import run
from tests.cli.kit import command
from tests.live.plane import Plane
from tests.live.waiting import until
from tests.live.worlds import load_objects, load_world

pytestmark = pytest.mark.live

NAME, NAMESPACE = "qwen3-32b", "chat"
WORKLOAD = f"{NAME}-kserve"
Obj = dict[str, Any]


class Watched:
    """A running `mtop watch`, and the changes it has told so far."""

    def __init__(self, process: subprocess.Popen[bytes], out: Any) -> None:
        self.process = process
        self._out = out

    def rows(self) -> list[Obj]:
        """The changes so far."""
        self._out.seek(0)
        return [json.loads(line) for line in self._out.read().splitlines(keepends=True) if line.endswith("\n")]

    def sees(self, told: Callable[[Obj], bool], what: str) -> None:
        """Waits for a change."""
        until(lambda: any(told(row) for row in self.rows()) or self._ended(), what)
        assert any(told(row) for row in self.rows()), f"it ended before it told: {what}"

    def _ended(self) -> bool:
        return self.process.poll() is not None


@contextmanager
def watching(plane: Plane, tmp_path: Any, *args: str) -> Iterator[Watched]:
    access = ("--live", "--kubeconfig", str(plane.kubeconfig()))
    line = command("watch", NAME, "-n", NAMESPACE, *access, "-o", "json", *args)
    path = tmp_path / "told"
    with open(path, "wb") as out, open(tmp_path / "talk", "wb") as talk:
        process = subprocess.Popen(line, stdout=out, stderr=talk, stdin=subprocess.DEVNULL)
        with open(path, encoding="utf-8") as told:
            try:
                yield Watched(process, told)
            finally:
                process.kill()
                process.wait()


def talk(tmp_path: Any) -> str:
    return str((tmp_path / "talk").read_text(encoding="utf-8"))


def find(objects: list[Obj], kind: str, start: str) -> list[Obj]:
    return [obj for obj in objects if obj["kind"] == kind and obj["metadata"]["name"].startswith(start)
            and obj["metadata"].get("namespace") == NAMESPACE]  # fmt: skip


def finish(plane: Plane, objects: list[Obj]) -> None:
    """What controllers do at the end of a rolling update: all new pods ready, the old ones gone."""
    revisions = {obj["metadata"]["name"]: obj for obj in find(objects, "ReplicaSet", f"{WORKLOAD}-")}
    new = next(name for name, obj in revisions.items()
               if obj["metadata"]["annotations"]["deployment.kubernetes.io/revision"] == "2")  # fmt: skip
    pods = [pod for pod in find(objects, "Pod", f"{WORKLOAD}-") if "router" not in pod["metadata"]["name"]]
    fresh = [pod for pod in pods if pod["metadata"]["name"].startswith(new)]
    ready = next(pod for pod in fresh if _ready(pod))
    for pod in pods:
        if pod not in fresh:
            plane.request("DELETE", f"/api/v1/namespaces/{NAMESPACE}/pods/{pod['metadata']['name']}"
                                    "?gracePeriodSeconds=0")  # fmt: skip
    load_objects(plane, [{**pod, "status": ready["status"]} for pod in fresh])
    deployment = find(objects, "Deployment", WORKLOAD)[0]
    status = {**deployment["status"], "replicas": 4, "updatedReplicas": 4, "readyReplicas": 4, "availableReplicas": 4}
    load_objects(plane, [{**deployment, "status": status}])


def _ready(pod: Obj) -> bool:
    return any(one["type"] == "Ready" and one["status"] == "True" for one in pod["status"]["conditions"])


def test_it_ends_with_the_rollout(live_plane: Plane, tmp_path: Any) -> None:
    objects = load_world(live_plane, "rollout")
    with watching(live_plane, tmp_path) as watched:
        watched.sees(lambda row: row["object"]["name"] == "j9hhz", "the pod that is still loading")
        watched.sees(lambda row: row["object"]["status"].startswith("rolling"), "the rollout under way")
        finish(live_plane, objects)
        assert watched.process.wait(timeout=60) == 0
        assert any(row["type"] == "DELETED" and row["object"]["status"] == "ready" for row in watched.rows())
    assert "the rollout is complete" in talk(tmp_path)


def test_it_ends_where_the_deadline_passes(live_plane: Plane, tmp_path: Any) -> None:
    objects = load_world(live_plane, "rollout")
    with watching(live_plane, tmp_path) as watched:
        watched.sees(lambda row: row["object"]["name"] == NAME, "the model")
        deployment = find(objects, DEPLOYMENT.name, WORKLOAD)[0]
        passed = {"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded",
                  "message": "it has timed out progressing", "lastTransitionTime": "2026-10-12T09:30:00Z"}  # fmt: skip
        others = [one for one in deployment["status"]["conditions"] if one["type"] != "Progressing"]
        load_objects(live_plane, [{**deployment, "status": {**deployment["status"], "conditions": [*others, passed]}}])
        assert watched.process.wait(timeout=60) == 1
    assert "timed out progressing" in talk(tmp_path)


def test_it_ends_where_the_model_is_deleted(live_plane: Plane, tmp_path: Any) -> None:
    load_world(live_plane, "rollout")
    with watching(live_plane, tmp_path) as watched:
        watched.sees(lambda row: row["object"]["name"] == NAME, "the model")
        live_plane.request(
            "DELETE", f"/apis/serving.kserve.io/v1alpha2/namespaces/{NAMESPACE}/llminferenceservices/{NAME}"
        )
        assert watched.process.wait(timeout=60) == 1
    # a finalizer may keep it for a while
    assert f"{NAME} was deleted" in talk(tmp_path) or f"{NAME} is being deleted" in talk(tmp_path)


def test_a_timeout_ends_it(live_plane: Plane, tmp_path: Any) -> None:
    load_world(live_plane, "rollout")
    with watching(live_plane, tmp_path, "--timeout", "1s") as watched:
        assert watched.process.wait(timeout=60) == 3
    assert f"mtop: error: {NAME}: not ready within 1s" in talk(tmp_path)


def test_a_rollout_that_is_over_ends_at_once(live_plane: Plane) -> None:
    load_world(live_plane, "rollout")
    access = ("--live", "--kubeconfig", str(live_plane.kubeconfig()))
    assert run("watch", "gpt-oss-canary", "-n", NAMESPACE, *access).exit_code == 0
    assert run("watch", "gpt-oss-canary", "-n", NAMESPACE, *access, "--until", "weight=30").exit_code == 0


def test_the_prediction_is_that_of_the_same_world(live_plane: Plane) -> None:
    load_world(live_plane, "rollout")
    access = ("--live", "--kubeconfig", str(live_plane.kubeconfig()))
    live = run("simulate", "mistral-large", "-n", NAMESPACE, *access, "-o", "csv")
    mock = run("simulate", "mistral-large", "-n", NAMESPACE, "--mock", "rollout", "-o", "csv")
    assert (live.exit_code, live.stdout) == (mock.exit_code, mock.stdout)
    assert live.exit_code == 1
    assert "not checked" not in live.stderr
