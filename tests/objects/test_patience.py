"""How long a state may last before it is a trouble, and what weighs when parts are missing."""

from __future__ import annotations

from typing import Any

import pytest

from mtop_core.status import status_of
from mtop_core.testing import inventory, pod, service

Obj = dict[str, Any]
PROBE = {"failureThreshold": 60, "periodSeconds": 10, "initialDelaySeconds": 10}
NODE = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "gpu-1"},
        "status": {"conditions": [{"type": "Ready", "status": "True"}]}}  # fmt: skip


def running(started_at: str, *, started: bool = False, probe: Obj | None = None, **meta: Any) -> Obj:
    container: Obj = {"name": "main", "image": "vllm", **({"startupProbe": probe} if probe else {})}
    state = {"running": {"startedAt": started_at}}
    status = {"name": "main", "ready": False, "started": started, "restartCount": 0, "state": state}
    return pod("llama-1", service(), spec={"nodeName": "gpu-1", "containers": [container]},
               status={"phase": "Running", "containerStatuses": [status]})  # fmt: skip


def waiting(since: str, scheduled: str = "True", reason: str = "", message: str = "") -> Obj:
    conditions = [{"type": "PodScheduled", "status": scheduled, "reason": reason, "message": message,
                   "lastTransitionTime": since}]  # fmt: skip
    state = {"waiting": {"reason": "ContainerCreating"}}
    container = {"name": "main", "ready": False, "restartCount": 0, "state": state}
    return pod("llama-1", service(), spec={"nodeName": "gpu-1" if scheduled == "True" else ""},
               status={"phase": "Pending", "conditions": conditions, "containerStatuses": [container]})  # fmt: skip


def said(*objects: Obj) -> tuple[str, str]:
    found = status_of(inventory(service(), *objects).models[0])
    return found.word, found.error


NO_ROOM = "0/3 nodes are available: 3 Insufficient nvidia.com/gpu."
LOADING = ("loading", "Starting: llama-1 is loading the model")


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        (running("2026-10-12T09:22:00Z", probe=PROBE), LOADING),
        (running("2026-10-12T09:10:00Z", probe=PROBE), ("broken", "NotReady: container main is not ready after 20m")),
        (running("2026-10-12T09:10:00Z", probe={**PROBE, "failureThreshold": 180}), LOADING),
        (running("2026-10-12T09:10:00Z"), ("broken", "NotReady: container main is not ready after 20m")),
        (running("2026-10-12T09:25:00Z", started=True), LOADING),
        (running("2026-10-12T09:29:30Z", started=True, probe=PROBE), LOADING),
        (running("2026-10-01T09:30:00Z", started=True, probe=PROBE),
         ("broken", "NotReady: container main has started, and its readiness probe fails")),
        (waiting("2026-10-12T09:20:00Z"), ("loading", "Starting: llama-1 is starting")),
        (waiting("2026-10-01T09:30:00Z"),
         ("broken", "ContainerCreating: no container has started in 11d; its events say why")),
        (waiting("2026-10-12T09:29:50Z", "False", "Unschedulable", NO_ROOM),
         ("loading", "Unschedulable: 3 Insufficient nvidia.com/gpu (of 3 nodes)")),
        (waiting("2026-10-12T09:24:00Z", "False", "Unschedulable", NO_ROOM),
         ("broken", "Unschedulable: 3 Insufficient nvidia.com/gpu (of 3 nodes)")),
    ],
)  # fmt: skip
def test_patience_ends(case: Obj, expected: tuple[str, str]) -> None:
    assert said(case) == expected


def test_a_node_that_is_gone() -> None:
    lost = running("2026-10-12T09:29:00Z")
    lost["spec"]["nodeName"] = "gpu-9"
    assert said(lost, NODE) == ("broken", "NodeGone: node gpu-9 does not exist any more")
    assert said(lost) == LOADING


def deployment(component: str, wanted: int, ready: int) -> Obj:
    owner = {"apiVersion": "serving.kserve.io/v1alpha2", "kind": "LLMInferenceService", "name": "llama",
             "uid": "uid-llama", "controller": True}  # fmt: skip
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": f"llama-{component}", "namespace": "chat", "uid": f"uid-{component}",
                     "labels": {"app.kubernetes.io/component": component}, "ownerReferences": [owner]},
        "spec": {"replicas": wanted},
        "status": {"replicas": wanted, "readyReplicas": ready, "updatedReplicas": wanted},
    }  # fmt: skip


