"""Which pods, workloads and events belong to which service: by owner first, by label last, never by chance."""

from __future__ import annotations

from typing import Any

import pytest

from mtop_core.inventory import Inventory
from mtop_core.objects.kinds import (
    DEPLOYMENT,
    EVENT,
    KINDS,
    LEADER_WORKER_SET,
    LLM_SERVICE,
    NODE,
    POD,
    REPLICA_SET,
    STATEFUL_SET,
)
from mtop_core.testing import inventory, pod, service, world

Obj = dict[str, Any]


def child(kind: str, name: str, owner: Obj | None = None, labels: dict[str, str] | None = None, **meta: Any) -> Obj:
    apis = {"Pod": "v1", "LeaderWorkerSet": "leaderworkerset.x-k8s.io/v1", "Event": "v1"}
    owners = [] if owner is None else [reference(owner)]
    return {
        "apiVersion": apis.get(kind, "apps/v1"),
        "kind": kind,
        "metadata": {"name": name, "namespace": "chat", "uid": f"uid-{kind}-{name}", "labels": labels or {},
                     "ownerReferences": owners, **meta},
    }  # fmt: skip


def reference(owner: Obj) -> Obj:
    meta = owner["metadata"]
    return {"apiVersion": owner["apiVersion"], "kind": owner["kind"], "name": meta["name"], "uid": meta["uid"],
            "controller": True}  # fmt: skip


def labels_of(name: str) -> dict[str, str]:
    return {"app.kubernetes.io/part-of": "llminferenceservice", "app.kubernetes.io/name": name}


def isvc(name: str, namespace: str = "chat") -> Obj:
    meta = {"name": name, "namespace": namespace, "uid": f"uid-isvc-{name}"}
    spec: Obj = {"predictor": {}}
    return {"apiVersion": "serving.kserve.io/v1beta1", "kind": "InferenceService", "metadata": meta, "spec": spec}


def pods(there: Inventory) -> dict[str, list[str]]:
    return {f"{model.kind.name}/{model.namespace}/{model.name}": [p.name for p in model.pods] for model in there.models}


LLAMA, QWEN = service("llama"), service("qwen")
DEPLOY = child("Deployment", "llama-kserve", LLAMA)
RS = child("ReplicaSet", "llama-kserve-abc", DEPLOY)
RS_POD = child("Pod", "llama-kserve-abc-1", RS, labels_of("llama"))
STOLEN = child("Pod", "llama-kserve-abc-1", RS, labels_of("qwen"))
ONE: list[str] = ["llama-kserve-abc-1"]
NOBODY: list[str] = []


@pytest.mark.parametrize(
    ("objects", "llama", "qwen"),
    [
        ([DEPLOY, RS, RS_POD], ONE, NOBODY),
        ([DEPLOY, RS, STOLEN], ONE, NOBODY),
        ([RS_POD], ONE, NOBODY),
        ([STOLEN], NOBODY, ONE),
        ([DEPLOY, child("Pod", ONE[0], RS, {**labels_of("qwen"), "pod-template-hash": "abc"})], ONE, NOBODY),
        ([DEPLOY, child("Pod", ONE[0], RS, {**labels_of("qwen"), "pod-template-hash": "xyz"})], NOBODY, ONE),
        ([child("Pod", ONE[0], LLAMA, labels_of("qwen"))], ONE, NOBODY),
        ([child("Pod", ONE[0], None, {"app.kubernetes.io/name": "llama"})], NOBODY, NOBODY),
        ([child("Pod", ONE[0], None, {"app.kubernetes.io/part-of": "llminferenceservice"})], NOBODY, NOBODY),
        ([child("Pod", ONE[0], None, {**labels_of("llama"), "app.kubernetes.io/part-of": "other"})], NOBODY, NOBODY),
        ([child("Pod", ONE[0], None, labels_of("llama"), namespace="other")], NOBODY, NOBODY),
        ([child("Pod", ONE[0])], NOBODY, NOBODY),
        ([child("Pod", ONE[0], None, labels_of("llama"), ownerReferences="x")], ONE, NOBODY),
        ([child("Pod", ONE[0], None, ["x"])], NOBODY, NOBODY),  # type: ignore[arg-type]
        ([child("Pod", ONE[0], {**LLAMA, "apiVersion": "example.com/v1"}, labels_of("qwen"))], NOBODY, ONE),
        ([DEPLOY, {**RS, "metadata": {**RS["metadata"], "ownerReferences": [
            {**reference(QWEN), "controller": False}, reference(DEPLOY)]}}, RS_POD], ONE, NOBODY),
    ],
)  # fmt: skip
def test_the_owner_before_the_label(objects: list[Obj], llama: list[str], qwen: list[str]) -> None:
    found = pods(inventory(LLAMA, QWEN, *objects))
    assert found == {"LLMInferenceService/chat/llama": llama, "LLMInferenceService/chat/qwen": qwen}


