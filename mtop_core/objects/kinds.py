"""The kinds of Kubernetes objects mtop reads, and how they are called."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mtop_core.record import Record


class Kind(Record):
    """One kind of object; `versions` are those mtop understands, the preferred one first."""

    name: str
    group: str
    versions: tuple[str, ...]
    plural: str
    short: tuple[str, ...] = ()
    namespaced: bool = True

    # each kind exists once, and is looked up by itself more than anything else is
    __eq__ = object.__eq__
    __hash__ = object.__hash__

    @property
    def resource(self) -> str:
        """The full resource name, such as `deployments.apps`."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    @property
    def prefix(self) -> str:
        """What `-o name` prints before the slash, such as `deployment.apps`."""
        return f"{self.name}.{self.group}".lower() if self.group else self.name.lower()

    @property
    def api_version(self) -> str:
        """The preferred apiVersion, such as `apps/v1`."""
        return f"{self.group}/{self.versions[0]}" if self.group else self.versions[0]


_SERVING = "serving.kserve.io"
_GATEWAY = "gateway.networking.k8s.io"

LLM_SERVICE = Kind(
    "LLMInferenceService", _SERVING, ("v1alpha2", "v1alpha1"), "llminferenceservices", ("llmisvc",)
)
LLM_CONFIG = Kind(
    "LLMInferenceServiceConfig", _SERVING, ("v1alpha2", "v1alpha1"), "llminferenceserviceconfigs", ("config",)
)
INFERENCE_SERVICE = Kind("InferenceService", _SERVING, ("v1beta1",), "inferenceservices", ("isvc",))
SERVING_RUNTIME = Kind("ServingRuntime", _SERVING, ("v1alpha1",), "servingruntimes")
CLUSTER_SERVING_RUNTIME = Kind(
    "ClusterServingRuntime", _SERVING, ("v1alpha1",), "clusterservingruntimes", namespaced=False
)

POD = Kind("Pod", "", ("v1",), "pods", ("po",))
POD_LOG = Kind("PodLog", "", ("v1",), "pods/log")  # no kind of object: what reading a log takes
EVENT = Kind("Event", "", ("v1",), "events", ("ev",))
NODE = Kind("Node", "", ("v1",), "nodes", ("no",), namespaced=False)
NAMESPACE = Kind("Namespace", "", ("v1",), "namespaces", ("ns",), namespaced=False)
SERVICE = Kind("Service", "", ("v1",), "services", ("svc",))
PVC = Kind("PersistentVolumeClaim", "", ("v1",), "persistentvolumeclaims", ("pvc",))
DEPLOYMENT = Kind("Deployment", "apps", ("v1",), "deployments", ("deploy",))
REPLICA_SET = Kind("ReplicaSet", "apps", ("v1",), "replicasets", ("rs",))
STATEFUL_SET = Kind("StatefulSet", "apps", ("v1",), "statefulsets", ("sts",))
LEADER_WORKER_SET = Kind(
    "LeaderWorkerSet", "leaderworkerset.x-k8s.io", ("v1",), "leaderworkersets", ("lws",)
)
GATEWAY = Kind("Gateway", _GATEWAY, ("v1",), "gateways", ("gtw",))
HTTP_ROUTE = Kind("HTTPRoute", _GATEWAY, ("v1",), "httproutes")
INFERENCE_POOL = Kind("InferencePool", "inference.networking.k8s.io", ("v1",), "inferencepools", ("infpool",))
AUTOSCALER = Kind("HorizontalPodAutoscaler", "autoscaling", ("v2",), "horizontalpodautoscalers", ("hpa",))
SCALED_OBJECT = Kind("ScaledObject", "keda.sh", ("v1alpha1",), "scaledobjects", ("so",))
DISRUPTION_BUDGET = Kind("PodDisruptionBudget", "policy", ("v1",), "poddisruptionbudgets", ("pdb",))
RESOURCE_QUOTA = Kind("ResourceQuota", "", ("v1",), "resourcequotas", ("quota",))
STORAGE_CLASS = Kind("StorageClass", "storage.k8s.io", ("v1",), "storageclasses", ("sc",), namespaced=False)

KINDS: tuple[Kind, ...] = (
    LLM_SERVICE, LLM_CONFIG, INFERENCE_SERVICE, SERVING_RUNTIME, CLUSTER_SERVING_RUNTIME,
    POD, EVENT, NODE, NAMESPACE, SERVICE, PVC, DEPLOYMENT, REPLICA_SET, STATEFUL_SET, LEADER_WORKER_SET,
    GATEWAY, HTTP_ROUTE, INFERENCE_POOL, AUTOSCALER, SCALED_OBJECT, DISRUPTION_BUDGET, RESOURCE_QUOTA, STORAGE_CLASS,
)  # fmt: skip

MODEL_KINDS: tuple[Kind, ...] = (LLM_SERVICE, INFERENCE_SERVICE)
CR_KINDS: tuple[Kind, ...] = (LLM_SERVICE, LLM_CONFIG, INFERENCE_SERVICE)

_BY_KEY = {(kind.group, kind.name): kind for kind in KINDS}
_BY_WORD = {
    word: kind
    for kind in reversed(KINDS)
    for word in (kind.name.lower(), kind.plural, kind.resource, kind.prefix, *kind.short)
}


def group_of(api_version: str) -> str:
    """The API group of an apiVersion: `apps` of `apps/v1`, nothing of `v1`."""
    return api_version.rpartition("/")[0]


def kind_of(obj: Mapping[str, Any]) -> Kind | None:
    """The kind of a raw object, None where mtop does not know it."""
    api_version, name = obj.get("apiVersion"), obj.get("kind")
    if not isinstance(api_version, str) or not isinstance(name, str):
        return None
    return _BY_KEY.get((group_of(api_version), name))


def kind_by_word(word: str) -> Kind | None:
    """The kind a user means by a name, plural, short name or full resource name, in any case."""
    return _BY_WORD.get(word.lower())