MAIN, PREFILL = "llminferenceservice-workload", "llminferenceservice-workload-prefill"
SCHEDULER = "llminferenceservice-router-scheduler"


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ([deployment(MAIN, 1, 1), deployment(SCHEDULER, 1, 0)],
         ("degraded", "NoReplicas: the scheduler has none of 1 replicas ready")),
        ([deployment(MAIN, 1, 1), deployment("transformer", 1, 1)], ("ready", "")),
        ([deployment(MAIN, 0, 0), deployment(PREFILL, 1, 1)],
         ("broken", "NoDecode: no decode replica is wanted, and prefill alone cannot answer")),
    ],
)  # fmt: skip
def test_missing_parts(parts: list[Obj], expected: tuple[str, str]) -> None:
    assert said(*parts) == expected


def test_a_change_that_is_not_taken_up() -> None:
    changed = service()
    changed["metadata"]["generation"] = 4
    changed["status"] = {"observedGeneration": 3, "conditions": [{"type": "Ready", "status": "True"}]}
    found = status_of(inventory(changed, deployment(MAIN, 2, 2)).models[0])
    assert (found.label, found.error) == (
        "rolling 0/2",
        "ControllerLag: generation 4 is not taken up yet, the controller has seen 3",
    )


def member(name: str, weight: int, **meta: Any) -> Obj:
    found = service(name, router={"route": {"group": "g", "weight": weight}})
    found["metadata"] |= meta
    return found


@pytest.mark.parametrize(
    ("second", "shares"),
    [
        (member("b", 10), [0.9, 0.1]),
        (member("b", 10, deletionTimestamp="2026-10-12T09:29:00Z"), [1.0, 0.0]),
        (member("b", 10, annotations={"serving.kserve.io/stop": "true"}), [1.0, 0.0]),
        ({**member("b", 10), "status": {"conditions": [{"type": "RouterReady", "status": "False"}]}}, [1.0, 0.0]),
        ({**member("b", 10), "status": {"conditions": [{"type": "GroupDegraded", "status": "True"}]}}, [0.9, None]),
        (member("b", 0), [1.0, 0.0]),
    ],
)
def test_shares_of_a_group(second: Obj, shares: list[float | None]) -> None:
    models = inventory(member("a", 90), second).models
    assert [model.weight and model.weight.share for model in models] == shares


@pytest.mark.parametrize(
    ("status", "share"),
    [
        ({}, None),
        ({"components": {"predictor": {"traffic": [{"latestRevision": True, "percent": 20}, {"percent": 80}]}}}, 0.2),
        ({"canaryStatuses": [{"name": "x", "ready": True, "trafficPercent": 25}]}, 0.75),
        ({"canaryStatuses": [{"name": "x", "ready": False, "trafficPercent": 25}]}, 1.0),
    ],
)
def test_shares_of_an_inference_service_are_what_kserve_reports(status: Obj, share: float | None) -> None:
    one = {
        "apiVersion": "serving.kserve.io/v1beta1",
        "kind": "InferenceService",
        "metadata": {"name": "a", "namespace": "chat"},
        "spec": {"predictor": {"canaryTrafficPercent": 20, "model": {"modelFormat": {"name": "vLLM"}}}},
        "status": status,
    }
    weight = inventory(one).models[0].weight
    assert (weight and weight.share) == share


def test_gpus_without_pods_come_from_workloads_or_are_unknown() -> None:
    part = deployment(MAIN, 3, 3)
    part["spec"]["template"] = {"spec": {"containers": [{"resources": {"limits": {"nvidia.com/gpu": "4"}}}]}}
    assert inventory(service(), part, without=("pods",)).models[0].gpus.amount == 12
    assert inventory(service(), without=("pods", "deployments")).models[0].gpus.amount is None


def test_a_slice_of_a_gpu_is_another_product() -> None:
    node = {**NODE, "metadata": {"name": "gpu-1", "labels": {"nvidia.com/gpu.product": "NVIDIA-H100-80GB-HBM3"}}}
    limits = {"limits": {"nvidia.com/mig-1g.10gb": "2"}}
    sliced = pod("llama-1", service(), spec={"nodeName": "gpu-1", "containers": [{"resources": limits}]})
    assert tuple(inventory(service(), node, sliced).models[0].gpus) == (2, "H100-MIG-1g.10gb")


def test_pods_of_one_group_are_one_replica() -> None:
    def part(name: str, group: str) -> Obj:
        found = pod(name, service())
        lws = {"leaderworkerset.sigs.k8s.io/name": "llama-kserve-mn", "leaderworkerset.sigs.k8s.io/group-index": group}
        found["metadata"]["labels"] |= lws
        return found

    pods = [part("llama-0", "0"), part("llama-0-1", "0"), part("llama-1", "1"), part("llama-1-1", "1")]
    found = status_of(inventory(service(), *pods, without=("deployments", "leaderworkersets")).models[0])
    assert (found.ready, found.desired) == (2, 2)
