"""Ordinary events that controllers and kubelets write, as far as they have not expired."""

from __future__ import annotations

from datetime import datetime

from .base import Obj, ago, later
from .cluster import Cluster
from .events import emit, normal
from .plans import Happening, Plan

_KEPT = ago(hours=1)


def pod_events(plan: Plan, pod: Obj) -> list[Happening]:
    """Return the events of a young pod's way to its first start."""
    if plan.created < _KEPT or not plan.placed:
        return []
    where = f"Successfully assigned {{ns}}/{{pod}} to {pod['spec']['nodeName']}"
    out = [normal("Scheduled", where, later(plan.created, 1), source="default-scheduler")]
    inits = [c["name"] for c in pod["spec"].get("initContainers", [])]
    if "storage-initializer" in inits:
        out += _started("storage-initializer", later(plan.created, 6), "spec.initContainers")
    begun = plan.main.started or (plan.main.last.started if plan.main.last else None)
    if begun is not None and plan.initialized:
        out += _started("{container}", later(plan.created, 104), "spec.containers")
    return out


def _started(container: str, moment: datetime, path: str) -> list[Happening]:
    where = f"{path}{{{container}}}"
    return [
        normal("Created", f"Created container: {container}", moment, where),
        normal("Started", f"Started container {container}", moment, where),
    ]


def scaled(cluster: Cluster, deployment: Obj, replicaset: Obj, moment: datetime) -> None:
    """Tell that a Deployment scaled up a young ReplicaSet."""
    wanted = replicaset["spec"]["replicas"]
    if moment < _KEPT or not wanted:
        return
    text = f"Scaled up replica set {replicaset['metadata']['name']} from 0 to {wanted}"
    emit(cluster, deployment, normal("ScalingReplicaSet", text, moment))


def created(cluster: Cluster, replicaset: Obj, pod: Obj, moment: datetime) -> None:
    """Tell that a ReplicaSet created a young pod."""
    if moment >= _KEPT:
        text = f"Created pod: {pod['metadata']['name']}"
        emit(cluster, replicaset, normal("SuccessfulCreate", text, moment))


def not_ready(cluster: Cluster, cr: Obj) -> None:
    """Tell that a CR lately stopped being ready."""
    ready = next(c for c in cr["status"]["conditions"] if c["type"] == "Ready")
    since = datetime.fromisoformat(ready["lastTransitionTime"])
    if ready["status"] == "True" or since < _KEPT or ready.get("reason") == "Stopped":
        return
    text = f"LLMInferenceService [{cr['metadata']['name']}] is no longer Ready because of: {ready['message']}"
    emit(cluster, cr, Happening("LLMInferenceServiceNotReady", text, since, since))
