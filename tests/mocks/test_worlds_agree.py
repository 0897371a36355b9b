"""The objects of a world agree with each other, as those of a real cluster do."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.mocks.world import Obj, World, gpus, group_of, is_ready, load, quantity, requests, selects

NAMES = ("healthy", "degraded", "rollout", "empty")
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}")


@pytest.fixture(scope="module", params=NAMES)
def world(request: pytest.FixtureRequest) -> World:
    return load(request.param)


def _label(obj: Obj) -> str:
    return f"{obj['kind']} {obj['metadata'].get('namespace', '')}/{obj['metadata']['name']}"


def test_uids_and_versions_are_unique(world: World) -> None:
    for key in ("uid", "resourceVersion"):
        values = [obj["metadata"][key] for obj in world.objects]
        assert len(values) == len(set(values))


def test_owners_exist(world: World) -> None:
    by_uid = {obj["metadata"]["uid"]: obj for obj in world.objects}
    for obj in world.objects:
        for owner in obj["metadata"].get("ownerReferences", []):
            found = by_uid.get(owner["uid"])
            assert found is not None, _label(obj)
            assert (found["apiVersion"], found["kind"]) == (owner["apiVersion"], owner["kind"])
            assert found["metadata"]["name"] == owner["name"]
            assert found["metadata"].get("namespace") == obj["metadata"].get("namespace")
            assert found["metadata"]["creationTimestamp"] <= obj["metadata"]["creationTimestamp"], _label(obj)


def test_namespaces_exist(world: World) -> None:
    known = {obj["metadata"]["name"] for obj in world.kind("Namespace")}
    assert {obj["metadata"]["namespace"] for obj in world.objects if obj["metadata"].get("namespace")} <= known


def _owned(world: World, owner: Obj, kind: str) -> list[Obj]:
    uid = owner["metadata"]["uid"]
    return [o for o in world.kind(kind) if any(ref["uid"] == uid for ref in o["metadata"].get("ownerReferences", []))]


def test_selectors_match_the_owned_pods(world: World) -> None:
    for owner in world.kind("ReplicaSet") + world.kind("StatefulSet"):
        chosen = owner["spec"]["selector"]["matchLabels"]
        namespace = owner["metadata"]["namespace"]
        matching = [p for p in world.kind("Pod") if p["metadata"]["namespace"] == namespace and selects(chosen, p)]
        owned = {p["metadata"]["name"] for p in _owned(world, owner, "Pod")}
        assert owned <= {p["metadata"]["name"] for p in matching}, _label(owner)
        assert selects(chosen, {"metadata": owner["spec"]["template"]["metadata"]}), _label(owner)
    for owner in world.kind("Deployment"):
        chosen = owner["spec"]["selector"]["matchLabels"]
        for child in _owned(world, owner, "ReplicaSet"):
            assert selects(chosen, child), _label(child)


def test_services_and_pools_select_the_pods_of_their_owner(world: World) -> None:
    for obj in world.kind("Service", "") + world.kind("InferencePool"):
        selector = obj["spec"]["selector"]
        chosen = selector.get("matchLabels", selector)
        namespace = obj["metadata"]["namespace"]
        pods = [p for p in world.kind("Pod") if p["metadata"]["namespace"] == namespace]
        every = [
            o
            for o in world.kind("Deployment") + world.kind("LeaderWorkerSet")
            if o["metadata"]["namespace"] == namespace
        ]
        templates = [{"metadata": t["metadata"]} for o in every for t in _templates(o)]
        matching = [o for o in pods + templates if selects(chosen, o)]
        assert matching or any(key.startswith("leaderworkerset") for key in chosen), _label(obj)


def _templates(obj: Obj) -> list[Obj]:
    if obj["kind"] == "Deployment":
        return [obj["spec"]["template"]]
    parts = obj["spec"]["leaderWorkerTemplate"]
    return [parts["leaderTemplate"], parts["workerTemplate"]]


def test_replica_counts_equal_the_pods(world: World) -> None:
    for obj in world.kind("ReplicaSet") + world.kind("StatefulSet"):
        pods = [p for p in _owned(world, obj, "Pod") if not p["metadata"].get("deletionTimestamp")]
        assert obj["status"]["replicas"] == len(pods), _label(obj)
        assert obj["status"].get("readyReplicas", 0) == sum(map(is_ready, pods)), _label(obj)
    for obj in world.kind("Deployment"):
        below = [p for r in _owned(world, obj, "ReplicaSet") for p in _owned(world, r, "Pod")]
        below = [p for p in below if not p["metadata"].get("deletionTimestamp")]
        assert obj["status"].get("replicas", 0) == len(below), _label(obj)
        assert obj["status"].get("readyReplicas", 0) == sum(map(is_ready, below)), _label(obj)


def test_leader_worker_sets_count_their_groups(world: World) -> None:
    prefix = "leaderworkerset.sigs.k8s.io/"
    for obj in world.kind("LeaderWorkerSet"):
        name, size = obj["metadata"]["name"], obj["spec"]["leaderWorkerTemplate"]["size"]
        groups: dict[str, list[Obj]] = {}
        for pod in world.kind("Pod"):
            labels = pod["metadata"].get("labels", {})
            if labels.get(prefix + "name") == name:
                groups.setdefault(labels[prefix + "group-index"], []).append(pod)
        assert obj["status"]["replicas"] == len(groups)
        ready = [pods for pods in groups.values() if len(pods) == size and all(map(is_ready, pods))]
        assert obj["status"]["readyReplicas"] == len(ready), _label(obj)


def test_pods_fit_their_nodes(world: World) -> None:
    nodes = {node["metadata"]["name"]: node for node in world.kind("Node")}
    used: dict[tuple[str, str], float] = {}
    for pod in world.kind("Pod"):
        name = pod["spec"].get("nodeName")
        if name is None:
            assert pod["status"]["phase"] == "Pending", _label(pod)
            continue
        assert name in nodes, _label(pod)
        if pod["status"]["phase"] in ("Succeeded", "Failed"):
            continue
        assert selects(pod["spec"].get("nodeSelector", {}), nodes[name]), _label(pod)
        _tolerates(pod, nodes[name])
        for key, count in requests(pod["spec"]).items():
            used[name, key] = used.get((name, key), 0) + count
    for (name, key), count in used.items():
        assert count <= quantity(nodes[name]["status"]["allocatable"][key]), (name, key)


def _tolerates(pod: Obj, node: Obj) -> None:
    keys = {t["key"] for t in pod["spec"]["tolerations"]}
    for taint in node["spec"].get("taints", []):
        if taint["effect"] == "NoSchedule" and not taint["key"].startswith("node.kubernetes.io/"):
            assert taint["key"] in keys, _label(pod)


def test_free_capacity_matches_the_verdict_of_the_scheduler(world: World) -> None:
    free = _free(world)
    for pod in world.kind("Pod"):
        text = next((c.get("message", "") for c in pod["status"]["conditions"] if c["status"] == "False"), "")
        if pod["spec"].get("nodeName") or "Insufficient nvidia.com/gpu" not in text:
            continue
        wanted = gpus(pod["spec"])["nvidia.com/gpu"]
        for node in world.kind("Node"):
            if selects(pod["spec"].get("nodeSelector", {}), node):
                assert free[node["metadata"]["name"]] < wanted, _label(pod)


def _free(world: World) -> dict[str, int]:
    free = {
        node["metadata"]["name"]: int(node["status"]["allocatable"].get("nvidia.com/gpu", "0"))
        for node in world.kind("Node")
    }
    for pod in world.kind("Pod"):
        if pod["spec"].get("nodeName") and pod["status"]["phase"] not in ("Succeeded", "Failed"):
            free[pod["spec"]["nodeName"]] -= gpus(pod["spec"]).get("nvidia.com/gpu", 0)
    return free


def test_events_are_about_existing_objects(world: World) -> None:
    by_uid = {obj["metadata"]["uid"]: obj for obj in world.objects}
    for event in world.kind("Event"):
        about = event["involvedObject"]
        found = by_uid.get(about["uid"])
        assert found is not None, _label(event)
        assert (found["kind"], found["metadata"]["name"]) == (about["kind"], about["name"])
        assert (event["firstTimestamp"] is None) == (event["eventTime"] is not None)


def test_nothing_lies_in_the_future(world: World) -> None:
    captured = json.loads((world.folder / "world.json").read_text("utf-8"))["spec"]["capturedAt"]
    for obj in world.objects:
        moments = [text for text in _strings(obj) if _MOMENT.match(text)]
        assert max(moments)[:19] <= captured[:19], _label(obj)
    for path in world.folder.glob("logs/*/*/*.log"):
        for line in path.read_text("utf-8").splitlines():
            assert line[:19] <= captured[:19], path


def _strings(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for child in value.values() for text in _strings(child)]
    if isinstance(value, list):
        return [text for child in value for text in _strings(child)]
    return [value] if isinstance(value, str) else []


def _statuses(pod: Obj) -> dict[str, Obj]:
    status = pod["status"]
    every = status.get("initContainerStatuses", []) + status.get("containerStatuses", [])
    return {entry["name"]: entry for entry in every}


def test_logs_belong_to_containers(world: World) -> None:
    for path in world.folder.glob("logs/*/*/*.log"):
        pod = world.find("Pod", path.parts[-3], path.parts[-2])
        assert pod is not None, path
        container = path.name.removesuffix(".log").removesuffix(".previous")
        status = _statuses(pod)[container]
        if path.name.endswith(".previous.log"):
            assert status["lastState"], path
        lines = path.read_text("utf-8").splitlines()
        assert lines == sorted(lines, key=lambda line: line[:30]), path
        assert all(re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z .", line) for line in lines), path
        _inside_the_run(lines, status, path.name.endswith(".previous.log"))


def _inside_the_run(lines: list[str], status: Obj, previous: bool) -> None:
    state = status["lastState"] if previous or "waiting" in status["state"] else status["state"]
    run = next(iter(state.values()))
    assert lines, status["name"]
    assert lines[0][:19] >= run["startedAt"][:19], (status["name"], lines[0])
    if "finishedAt" in run:
        assert lines[-1][:19] <= run["finishedAt"][:19], (status["name"], lines[-1], run)


def test_every_container_that_ran_has_a_log(world: World) -> None:
    for pod in world.kind("Pod"):
        labels = pod["metadata"].get("labels", {})
        if "llm-d.ai/role" not in labels and "serving.kserve.io/inferenceservice" not in labels:
            continue
        meta = pod["metadata"]
        folder = world.folder / "logs" / meta["namespace"] / meta["name"]
        for name, status in _statuses(pod).items():
            if "waiting" not in status["state"] or status["lastState"]:
                assert (folder / f"{name}.log").is_file(), (_label(pod), name)
            if status["restartCount"]:
                assert status["lastState"], (_label(pod), name)
                assert (folder / f"{name}.previous.log").is_file(), (_label(pod), name)


def test_metrics_belong_to_running_pods(world: World) -> None:
    for path in world.folder.glob("metrics/*/*.prom"):
        pod = world.find("Pod", path.parts[-2], path.stem)
        assert pod is not None, path
        assert pod["status"]["phase"] == "Running", path
        assert re.search(r"^(vllm:|nv_)", path.read_text("utf-8"), re.MULTILINE), path


def test_status_workloads_exist(world: World) -> None:
    for obj in world.kind("LLMInferenceService"):
        namespace = obj["metadata"]["namespace"]
        for role, entry in obj["status"].get("workloads", {}).items():
            found = world.find(entry["kind"], namespace, entry["name"])
            assert found is not None, (_label(obj), role)
            if "readyReplicas" in entry:
                assert entry["readyReplicas"] == found["status"].get("readyReplicas", 0), (_label(obj), role)


def test_routes_and_scale_targets_exist(world: World) -> None:
    for obj in world.kind("HTTPRoute"):
        for rule in obj["spec"]["rules"]:
            for backend in rule["backendRefs"]:
                kind = backend["kind"]
                assert world.find(kind, obj["metadata"]["namespace"], backend["name"]), _label(obj)
        for parent in obj["spec"]["parentRefs"]:
            assert world.find("Gateway", parent["namespace"], parent["name"]), _label(obj)
    for obj in world.kind("HorizontalPodAutoscaler") + world.kind("ScaledObject"):
        target = obj["spec"]["scaleTargetRef"]
        assert world.find(target["kind"], obj["metadata"]["namespace"], target["name"]), _label(obj)


def test_files_hold_their_kind(world: World) -> None:
    for path in world.folder.glob("cluster/*.jsonl"):
        plural, _, group = path.name.removesuffix(".jsonl").partition(".")
        objects = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
        for obj in objects:
            assert group_of(obj) == group
            singular = obj["kind"].lower()
            assert plural in (singular + "s", singular + "es", singular[:-1] + "ies"), path
        keys = [(o["metadata"].get("namespace", ""), o["metadata"]["name"]) for o in objects]
        assert keys == sorted(keys), path


def test_crs_are_named_like_their_files(world: World) -> None:
    for path in world.folder.glob("crs/*/*.json"):
        meta = json.loads(path.read_text("utf-8"))["metadata"]
        assert (path.parent.name, path.stem) == (meta["namespace"], meta["name"])


def test_worlds_serve_the_same_kinds() -> None:
    files = [{path.name for path in load(name).folder.glob("cluster/*")} for name in NAMES]
    assert all(names == files[0] for names in files)


def test_healthy_is_large_and_ready() -> None:
    healthy = load("healthy")
    assert len(healthy.services()) >= 20
    for obj in healthy.services():
        stopped = "serving.kserve.io/stop" in obj["metadata"].get("annotations", {})
        ready = next(c for c in obj["status"]["conditions"] if c["type"] == "Ready")
        assert ready["status"] == ("False" if stopped else "True"), _label(obj)
    for pod in healthy.kind("Pod"):
        assert is_ready(pod), _label(pod)
