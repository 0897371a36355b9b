"""The one word for a model, from small services built by hand: every word, every trap on the way to it."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mtop_core.objects.conditions import Condition, conditions_of
from mtop_core.status import WORDS, status_of
from mtop_core.testing import inventory, pod, service

Obj = dict[str, Any]
COMPONENT = "llminferenceservice-workload"


def cond(kind: str, status: str, reason: str = "", message: str = "") -> Obj:
    return {"type": kind, "status": status, "reason": reason, "message": message,
            "lastTransitionTime": "2026-10-12T09:00:00Z"}  # fmt: skip


def llm(*conditions: Obj, meta: Obj | None = None, workloads: Obj | None = None, **spec: Any) -> Obj:
    found = service(**spec)
    found["metadata"] |= meta or {}
    found["status"] = {"conditions": list(conditions), **({"workloads": workloads} if workloads else {})}
    return found


def isvc(*conditions: Obj, meta: Obj | None = None, status: Obj | None = None, **predictor: Any) -> Obj:
    return {
        "apiVersion": "serving.kserve.io/v1beta1",
        "kind": "InferenceService",
        "metadata": {"name": "llama", "namespace": "chat", "uid": "uid-llama", **(meta or {})},
        "spec": {"predictor": {"model": {"modelFormat": {"name": "huggingface"}}, **predictor}},
        "status": {"conditions": list(conditions), **(status or {})},
    }


def owned(owner: Obj, kind: str = "LLMInferenceService") -> list[Obj]:
    meta = owner["metadata"]
    api = "serving.kserve.io/v1beta1" if kind == "InferenceService" else "serving.kserve.io/v1alpha2"
    return [{"apiVersion": api, "kind": kind, "name": meta["name"], "uid": meta["uid"], "controller": True}]


def deploy(
    wanted: int, ready: int, *conditions: Obj, updated: int | None = None, total: int | None = None,
    component: str = COMPONENT, name: str = "llama-kserve", seen: int = 1, kind: str = "Deployment",
) -> Obj:  # fmt: skip
    updated = wanted if updated is None else updated
    return {
        "apiVersion": "leaderworkerset.x-k8s.io/v1" if kind == "LeaderWorkerSet" else "apps/v1",
        "kind": kind,
        "metadata": {
            "name": name, "namespace": "chat", "uid": f"uid-{name}", "generation": 1,
            "labels": {"app.kubernetes.io/component": component}, "ownerReferences": owned(service()),
        },
        "spec": {"replicas": wanted},
        "status": {
            "replicas": max(wanted, updated) if total is None else total, "readyReplicas": ready,
            "updatedReplicas": updated, "observedGeneration": seen, "conditions": list(conditions),
        },
    }  # fmt: skip


def lws(wanted: int, ready: int, *conditions: Obj, component: str = f"{COMPONENT}-worker", **more: Any) -> Obj:
    return deploy(wanted, ready, *conditions, kind="LeaderWorkerSet", component=component, **more)


def prefill(wanted: int, ready: int) -> Obj:
    return deploy(wanted, ready, component=f"{COMPONENT}-prefill", name="llama-kserve-prefill")


def scheduler(wanted: int, ready: int) -> Obj:
    name = "llama-kserve-router-scheduler"
    return deploy(wanted, ready, component="llminferenceservice-router-scheduler", name=name)


def waiting(reason: str, message: str = "", name: str = "llama-1", **last: Any) -> Obj:
    state = {"waiting": {"reason": reason, "message": message}}
    status = {"name": "main", "ready": False, "restartCount": 3, "state": state, "lastState": last}
    return pod(name, service(), status={"phase": "Pending", "containerStatuses": [status]})


def unscheduled(name: str = "llama-1") -> Obj:
    said = cond("PodScheduled", "False", "Unschedulable", "0/3 nodes are available: 3 Insufficient nvidia.com/gpu.")
    return pod(name, service(), spec={}, status={"phase": "Pending", "conditions": [said]})


READY = (cond("PresetsCombined", "True"), cond("WorkloadsReady", "True"), cond("RouterReady", "True"),
         cond("Ready", "True"))  # fmt: skip
STARTING = (cond("MainWorkloadReady", "False", "MinimumReplicasUnavailable"),
            cond("Ready", "False", "MinimumReplicasUnavailable"))  # fmt: skip
STOP = {"annotations": {"serving.kserve.io/stop": "TRUE"}}
LEAVING = {"deletionTimestamp": "2026-10-12T09:29:00Z"}
CRASH = waiting("CrashLoopBackOff", terminated={"exitCode": 1, "message": "ValueError: no such model"})
CRASHED = "CrashLoopBackOff: exit 1: ValueError: no such model"
NEW_CRASH = copy.deepcopy(CRASH) | {"metadata": {**CRASH["metadata"], "name": "llama-2"}}
LOADING = pod("llama-1", service(), status={
    "phase": "Running", "containerStatuses": [{"name": "main", "ready": False,
        "state": {"running": {"startedAt": "2026-10-12T09:29:00Z"}}}]})
IS_LOADING = "Starting: llama-1 is loading the model"
IDLE = {"scaling": {"minReplicas": 1, "keda": {"idleReplicaCount": 0}}}
NOT_FOUND = cond("PresetsCombined", "False", "ConfigNotFound", "no h100-tuned")
STUCK = cond("Progressing", "False", "ProgressDeadlineExceeded", "has timed out progressing")
DIVERGED = cond("GroupDegraded", "True", "MemberDivergence", "peer serves another")
KNATIVE_IDLE = (cond("PredictorReady", "True"), cond("IngressReady", "True"), cond("Ready", "True"),
                cond("Stopped", "False"))  # fmt: skip
NO_KINDS = ("deployments", "lws", "pods", "nodes")

Case = tuple[list[Obj], tuple[str, ...], str, tuple[int | None, int], str]

CASES: dict[str, Case] = {
    # name: objects, kinds that are gaps, word, (ready, desired), error
    "ready": ([llm(*READY), deploy(1, 1), pod("llama-1", service())], (), "ready", (1, 1), ""),
    "ready, pods unread": ([llm(*READY), deploy(2, 2)], ("pods",), "ready", (2, 2), ""),
    "ready without deployments": ([llm(*READY), pod("llama-1", service())], ("deployments",), "ready", (1, 1), ""),
    "Ready=False is stale, all replicas serve": ([llm(*STARTING), deploy(1, 1)], (), "loading", (1, 1),
                                                 "MinimumReplicasUnavailable"),
    "loading": ([llm(*STARTING), deploy(1, 0), LOADING], (), "loading", (0, 1), IS_LOADING),
    "loading, pods unread": (
        [llm(*STARTING), deploy(1, 0)], ("pods",), "loading", (0, 1), "MinimumReplicasUnavailable"),
    "one of two loads": ([llm(*READY, replicas=2), deploy(2, 1), pod("llama-0", service()), LOADING], (), "loading",
                         (1, 2), IS_LOADING),
    "scheduling gated heals": (
        [llm(), deploy(1, 0), pod("llama-1", service(), spec={}, status={"phase": "Pending", "conditions": [
            cond("PodScheduled", "False", "SchedulingGated", "waiting for kueue")]})], (), "loading", (0, 1),
        "SchedulingGated: waiting for kueue"),
    "rolling": ([llm(*READY, replicas=4), deploy(4, 4, updated=2, total=5)], (), "rolling 2/4", (4, 4), ""),
    "rolling, revision unseen": ([llm(*READY), deploy(1, 1, seen=0)], (), "rolling 1/1", (1, 1), ""),
    "rolling groups": ([llm(*READY), lws(2, 1, updated=1, total=2)], (), "rolling 1/2", (1, 2), ""),
    "first rollout is loading": ([llm(), deploy(2, 0, updated=2, total=2), LOADING], (), "loading", (0, 2), IS_LOADING),
    "crash": ([llm(*STARTING), deploy(1, 0), CRASH], (), "broken", (0, 1), CRASHED),
    "no GPU": ([llm(*STARTING), deploy(1, 0), unscheduled()], (), "broken", (0, 1),
               "Unschedulable: 3 Insufficient nvidia.com/gpu (of 3 nodes)"),
    "two pods, one cause": (
        [llm(*STARTING, replicas=2), deploy(2, 0), unscheduled(), unscheduled("llama-2")], (), "broken", (0, 2),
        "Unschedulable: 3 Insufficient nvidia.com/gpu (of 3 nodes) (x2)"),
    "two causes": ([llm(*STARTING, replicas=2), deploy(2, 0), unscheduled(), NEW_CRASH], (), "broken", (0, 2),
                   "Unschedulable: 3 Insufficient nvidia.com/gpu (of 3 nodes) (+1 more)"),
    "Ready=True but the new revision crashes": (
        [llm(*READY), deploy(1, 1, STUCK, updated=1, total=2), pod("llama-1", service()), NEW_CRASH], (), "degraded",
        (1, 1), CRASHED),
    "Ready=True but the rollout is stuck, pods unread": (
        [llm(*READY), deploy(1, 1, STUCK, updated=1, total=2)], ("pods",), "degraded", (1, 1),
        "ProgressDeadlineExceeded: has timed out progressing"),
    "progress without a deadline is no trouble": (
        [llm(*READY), deploy(1, 1, cond("Progressing", "True", "NewReplicaSetAvailable"))], (), "ready", (1, 1), ""),
    "quota": ([llm(*STARTING), deploy(1, 0, cond("ReplicaFailure", "True", "FailedCreate", "exceeded quota"))], (),
              "broken", (0, 1), "FailedCreate: exceeded quota"),
    "ReplicaFailure=False is good": (
        [llm(*READY), deploy(1, 1, cond("ReplicaFailure", "False"))], (), "ready", (1, 1), ""),
    "config missing, the rest is stale": (
        [llm(NOT_FOUND, *READY[1:3], cond("Ready", "False", "ConfigNotFound")), deploy(1, 1)], (), "degraded", (1, 1),
        "ConfigNotFound: no h100-tuned"),
    "config missing from the start": ([llm(NOT_FOUND)], (), "broken", (0, 1), "ConfigNotFound: no h100-tuned"),
    "the group diverges": ([llm(*READY, DIVERGED), deploy(1, 1)], (), "degraded", (1, 1),
                           "MemberDivergence: peer serves another"),
    "GroupDegraded=False is good": (
        [llm(*READY, cond("GroupDegraded", "False")), deploy(1, 1)], (), "ready", (1, 1), ""),
    "advice is no trouble": (
        [llm(*READY, cond("OciImageVolumeCompatible", "False", "Advice")), deploy(1, 1)], (), "ready", (1, 1), ""),
    "unknown is not settled": ([llm(cond("RouterReady", "Unknown"), *READY[:2]), deploy(1, 1)], (), "loading", (1, 1),
                           "RouterReady=Unknown"),
    "no way leads there": (
        [llm(cond("HTTPRoutesReady", "False", "HTTPRoutesNotReady", "Accepted=False")), deploy(1, 1)], (), "broken",
        (1, 1), "HTTPRoutesNotReady: Accepted=False"),
    "an empty reason says nothing of its own": (
        [llm(cond("HTTPRoutesReady", "False", "HTTPRoutesNotReady"), *STARTING), deploy(1, 0), LOADING], (), "loading",
        (0, 1), IS_LOADING),
    "the text LWS leaves behind when it fails": (
        [llm(cond("WorkerWorkloadReady", "False", "AllGroupsReady", "All replicas are ready")), lws(1, 0)], (),
        "loading", (0, 1), "WorkerWorkloadReady=False"),
    "groups": ([llm(*READY), lws(2, 2)], (), "ready", (2, 2), ""),
    "prefill down": ([llm(*STARTING, prefill={}), deploy(1, 1), prefill(1, 0), unscheduled()], (), "degraded", (1, 2),
                     "Unschedulable: 3 Insufficient nvidia.com/gpu (of 3 nodes)"),
    "decode down": ([llm(*STARTING, prefill={}), deploy(1, 0), prefill(1, 1), unscheduled()], (), "broken", (1, 2),
                    "Unschedulable: 3 Insufficient nvidia.com/gpu (of 3 nodes)"),
    "the scheduler does not count": ([llm(*READY), deploy(1, 1), scheduler(1, 1)], (), "ready", (1, 1), ""),
    "the scheduler crashes": (
        [llm(cond("SchedulerWorkloadReady", "False", "SchedulerReconcileError", "boom")), deploy(1, 1), scheduler(1,
        0)],
        (), "degraded", (1, 1), "SchedulerReconcileError: boom"),
    "stopped": ([llm(cond("Ready", "False", "Stopped"), meta=STOP)], (), "stopped", (0, 1), ""),
    "stopped while its pod crashes": ([llm(meta=STOP), deploy(1, 0), CRASH], (), "stopped", (0, 1), ""),
    "another value does not stop": (
        [llm(*READY, meta={"annotations": {"serving.kserve.io/stop": "yes"}}), deploy(1, 1)], (), "ready", (1, 1), ""),
    "Stopped=False is good": ([isvc(*KNATIVE_IDLE, minReplicas=0)], (), "scaled-to-zero", (0, 0), ""),
    "deleting": ([llm(*READY, meta=LEAVING), deploy(1, 1)], (), "deleting", (1, 1), ""),
    "deleting, stopped before": ([llm(meta={**LEAVING, **STOP})], (), "deleting", (0, 1), ""),
    "deleting, held back": (
        [llm(cond("GroupReady", "False", "FinalizationPending", "peers"), meta=LEAVING)], (), "deleting", (0, 1),
        "FinalizationPending: peers"),
    "replicas 0": ([llm(*READY, replicas=0), deploy(0, 0)], (), "scaled-to-zero", (0, 0), ""),
    "KEDA idle": ([llm(*READY, **IDLE), deploy(0, 0)], (), "scaled-to-zero", (0, 0), ""),
    "KEDA idle, no workload kept": ([llm(*READY, **IDLE)], (), "scaled-to-zero", (0, 0), ""),
    "KEDA awake": ([llm(*READY, **IDLE), deploy(2, 2)], (), "ready", (2, 2), ""),
    "scaled by hand": ([llm(*READY), deploy(0, 0)], (), "scaled-to-zero", (0, 0), ""),
    "zero replicas but a missing config": ([llm(NOT_FOUND, replicas=0), deploy(0, 0)], (), "broken", (0, 0),
                                           "ConfigNotFound: no h100-tuned"),
    "Knative at zero": ([isvc(*KNATIVE_IDLE, minReplicas=0)], (), "scaled-to-zero", (0, 0), ""),
    "Knative at zero, a cluster without LWS": ([isvc(*KNATIVE_IDLE, minReplicas=0)], ("lws",), "scaled-to-zero", (0, 0),
                                               ""),
    "the model cannot be loaded": (
        [isvc(cond("Ready", "False"), status={"modelStatus": {
            "transitionStatus": "BlockedByFailedLoad", "lastFailureInfo": {"reason": "ModelLoadFailed",
        "message": "no"}}})],
        (), "broken", (0, 1), "ModelLoadFailed: no"),
    "only the CR: its Ready proves nothing": ([llm(*READY)], NO_KINDS, "unknown", (None, 1), ""),
    "only the CR: its own count": (
        [llm(*READY, workloads={"primary": {"readyReplicas": 1}})], NO_KINDS, "unknown", (1, 1),
                                   ""),
    "only the CR: fewer than wanted": (
        [llm(*READY, replicas=3, workloads={"primary": {"readyReplicas": 1}})], NO_KINDS, "unknown", (1, 3), ""),
    "only the CR: not ready": ([llm(*STARTING)], NO_KINDS, "broken", (None, 1), "MinimumReplicasUnavailable"),
    "only the CR: unknown": ([llm(cond("Ready", "Unknown"))], NO_KINDS, "loading", (None, 1), "Ready=Unknown"),
    "only the CR: no status": ([service()], NO_KINDS, "unknown", (None, 1), ""),
    "nothing came of it yet": ([service()], (), "unknown", (0, 1), ""),
    "a pod that ended is history": (
        [llm(*READY), deploy(1, 1), pod("llama-1", service()),
         pod("llama-0", service(), status={"phase": "Failed", "reason": "Evicted"})], (), "ready", (1, 1), ""),
    "a pod that ended and nothing in its place": (
        [llm(), deploy(1, 0), pod("llama-0", service(), status={"phase": "Failed", "reason": "Evicted"})], (), "broken",
        (0, 1), "Evicted"),
    "the node is lost": (
        [llm(*STARTING), deploy(1, 0), pod("llama-1", service(), status={"phase": "Running"}),
         {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "gpu-1"},
          "status": {"conditions": [cond("Ready", "Unknown")]}}],
        (), "broken", (0, 1), "NodeNotReady: node gpu-1 is not ready"),
    "malformed": ([llm(replicas="two"), pod("llama-1", service())], (), "unknown", (None, 0),
                  'spec.replicas: expected an integer, got the string "two"'),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_the_word(case: str) -> None:
    objects, without, label, counts, error = CASES[case]
    [model] = inventory(*objects, without=without).models
    status = status_of(model)
    assert (status.label, (status.ready, status.desired), status.error) == (label, counts, error)


def test_every_word_has_a_case() -> None:
    assert {label.partition(" ")[0] for _, _, label, _, _ in CASES.values()} == set(WORDS)


@pytest.mark.parametrize(
    ("kind", "status", "bad"),
    [
        ("Ready", "True", False), ("Ready", "False", True), ("Ready", "Unknown", False), ("Ready", "", False),
        ("GroupDegraded", "True", True), ("GroupDegraded", "False", False), ("Stopped", "True", False),
        ("Stopped", "False", False), ("ScalingLimited", "True", False), ("ScalingLimited", "False", False),
        ("KernelDeadlock", "False", False), ("KernelDeadlock", "True", True), ("NetworkUnavailable", "False", False),
        ("MemoryPressure", "True", True), ("AcceleratedHardwareReady", "True", False),
        ("AcceleratedHardwareReady", "False", True), ("ConfigInUse", "False", False), ("Odd", "False", True),
    ],
)  # fmt: skip
def test_the_polarity_of_conditions(kind: str, status: str, bad: bool) -> None:
    assert Condition(kind, status, "", "", "", 0).bad is bad


def test_conditions() -> None:
    found = conditions_of({"status": {"conditions": [cond("A", "True", "R", "m\x1b"), {"type": "B"}, {"type": "A"}]}})
    assert {kind: (c.status, c.position, c.path) for kind, c in found.items()} == {
        "A": ("", 2, "status.conditions[2]"), "B": ("", 1, "status.conditions[1]"),
    }  # fmt: skip
    assert cond_text("R", "m\x1b") == "R: m\\x1b"
    assert (cond_text("", "m"), cond_text("R", ""), cond_text("", "")) == ("A: m", "R", "A")


def cond_text(reason: str, message: str) -> str:
    [found] = conditions_of({"status": {"conditions": [cond("A", "True", reason, message)]}}).values()
    return found.text


@pytest.mark.parametrize(
    ("broken", "path", "message"),
    [
        (pod("llama-1", service(), status={"containerStatuses": [{"name": "main", "restartCount": "many"}]}),
         ("status", "containerStatuses", 0, "restartCount"),
         'status.containerStatuses[0].restartCount: expected an integer, got the string "many"'),
        (pod("llama-1", service(), status={"phase": ["Running"]}), ("status", "phase"),
         "status.phase: expected a string, got a list"),
        (deploy(1, 1, {"type": "Progressing", "status": {}}), None, None),
        (deploy(1, 1, {"type": "Progressing", "status": {"x": 1}}), ("status", "conditions", 0, "status"),
         "status.conditions[0].status: expected a string, got a mapping"),
        ({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "gpu-1"}, "status": {"conditions": "fine"}},
         ("status", "conditions"), 'status.conditions: expected a list, got the string "fine"'),
    ],
)  # fmt: skip
def test_a_malformed_field_is_named_in_the_object_that_holds_it(
    broken: Obj, path: tuple[str | int, ...] | None, message: str | None
) -> None:
    there = inventory(llm(), pod("llama-0", service(), status={"phase": "Pending"}), broken)
    [model] = there.models
    problem = status_of(model).problem
    if message is None:
        assert problem is None
        return
    assert problem is not None
    assert (problem.path, problem.message) == (path, message)
    assert problem.holder["metadata"]["name"] == broken["metadata"]["name"]


BASES = [
    objects for objects, *_ in (CASES["two causes"], CASES["Knative at zero"], CASES["prefill down"], CASES["stopped"],
                                CASES["the node is lost"], CASES["the model cannot be loaded"], CASES["KEDA idle"])
]  # fmt: skip
ODD = st.one_of(
    st.none(), st.booleans(), st.integers(), st.text(max_size=3), st.lists(st.none(), max_size=1),
    st.dictionaries(st.sampled_from(["a", "waiting", "terminated", "reason"]), st.integers() | st.text(), max_size=2),
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(BASES), st.data())
def test_the_status_never_raises(base: list[Obj], data: st.DataObject) -> None:
    objects = copy.deepcopy(base)
    for _ in range(data.draw(st.integers(1, 3))):
        here: Any = data.draw(st.sampled_from(objects))
        keys = [key for key in here if key not in ("apiVersion", "kind", "metadata")]
        step: Any = data.draw(st.sampled_from(keys))
        while isinstance(here[step], dict | list) and here[step] and data.draw(st.integers(0, 4)):
            here = here[step]
            step = data.draw(st.sampled_from(sorted(here) if isinstance(here, dict) else range(len(here))))
        here[step] = data.draw(ODD)
    for model in inventory(*objects).models:
        status = status_of(model)
        assert status.word in WORDS
        assert "\n" not in status.error
        assert (status.problem is None) or status.word == "unknown"
