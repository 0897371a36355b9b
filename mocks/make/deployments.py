"""Deployments and ReplicaSets with their pods."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import deepcopy

from . import lifecycle
from .base import Obj, ago, later, letters
from .cluster import Cluster
from .deploystatus import Generation, Rollout, deployment_status, replicaset_status
from .events import emit
from .plans import Happening, Plan

PodMaker = Callable[[str, Obj, Plan, Obj], Obj]


def deployment(
    cluster: Cluster,
    rollout: Rollout,
    generations: Sequence[Generation],
    owner: Obj | None,
    make_pod: PodMaker,
) -> Obj:
    """Add a Deployment, one ReplicaSet per revision and all their pods."""
    chosen = rollout.selector or rollout.labels
    obj: Obj = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {
            "name": rollout.name,
            "namespace": rollout.namespace,
            "annotations": {"deployment.kubernetes.io/revision": str(len(generations))},
            "generation": len(generations),
            "labels": dict(rollout.labels),
        },
        "spec": {
            "progressDeadlineSeconds": rollout.deadline,
            "replicas": rollout.replicas,
            "revisionHistoryLimit": 10,
            "selector": {"matchLabels": dict(chosen)},
            "strategy": rollout.strategy or _rolling(),
            "template": deepcopy(generations[-1].template),
        },
    }
    cluster.add(obj, rollout.created, owner)
    obj["status"] = deployment_status(rollout, generations)
    for number, generation in enumerate(generations, 1):
        replicaset(cluster, obj, generation, number, chosen, make_pod)
    return obj


def replicaset(
    cluster: Cluster,
    owner: Obj,
    generation: Generation,
    number: int,
    chosen: dict[str, str],
    make_pod: PodMaker,
) -> Obj:
    """Add one ReplicaSet and its pods."""
    meta = owner["metadata"]
    mark = letters(meta["name"], meta["namespace"], number, length=10)
    template = deepcopy(generation.template)
    template["metadata"]["labels"]["pod-template-hash"] = mark
    obj: Obj = {
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "metadata": {
            "name": f"{meta['name']}-{mark}",
            "namespace": meta["namespace"],
            "annotations": {
                "deployment.kubernetes.io/desired-replicas": str(owner["spec"]["replicas"]),
                "deployment.kubernetes.io/max-replicas": str(owner["spec"]["replicas"] + 1),
                "deployment.kubernetes.io/revision": str(number),
            },
            "labels": dict(template["metadata"]["labels"]),
        },
        "spec": {
            "replicas": generation.wanted,
            "selector": {"matchLabels": {**chosen, "pod-template-hash": mark}},
            "template": template,
        },
        "status": replicaset_status(generation),
    }
    cluster.add(obj, generation.created, owner)
    lifecycle.scaled(cluster, owner, obj, generation.created)
    if generation.failure:
        emit(cluster, obj, failed_create(generation, obj["metadata"]["name"]))
    for index, plan in enumerate(generation.plans):
        name = f"{obj['metadata']['name']}-{letters(obj['metadata']['name'], index)}"
        made = make_pod(name, template, plan, obj)
        lifecycle.created(cluster, obj, made, plan.created)
    return obj


def failed_create(generation: Generation, name: str) -> Happening:
    """Return the event of a ReplicaSet that may not create its pods."""
    text = "Error creating: " + generation.failure.replace("{pod}", f"{name}-{letters(name, 0)}")
    return Happening("FailedCreate", text, later(generation.created, 1), ago(minutes=4), 17)


def _rolling() -> Obj:
    return {"rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}, "type": "RollingUpdate"}
