"""Services, InferencePools and HTTPRoutes of LLM services."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from .base import Obj, digest, later, stamp, without_none
from .cluster import Cluster
from .model import Model, Verdict

ENVOY = "gateway.envoyproxy.io/gatewayclass-controller"
GATEWAY_GROUP = "gateway.networking.k8s.io"
POOL_GROUP = "inference.networking.k8s.io"
_PATHS = ("completions", "chat/completions", "responses", "messages")
_ACCEPTED: Verdict = ("True", "Accepted", "Route is accepted")
_RESOLVED: Verdict = ("True", "ResolvedRefs", "Resolved all the Object references for the Route")


def service(
    cluster: Cluster,
    owner: Obj | None,
    name: str,
    namespace: str,
    labels: dict[str, str],
    chosen: dict[str, str],
    ports: Sequence[tuple[str, int, int | str]],
    created: datetime,
) -> Obj:
    """Add a ClusterIP Service; ports are (name, port, target)."""
    number = int(digest(namespace, name, length=4), 16)
    address = f"172.20.{number // 256}.{number % 254 + 1}"
    obj: Obj = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": without_none({"name": name, "namespace": namespace, "labels": labels}),
        "spec": {
            "clusterIP": address,
            "clusterIPs": [address],
            "internalTrafficPolicy": "Cluster",
            "ipFamilies": ["IPv4"],
            "ipFamilyPolicy": "SingleStack",
            "ports": [{"name": n, "port": p, "protocol": "TCP", "targetPort": t} for n, p, t in ports],
            "selector": chosen,
            "sessionAffinity": "None",
            "type": "ClusterIP",
        },
        "status": {"loadBalancer": {}},
    }
    return cluster.add(obj, created, owner)


def workload_service(cluster: Cluster, model: Model, cr: Obj) -> Obj:
    """Add the workload Service of a CR."""
    chosen = selector(model)
    labels = {**chosen, "app.kubernetes.io/component": "llminferenceservice-workload"}
    name = model.child("-kserve-workload-svc")
    created = later(model.created, 3)
    return service(cluster, cr, name, model.namespace, labels, chosen, [("http", 8000, 8000)], created)


def selector(model: Model) -> dict[str, str]:
    """Return the labels that select the serving pods of a CR."""
    return {
        "app.kubernetes.io/name": model.name,
        "app.kubernetes.io/part-of": "llminferenceservice",
        "kserve.io/component": "workload",
    }


def pool(cluster: Cluster, model: Model, cr: Obj) -> Obj:
    """Add the InferencePool of a CR."""
    created = later(model.created, 4)
    conditions = [
        condition(kind, verdict, later(created, 9))
        for kind, verdict in (
            ("Accepted", _pool_verdict(model)),
            ("ResolvedRefs", ("True", "ResolvedRefs", "All references have been resolved")),
        )
    ]
    obj: Obj = {
        "apiVersion": f"{POOL_GROUP}/v1",
        "kind": "InferencePool",
        "metadata": {"name": model.child("-inference-pool"), "namespace": model.namespace},
        "spec": {
            "endpointPickerRef": {
                "failureMode": "FailOpen",
                "group": "",
                "kind": "Service",
                "name": model.child("-epp-service"),
                "port": {"number": 9002},
            },
            "selector": {"matchLabels": selector(model)},
            "targetPorts": [{"number": 8000}],
        },
        "status": {"parents": [_parent(ref, conditions, ENVOY) for ref in parent_refs(model)]},
    }
    obj["metadata"]["labels"] = _labels(model, "llminferenceservice-router")
    return cluster.add(obj, created, cr)


def _pool_verdict(model: Model) -> Verdict:
    if model.route_verdict is None:
        return ("True", "Accepted", "InferencePool has been accepted")
    return ("False", "HTTPRouteNotAccepted", "No HTTPRoute that references this InferencePool was accepted")


def backend(model: Model, weight: int = 1) -> Obj:
    """Return the managed backend of a CR: its pool, or its Service without a scheduler."""
    if model.scheduler:
        out: Obj = {"group": POOL_GROUP, "kind": "InferencePool", "name": model.child("-inference-pool")}
    else:
        out = {"group": "", "kind": "Service", "name": model.child("-kserve-workload-svc")}
    return out | {"port": 8000, "weight": weight}


def route(cluster: Cluster, model: Model, cr: Obj, members: Sequence[Obj]) -> Obj:
    """Add the managed HTTPRoute of a CR; members are the weighted backends of shared rules."""
    created = later(model.created, 5)
    accepted = model.route_verdict or _ACCEPTED
    changed = later(model.changed, 8)
    conditions = [condition("Accepted", accepted, changed), condition("ResolvedRefs", _RESOLVED, changed)]
    obj: Obj = {
        "apiVersion": f"{GATEWAY_GROUP}/v1",
        "kind": "HTTPRoute",
        "metadata": {
            "name": model.child("-kserve-route"),
            "namespace": model.namespace,
            "annotations": {"serving.kserve.io/inference-pool-migrated": "v1"},
            "labels": _labels(model, "llminferenceservice-router"),
        },
        "spec": {"parentRefs": parent_refs(model), "rules": _rules(model, list(members) or [backend(model)])},
        "status": {"parents": [_parent(ref, conditions, ENVOY) for ref in parent_refs(model)]},
    }
    return cluster.add(obj, created, cr)


def parent_refs(model: Model) -> list[Obj]:
    """Return the gateways that the routes of a CR attach to."""
    names = ["kserve-ingress-gateway", "kserve-internal-gateway"] if model.internal else ["kserve-ingress-gateway"]
    return [{"group": GATEWAY_GROUP, "kind": "Gateway", "name": name, "namespace": "kserve"} for name in names]


def condition(kind: str, verdict: Verdict, since: datetime) -> Obj:
    """Return a metav1.Condition."""
    status, reason, message = verdict
    out = {"lastTransitionTime": stamp(since), "message": message, "observedGeneration": 1}
    return {**out, "reason": reason, "status": status, "type": kind}


def _parent(ref: Obj, conditions: list[Obj], controller: str) -> Obj:
    return {"conditions": conditions, "controllerName": controller, "parentRef": ref}


def _labels(model: Model, component: str) -> dict[str, str]:
    return {
        "app.kubernetes.io/component": component,
        "app.kubernetes.io/name": model.name,
        "app.kubernetes.io/part-of": "llminferenceservice",
    }


def _rules(model: Model, shared: list[Obj]) -> list[Obj]:
    own = f"/{model.namespace}/{model.name}"
    publisher = f"/publishers/{model.namespace}/models/{model.served}"
    header = {"name": "X-Gateway-Model-Name", "type": "Exact", "value": publisher[1:]}
    rules = [_rule([_match(f"{own}/v1/{path}")], [backend(model)], f"/v1/{path}") for path in _PATHS]
    heads = [{**_match(f"/v1/{path}"), "headers": [header]} for path in _PATHS]
    rules.append(_rule(heads, shared, ""))
    rules += [_rule([_match(f"{publisher}/v1/{path}")], shared, f"/v1/{path}") for path in _PATHS]
    catch_all = {"group": "", "kind": "Service", "name": model.child("-kserve-workload-svc"), "port": 8000}
    return [*rules, _rule([_match(own)], [{**catch_all, "weight": 1}], "/")]


def _match(path: str) -> Obj:
    return {"path": {"type": "PathPrefix", "value": path}}


def _rule(matches: list[Obj], backends: list[Obj], rewrite: str) -> Obj:
    rule: Obj = {"backendRefs": backends, "matches": matches}
    rule["timeouts"] = {"backendRequest": "0s", "request": "0s"}
    if rewrite:
        change = {"path": {"replacePrefixMatch": rewrite, "type": "ReplacePrefixMatch"}}
        rule["filters"] = [{"type": "URLRewrite", "urlRewrite": change}]
    return rule
