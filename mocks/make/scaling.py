"""Autoscalers of LLM services: HorizontalPodAutoscaler and KEDA ScaledObject."""

from __future__ import annotations

from .base import Obj, ago, later, stamp
from .cluster import Cluster
from .model import Model
from .networking import condition


def autoscaler(cluster: Cluster, model: Model, cr: Obj) -> None:
    """Add the autoscaler that the CR's scaling section asks for, if any."""
    if "keda" in model.scaling:
        _scaled_object(cluster, model, cr)
    elif model.scaling:
        _hpa(cluster, model, cr)


def _labels(model: Model) -> dict[str, str]:
    return {
        "app.kubernetes.io/component": "llminferenceservice-workload",
        "app.kubernetes.io/name": model.name,
        "app.kubernetes.io/part-of": "llminferenceservice",
        "inference.optimization/acceleratorName": model.gpu,
    }


def _hpa(cluster: Cluster, model: Model, cr: Obj) -> None:
    name = model.child("-kserve-hpa")
    metric = {"name": "wva_desired_replicas", "selector": {"matchLabels": {"variant_name": name}}}
    since = later(model.created, 300)
    replicas = model.role.replicas
    reached = {
        "AbleToScale": ("True", "ReadyForNewScale", "recommended size matches current size"),
        "ScalingActive": (
            "True",
            "ValidMetricFound",
            "the HPA was able to successfully calculate a replica count from external metric wva_desired_replicas",
        ),
        "ScalingLimited": ("False", "DesiredWithinRange", "the desired count is within the acceptable range"),
    }
    conditions = [condition(kind, verdict, since) for kind, verdict in reached.items()]
    for entry in conditions:
        del entry["observedGeneration"]
    obj: Obj = {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {
            "name": name,
            "namespace": model.namespace,
            "annotations": {
                "llm-d.ai/managed": "true",
                "llm-d.ai/model-id": model.served,
                "llm-d.ai/variant-cost": model.scaling["wva"].get("variantCost", "10.0"),
            },
            "labels": _labels(model),
        },
        "spec": {
            "maxReplicas": model.scaling["maxReplicas"],
            "metrics": [
                {
                    "external": {"metric": metric, "target": {"averageValue": "1", "type": "AverageValue"}},
                    "type": "External",
                }
            ],
            "minReplicas": model.scaling["minReplicas"],
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": model.child("-kserve")},
        },
        "status": {
            "conditions": conditions,
            "currentMetrics": [{"external": {"current": {"averageValue": "1"}, "metric": metric}, "type": "External"}],
            "currentReplicas": replicas,
            "desiredReplicas": replicas,
            "lastScaleTime": stamp(since),
        },
    }
    cluster.add(obj, later(model.created, 6), cr)


def _scaled_object(cluster: Cluster, model: Model, cr: Obj) -> None:
    keda, name = model.scaling["keda"], model.child("-kserve-keda")
    idle = model.role.replicas == 0
    target = model.child("-kserve")
    conditions = [
        _keda("Ready", True, "ScaledObjectReady", "ScaledObject is defined correctly and is ready for scaling"),
        _keda(
            "Active",
            not idle,
            "ScalerNotActive" if idle else "ScalerActive",
            "Scaling is not performed because triggers are not active" if idle else "Scaling is performed",
        ),
        _keda("Fallback", False, "NoFallbackFound", "No fallbacks are active on this scaled object"),
        {"status": "Unknown", "type": "Paused"},
    ]
    obj: Obj = {
        "apiVersion": "keda.sh/v1alpha1",
        "kind": "ScaledObject",
        "metadata": {
            "name": name,
            "namespace": model.namespace,
            "finalizers": ["finalizer.keda.sh"],
            "labels": {**_labels(model), "scaledobject.keda.sh/name": name},
        },
        "spec": {
            **keda,
            "maxReplicaCount": model.scaling["maxReplicas"],
            "minReplicaCount": model.scaling["minReplicas"],
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": target},
        },
        "status": {
            "conditions": conditions,
            "externalMetricNames": ["s0-prometheus"],
            "hpaName": f"keda-hpa-{name}",
            "lastActiveTime": stamp(ago(hours=9)),
            "originalReplicaCount": 1,
            "scaleTargetGVKR": {
                "group": "apps",
                "kind": "Deployment",
                "resource": "deployments",
                "version": "v1",
            },
            "scaleTargetKind": "apps/v1.Deployment",
        },
    }
    cluster.add(obj, later(model.created, 6), cr)
    _keda_hpa(cluster, model, obj, idle)


def _keda_hpa(cluster: Cluster, model: Model, scaled: Obj, idle: bool) -> None:
    label = {"scaledobject.keda.sh/name": scaled["metadata"]["name"]}
    metric = {"name": "s0-prometheus", "selector": {"matchLabels": label}}
    target = {"averageValue": "5", "type": "AverageValue"}
    obj: Obj = {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {
            "name": f"keda-hpa-{scaled['metadata']['name']}",
            "namespace": model.namespace,
            "labels": {**_labels(model), **label, "app.kubernetes.io/managed-by": "keda-operator"},
        },
        "spec": {
            "maxReplicas": model.scaling["maxReplicas"],
            "metrics": [{"external": {"metric": metric, "target": target}, "type": "External"}],
            "minReplicas": model.scaling["minReplicas"],
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": model.child("-kserve")},
        },
        "status": {
            "conditions": _keda_hpa_conditions(idle),
            "currentMetrics": None,
            "currentReplicas": model.role.replicas,
            "desiredReplicas": model.role.replicas,
        },
    }
    cluster.add(obj, later(model.created, 8), scaled)


def _keda_hpa_conditions(idle: bool) -> list[Obj]:
    words = ("True", "ValidMetricFound", "the HPA was able to successfully calculate a replica count")
    if idle:
        words = ("False", "ScalingDisabled", "scaling is disabled since the replica count of the target is zero")
    able = "the HPA controller was able to get the target's current scale"
    states = (("AbleToScale", "True", "SucceededGetScale", able), ("ScalingActive", *words))
    names, since = ("type", "status", "reason", "message"), stamp(ago(hours=9))
    return [dict(zip(names, state, strict=True)) | {"lastTransitionTime": since} for state in states]


def _keda(kind: str, good: bool, reason: str, message: str) -> Obj:
    return {"message": message, "reason": reason, "status": "True" if good else "False", "type": kind}
