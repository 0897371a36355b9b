"""Groups, status and Service of LeaderWorkerSets."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from .base import Obj, later, letters, stamp
from .cluster import Cluster
from .model import Role
from .plans import Plan

PREFIX = "leaderworkerset.sigs.k8s.io/"


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


def revision_of(name: str, number: int) -> str:
    """Return the template revision hash of a LeaderWorkerSet."""
    return letters(name, "revision", number, length=10)


def lws_status(role: Role, groups: list[Group], name: str) -> Obj:
    """Return the status of a LeaderWorkerSet, counted from its groups."""
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
        "hpaPodSelector": f"{PREFIX}name={name},{PREFIX}worker-index=0",
        "readyReplicas": ready,
        "replicas": len(groups),
        "updatedReplicas": updated,
    }


def _condition(kind: str, good: bool, since: datetime, reason: str, message: str) -> Obj:
    status = "True" if good else "False"
    out = {"lastTransitionTime": stamp(since), "message": message, "reason": reason}
    return {**out, "status": status, "type": kind}


def headless_service(cluster: Cluster, lws: Obj) -> None:
    """Add the headless Service that gives the pods of a LeaderWorkerSet their names."""
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
            "selector": {PREFIX + "name": meta["name"]},
            "sessionAffinity": "None",
            "type": "ClusterIP",
        },
        "status": {"loadBalancer": {}},
    }
    cluster.add(obj, created_of(lws), lws)


def created_of(obj: Obj) -> datetime:
    """Return the creation time of an object."""
    return datetime.fromisoformat(obj["metadata"]["creationTimestamp"])
