"""The next rolling update of models that exist: what stops it, and which field changes that."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from mtop_core.testing import Outcome, pod, run, service

GPU = "nvidia.com/gpu"
LABELS = {"nvidia.com/gpu.product": "NVIDIA-H100-80GB-HBM3"}


def node(name: str, gpus: int) -> dict[str, Any]:
    status = {"allocatable": {GPU: str(gpus)}, "conditions": [{"type": "Ready", "status": "True"}]}
    meta = {"name": name, "labels": dict(LABELS)}
    return {"apiVersion": "v1", "kind": "Node", "metadata": meta, "status": status}


def cluster(
    *, replicas: int = 2, gpus: int = 4, nodes: tuple[int, ...] = (8,), strategy: Any = None, probe: int = 60,
    load: int = 100, deadline: int = 600,
) -> list[dict[str, Any]]:  # fmt: skip
    """One model on some nodes, each replica with `gpus`, ready `load` seconds after its container started."""
    model = service()
    labels = {"app.kubernetes.io/name": "llama", "app.kubernetes.io/part-of": "llminferenceservice",
              "app.kubernetes.io/component": "llminferenceservice-workload"}  # fmt: skip
    container = {"name": "main", "image": "vllm", "resources": {"limits": {GPU: str(gpus)}},
                 "startupProbe": {"periodSeconds": 10, "failureThreshold": probe}}  # fmt: skip
    spec = {"containers": [container], "terminationGracePeriodSeconds": 30, "nodeSelector": dict(LABELS)}
    deployment = {
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "llama-kserve", "namespace": "chat", "labels": labels},
        "spec": {"replicas": replicas, "selector": {"matchLabels": labels}, "progressDeadlineSeconds": deadline,
                 "strategy": strategy or {"type": "RollingUpdate"}, "template": {"spec": spec}},
        "status": {"replicas": replicas, "readyReplicas": replicas, "updatedReplicas": replicas},
    }  # fmt: skip
    found = [model, deployment, *(node(f"gpu-{at}", size) for at, size in enumerate(nodes))]
    room = [size // gpus for size in nodes]
    for at in range(replicas):
        where = next(index for index, free in enumerate(room) if free)
        room[where] -= 1
        found.append(_pod(at, model, labels, {**spec, "nodeName": f"gpu-{where}"}, load))
    return found


def _pod(at: int, model: dict[str, Any], labels: dict[str, str], spec: dict[str, Any], load: int) -> dict[str, Any]:
    made = pod(f"llama-{at}", model, spec=spec)
    start, ready = "2026-10-12T08:01:00Z", f"2026-10-12T08:{1 + load // 60:02d}:{load % 60:02d}Z"
    made["metadata"] |= {"labels": labels, "creationTimestamp": "2026-10-12T08:00:00Z"}
    made["status"] = {
        "phase": "Running",
        "conditions": [{"type": "PodScheduled", "status": "True", "lastTransitionTime": "2026-10-12T08:00:02Z"},
                       {"type": "Ready", "status": "True", "lastTransitionTime": ready}],
        "containerStatuses": [{"name": "main", "ready": True, "restartCount": 0,
                               "state": {"running": {"startedAt": start}}}],
    }  # fmt: skip
    return made


def simulate(objects: list[dict[str, Any]], *args: str) -> Outcome:
    document = {"apiVersion": "v1", "kind": "List", "items": objects}
    command = ("simulate", "llama", "-n", "chat", "--snapshot", "-", "--at", "2026-10-12T09:30:00Z")
    return run(*command, *args, stdin=json.dumps(document).encode())


def result(objects: list[dict[str, Any]], *args: str) -> tuple[str, list[str]]:
    done = simulate(objects, "-o", "json", *args)
    assert done.exit_code in (0, 1), done.stderr
    document = json.loads(done.stdout)
    return document["summary"]["verdict"], document["advice"]


def test_room_for_a_surge() -> None:
    verdict, advice = result(cluster(nodes=(8, 8)))
    assert verdict == "succeeds after 350 s"
    assert advice == ["nothing stands in its way: every replica finds its GPUs and starts in time"]


def test_deadlock_for_want_of_a_surge_gpu() -> None:
    verdict, advice = result(cluster(nodes=(8,)))
    assert verdict == (
        "fails after 600 s: ProgressDeadlineExceeded: llama-kserve-new made no progress for 600 s, "
        "1 of 1 waiting for GPUs"
    )
    assert advice == [
        "deadlock: llama-kserve starts a new replica before an old one may go, it needs 4 H100 and there is no room "
        "for one: set spec.rolloutStrategy to maxSurge 0, maxUnavailable 1, or free 4 GPUs"
    ]


def test_the_advice_helps() -> None:
    strategy = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 0, "maxUnavailable": 1}}
    assert result(cluster(nodes=(8,), strategy=strategy))[0] == "succeeds after 380 s"


def test_free_gpus_in_the_wrong_places_are_none() -> None:
    """Two nodes with two GPUs free each have no room for a pod of four."""
    assert result(cluster(nodes=(6, 6)))[0].startswith("fails after 600 s")
    assert result(cluster(nodes=(6, 8)))[0].startswith("succeeds")


def test_cordoned_lost_and_tainted_nodes_have_no_room() -> None:
    objects = cluster(nodes=(8, 8))
    spare = next(one for one in objects if one["metadata"]["name"] == "gpu-1")
    for change in (
        {"spec": {"unschedulable": True}},
        {"spec": {"taints": [{"key": "gpu", "effect": "NoSchedule"}]}},
        {"status": {**spare["status"], "conditions": [{"type": "Ready", "status": "Unknown"}]}},
        {"metadata": {"name": "gpu-1", "labels": {}}},
    ):
        changed = [{**one, **change} if one is spare else one for one in objects]
        assert result(changed)[0].startswith("fails"), change


def test_loading_outlives_the_startup_probe() -> None:
    verdict, advice = result(cluster(nodes=(8, 8), probe=6, load=100))
    assert "in a crash loop" in verdict
    assert advice == [
        "llama-kserve loads for 100 s and its startup probe allows 60 s: it would be killed while it loads; set "
        "failureThreshold of spec.template.containers[main].startupProbe to 15 (at 10 s each)"
    ]


def test_starting_outlives_the_progress_deadline() -> None:
    verdict, advice = result(cluster(nodes=(8, 8), probe=600, load=1000))
    assert verdict.startswith("fails after 600 s: ProgressDeadlineExceeded")
    assert advice[0].startswith("llama-kserve takes 1060 s to start, progressDeadlineSeconds is 600: ")


def test_outages_by_design_are_told() -> None:
    assert result(cluster(replicas=1, nodes=(8,), strategy={"type": "Recreate"}))[1] == [
        "llama-kserve is recreated: an outage of up to 190 s"
    ]


def test_settings_and_load() -> None:
    done = simulate(cluster(nodes=(8, 8)), "--set", "load.requestsPerSecond=3")
    assert "load is 3 requests per second" in done.stderr
    assert "mtop: source: snapshot standard input, as of 2026-10-12T09:30:00Z\n" in done.stderr
    assert result(cluster(nodes=(8, 8)), "--set", "faults=[{at: 0, model: llama-kserve-new, kind: crashloop}]")[
        0
    ].startswith("fails")


def test_a_topology_with_a_model() -> None:
    done = simulate(cluster(nodes=(8, 8)), "-t", "bluegreen", "-o", "json")
    rows = json.loads(done.stdout)["items"]
    assert rows[0]["model"] == "blue"
    assert (rows[0]["ready"], rows[0]["gpus"]) == (2, 8)


def test_refs_are_filled_in() -> None:
    document = """\
