"""Deployments and ReplicaSets with status counted from the fates of their pods."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime

from . import lifecycle
from .base import NOW, Obj, ago, later, letters, stamp, without_none
from .cluster import Cluster
from .events import emit
from .plans import Happening, Plan

PodMaker = Callable[[str, Obj, Plan, Obj], Obj]


@dataclass(frozen=True)
class Generation:
    """One revision of a Deployment: its template and its pods."""

    template: Obj
    plans: tuple[Plan, ...]
    created: datetime
    desired: int | None = None
    failure: str = ""

    @property
    def wanted(self) -> int:
        """Return spec.replicas of the ReplicaSet."""
        return self.alive if self.desired is None else self.desired

    @property
    def alive(self) -> int:
        """Return the number of pods that are not being deleted."""
        return sum(plan.deleted is None for plan in self.plans)

    @property
    def ready(self) -> int:
        """Return the number of ready pods."""
        return sum(plan.ready and plan.deleted is None for plan in self.plans)


@dataclass(frozen=True)
class Rollout:
    """What a Deployment is asked to do."""

    name: str
    namespace: str
    labels: dict[str, str]
    replicas: int
    created: datetime
    complete: bool = True
    strategy: Obj = field(default_factory=dict)
    deadline: int = 600
    selector: dict[str, str] | None = None


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
        "status": _replicaset_status(generation),
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


def deployment_status(rollout: Rollout, generations: Sequence[Generation]) -> Obj:
    """Return the status of a Deployment, counted from its pods."""
    newest = generations[-1]
    total = sum(g.alive for g in generations)
    ready = sum(g.ready for g in generations)
    counts = {
        "availableReplicas": ready,
        "readyReplicas": ready,
        "replicas": total,
        "unavailableReplicas": max(0, max(total, rollout.replicas) - ready),
        "updatedReplicas": newest.alive,
    }
    out: Obj = {key: value for key, value in counts.items() if value}
    out["observedGeneration"] = len(generations)
    return out | {"conditions": _conditions(rollout, generations, ready)}


def available(rollout: Rollout, ready: int) -> bool:
    """Tell whether a Deployment with this many ready pods is Available."""
    return ready >= rollout.replicas - max_unavailable(rollout.strategy, rollout.replicas)


def max_unavailable(strategy: Obj, replicas: int) -> int:
    """Return the effective maxUnavailable of a Deployment strategy."""
    if strategy.get("type") == "Recreate":
        return 0
    value = strategy.get("rollingUpdate", {}).get("maxUnavailable", "25%")
    if isinstance(value, int):
        return value
    return math.floor(int(value.rstrip("%")) * replicas / 100)


def _rolling() -> Obj:
    return {"rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}, "type": "RollingUpdate"}


def _replicaset_status(generation: Generation) -> Obj:
    counts = {
        "availableReplicas": generation.ready,
        "fullyLabeledReplicas": generation.alive,
        "readyReplicas": generation.ready,
    }
    out = {key: value for key, value in counts.items() if value}
    out |= {"observedGeneration": 1, "replicas": generation.alive}
    if not generation.failure:
        return out
    return out | {
        "conditions": [_condition("ReplicaFailure", True, generation.created, "FailedCreate", generation.failure)]
    }


def _conditions(rollout: Rollout, generations: Sequence[Generation], ready: int) -> list[Obj]:
    newest = generations[-1]
    mark = letters(rollout.name, rollout.namespace, len(generations), length=10)
    subject = f'ReplicaSet "{rollout.name}-{mark}"'
    up = available(rollout, ready)
    unready = [p.deleted or p.created for g in generations for p in g.plans if not p.ready]
    broke = later(rollout.created, 240) if up else later(min(unready, default=newest.created), 3)
    words = ("MinimumReplicasAvailable", "Deployment has minimum availability.")
    if not up:
        words = ("MinimumReplicasUnavailable", "Deployment does not have minimum availability.")
    out = [_condition("Available", up, broke, *words)]
    if newest.failure:
        out.append(_condition("ReplicaFailure", True, newest.created, "FailedCreate", newest.failure))
    late = (NOW - newest.created).total_seconds() > rollout.deadline
    if rollout.complete or newest.ready >= rollout.replicas:
        text = f"{subject} has successfully progressed."
        out.append(_condition("Progressing", True, newest.created, "NewReplicaSetAvailable", text))
    elif late:
        text = f"{subject} has timed out progressing."
        missed = later(newest.created, rollout.deadline + 1)
        out.append(_condition("Progressing", False, missed, "ProgressDeadlineExceeded", text))
    else:
        text = f"{subject} is progressing."
        out.append(_condition("Progressing", True, newest.created, "ReplicaSetUpdated", text))
    return out


def _condition(kind: str, good: bool, since: datetime, reason: str, message: str) -> Obj:
    return without_none(
        {
            "lastTransitionTime": stamp(since),
            "lastUpdateTime": stamp(since),
            "message": message,
            "reason": reason,
            "status": "True" if good else "False",
            "type": kind,
        }
    )