def test_owners_in_a_circle_end() -> None:
    one, two = child("ReplicaSet", "one"), child("ReplicaSet", "two")
    one["metadata"]["ownerReferences"], two["metadata"]["ownerReferences"] = [reference(two)], [reference(one)]
    lost = child("Pod", "p", one, labels_of("llama"))
    assert pods(inventory(LLAMA, one, two, lost)) == {"LLMInferenceService/chat/llama": ["p"]}


LWS = child("LeaderWorkerSet", "llama-kserve-mn", LLAMA, labels_of("llama"))
GROUP = {"leaderworkerset.sigs.k8s.io/name": "llama-kserve-mn"}
LEADERS = child("StatefulSet", "llama-kserve-mn", LWS, GROUP)
LEADER = child("Pod", "llama-kserve-mn-0", LEADERS, {**GROUP, "leaderworkerset.sigs.k8s.io/worker-index": "0"})
WORKERS = child("StatefulSet", "llama-kserve-mn-0-w", LEADER, GROUP)
WORKER = child("Pod", "llama-kserve-mn-0-1", WORKERS, {**GROUP, "leaderworkerset.sigs.k8s.io/worker-index": "1"})
BOTH = ["llama-kserve-mn-0", "llama-kserve-mn-0-1"]


@pytest.mark.parametrize(
    ("objects", "found"),
    [
        ([LWS, LEADERS, LEADER, WORKERS, WORKER], BOTH),
        ([LWS, LEADER, WORKER], BOTH),
        ([LWS, WORKER], BOTH[1:]),
        ([LEADER, WORKER], []),
        ([{**LWS, "metadata": {**LWS["metadata"], "namespace": "other"}}, LEADER, WORKER], []),
    ],
)
def test_the_pods_of_a_group_over_several_nodes(objects: list[Obj], found: list[str]) -> None:
    there = inventory(LLAMA, *objects)
    assert pods(there) == {"LLMInferenceService/chat/llama": found}


def test_two_services_of_one_name_in_two_namespaces() -> None:
    here, there = service("llama", "chat"), service("llama", "code")
    mine, yours = pod("p", here), pod("p", there)
    yours["metadata"]["uid"] = "uid-other"
    found = inventory(here, there, mine, yours)
    assert [(model.namespace, [p.raw["metadata"]["uid"] for p in model.pods]) for model in found.models] == [
        ("chat", ["uid-p"]), ("code", ["uid-other"]),
    ]  # fmt: skip


def test_two_kinds_of_service_of_one_name() -> None:
    labelled = child("Pod", "of-isvc", None, {"serving.kserve.io/inferenceservice": "llama"})
    found = inventory(service("llama"), isvc("llama"), child("Pod", "of-llm", None, labels_of("llama")), labelled)
    assert pods(found) == {
        "InferenceService/chat/llama": ["of-isvc"], "LLMInferenceService/chat/llama": ["of-llm"],
    }  # fmt: skip


def test_without_a_namespace_it_is_default() -> None:
    lone = service("llama")
    del lone["metadata"]["namespace"]
    mine = child("Pod", "p", None, labels_of("llama"))
    del mine["metadata"]["namespace"]
    assert pods(inventory(lone, mine)) == {"LLMInferenceService/default/llama": ["p"]}


