"""Pods: completes a template, places it, and keeps status, events, logs and metrics."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace

from . import lifecycle, podlogs
from .base import NOW, Obj, letters, stamp
from .capacity import pod_ip
from .cluster import Cluster
from .events import emit
from .model import Model
from .plans import Happening, Life, Plan
from .podstatus import pod_status
from .scheduling import verdict

_TOLERATIONS = [
    {"effect": "NoExecute", "key": key, "operator": "Exists", "tolerationSeconds": 300}
    for key in ("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable")
]


def pod(cluster: Cluster, name: str, template: Obj, plan: Plan, owner: Obj, pool: str) -> Obj:
    """Add one pod made from a template, with the fate that its plan describes."""
    meta: Obj = {"name": name, "namespace": owner["metadata"]["namespace"]}
    meta |= deepcopy(template["metadata"])
    if owner["kind"] == "ReplicaSet":
        meta["generateName"] = f"{owner['metadata']['name']}-"
    spec = _complete(template["spec"], name)
    obj: Obj = {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": spec}
    host = address = ""
    if plan.placed:
        place = cluster.capacity.take(pool, accelerators(spec), plan.node)
        spec["nodeName"], host, address = place.name, place.ip, pod_ip(place)
    if plan.deleted is not None:
        meta["deletionGracePeriodSeconds"] = spec["terminationGracePeriodSeconds"]
        meta["deletionTimestamp"] = stamp(plan.deleted)
    cluster.add(obj, plan.created, owner)
    plan = replace(plan, events=(*lifecycle.pod_events(plan, obj), *plan.events))
    plan = _filled(cluster, plan, obj, address)
    obj["status"] = pod_status(obj, plan, host, address)
    for happening in plan.events:
        emit(cluster, obj, happening, spec.get("nodeName", ""))
    return obj


def serving_pod(cluster: Cluster, model: Model, name: str, template: Obj, plan: Plan, owner: Obj) -> Obj:
    """Add one pod of an LLM service together with its logs and metrics."""
    obj = pod(cluster, name, template, plan, owner, model.gpu)
    podlogs.keep(cluster, model, obj, plan)
    return obj


def accelerators(spec: Obj) -> int:
    """Return the number of accelerators that a pod spec requests."""
    total = 0
    for container in spec["containers"]:
        requests = container.get("resources", {}).get("requests", {})
        total += sum(int(value) for key, value in requests.items() if key.endswith("/gpu"))
    return total


def _complete(template: Obj, name: str) -> Obj:
    spec = deepcopy(template)
    volume = f"kube-api-access-{letters(name, 'token')}"
    mount = {"mountPath": "/var/run/secrets/kubernetes.io/serviceaccount", "name": volume, "readOnly": True}
    for container in [*spec["containers"], *spec.get("initContainers", [])]:
        container.setdefault("volumeMounts", []).append(mount)
    spec.setdefault("volumes", []).append({"name": volume, "projected": _token()})
    spec["tolerations"] = [*spec.get("tolerations", []), *_TOLERATIONS]
    spec |= {"enableServiceLinks": True, "preemptionPolicy": "PreemptLowerPriority", "priority": 0}
    if not spec.get("initContainers"):
        spec.pop("initContainers", None)
    return spec


def _token() -> Obj:
    root = {"items": [{"key": "ca.crt", "path": "ca.crt"}], "name": "kube-root-ca.crt"}
    field = {"apiVersion": "v1", "fieldPath": "metadata.namespace"}
    return {
        "defaultMode": 420,
        "sources": [
            {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
            {"configMap": root},
            {"downwardAPI": {"items": [{"fieldRef": field, "path": "namespace"}]}},
        ],
    }


def _filled(cluster: Cluster, plan: Plan, obj: Obj, address: str) -> Plan:
    meta, main = obj["metadata"], obj["spec"]["containers"][0]
    port = str(main["ports"][0]["containerPort"]) if main.get("ports") else "8000"
    known = {"pod": meta["name"], "ns": meta["namespace"], "uid": meta["uid"], "port": port}
    known |= {"ip": address, "image": main["image"], "container": main["name"]}
    if not plan.placed:
        known["verdict"] = verdict(cluster, obj["spec"])
    return replace(
        plan,
        unschedulable=fill(plan.unschedulable, known),
        main=_filled_life(plan.main, known),
        init=_filled_life(plan.init, known),
        events=tuple(_filled_event(event, known) for event in plan.events),
    )


def _filled_life(life: Life, known: dict[str, str]) -> Life:
    if life.waiting is None:
        return life
    return replace(life, waiting=(life.waiting[0], fill(life.waiting[1], known)))


def _filled_event(event: Happening, known: dict[str, str]) -> Happening:
    if event.last > NOW:
        raise ValueError(f"event {event.reason} lies in the future")
    return replace(event, message=fill(event.message, known), path=fill(event.path, known))


def fill(text: str, known: dict[str, str]) -> str:
    """Replace the {names} that are known, and only those."""
    for key, value in known.items():
        text = text.replace("{" + key + "}", value)
    return text
