"""A model: one LLM service with all that belongs to it, whatever kind of CR it is written as.

Nothing outside this file looks inside `spec.model` or `spec.predictor`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from mtop_core.objects.access import ShapeError, dig, items, mapping, number, strings, text
from mtop_core.objects.cached import cached_property
from mtop_core.objects.conditions import Condition, conditions_of, poor_conditions
from mtop_core.objects.kinds import LLM_SERVICE, POD, Kind
from mtop_core.objects.pod import Pod
from mtop_core.objects.refs import Ref
from mtop_core.objects.times import parse_time
from mtop_core.objects.workload import Workload
from mtop_core.record import Record

if TYPE_CHECKING:
    from mtop_core.inventory import Inventory

STOP = "serving.kserve.io/stop"
DEPLOYMENT_MODE = "serving.kserve.io/deploymentMode"
_NOT_IMPLEMENTATIONS = frozenset({
    "minReplicas", "maxReplicas", "scaleTarget", "scaleMetric", "scaleMetricType", "autoScaling", "timeout",
    "containerConcurrency", "canaryTrafficPercent", "logger", "batcher", "labels", "annotations",
    "deploymentStrategy", "workerSpec", "containers", "name",
})  # fmt: skip


class Weight(Record):
    """A share of traffic: the raw weight, its part of the whole from 0 to 1, and the group it is a part of."""

    raw: int
    share: float | None
    group: str


class Gpus(Record):
    """Accelerators: how many (None where nobody can know), and of which product (empty where no node says)."""

    amount: int | None
    product: str


class Model:
    """A read-only view over one LLMInferenceService or InferenceService and what belongs to it."""

    def __init__(self, raw: Mapping[str, Any], kind: Kind, inventory: Inventory) -> None:
        self.raw = raw
        self.kind = kind
        self.inventory = inventory
        self.meta: Mapping[str, Any] = mapping(raw, "metadata")
        self.name = text(self.meta, "name")
        self.namespace = text(self.meta, "namespace") or "default"
        self.key = Ref(kind.name, self.namespace, self.name)

    @property
    def ref(self) -> Ref:
        """Its name."""
        return self.key

    @cached_property
    def created(self) -> datetime | None:
        """When it was created."""
        return parse_time(self.meta.get("creationTimestamp"))

    @cached_property
    def labels(self) -> Mapping[str, str]:
        """Its labels."""
        return strings(self.meta, "labels")

    @cached_property
    def annotations(self) -> Mapping[str, str]:
        """Its annotations."""
        return strings(self.meta, "annotations")

    @property
    def deleting(self) -> bool:
        """Whether it is being deleted."""
        return self.meta.get("deletionTimestamp") is not None

    @cached_property
    def stopped(self) -> bool:
        """Whether its owner stopped it by annotation."""
        return self.annotations.get(STOP, "").lower() == "true"

    @cached_property
    def conditions(self) -> dict[str, Condition]:
        """Its conditions by type."""
        return conditions_of(self.raw)

    @cached_property
    def bad_conditions(self) -> list[Condition]:
        """The conditions that give the unwanted answer, in order."""
        return [condition for condition in self._poor_conditions if condition.bad]

    @property
    def unsettled(self) -> list[Condition]:
        """The conditions that are still Unknown, in order."""
        return [condition for condition in self._poor_conditions if not condition.bad]

    @cached_property
    def _poor_conditions(self) -> list[Condition]:
        return poor_conditions(self.raw)

    @property
    def unseen(self) -> tuple[int, int] | None:
        """The generation written and the one its controller has seen, None where they agree or nobody says."""
        written = number(self.meta, "generation")
        seen = number(self.raw, "status", "observedGeneration", default=-1)
        return (written, seen) if 0 <= seen < written else None

    @property
    def url(self) -> str:
        """Where it is reached, empty where it says nothing."""
        return text(self.raw, "status", "url")

    @property
    def pods(self) -> Sequence[Pod]:
        """Its pods, by name."""
        return self.inventory.pods_of(self)

    @property
    def workloads(self) -> Sequence[Workload]:
        """Its Deployments and LeaderWorkerSets."""
        return self.inventory.workloads_of(self)

    @property
    def llm(self) -> bool:
        """Whether it is an LLMInferenceService."""
        return self.kind is LLM_SERVICE

    @property
    def uri(self) -> str:
        """Where its weights come from."""
        if self.llm:
            return text(self.raw, "spec", "model", "uri")
        return text(self._implementation, "storageUri")

    @property
    def model_name(self) -> str:
        """What it serves, as people call it: the repository of a hub URI, else the served name."""
        uri = self.uri
        if uri.startswith("hf://"):
            return uri.removeprefix("hf://")
        if self.llm:
            return text(self.raw, "spec", "model", "name") or uri
        return self._hub_name or uri or text(self._implementation, "modelFormat", "name")

    @property
    def served_name(self) -> str:
        """The name clients send as `model`."""
        return (text(self.raw, "spec", "model", "name") if self.llm else "") or self.name

    @property
    def configs(self) -> list[str]:
        """The LLMInferenceServiceConfigs it names, in order; for an InferenceService its runtime."""
        if self.llm:
            return [text(entry, "name") for entry in items(self.raw, "spec", "baseRefs")]
        runtime = text(self._implementation, "runtime") or text(self.raw, "status", "clusterServingRuntimeName")
        return [runtime] if runtime else []

    @property
    def group(self) -> str:
        """The routing group it shares traffic in, empty where it has none."""
        return text(self.raw, "spec", "router", "route", "group") if self.llm else ""

    @property
    def safe_group(self) -> str:
        """The routing group, empty also where the field is malformed."""
        try:
            return self.group
        except ShapeError:
            return ""

    @property
    def weight(self) -> Weight | None:
        """Its share of traffic, None where it shares with nobody."""
        if not self.llm:
            return self._canary_weight()
        if not self.group:
            return None
        raw = self._raw_weight
        peers = self.inventory.members(self.namespace, self.group)
        total = sum(peer._counted_weight for peer in peers)
        diverged = any(condition.type == "GroupDegraded" for condition in self.bad_conditions)
        return Weight(raw, None if diverged or not total else self._counted_weight / total, self.group)

    @property
    def scales_to_zero(self) -> bool:
        """Whether having no replica at all is what its owner asked for or allowed."""
        if self.llm:
            if "replicas" in mapping(self.raw, "spec") and number(self.raw, "spec", "replicas", default=1) == 0:
                return True
            return bool(dig(self.raw, "spec", "scaling", "keda", "idleReplicaCount") == 0)
        return number(self.raw, "spec", "predictor", "minReplicas", default=1) == 0

    @cached_property
    def wanted(self) -> int:
        """How many replicas its CR asks for, over all its serving parts."""
        if self.llm:
            prefill = mapping(self.raw, "spec", "prefill")
            return _replicas(mapping(self.raw, "spec")) + (_replicas(prefill) if prefill else 0)
        return max(number(self.raw, "spec", "predictor", "minReplicas", default=1), 1)

    @property
    def reported_ready(self) -> int | None:
        """How many replicas its own status calls ready, None where it says nothing."""
        parts = mapping(self.raw, "status", "workloads")
        counts = [number(parts, part, "readyReplicas") for part in ("primary", "prefill") if parts.get(part)]
        return sum(counts) if counts else None

    @property
    def gpus(self) -> Gpus:
        """The accelerators its pods hold or wait for; what its workloads ask for where no pod is known."""
        pods = [pod for pod in self.pods if not pod.over]
        if pods or self.inventory.read(POD):
            count = sum(sum(pod.gpus.values()) for pod in pods)
            return Gpus(count, self._product(pods) if count else "")
        if self.stopped:
            return Gpus(0, "")
        if not self.workloads:
            return Gpus(None, "")
        return Gpus(sum(sum(part.gpus.values()) * part.desired for part in self.workloads), "")

    @property
    def load_failure(self) -> str:
        """Why an InferenceService could not load its model, as its status says it; empty where it says nothing."""
        status = mapping(self.raw, "status", "modelStatus")
        failure = mapping(status, "lastFailureInfo")
        if text(status, "transitionStatus") not in ("BlockedByFailedLoad", "InvalidSpec"):
            return ""
        return f"{text(failure, 'reason') or text(status, 'transitionStatus')}: {text(failure, 'message')}"

    @property
    def _raw_weight(self) -> int:
        return number(self.raw, "spec", "router", "route", "weight")

    @cached_property
    def _counted_weight(self) -> int:
        """The weight that counts for the group: KServe leaves out members that are stopped, leaving or not ready."""
        try:
            unready = any(part.desired > 0 and not part.ready for part in self.workloads)
            cut_off = any(condition.type == "RouterReady" for condition in self.bad_conditions)
            return 0 if self.stopped or self.deleting or unready or cut_off else self._raw_weight
        except ShapeError:
            return 0

    def _canary_weight(self) -> Weight | None:
        """The share of the newest revision, or of the stable predictor beside its canaries, as KServe reports it.

        What the spec asks for is no evidence: `canaryTrafficPercent` is ignored without Knative, and
        canaries that are not ready get nothing.
        """
        traffic = items(self.raw, "status", "components", "predictor", "traffic")
        latest = next((entry for entry in traffic if entry.get("latestRevision") is True), None)
        if latest is not None:
            percent = number(latest, "percent")
            return Weight(percent, percent / 100, "")
        canaries = list(items(self.raw, "status", "canaryStatuses"))
        if not canaries:
            return None
        rest = 100 - sum(number(entry, "trafficPercent") for entry in canaries if entry.get("ready") is True)
        return Weight(rest, rest / 100, "")

    @cached_property
    def _implementation(self) -> Mapping[str, Any]:
        """What the predictor runs: `spec.predictor.model`, or the one older framework field."""
        predictor = mapping(self.raw, "spec", "predictor")
        if predictor.get("model") is not None:
            return mapping(predictor, "model")
        old = (key for key, value in predictor.items() if key not in _NOT_IMPLEMENTATIONS and isinstance(value, dict))
        name = next(old, "")
        return mapping(predictor, name) if name else {}

    @property
    def _hub_name(self) -> str:
        """The repository an engine downloads itself, from `--model_id` or `--model` among its arguments."""
        args = dig(self._implementation, "args")
        if not isinstance(args, list):
            return ""
        words = [word for word in args if isinstance(word, str)]
        for index, word in enumerate(words):
            flag, equals, value = word.partition("=")
            if flag in ("--model_id", "--model-id", "--model"):
                return value if equals else next(iter(words[index + 1 : index + 2]), "")
        return ""

    def _product(self, pods: Sequence[Pod]) -> str:
        return "/".join(sorted({name for pod in pods for name in self._products_of(pod)}))

    def _products_of(self, pod: Pod) -> Iterator[str]:
        """The products a pod holds: a slice of a GPU is another product than the whole."""
        node = self.inventory.node(pod.node) if pod.gpus else None
        if node is None or not node.gpu_product:
            return
        for resource in pod.gpus:
            _, slices, profile = resource.partition("/mig-")
            yield f"{node.gpu_product}-MIG-{profile}" if slices else node.gpu_product


def _replicas(part: Mapping[str, Any]) -> int:
    scaling = mapping(part, "scaling")
    if scaling:
        return number(scaling, "minReplicas", default=1)
    return number(part, "replicas", default=1)


