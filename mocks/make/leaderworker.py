"""LeaderWorkerSets with their StatefulSets, leader and worker pods and Service."""

from __future__ import annotations

import hashlib
from copy import deepcopy

from .base import Obj, later, letters
from .cluster import Cluster
from .lwsparts import PREFIX, Group, created_of, headless_service, lws_status
from .model import Model, Role
from .plans import Plan
from .pods import serving_pod
from .templates import pod_template


def leaderworkerset(cluster: Cluster, model: Model, role: Role, cr: Obj, name: str, groups: list[Group]) -> Obj:
    """Add a LeaderWorkerSet and everything below it."""
    leader = pod_template(model, role, "leader")
    worker = pod_template(model, role, "worker")
    created = min(model.created, *(group.created for group in groups))
    obj: Obj = {
        "apiVersion": "leaderworkerset.x-k8s.io/v1",
        "kind": "LeaderWorkerSet",
        "metadata": {
            "name": name,
            "namespace": model.namespace,
            "generation": model.generation,
            "labels": dict(worker["metadata"]["labels"]),
        },
        "spec": {
            "leaderWorkerTemplate": {
                "leaderTemplate": leader,
                "restartPolicy": "RecreateGroupOnPodRestart",
                "size": role.size,
                "workerTemplate": worker,
            },
            "networkConfig": {"subdomainPolicy": "Shared"},
            "replicas": role.replicas,
            "rolloutStrategy": {
                "rollingUpdateConfiguration": {"maxSurge": 0, "maxUnavailable": 1},
                "type": "RollingUpdate",
            },
            "startupPolicy": "LeaderCreated",
        },
        "status": lws_status(role, groups, name),
    }
    cluster.add(obj, created, cr)
    headless_service(cluster, obj)
    _groups(cluster, model, role, obj, groups)
    return obj


def _groups(cluster: Cluster, model: Model, role: Role, obj: Obj, groups: list[Group]) -> None:
    name, namespace = obj["metadata"]["name"], obj["metadata"]["namespace"]
    selector = {PREFIX + "name": name, PREFIX + "worker-index": "0"}
    leaders = _statefulset(
        cluster,
        obj,
        name,
        selector,
        obj["spec"]["leaderWorkerTemplate"]["leaderTemplate"],
        [group.plans[0] for group in groups],
        groups[-1].revision,
        0,
    )
    for index, group in enumerate(groups):
        key = hashlib.sha1(f"{namespace}/{name}-{index}".encode()).hexdigest()
        marks = {PREFIX + "name": name, PREFIX + "group-index": str(index), PREFIX + "group-key": key}
        marks[PREFIX + "template-revision-hash"] = group.revision
        top = _pod(cluster, model, role, group, leaders, f"{name}-{index}", 0, marks)
        if role.size > 1:
            workers = _statefulset(
                cluster,
                top,
                f"{name}-{index}",
                marks,
                obj["spec"]["leaderWorkerTemplate"]["workerTemplate"],
                list(group.plans[1:]),
                group.revision,
                1,
            )
            for number in range(1, role.size):
                if number < len(group.plans):
                    _pod(cluster, model, role, group, workers, f"{name}-{index}-{number}", number, marks)


def _pod(
    cluster: Cluster,
    model: Model,
    role: Role,
    group: Group,
    owner: Obj,
    name: str,
    number: int,
    marks: dict[str, str],
) -> Obj:
    template = pod_template(model, role, "worker" if number else "leader")
    meta, spec = template["metadata"], template["spec"]
    main = spec["containers"][0]
    main.update(deepcopy(group.container))
    meta["labels"] |= marks | {
        PREFIX + "worker-index": str(number),
        "apps.kubernetes.io/pod-index": str(number or marks[PREFIX + "group-index"]),
        "controller-revision-hash": f"{owner['metadata']['name']}-{letters(group.revision, length=9)}",
        "statefulset.kubernetes.io/pod-name": name,
    }
    meta["annotations"] = {PREFIX + "size": str(role.size)}
    lws = marks[PREFIX + "name"]
    leader = f"{lws}-{marks[PREFIX + 'group-index']}"
    if number:
        meta["annotations"][PREFIX + "leader-name"] = leader
    address = f"{leader}.{lws}.{model.namespace}"
    main["env"] = [
        {"name": "LWS_LEADER_ADDRESS", "value": address},
        *main["env"],
        {"name": "LWS_GROUP_SIZE", "value": str(role.size)},
        {"name": "LWS_WORKER_INDEX", "value": str(number)},
    ]
    spec |= {"hostname": name, "subdomain": lws}
    return serving_pod(cluster, model, name, template, group.plans[number], owner)


def _statefulset(
    cluster: Cluster,
    owner: Obj,
    name: str,
    selector: dict[str, str],
    template: Obj,
    plans: list[Plan],
    revision: str,
    start: int,
) -> Obj:
    ready = sum(plan.ready for plan in plans)
    mark = f"{name}-{letters(revision, length=9)}"
    template = deepcopy(template)
    template["metadata"]["labels"] = {**template["metadata"]["labels"], **selector}
    size = len(plans)
    lws = selector[PREFIX + "name"]
    obj: Obj = {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": {
            "name": name,
            "namespace": owner["metadata"]["namespace"],
            "labels": {**selector, PREFIX + "template-revision-hash": revision},
        },
        "spec": {
            "podManagementPolicy": "Parallel",
            "replicas": size,
            "revisionHistoryLimit": 10,
            "selector": {"matchLabels": dict(selector)},
            "serviceName": lws,
            "template": template,
            "updateStrategy": {"rollingUpdate": {"partition": 0}, "type": "RollingUpdate"},
        },
        "status": {
            "availableReplicas": ready,
            "collisionCount": 0,
            "currentReplicas": size,
            "currentRevision": mark,
            "observedGeneration": 1,
            "readyReplicas": ready,
            "replicas": size,
            "updateRevision": mark,
            "updatedReplicas": size,
        },
    }
    if start:
        obj["spec"]["ordinals"] = {"start": start}
    return cluster.add(obj, min(plan.created for plan in plans) if plans else later(created_of(owner), 1), owner)
