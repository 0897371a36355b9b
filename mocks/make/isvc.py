"""InferenceServices in Standard mode, with canary predictors where asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from . import isvclogs
from .base import Obj, later, stamp, without_none
from .cluster import Cluster
from .deployments import deployment
from .deploystatus import Generation, Rollout, available
from .model import Verdict
from .networking import ENVOY, GATEWAY_GROUP, condition, service
from .plans import Plan, ready
from .pods import pod
from .predictor import Predictor, labels, pod_spec, resources

_GATEWAY = {
    "group": GATEWAY_GROUP,
    "kind": "Gateway",
    "name": "kserve-ingress-gateway",
    "namespace": "kserve",
}
GOOD: Verdict = ("True", "", "")
Canary = tuple[Predictor, int]


def standard(cluster: Cluster, stable: Predictor, canaries: Sequence[Canary] = ()) -> Obj:
    """Add one InferenceService in Standard mode and all its objects."""
    spec: Obj = {"predictor": predictor_spec(stable)}
    if canaries:
        spec["canary"] = [{"predictor": predictor_spec(c), "trafficPercent": share} for c, share in canaries]
    cr = resource(cluster, stable, spec, "Standard")
    lowered = max(1, stable.replicas - sum(c.replicas for c, _ in canaries))
    stable = replace(stable, replicas=lowered)
    counts = [_workload(cluster, p, cr) for p in (stable, *(c for c, _ in canaries))]
    weights = [(stable, 100 - sum(share for _, share in canaries)), *canaries]
    _route(cluster, stable, cr, stable.name, weights)
    _route(cluster, stable, cr, f"{stable.name}-predictor", weights)
    cr["status"] = _status(stable, counts, canaries)
    return cr


def resource(cluster: Cluster, predictor: Predictor, spec: Obj, mode: str) -> Obj:
    """Add the InferenceService object itself."""
    obj: Obj = {
        "apiVersion": "serving.kserve.io/v1beta1",
        "kind": "InferenceService",
        "metadata": {
            "name": predictor.name,
            "namespace": predictor.namespace,
            "annotations": {"serving.kserve.io/deploymentMode": mode},
            "finalizers": ["inferenceservice.finalizers"],
            "generation": predictor.generation,
        },
        "spec": spec,
    }
    if mode == "Standard":
        obj["metadata"]["annotations"]["serving.kserve.io/autoscalerClass"] = "none"
    return cluster.add(obj, predictor.created)


def predictor_spec(predictor: Predictor) -> Obj:
    """Return spec.predictor of an InferenceService."""
    pod_part = pod_spec(predictor)
    model: Obj = {
        "modelFormat": {"name": predictor.format},
        "name": "",
        "resources": resources(predictor),
        "runtime": predictor.runtime,
        "storageUri": predictor.uri,
    }
    model |= without_none({"args": list(predictor.args)}) | predictor.container
    if predictor.env:
        model["env"] = [{"name": name, "value": value} for name, value in predictor.env]
    out: Obj = {"minReplicas": predictor.replicas, "model": model}
    if predictor.variant:
        out["name"] = predictor.variant
    return out | {key: pod_part[key] for key in ("nodeSelector", "tolerations") if key in pod_part}


def _workload(cluster: Cluster, predictor: Predictor, cr: Obj) -> int:
    chosen = labels(predictor)
    created = later(predictor.created, 3)
    plans = predictor.plans or tuple(ready(later(created, 2 + i)) for i in range(predictor.replicas))
    selector = {"app": chosen["app"]}
    template: Obj = {"metadata": {"labels": chosen}, "spec": pod_spec(predictor)}
    rollout = Rollout(
        predictor.workload,
        predictor.namespace,
        chosen,
        predictor.replicas,
        created,
        predictor.complete,
        selector=selector,
    )
    ports = [("http", 80, 8080)]
    service(cluster, cr, predictor.workload, predictor.namespace, chosen, selector, ports, created)

    def make(name: str, pod_template: Obj, plan: Plan, owner: Obj) -> Obj:
        obj = pod(cluster, name, pod_template, plan, owner, predictor.gpu)
        isvclogs.keep(cluster, predictor, obj, plan)
        return obj

    deployment(cluster, rollout, [Generation(template, plans, created)], cr, make)
    return sum(plan.ready for plan in plans)


def _route(cluster: Cluster, stable: Predictor, cr: Obj, name: str, weights: Sequence[Canary]) -> None:
    created = later(stable.created, 6)
    refs = [{"group": "", "kind": "Service", "name": p.workload, "port": 80, "weight": w} for p, w in weights]
    match = {"path": {"type": "RegularExpression", "value": "^/.*$"}}
    conditions = [
        condition("Accepted", ("True", "Accepted", "Route is accepted"), created),
        condition(
            "ResolvedRefs",
            ("True", "ResolvedRefs", "Resolved all the Object references for the Route"),
            created,
        ),
    ]
    obj: Obj = {
        "apiVersion": f"{GATEWAY_GROUP}/v1",
        "kind": "HTTPRoute",
        "metadata": {"name": name, "namespace": stable.namespace},
        "spec": {
            "hostnames": [f"{name}-{stable.namespace}.llm.example.com"],
            "parentRefs": [_GATEWAY],
            "rules": [{"backendRefs": refs, "matches": [match], "timeouts": {"request": "60s"}}],
        },
        "status": {"parents": [{"conditions": conditions, "controllerName": ENVOY, "parentRef": _GATEWAY}]},
    }
    cluster.add(obj, created, cr)


def _status(stable: Predictor, counts: list[int], canaries: Sequence[Canary]) -> Obj:
    rollout = Rollout(stable.workload, stable.namespace, {}, stable.replicas, stable.created)
    up = available(rollout, counts[0])
    down = ("False", "MinimumReplicasUnavailable", "Deployment does not have minimum availability.")
    leaf = stable.verdict or (GOOD if up else down)
    kinds = {"IngressReady": GOOD, "PredictorReady": leaf, "Ready": leaf}
    kinds["Stopped"] = ("False", "", "")
    if canaries:
        kinds["CanaryPredictorReady"] = ("True", "AllCanariesReady", "")
    host = f"http://{stable.name}-{stable.namespace}.llm.example.com"
    inner = f"http://{stable.workload}.{stable.namespace}.svc.cluster.local"
    out: Obj = {
        "address": {"url": inner},
        "clusterServingRuntimeName": stable.runtime,
        "components": {"predictor": {"url": f"http://{stable.workload}-{stable.namespace}.llm.example.com"}},
        "conditions": cr_conditions(stable, kinds),
        "deploymentMode": "Standard",
        "modelStatus": model_status(stable, counts[0]),
        "observedGeneration": stable.generation,
        "url": host,
    }
    if canaries:
        out["canaryStatuses"] = [
            {
                "modelStatus": model_status(replace(p, failure={}), n),
                "name": p.variant,
                "ready": n > 0,
                "trafficPercent": share,
            }
            for (p, share), n in zip(canaries, counts[1:], strict=True)
        ]
    return out


def cr_conditions(predictor: Predictor, kinds: dict[str, Verdict]) -> list[Obj]:
    """Return the conditions of an InferenceService in the order of their types."""
    since = stamp(later(predictor.created, 190))
    out = []
    for kind in sorted(kinds):
        status, reason, message = kinds[kind]
        base = {"lastTransitionTime": since, "status": status, "type": kind}
        severity = "Info" if kind not in ("IngressReady", "PredictorReady", "Ready") else ""
        out.append(base | without_none({"reason": reason, "message": message, "severity": severity}))
    return out


def model_status(predictor: Predictor, count: int) -> Obj:
    """Return status.modelStatus."""
    if predictor.failure:
        return {
            "copies": {"failedCopies": 1, "totalCopies": 1},
            "lastFailureInfo": predictor.failure,
            "states": {"activeModelState": "", "targetModelState": "FailedToLoad"},
            "transitionStatus": "BlockedByFailedLoad",
        }
    state = "Loaded" if count else "Loading"
    return {
        "copies": {"failedCopies": 0, "totalCopies": count},
        "states": {"activeModelState": state, "targetModelState": state},
        "transitionStatus": "UpToDate" if count else "InProgress",
    }
