"""Events in both timestamp styles: kubelet and controllers, and the scheduler."""

from __future__ import annotations

from datetime import datetime

from .base import Obj, digest, micro, stamp
from .cluster import Cluster
from .plans import Happening

_COMPONENTS = {
    "ReplicaSet": "replicaset-controller",
    "Deployment": "deployment-controller",
    "StatefulSet": "statefulset-controller",
    "PersistentVolumeClaim": "persistentvolume-controller",
    "LLMInferenceService": "LLMInferenceServiceController",
    "InferenceService": "v1beta1Controllers",
    "LeaderWorkerSet": "leaderworkerset",
    "Node": "node-controller",
}


def emit(cluster: Cluster, about: Obj, what: Happening, host: str = "") -> Obj:
    """Add one event about an object."""
    meta = about["metadata"]
    component = what.source if about["kind"] == "Pod" else _COMPONENTS[about["kind"]]
    mark = digest(what.reason, what.message, what.first, length=16)
    obj: Obj = {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": f"{meta['name']}.{mark}", "namespace": meta.get("namespace", "default")},
        "involvedObject": _reference(about, what.path),
        "message": what.message,
        "reason": what.reason,
        "reportingComponent": component,
        "reportingInstance": "",
        "type": what.type,
    }
    if component == "default-scheduler":
        obj |= _scheduler_times(what)
    else:
        obj |= _classic_times(what, component, host)
    return cluster.add(obj, what.first)


def normal(reason: str, message: str, moment: datetime, path: str = "", source: str = "kubelet") -> Happening:
    """Return an ordinary event that happened once."""
    return Happening(reason, message, moment, moment, type="Normal", path=path, source=source)


def _classic_times(what: Happening, component: str, host: str) -> Obj:
    out: Obj = {
        "count": what.count,
        "eventTime": None,
        "firstTimestamp": stamp(what.first),
        "lastTimestamp": stamp(what.last),
        "source": {"component": component},
    }
    if component == "kubelet" and host:
        out["source"]["host"] = host
        out["reportingInstance"] = host
    return out


def _scheduler_times(what: Happening) -> Obj:
    out: Obj = {
        "action": "Scheduling" if what.type == "Warning" else "Binding",
        "eventTime": micro(what.first),
        "firstTimestamp": None,
        "lastTimestamp": None,
        "reportingInstance": "default-scheduler-ip-10-0-1-11",
        "source": {},
    }
    if what.count > 1:
        out["series"] = {"count": what.count, "lastObservedTime": micro(what.last)}
    return out


def _reference(about: Obj, path: str) -> Obj:
    meta = about["metadata"]
    out = {
        "apiVersion": about["apiVersion"],
        "kind": about["kind"],
        "name": meta["name"],
        "resourceVersion": meta["resourceVersion"],
        "uid": meta["uid"],
    }
    if meta.get("namespace"):
        out["namespace"] = meta["namespace"]
    if path:
        out["fieldPath"] = path
    return out
