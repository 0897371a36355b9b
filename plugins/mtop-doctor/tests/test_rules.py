"""Every rule that reads objects: it fires on its evidence, and keeps silent without it or where its guard holds."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any, NamedTuple

import pytest
from mtop_doctor import plugin

from mtop_core.api import Finding, RuleSpec, kinds, load_target
from mtop_core.testing import found_by, pod, service

Obj = dict[str, Any]
SPECS: dict[str, RuleSpec] = {spec.id: spec for spec in plugin.mtop_rules()}
GPU = "nvidia.com/gpu"
EARLY, LATE = "2026-10-12T09:00:00Z", "2026-10-12T09:29:00Z"


class Case(NamedTuple):
    """What a rule fires on: objects, what a finding must say, and changes after which it is silent."""

    rule: str
    objects: tuple[Obj, ...]
    says: str
    silencers: dict[str, Callable[[list[Obj]], object]]
    without: tuple[str, ...] = ()


def condition(kind: str, status: str, reason: str = "", message: str = "", since: str = EARLY) -> Obj:
    return {"type": kind, "status": status, "reason": reason, "message": message, "lastTransitionTime": since}


def obj(kind: str, name: str, namespace: str = "chat", api: str = "v1", **parts: Any) -> Obj:
    meta: Obj = {"name": name, "uid": f"uid-{kind}-{name}", "creationTimestamp": "2026-10-01T09:00:00Z"}
    if namespace:
        meta["namespace"] = namespace
    return {"apiVersion": api, "kind": kind, "metadata": {**meta, **parts.pop("metadata", {})}, **parts}


def with_status(cr: Obj, **status: Any) -> Obj:
    return {**cr, "status": status}


def waiting(owner: Obj, reason: str, message: str, **spec: Any) -> Obj:
    state = {"waiting": {"reason": reason, "message": message}}
    status = {"phase": "Pending", "conditions": [condition("Ready", "False")],
              "containerStatuses": [{"name": "main", "ready": False, "restartCount": 0, "state": state}]}  # fmt: skip
    containers = [{"name": "main", "image": "ghcr.io/x/vllm:v9"}]
    return pod("p-1", owner, spec={"nodeName": "gpu-1", "containers": containers, **spec}, status=status)


def unplaced(owner: Obj, message: str, **spec: Any) -> Obj:
    status = {"phase": "Pending", "conditions": [condition("PodScheduled", "False", "Unschedulable", message)]}
    containers = [{"name": "main", "resources": {"limits": {GPU: "4"}}}]
    return pod("p-1", owner, spec={"containers": containers, **spec}, status=status)


def node(name: str = "gpu-1", gpus: str = "8", ready: str = "True", **spec: Any) -> Obj:
    status = {"allocatable": {GPU: gpus}, "conditions": [condition("Ready", ready, "X", "Kubelet stopped posting.")]}
    labels = {"gpu": "NVIDIA-H100-80GB-HBM3"}
    return obj("Node", name, "", metadata={"labels": labels}, spec=spec, status=status)


def holder(name: str = "old", gpus: str = "8") -> Obj:
    owner = service("other")
    containers = [{"name": "main", "resources": {"limits": {GPU: gpus}}}]
    return pod(name, owner, spec={"nodeName": "gpu-1", "containers": containers})


def deployment(owner: Obj, name: str, status: Obj, **spec: Any) -> Obj:
    controller = {"apiVersion": owner["apiVersion"], "kind": owner["kind"], "name": owner["metadata"]["name"],
                  "uid": owner["metadata"]["uid"], "controller": True}  # fmt: skip
    labels = {"app.kubernetes.io/component": "llminferenceservice-workload"}
    meta = {"ownerReferences": [controller], "labels": labels}
    return obj("Deployment", name, api="apps/v1", metadata=meta, spec={"replicas": 1, **spec}, status=status)


def replica_set(parent: Obj, name: str) -> Obj:
    controller = {"apiVersion": "apps/v1", "kind": parent["kind"], "name": parent["metadata"]["name"],
                  "uid": parent["metadata"]["uid"], "controller": True}  # fmt: skip
    return obj("ReplicaSet", name, api="apps/v1", metadata={"ownerReferences": [controller]})


def owned_by(child: Obj, parent: Obj, created: str = EARLY) -> Obj:
    controller = {"apiVersion": "apps/v1", "kind": parent["kind"], "name": parent["metadata"]["name"],
                  "uid": parent["metadata"]["uid"], "controller": True}  # fmt: skip
    meta = {**child["metadata"], "ownerReferences": [controller], "creationTimestamp": created}
    return {**child, "metadata": meta}


def event(about: Obj, reason: str, message: str, when: str = LATE) -> Obj:
    meta = about["metadata"]
    return obj("Event", f"e-{reason}", metadata={"creationTimestamp": when}, reason=reason, message=message,
               lastTimestamp=when, involvedObject={"kind": about["kind"], "namespace": meta.get("namespace"),
                                                   "name": meta["name"]})  # fmt: skip


def drop(kind: str) -> Callable[[list[Obj]], object]:
    """A change that takes every object of a kind away."""

    def change(objects: list[Obj]) -> None:
        objects[:] = [entry for entry in objects if entry["kind"] != kind]

    return change


def edit(kind: str, change: Callable[[Obj], object]) -> Callable[[list[Obj]], object]:
    """A change of the last object of a kind."""
    return lambda objects: change([entry for entry in objects if entry["kind"] == kind][-1])


def add(*more: Obj) -> Callable[[list[Obj]], object]:
    return lambda objects: objects.extend(more)


def healed(objects: list[Obj]) -> None:
    """Every pod runs and is ready."""
    for entry in objects:
        if entry["kind"] == "Pod":
            entry["spec"]["nodeName"] = "gpu-1"
            entry["status"] = {"phase": "Running", "conditions": [condition("Ready", "True")]}


def say(message: str) -> Callable[[list[Obj]], object]:
    """The pod waits with another message."""

    def change(objects: list[Obj]) -> None:
        status = next(o for o in objects if o["metadata"]["name"] == "p-1")["status"]
        for entry in status.get("containerStatuses", ()):
            entry["state"]["waiting"]["message"] = message
        for entry in status["conditions"]:
            entry["message"] = message

    return change


LLM = service()
NO_GPU = "0/1 nodes are available: 1 Insufficient nvidia.com/gpu. preemption: 0/1 nodes are available: 1 had taint."
SELECTOR = "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector."
TAINT = "0/1 nodes are available: 1 node(s) had untolerated taint {team: a}."
TAINTS = [{"key": "team", "value": "a", "effect": "NoSchedule"}]
PULL = 'Back-off pulling image "ghcr.io/x/vllm:v9": ErrImagePull: '
CLAIM = {"volumes": [{"name": "w", "persistentVolumeClaim": {"claimName": "weigths"}}]}
UNBOUND = "0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims."


def pending_claim(storage_class: str, created: str = EARLY) -> Obj:
    return obj("PersistentVolumeClaim", "weigths", metadata={"creationTimestamp": created},
               spec={"storageClassName": storage_class}, status={"phase": "Pending"})  # fmt: skip


def storage_class(name: str, mode: str = "Immediate") -> Obj:
    return obj("StorageClass", name, "", "storage.k8s.io/v1", volumeBindingMode=mode)


def quota() -> tuple[Obj, ...]:
    refusal = ('pods "a" is forbidden: exceeded quota: gpus, requested: requests.nvidia.com/gpu=2, used: '
               "requests.nvidia.com/gpu=1, limited: requests.nvidia.com/gpu=2")  # fmt: skip
    failure = [condition("ReplicaFailure", "True", "FailedCreate", refusal)]
    return LLM, deployment(LLM, "llama-kserve", {"replicas": 0, "conditions": failure})


def surge() -> tuple[Obj, ...]:
    part = deployment(LLM, "llama-kserve", {"replicas": 2, "readyReplicas": 1, "updatedReplicas": 1},
                      strategy={"type": "RollingUpdate"})  # fmt: skip
    old, new = replica_set(part, "rs-old"), replica_set(part, "rs-new")
    containers = [{"name": "main", "resources": {"limits": {GPU: "8"}}}]
    serving = pod("p-0", LLM, spec={"nodeName": "gpu-1", "containers": containers})
    return (LLM, part, old, new, node(), owned_by(serving, old, "2026-10-01T09:00:00Z"),
            owned_by(unplaced(LLM, NO_GPU), new))  # fmt: skip


def stuck() -> tuple[Obj, ...]:
    part = deployment(LLM, "llama-kserve", {
        "replicas": 2, "readyReplicas": 1, "updatedReplicas": 1,
        "conditions": [condition("Progressing", "False", "ProgressDeadlineExceeded", "timed out progressing")],
    })  # fmt: skip
    return with_status(LLM, conditions=[condition("Ready", "True")]), part


def group() -> tuple[Obj, ...]:
    cr = service()
    controller = {"apiVersion": cr["apiVersion"], "kind": cr["kind"], "name": "llama", "uid": "uid-llama",
                  "controller": True}  # fmt: skip
    lws = obj("LeaderWorkerSet", "mn", api="leaderworkerset.x-k8s.io/v1",
              metadata={"ownerReferences": [controller]}, spec={"replicas": 1, "leaderWorkerTemplate": {"size": 2}},
              status={})  # fmt: skip
    members = [pod("mn-0", cr), unplaced(cr, NO_GPU)]
    for index, member in enumerate(members):
        member["metadata"]["labels"] |= {
            "leaderworkerset.sigs.k8s.io/name": "mn", "leaderworkerset.sigs.k8s.io/group-index": "0",
            "leaderworkerset.sigs.k8s.io/worker-index": str(index),
        }  # fmt: skip
    return cr, lws, *members


def missing_config() -> Obj:
    text = 'failed to get LLMInferenceServiceConfig "h100-tunned": not found in namespaces [chat kserve]'
    cr = service(baseRefs=[{"name": "h100-tunned"}])
    return with_status(cr, conditions=[condition("PresetsCombined", "False", "ConfigNotFound", text)])


def config(name: str) -> Obj:
    return obj("LLMInferenceServiceConfig", name, api="serving.kserve.io/v1alpha2", spec={})


def route() -> tuple[Obj, ...]:
    refusal = condition("Accepted", "False", "NotAllowedByListeners", "No listeners allowed this attachment.")
    parent = {"parentRef": {"name": "gw", "namespace": "kserve"}, "conditions": [refusal]}
    allowed = {"namespaces": {"from": "Selector", "selector": {"matchLabels": {"access": "yes"}}}}
    gateway = obj("Gateway", "gw", "kserve", "gateway.networking.k8s.io/v1",
                  spec={"listeners": [{"name": "http", "allowedRoutes": allowed}]})  # fmt: skip
    return (LLM, gateway, obj("Namespace", "chat", ""),
            obj("HTTPRoute", "llama-kserve-route", api="gateway.networking.k8s.io/v1",
                metadata={"generation": 1}, status={"parents": [parent]}))  # fmt: skip


def failed_isvc() -> Obj:
    cr = obj("InferenceService", "bert", api="serving.kserve.io/v1beta1",
             spec={"predictor": {"model": {"modelFormat": {"name": "vLLM"}, "storageUri": "hf://a/b"}}})  # fmt: skip
    failure = {"reason": "ModelLoadFailed", "message": "bad weights", "time": EARLY}
    return with_status(cr, modelStatus={"transitionStatus": "BlockedByFailedLoad", "lastFailureInfo": failure})


def deleting(when: str) -> Obj:
    cr = service()
    cr["metadata"] |= {"deletionTimestamp": when, "finalizers": ["serving.kserve.io/llmisvc-finalizer"]}
    return with_status(cr, conditions=[condition("GroupReady", "False", "FinalizationPending", "Waiting for peers")])


def degraded_group() -> Obj:
    verdict = condition("GroupDegraded", "True", "MemberDivergence", "peer b")
    return with_status(service(router={"route": {"group": "g", "weight": 1}}), conditions=[verdict])


def lost() -> tuple[Obj, ...]:
    part = deployment(LLM, "llama-kserve", {})
    made_by = replica_set(part, "rs")
    return LLM, part, made_by, node(ready="Unknown"), owned_by(pod("p-0", LLM), made_by), owned_by(
        unplaced(LLM, NO_GPU), made_by)  # fmt: skip


def mounting(what: str) -> tuple[Obj, ...]:
    waits = waiting(LLM, "ContainerCreating", "")
    return LLM, waits, event(waits, "FailedMount", f'MountVolume.SetUp failed for volume "tls" : {what} not found')


def unready(answer: str) -> tuple[Obj, ...]:
    """A container that runs, was started and is not ready, and what its readiness probe last said."""
    state = {"running": {"startedAt": EARLY}}
    status = {"phase": "Running", "conditions": [condition("Ready", "False")], "containerStatuses": [
        {"name": "main", "ready": False, "started": True, "restartCount": 0, "state": state}]}  # fmt: skip
    containers = [{"name": "main", "image": "vllm", "startupProbe": {"periodSeconds": 10}}]
    runs = pod("p-1", LLM, spec={"nodeName": "gpu-1", "containers": containers}, status=status)
    return LLM, runs, event(runs, "Unhealthy", f"Readiness probe failed: {answer}")


def main_status(**changes: Any) -> Callable[[list[Obj]], object]:
    return edit("Pod", lambda o: o["status"]["containerStatuses"][0].update(changes))


def without_startup_probe(objects: list[Obj]) -> None:
    """The container has no startup probe and was started a minute ago."""
    edit("Pod", lambda o: o["spec"]["containers"][0].pop("startupProbe"))(objects)
    main_status(state={"running": {"startedAt": LATE}})(objects)


UNREADY_SILENCERS: dict[str, Callable[[list[Obj]], object]] = {
    "ready": healed,
    "starting": main_status(started=False),
    "no startup probe, young": without_startup_probe,
    "event of an earlier run": main_status(state={"running": {"startedAt": "2026-10-12T09:29:30Z"}}),
    "of another container": edit(
        "Event", lambda o: o["involvedObject"].update(fieldPath="spec.containers{side}")),
    "of the startup probe": edit("Event", lambda o: o.update(message=o["message"].replace("Readiness", "Startup"))),
    "leaves": edit("Pod", lambda o: o["metadata"].update(deletionTimestamp=LATE)),
    "no event": drop("Event"),
}  # fmt: skip
MOUNT_SILENCERS: dict[str, Callable[[list[Obj]], object]] = {
    "no event": drop("Event"),
    "mounted": main_status(state={"waiting": {"reason": "ImagePullBackOff"}}),
    "started": main_status(state={"running": {"startedAt": LATE}}),
    "restarted": main_status(restartCount=1),
    "runs": healed,
}

CASES = [
    Case("mount-secret-missing", mounting('secret "llama-tls"'), "The Secret llama-tls that the volume tls is", {
        **MOUNT_SILENCERS,
        "a config map": edit("Event", lambda o: o.update(message=o["message"].replace("secret", "configmap"))),
        "newest is another": lambda objects: objects.append(event(
            objects[1], "FailedMount", 'MountVolume.SetUp failed for volume "tls" : configmap "x" not found')),
    }),
    Case("mount-configmap-missing", mounting('configmap "chat-template"'), "The ConfigMap chat-template", {
        **MOUNT_SILENCERS,
        "a secret": edit("Event", lambda o: o.update(message=o["message"].replace("configmap", "secret"))),
    }),
    Case("probe-503", unready("HTTP probe failed with statuscode: 503"), "answers its readiness probe with 503", {
        **UNREADY_SILENCERS,
        "refused since": lambda objects: objects.append(event(
            objects[1], "Unhealthy", "Readiness probe failed: connection refused")),
    }),
    Case("probe-refused", unready("dial tcp 10.1.2.3:8000: connect: connection refused"), "nothing listens where", {
        **UNREADY_SILENCERS,
        "503 since": lambda objects: objects.append(event(
            objects[1], "Unhealthy", "Readiness probe failed: HTTP probe failed with statuscode: 503")),
    }),
    Case("pending-long", (LLM, unplaced(LLM, "0/1 nodes are available: 1 Insufficient cpu."), node()),
         "No node takes the pod.", {
        "young": edit("Pod", lambda o: o["metadata"].update(creationTimestamp="2026-10-12T09:25:30Z")),
        "gated": edit("Pod", lambda o: o["status"]["conditions"][0].update(reason="SchedulingGated")),
        "has a node": edit("Pod", lambda o: o["spec"].update(nodeName="gpu-1")),
        "GPUs": lambda objects: (say(NO_GPU)(objects), objects.extend((service("other"), holder()))),
        "a claim": lambda objects: edit("Pod", lambda o: o["spec"].update(CLAIM))(objects),
        "runs": healed,
    }),
    Case("cr-stuck-deleting", (deleting("2026-10-12T09:05:00Z"),), "finalizers hold it: FinalizationPending", {
        "young": edit("LLMInferenceService", lambda o: o["metadata"].update(deletionTimestamp=LATE)),
        "no finalizer": edit("LLMInferenceService", lambda o: o["metadata"].pop("finalizers")),
        "not deleted": edit("LLMInferenceService", lambda o: o["metadata"].pop("deletionTimestamp")),
    }),
    Case("base-config-not-found", (missing_config(), config("h100-tuned")), "The config h100-tunned does not exist", {
        "exists by now": add(config("h100-tunned")),
        "combined": edit("LLMInferenceService", lambda o: o["status"].pop("conditions")),
        "another reason": edit(
            "LLMInferenceService", lambda o: o["status"]["conditions"][0].update(reason="CombineBaseError")),
    }),
    Case("quota-exceeded", quota(), "quota gpus of chat has no room: requests.nvidia.com/gpu=2 requested", {
        "no failure": edit("Deployment", lambda o: o["status"].pop("conditions")),
        "complete": edit("Deployment", lambda o: o["status"].update(replicas=1, updatedReplicas=1)),
    }),
    Case("gpu-request-exceeds-node", (LLM, unplaced(LLM, NO_GPU), node(gpus="2")),
         "no node that fits it has more than 2", {
        "big node": edit("Node", lambda o: o["status"]["allocatable"].update({GPU: "8"})),
        "other words": say(SELECTOR),
        "runs": healed,
    }),
    Case("gpu-insufficient", (LLM, service("other"), holder(), unplaced(LLM, NO_GPU), node()),
         "wants 4 nvidia.com/gpu on one node: 0 of 8 free on gpu-1, held by chat/other 8", {
        "no node fits": edit("Node", lambda o: o["spec"].update(taints=TAINTS)),
        "request exceeds node": edit("Node", lambda o: o["status"]["allocatable"].update({GPU: "2"})),
        "other words": say(SELECTOR),
        "only the preemption tail says so": say("x. preemption: 0/1: 1 Insufficient nvidia.com/gpu."),
        "runs": healed,
    }),
    Case("rollout-surge-no-free-gpu", surge(), "replicas it replaces hold; none may go first", {
        "may go first": edit("Deployment", lambda o: o["spec"].update(
            strategy={"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 1}})),
        "recreate": edit("Deployment", lambda o: o["spec"].update(strategy={"type": "Recreate"})),
        "many replicas": edit("Deployment", lambda o: o["spec"].update(replicas=4)),
        "runs": healed,
    }),
    Case("untolerated-taint", (LLM, unplaced(LLM, TAINT), node(taints=TAINTS)), "has the taint team", {
        "tolerated": edit("Pod", lambda o: o["spec"].update(
            tolerations=[{"key": "team", "operator": "Equal", "value": "a", "effect": "NoSchedule"}])),
        "tolerates all": edit("Pod", lambda o: o["spec"].update(tolerations=[{"operator": "Exists"}])),
        "another node takes it": add(node("gpu-2")),
        "passing taint": edit("Node", lambda o: o["spec"].update(
            taints=[{"key": "node.kubernetes.io/unreachable", "effect": "NoExecute"}])),
        "no taint": edit("Node", lambda o: o["spec"].pop("taints")),
        "other words": say(SELECTOR),
    }),
    Case("node-selector-mismatch",
        (LLM, unplaced(LLM, SELECTOR, nodeSelector={"gpu": "NVIDIA-H100-SXM5-80GB"}), node()),
         "No node has the label gpu=NVIDIA-H100-SXM5-80GB", {
        "a node matches": edit("Node", lambda o: o["metadata"].update(labels={"gpu": "NVIDIA-H100-SXM5-80GB"})),
        "no nodes": drop("Node"),
        "other words": say(NO_GPU),
    }),
    Case("pvc-missing", (LLM, unplaced(LLM, '0/1: persistentvolumeclaim "weigths" not found.', **CLAIM),
                         obj("PersistentVolumeClaim", "weights")),
         "The claim weigths does not exist in chat. There is weights.", {
        "exists by now": add(obj("PersistentVolumeClaim", "weigths")),
        "no claim": edit("Pod", lambda o: o["spec"].pop("volumes")),
        "runs": healed,
    }),
    Case("pvc-storageclass-missing",
         (LLM, unplaced(LLM, UNBOUND, **CLAIM), pending_claim("fast"), storage_class("gp3")),
         "waits for the storage class fast, which does not exist", {
        "class exists": add(storage_class("fast")),
        "bound": edit("PersistentVolumeClaim", lambda o: o.update(status={"phase": "Bound"})),
        "nobody waits": edit("Pod", lambda o: o["spec"].pop("volumes")),
    }),
    Case("pvc-pending", (LLM, unplaced(LLM, UNBOUND, **CLAIM), pending_claim("gp3"), storage_class("gp3")),
         "The claim weigths gets no volume", {
        "bound": edit("PersistentVolumeClaim", lambda o: o.update(status={"phase": "Bound"})),
        "young": edit("PersistentVolumeClaim", lambda o: o["metadata"].update(creationTimestamp=LATE)),
        "class missing": drop("StorageClass"),
        "binds late, held up by GPUs": lambda objects: (
            edit("StorageClass", lambda o: o.update(volumeBindingMode="WaitForFirstConsumer"))(objects),
            say(NO_GPU)(objects)),
    }),
    Case("env-secret-missing", (LLM, waiting(LLM, "CreateContainerConfigError", 'secret "hf" not found')),
         "The Secret hf that the container main reads does not exist", {
        "other words": say("couldn't find key token in Secret chat/hf"),
        "runs": healed,
    }),
    Case("image-not-found", (LLM, waiting(LLM, "ImagePullBackOff", PULL + "ghcr.io/x/vllm:v9: not found")),
         "The image ghcr.io/x/vllm:v9 does not exist", {
        "wrong platform": say(PULL + "no match for platform in manifest: not found"),
        "refused": say(PULL + "pull access denied, repository does not exist"),
        "unreachable": say(PULL + "dial tcp: i/o timeout"),
        "runs": healed,
    }),
    Case("image-unauthorized", (LLM, waiting(LLM, "ErrImagePull", PULL + "failed to fetch anonymous token: 401")),
         "The registry ghcr.io was asked without credentials", {
        "absent": say(PULL + "manifest unknown"),
        "runs": healed,
    }),
    Case("isvc-load-failed", (failed_isvc(),), "could not load the model", {
        "loaded": edit("InferenceService", lambda o: o["status"]["modelStatus"].update(transitionStatus="UpToDate")),
        "silent": edit("InferenceService", lambda o: o.pop("status")),
    }),
    Case("ready-but-rollout-stuck", stuck(), "Ready on its old revision", {
        "within deadline": edit("Deployment", lambda o: o["status"].pop("conditions")),
        "not ready": edit("LLMInferenceService", lambda o: o["status"]["conditions"][0].update(status="False")),
        "complete": edit("Deployment", lambda o: o["status"].update(replicas=1)),
    }),
    Case("lws-group-partial", group(), "Group 0 has 1 of 2 pods: worker 1 has no node", {
        "complete": healed,
        "one pod is enough": edit("LeaderWorkerSet", lambda o: o["spec"]["leaderWorkerTemplate"].update(size=1)
                                  or o["spec"].update(replicas=0) or o["metadata"].update(name="other")),
    }),
    Case("httproute-not-accepted", route(), "does not accept the route llama-kserve-route: NotAllowedByListeners", {
        "accepted": edit("HTTPRoute", lambda o: o["status"]["parents"][0]["conditions"][0].update(status="True")),
        "policy controller": edit("HTTPRoute", lambda o: o["status"]["parents"][0]["conditions"][0].update(
            type="Other")),
        "older generation": edit("HTTPRoute", lambda o: o["status"]["parents"][0]["conditions"][0].update(
            observedGeneration=0)),
        "no route": drop("HTTPRoute"),
    }),
    Case("group-degraded", (degraded_group(),),
         "Members of the routing group g differ", {
        "not degraded": edit("LLMInferenceService", lambda o: o["status"]["conditions"][0].update(status="False")),
        "no condition": edit("LLMInferenceService", lambda o: o.pop("status")),
    }),
    Case("node-not-ready", lost(), "The node gpu-1 is not ready: 8 GPUs and pods of chat/llama are lost", {
        "ready": edit("Node", lambda o: o["status"]["conditions"][0].update(status="True")),
        "booting": edit("Node", lambda o: o["metadata"].update(creationTimestamp=LATE)),
        "hosts nothing": edit("Node", lambda o: o["metadata"].update(name="gpu-9")),
    }),
]  # fmt: skip


def found(case: Case, objects: list[Obj]) -> list[Finding]:
    spec = SPECS[case.rule]
    return found_by(load_target(spec.target, "the test"), *objects, without=case.without)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.rule)
def test_fires_on_its_evidence(case: Case) -> None:
    findings = found(case, deepcopy(list(case.objects)))
    assert len(findings) == 1
    finding = findings[0]
    assert case.says in finding.summary
    assert finding.action
    assert finding.evidence
    assert all(proof.text and proof.path for proof in finding.evidence)


@pytest.mark.parametrize(
    ("case", "name"), [(case, name) for case in CASES for name in case.silencers],
    ids=lambda value: value.rule if isinstance(value, Case) else value,
)  # fmt: skip
def test_is_silent(case: Case, name: str) -> None:
    objects = deepcopy(list(case.objects))
    case.silencers[name](objects)
    assert not found(case, objects)


def test_every_rule_has_a_case_here_or_among_the_crashes() -> None:
    from_logs = {spec.id for spec in SPECS.values() if "logs" in spec.needs} | {"host-oom-killed"}
    assert {case.rule for case in CASES} == set(SPECS) - from_logs


def case_of(rule: str) -> Case:
    return next(case for case in CASES if case.rule == rule)


def test_a_scheduler_that_says_nothing_is_told() -> None:
    objects = deepcopy(list(case_of("pending-long").objects))
    objects[1]["status"] = {"phase": "Pending"}
    (finding,) = found(case_of("pending-long"), objects)
    assert finding.summary == "The scheduler has said nothing of the pod."
    assert finding.evidence[0][1:] == ("status.phase", "Pending")


def test_claims_that_were_not_read_name_no_cause() -> None:
    case = case_of("pending-long")
    objects = deepcopy(list(case.objects))
    objects[1]["spec"] |= CLAIM
    assert found(case._replace(without=("persistentvolumeclaims",)), objects)


def test_the_way_out_of_a_deletion_depends_on_the_group() -> None:
    case = case_of("cr-stuck-deleting")
    (cr,) = deepcopy(case.objects)
    (alone,) = found(case, [cr])
    assert "See that the controller that sets the finalizers runs" in alone.action
    assert alone.command == "kubectl get deployments,pods -n kserve"
    cr["spec"]["router"] = {"route": {"group": "g", "weight": 1}}
    (pending,) = found(case, [cr])
    assert "Take the backend out of the routes of its peers in the routing group g." in pending.action
    assert pending.command == "kubectl get httproutes -n chat -o yaml"
    cr["status"].pop("conditions")
    (silent,) = found(case, [cr])
    assert "it has not said that it takes the service out of the routing group g." in silent.action
    assert silent.command == "kubectl get deployments,pods -n kserve"


def test_the_nearest_names_are_proposed_in_a_patch() -> None:
    case = case_of("base-config-not-found")
    finding = found(case, list(case.objects))[0]
    assert "The nearest is h100-tuned." in finding.action
    assert '"value": "h100-tuned"' in finding.command
    assert "--dry-run=server" in finding.command
    case = case_of("node-selector-mismatch")
    assert "NVIDIA-H100-80GB-HBM3" in found(case, [*case.objects, node("amd")])[0].action


def test_a_name_in_a_command_is_quoted_for_the_shell() -> None:
    case = case_of("env-secret-missing")
    objects = deepcopy(list(case.objects))
    say('secret "x; reboot" not found')(objects)
    assert "'x; reboot'" in found(case, objects)[0].command


def test_the_replacement_of_a_lost_pod_is_explained() -> None:
    case = case_of("node-not-ready")
    assert {ref.name for ref in found(case, list(case.objects))[0].explains} == {"p-0", "p-1"}


def test_pods_that_say_the_same_are_one_finding() -> None:
    case = case_of("image-not-found")
    twin = deepcopy(case.objects[1])
    twin["metadata"]["name"] = "p-2"
    findings = found(case, [*case.objects, twin])
    assert [finding.summary for finding in findings] == ["The image ghcr.io/x/vllm:v9 does not exist. (2 pods)"]
    assert [ref.name for ref in findings[0].explains] == ["p-2"]


def test_a_rollout_is_told_to_swap() -> None:
    case = case_of("rollout-surge-no-free-gpu")
    finding = found(case, list(case.objects))[0]
    assert '{"spec": {"rolloutStrategy": {"maxSurge": 0, "maxUnavailable": 1}}}' in finding.command


WAITERS = ("gpu-insufficient", "gpu-request-exceeds-node", "untolerated-taint", "node-selector-mismatch")


def young(rule: str, created: str, *reasons: tuple[str, str]) -> list[Finding]:
    """What a rule says of a pod of some age, with events by reason and time."""
    case = case_of(rule)
    objects = deepcopy(list(case.objects))
    waits = next(entry for entry in objects if entry["metadata"]["name"] == "p-1")
    waits["metadata"]["creationTimestamp"] = created
    for reason, when in reasons:
        objects.append(event(waits, reason, reason, when))
    return found(case, objects)


@pytest.mark.parametrize("rule", WAITERS)
def test_a_pod_that_may_be_placed_yet_is_waited_for(rule: str) -> None:
    failed, asked = ("FailedScheduling", "2026-10-12T09:26:00Z"), ("TriggeredScaleUp", "2026-10-12T09:26:30Z")
    assert not young(rule, "2026-10-12T09:29:01Z")
    assert young(rule, "2026-10-12T09:29:00Z")
    assert not young(rule, "2026-10-12T09:25:30Z", asked)
    assert not young(rule, "2026-10-12T09:25:30Z", failed, asked)
    assert young(rule, "2026-10-12T09:25:30Z", failed, ("TriggeredScaleUp", "2026-10-12T09:25:45Z"))
    assert young(rule, "2026-10-12T09:25:30Z", failed)
    assert young(rule, "2026-10-12T09:25:00Z", failed, asked)


def test_gpus_may_come_free_and_taints_stay() -> None:
    of = {rule: [finding.severity for finding in young(rule, "2026-10-12T09:26:00Z")] for rule in WAITERS}
    assert of == {rule: ["warning" if rule == "gpu-insufficient" else ""] for rule in WAITERS}
    assert [finding.severity for finding in young("gpu-insufficient", "2026-10-12T09:25:00Z")] == [""]


def test_the_times_of_scheduler_events_count() -> None:
    case = case_of("gpu-insufficient")
    objects = deepcopy(list(case.objects))
    waits = next(entry for entry in objects if entry["metadata"]["name"] == "p-1")
    waits["metadata"]["creationTimestamp"] = "2026-10-12T09:26:00Z"
    failure = event(waits, "FailedScheduling", "", "2026-10-12T09:26:01Z")
    failure |= {"lastTimestamp": None, "eventTime": "2026-10-12T09:26:01.000000Z",
                "series": {"count": 3, "lastObservedTime": "2026-10-12T09:29:00.000000Z"}}  # fmt: skip
    objects += [failure, event(waits, "TriggeredScaleUp", "", "2026-10-12T09:27:00Z")]
    assert not found(case, objects)


def test_the_event_tells_what_a_cut_message_does_not() -> None:
    case = case_of("image-not-found")
    objects = deepcopy(list(case.objects))
    say('Back-off pulling image "ghcr.io/x/vllm:v9"')(objects)
    assert not found(case, objects)
    message = 'Failed to pull image "ghcr.io/x/vllm:v9": manifest unknown'
    objects.append(event(objects[1], "Failed", message))
    assert found(case, objects)[0].evidence[0][1:] == ("event Failed", message)


def test_quota_is_also_told_by_events() -> None:
    case = case_of("quota-exceeded")
    objects = deepcopy(list(case.objects))
    text = objects[1]["status"].pop("conditions")[0]["message"]
    child = replica_set(objects[1], "rs")
    objects += [child, event(child, "FailedCreate", f"Error creating: {text}")]
    assert found(case, objects)[0].evidence[0].path == "event FailedCreate"


@pytest.mark.parametrize("term", [
    {"matchExpressions": [{"key": "gpu", "operator": "In", "values": ["b"]}]},
    {"matchExpressions": [{"key": "gpu", "operator": "DoesNotExist"}]},
    {"matchExpressions": [{"key": "none", "operator": "Exists"}]},
    {"matchExpressions": [{"key": "memory", "operator": "Gt", "values": ["90"]}]},
    {"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["gpu-2"]}]},
])  # fmt: skip
def test_affinity_counts_as_labels_do(term: Obj) -> None:
    required = {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [term]}}
    waits = unplaced(LLM, SELECTOR, affinity={"nodeAffinity": required})
    place = node()
    place["metadata"]["labels"]["memory"] = "80"
    rule = load_target(SPECS["node-selector-mismatch"].target, "the test")
    assert found_by(rule, LLM, waits, place)[0].summary == "No node fits the affinity of the pod."
    term.update(matchExpressions=[{"key": "gpu", "operator": "Exists"},
                                  {"key": "memory", "operator": "Lt", "values": ["90"]},
                                  {"key": "zone", "operator": "NotIn", "values": ["a"]}])  # fmt: skip
    term.pop("matchFields", None)
    assert not found_by(rule, LLM, waits, place)


def test_the_kinds_that_rules_need_are_known() -> None:
    for spec in SPECS.values():
        assert all(need == "logs" or kinds.kind_by_word(need) for need in spec.needs)