def test_pods_come_by_name_and_models_by_namespace() -> None:
    found = inventory(service("b", "z"), service("c", "a"), service("a", "z"), pod("p2", service("c", "a")),
                      pod("p1", service("c", "a")))  # fmt: skip
    assert pods(found) == {
        "LLMInferenceService/a/c": ["p1", "p2"], "LLMInferenceService/z/a": [], "LLMInferenceService/z/b": [],
    }  # fmt: skip
    assert list(pods(found)) == sorted(pods(found))


def test_find_and_owned() -> None:
    there = inventory(LLAMA, QWEN, DEPLOY, RS, RS_POD, without=("nodes",))
    assert there.find(DEPLOYMENT, "chat", "llama-kserve") == DEPLOY
    assert there.find(DEPLOYMENT, "code", "llama-kserve") is None
    assert there.find(NODE, "", "gpu-1") is None
    llama, qwen = there.models
    assert [there.owned(llama, kind) for kind in (DEPLOYMENT, REPLICA_SET, POD)] == [[DEPLOY], [RS], [RS_POD]]
    assert there.owned(qwen, DEPLOYMENT) == []
    assert [(gap.kind, gap.reason) for gap in there.gaps] == [(NODE, "forbidden")]
    assert (there.read(NODE), there.read(POD)) == (False, True)


def event(name: str, about: Any, **times: Any) -> Obj:
    return {**child("Event", name), "involvedObject": about, **times}


def test_the_events_of_an_object() -> None:
    about = {"kind": "Pod", "namespace": "chat", "name": ONE[0]}
    there = inventory(
        event("late", about, lastTimestamp="2026-10-12T09:20:00Z"),
        event("early", about, eventTime="2026-10-12T09:00:00.000000Z", lastTimestamp=None),
        event("often", about, series={"lastObservedTime": "2026-10-12T09:10:00Z"}, eventTime="2026-10-12T08:00:00Z"),
        event("other", {**about, "name": "other"}), event("elsewhere", {**about, "namespace": "code"}),
        event("odd", "pod"), event("odder", {**about, "name": 5}), event("oddest", about, series="x"),
        event("timeless", about, lastTimestamp=5),
    )  # fmt: skip
    found = [entry["metadata"]["name"] for entry in there.events_of(RS_POD)]
    assert found == ["timeless", "early", "often", "late"]
    assert there.all(EVENT)[0]["metadata"]["name"] == "late"


@pytest.mark.parametrize("uid", [None, "", 5, [], ["x"], {"a": 1}])
def test_odd_uids(uid: object) -> None:
    rs = child("ReplicaSet", "llama-kserve-abc", DEPLOY, uid=uid)
    mine = child("Pod", "p", {**RS, "metadata": {**RS["metadata"], "uid": "uid-other"}}, labels_of("llama"))
    assert pods(inventory(LLAMA, DEPLOY, rs, mine)) == {"LLMInferenceService/chat/llama": ["p"]}


MARKS = {
    "app.kubernetes.io/part-of", "serving.kserve.io/inferenceservice", "leaderworkerset.sigs.k8s.io/name",
}  # fmt: skip


def _marked(raw: Obj) -> bool:
    """Whether an object's labels say that KServe made it for some service."""
    return bool(MARKS & raw["metadata"].get("labels", {}).keys())


@pytest.mark.parametrize("name", ["healthy", "degraded", "rollout"])
def test_no_pod_of_a_world_is_lost_and_none_has_two_owners(name: str) -> None:
    there = Inventory.look(world(name), KINDS)
    found = [p.raw["metadata"]["uid"] for model in there.models for p in model.pods]
    assert len(found) == len(set(found))
    assert set(found) == {raw["metadata"]["uid"] for raw in there.all(POD) if _marked(raw)}
    workloads = [workload.raw["metadata"]["uid"] for model in there.models for workload in model.workloads]
    assert len(workloads) == len(set(workloads))
    every = (*there.all(DEPLOYMENT), *there.all(LEADER_WORKER_SET))
    assert set(workloads) == {raw["metadata"]["uid"] for raw in every if _marked(raw)}
    assert there.all(LLM_SERVICE)
    assert there.read(STATEFUL_SET)
