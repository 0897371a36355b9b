"""LeaderWorkerSets with their StatefulSets, leader and worker pods and Service."""

from __future__ import annotations

import hashlib
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime

from .base import Obj, later, letters, stamp
from .cluster import Cluster
from .model import Model, Role
from .plans import Plan
from .pods import serving_pod
from .templates import pod_template

_PREFIX = "leaderworkerset.sigs.k8s.io/"


@dataclass(frozen=True)
class Group:
    """One leader with its workers, and the template revision it runs."""

    plans: tuple[Plan, ...]
    revision: str
    created: datetime
    container: Obj

    def is_ready(self) -> bool:
        """Tell whether every pod of the group is ready."""
        return all(plan.ready for plan in self.plans)


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
        "status": _status(role, groups, name),
    }
    cluster.add(obj, created, cr)
    _service(cluster, obj)
    _groups(cluster, model, role, obj, groups)
    return obj


def _groups(cluster: Cluster, model: Model, role: Role, obj: Obj, groups: list[Group]) -> None:
    name, namespace = obj["metadata"]["name"], obj["metadata"]["namespace"]
    selector = {_PREFIX + "name": name, _PREFIX + "worker-index": "0"}
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
        marks = {_PREFIX + "name": name, _PREFIX + "group-index": str(index), _PREFIX + "group-key": key}
        marks[_PREFIX + "template-revision-hash"] = group.revision
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
        _PREFIX + "worker-index": str(number),
        "apps.kubernetes.io/pod-index": str(number or marks[_PREFIX + "group-index"]),
        "controller-revision-hash": f"{owner['metadata']['name']}-{letters(group.revision, length=9)}",
        "statefulset.kubernetes.io/pod-name": name,
    }
    meta["annotations"] = {_PREFIX + "size": str(role.size)}
    lws = marks[_PREFIX + "name"]
    leader = f"{lws}-{marks[_PREFIX + 'group-index']}"
    if number:
        meta["annotations"][_PREFIX + "leader-name"] = leader
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
    lws = selector[_PREFIX + "name"]
    obj: Obj = {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": {
            "name": name,
            "namespace": owner["metadata"]["namespace"],
            "labels": {**selector, _PREFIX + "template-revision-hash": revision},
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
    return cluster.add(obj, min(plan.created for plan in plans) if plans else later(_created(owner), 1), owner)


def _created(obj: Obj) -> datetime:
    return datetime.fromisoformat(obj["metadata"]["creationTimestamp"])


def _status(role: Role, groups: list[Group], name: str) -> Obj:
    ready = sum(group.is_ready() for group in groups)
    newest = groups[-1].revision
    updated = sum(group.revision == newest for group in groups)
    up = ready == role.replicas and updated == role.replicas
    since = max(group.created for group in groups)
    conditions = [
        _condition("Available", up, later(since, 230), "AllGroupsReady", "All replicas are ready"),
        _condition("Progressing", not up, since, "GroupsProgressing", "Replicas are progressing"),
    ]
    if updated < role.replicas:
        text = "Rolling Upgrade is in progress"
        conditions.append(_condition("UpdateInProgress", True, since, "GroupsUpdating", text))
    return {
        "conditions": conditions,
        "hpaPodSelector": f"{_PREFIX}name={name},{_PREFIX}worker-index=0",
        "readyReplicas": ready,
        "replicas": len(groups),
        "updatedReplicas": updated,
    }


def _condition(kind: str, good: bool, since: datetime, reason: str, message: str) -> Obj:
    status = "True" if good else "False"
    out = {"lastTransitionTime": stamp(since), "message": message, "reason": reason}
    return {**out, "status": status, "type": kind}


def _service(cluster: Cluster, lws: Obj) -> None:
    meta = lws["metadata"]
    obj: Obj = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": meta["name"], "namespace": meta["namespace"]},
        "spec": {
            "clusterIP": "None",
            "clusterIPs": ["None"],
            "internalTrafficPolicy": "Cluster",
            "ipFamilies": ["IPv4"],
            "ipFamilyPolicy": "SingleStack",
            "publishNotReadyAddresses": True,
            "selector": {_PREFIX + "name": meta["name"]},
            "sessionAffinity": "None",
            "type": "ClusterIP",
        },
        "status": {"loadBalancer": {}},
    }
    cluster.add(obj, _created(lws), lws)


def revision_of(name: str, number: int) -> str:
    """Return the template revision hash of a LeaderWorkerSet."""
    return letters(name, "revision", number, length=10)
