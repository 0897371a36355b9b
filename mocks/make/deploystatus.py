"""What a Deployment is asked to do, and its status counted from the fates of its pods."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from .base import NOW, Obj, later, letters, stamp, without_none
from .plans import Plan


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


def replicaset_status(generation: Generation) -> Obj:
    """Return the status of a ReplicaSet, counted from its pods."""
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
