"""The kinds that every world serves, and the file each of them is kept in."""

from __future__ import annotations

from .base import Obj

_CR_KINDS = {"LLMInferenceService", "LLMInferenceServiceConfig", "InferenceService"}
_FILES: dict[tuple[str, str], str] = {
    ("", "Event"): "events",
    ("", "Namespace"): "namespaces",
    ("", "Node"): "nodes",
    ("", "PersistentVolumeClaim"): "persistentvolumeclaims",
    ("", "Pod"): "pods",
    ("", "ResourceQuota"): "resourcequotas",
    ("", "Service"): "services",
    ("apps", "Deployment"): "deployments.apps",
    ("apps", "ReplicaSet"): "replicasets.apps",
    ("apps", "StatefulSet"): "statefulsets.apps",
    ("autoscaling", "HorizontalPodAutoscaler"): "horizontalpodautoscalers.autoscaling",
    ("gateway.networking.k8s.io", "Gateway"): "gateways.gateway.networking.k8s.io",
    ("gateway.networking.k8s.io", "GatewayClass"): "gatewayclasses.gateway.networking.k8s.io",
    ("gateway.networking.k8s.io", "HTTPRoute"): "httproutes.gateway.networking.k8s.io",
    ("inference.networking.k8s.io", "InferencePool"): "inferencepools.inference.networking.k8s.io",
    ("keda.sh", "ScaledObject"): "scaledobjects.keda.sh",
    ("leaderworkerset.x-k8s.io", "LeaderWorkerSet"): "leaderworkersets.leaderworkerset.x-k8s.io",
    ("policy", "PodDisruptionBudget"): "poddisruptionbudgets.policy",
    ("serving.knative.dev", "Revision"): "revisions.serving.knative.dev",
    ("serving.knative.dev", "Service"): "services.serving.knative.dev",
    ("serving.kserve.io", "ClusterServingRuntime"): "clusterservingruntimes.serving.kserve.io",
    ("serving.kserve.io", "ServingRuntime"): "servingruntimes.serving.kserve.io",
    ("storage.k8s.io", "StorageClass"): "storageclasses.storage.k8s.io",
}
_NO_GENERATION = {"Event", "Namespace", "Node", "PersistentVolumeClaim", "ResourceQuota", "Service"}


def files() -> list[str]:
    """Return the names of all cluster files of a world."""
    return sorted(_FILES.values())


def is_resource(obj: Obj) -> bool:
    """Tell whether the object is one of the CRs kept in a file of its own."""
    return obj["kind"] in _CR_KINDS


def file_of(obj: Obj) -> str:
    """Return the name of the cluster file that holds the object."""
    group, _, _version = str(obj["apiVersion"]).rpartition("/")
    return _FILES[(group, obj["kind"])]


def has_generation(obj: Obj) -> bool:
    """Tell whether the API server keeps a generation for this kind."""
    return obj["kind"] not in _NO_GENERATION or "/" in str(obj["apiVersion"])
