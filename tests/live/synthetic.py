"""Many models with many pods, the same ones on every call: what benchmarks and tests of size fill a server with."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import NAMESPACE_DNS, uuid5

Obj = dict[str, Any]

MADE = "2026-10-12T09:00:00Z"
PODS_PER_NODE = 8
NAMESPACES = 10
_NODE_INFO = (
    "architecture", "bootID", "containerRuntimeVersion", "kernelVersion", "kubeProxyVersion", "kubeletVersion",
    "machineID", "operatingSystem", "osImage", "systemUUID",
)  # fmt: skip
_IMAGE = "ghcr.io/llm-d/llm-d-cuda:v0.8.0"


def many_models(models: int, pods_per_model: int) -> Iterator[Obj]:
    """Healthy LLMInferenceServices, each with Deployment, ReplicaSet and pods of 2.3 KB, and the nodes they run on."""
    for index in range(min(models, NAMESPACES)):
        yield _object("v1", "Namespace", f"team-{index}", "", spec={}, status={"phase": "Active"})
    for index in range(-(-models * pods_per_model // PODS_PER_NODE)):
        yield _node(index)
    for index in range(models):
        yield from _model(index, pods_per_model)


def _model(index: int, pods: int) -> Iterator[Obj]:
    name, namespace = f"model-{index:04d}", f"team-{index % NAMESPACES}"
    labels = {
        "app.kubernetes.io/component": "llminferenceservice-workload",
        "app.kubernetes.io/name": name,
        "app.kubernetes.io/part-of": "llminferenceservice",
        "kserve.io/component": "workload",
    }
    service = _service(name, namespace, pods)
    replicas = {"replicas": pods, "selector": {"matchLabels": labels}}
    counts = {"replicas": pods, "readyReplicas": pods, "availableReplicas": pods, "observedGeneration": 1}
    deployment = _object(
        "apps/v1", "Deployment", f"{name}-kserve", namespace, labels, owner=service,
        spec={**replicas, "strategy": {"type": "RollingUpdate"}, "template": _template(name, labels)},
        status={**counts, "updatedReplicas": pods, "conditions": [_condition("Available")]},
    )  # fmt: skip
    hashed = {**labels, "pod-template-hash": f"{index:010d}"}
    replica_set = _object(
        "apps/v1", "ReplicaSet", f"{name}-kserve-{index:010d}", namespace, hashed, owner=deployment,
        spec={**replicas, "template": _template(name, hashed)}, status=counts,
    )  # fmt: skip
    yield from (service, deployment, replica_set)
    for number in range(pods):
        yield _pod(replica_set, hashed, number, (index * pods + number) // PODS_PER_NODE)


def _service(name: str, namespace: str, pods: int) -> Obj:
    ready = [_condition(kind) for kind in ("Ready", "WorkloadsReady", "RouterReady")]
    return _object(
        "serving.kserve.io/v1alpha2", "LLMInferenceService", name, namespace,
        spec={
            "model": {"uri": f"hf://example/{name}", "name": name},
            "replicas": pods,
            "router": {"gateway": {}, "route": {}, "scheduler": {}},
        },
        status={"observedGeneration": 1, "url": f"http://gateway.example.com/{namespace}/{name}", "conditions": ready},
    )  # fmt: skip


def _template(name: str, labels: dict[str, str]) -> Obj:
    return {"metadata": {"labels": labels}, "spec": {"containers": [_container(name)]}}


def _container(name: str) -> Obj:
    amounts = {"cpu": "12", "memory": "120Gi", "nvidia.com/gpu": "1"}
    probe = {"httpGet": {"path": "/health", "port": 8000, "scheme": "HTTPS"}, "periodSeconds": 10, "timeoutSeconds": 5}
    return {
        "name": "main",
        "image": _IMAGE,
        "imagePullPolicy": "IfNotPresent",
        "command": ["vllm", "serve", "/mnt/models"],
        "args": ["--served-model-name", name, "--port", "8000", "--max-model-len", "32768"],
        "env": [{"name": "HOME", "value": "/home"}, {"name": "HF_HUB_CACHE", "value": "/models"}],
        "ports": [{"containerPort": 8000, "protocol": "TCP"}],
        "resources": {"limits": amounts, "requests": amounts},
        "livenessProbe": probe,
        "readinessProbe": probe,
        "volumeMounts": [{"name": "model-cache", "mountPath": "/models"}],
    }


def _pod(owner: Obj, labels: dict[str, str], number: int, node: int) -> Obj:
    meta = owner["metadata"]
    digest = uuid5(NAMESPACE_DNS, f"{meta['name']}-{number}").hex
    running = {
        "name": "main", "image": _IMAGE, "imageID": f"ghcr.io/llm-d/llm-d-cuda@sha256:{digest}{digest}",
        "containerID": f"containerd://{digest}{digest}", "ready": True, "started": True, "restartCount": 0,
        "state": {"running": {"startedAt": MADE}}, "lastState": {},
    }  # fmt: skip
    return _object(
        "v1", "Pod", f"{meta['name']}-{digest[:5]}", meta["namespace"], labels, owner=owner,
        spec={
            "nodeName": f"node-{node:04d}", "restartPolicy": "Always",
            "containers": [_container(labels["app.kubernetes.io/name"])],
            "volumes": [{"name": "model-cache", "emptyDir": {}}],
        },
        status={
            "phase": "Running", "qosClass": "Guaranteed", "startTime": MADE,
            "podIP": f"10.{number % 200}.{node % 250}.9",
            "conditions": [_condition(kind) for kind in ("PodScheduled", "Initialized", "ContainersReady", "Ready")],
            "containerStatuses": [running],
        },
    )  # fmt: skip


def _node(index: int) -> Obj:
    amounts = {"cpu": "192", "memory": "2Ti", "nvidia.com/gpu": "8", "pods": "110"}
    labels = {"kubernetes.io/hostname": f"node-{index:04d}", "nvidia.com/gpu.product": "NVIDIA-H100-80GB-HBM3"}
    status = {
        "capacity": amounts,
        "allocatable": amounts,
        "conditions": [{**_condition("Ready"), "lastHeartbeatTime": MADE}],
        "daemonEndpoints": {"kubeletEndpoint": {"Port": 10250}},
        "nodeInfo": {key: f"{key} of a synthetic node" for key in _NODE_INFO},
    }
    return _object("v1", "Node", f"node-{index:04d}", "", labels, spec={}, status=status)


def _condition(kind: str) -> dict[str, str]:
    return {"type": kind, "status": "True", "lastTransitionTime": MADE}


def _object(
    api_version: str, kind: str, name: str, namespace: str, labels: dict[str, str] | None = None,
    owner: Obj | None = None, **parts: Obj,
) -> Obj:  # fmt: skip
    meta: Obj = {"name": name, "uid": _uid(kind, namespace, name), "creationTimestamp": MADE, "labels": labels or {}}
    if namespace:
        meta |= {"namespace": namespace, "generation": 1}
    if owner is not None:
        of = {"apiVersion": owner["apiVersion"], "kind": owner["kind"], "name": owner["metadata"]["name"]}
        meta["ownerReferences"] = [{**of, "uid": owner["metadata"]["uid"], "controller": True}]
    return {"apiVersion": api_version, "kind": kind, "metadata": meta, **parts}


def _uid(kind: str, namespace: str, name: str) -> str:
    return str(uuid5(NAMESPACE_DNS, f"{kind}/{namespace}/{name}"))