apiVersion: mtop.dev/v1alpha1
kind: Topology
metadata: {name: mine}
spec:
  strategy: rolling
  models: [{name: old, ref: {name: llama, namespace: chat}, drainSeconds: 5}]
"""
    import os
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "t.yaml")
        with open(path, "w", encoding="utf-8") as stream:
            stream.write(document)
        objects = {"apiVersion": "v1", "kind": "List", "items": cluster(nodes=(8, 8))}
        done = run("simulate", "-f", path, "--snapshot", "-", "--at", "2026-10-12T09:30:00Z", "-o", "json",
                   stdin=json.dumps(objects).encode())  # fmt: skip
    rows = json.loads(done.stdout)["items"]
    assert (rows[0]["desired"], rows[0]["gpus"]) == (2, 8)


def test_what_cannot_be_predicted() -> None:
    objects = cluster()
    assert simulate([objects[0]]).exit_code == 3
    assert run("simulate", "nobody", "--mock", "healthy").exit_code == 3
    broken = copy.deepcopy(objects)
    broken[1]["spec"]["replicas"] = "many"
    done = simulate(broken)
    assert done.exit_code == 3
    assert "spec.replicas" in done.stderr


@pytest.mark.parametrize("world", ["healthy", "degraded", "rollout"])
def test_every_model_of_every_world(world: str) -> None:
    models = json.loads(run("list", "-A", "--mock", world, "-o", "json").stdout)["items"]
    for model in models:
        kind = "llmisvc" if model["kind"] == "LLMInferenceService" else "isvc"
        done = run("simulate", f"{kind}/{model['name']}", "-n", model["namespace"], "--mock", world, "-o", "csv")
        assert done.exit_code in (0, 1, 3), (model["name"], done.stderr)
        assert "bug" not in done.stderr
        watched = run("watch", f"{kind}/{model['name']}", "-n", model["namespace"], "--mock", world)
        assert watched.exit_code in (0, 1, 3), (model["name"], watched.stderr)
        assert "bug" not in watched.stderr
