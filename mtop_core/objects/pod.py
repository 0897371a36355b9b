"""A pod as mtop sees it: its part in the service, its GPUs, and what stops it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from mtop_core.objects.access import dig, items, mapping, number, strings, text
from mtop_core.objects.cached import cached_property
from mtop_core.objects.conditions import Condition, conditions_of
from mtop_core.objects.quantity import whole
from mtop_core.objects.refs import Ref
from mtop_core.objects.times import parse_time
from mtop_core.record import Record

GPU_SUFFIXES = ("/gpu", "/gpu.shared", "/gaudi", "/tpu", "/neuron", "/neuroncore")
GPU_PREFIXES = ("nvidia.com/mig-", "gpu.intel.com/")

LWS_NAME = "leaderworkerset.sigs.k8s.io/name"
LWS_GROUP = "leaderworkerset.sigs.k8s.io/group-index"
_LLM_COMPONENT = "app.kubernetes.io/component"
_ROLES = {
    "llminferenceservice-workload": "main",
    "llminferenceservice-workload-prefill": "prefill",
    "llminferenceservice-workload-leader": "leader",
    "llminferenceservice-workload-worker": "worker",
    "llminferenceservice-workload-leader-prefill": "prefill-leader",
    "llminferenceservice-workload-worker-prefill": "prefill-worker",
    "llminferenceservice-router-scheduler": "scheduler",
    "tokenizer": "tokenizer",
}
SUPPORTING = ("scheduler", "tokenizer", "transformer", "explainer")


class Container(Record):
    """One container's status: `path` leads to it, `state` and `last` hold `waiting`, `running` or `terminated`.

    `started` is whether its startup probe has passed; without such a probe it is from the first moment.
    """

    name: str
    path: str
    ready: bool
    restarts: int
    state: Mapping[str, Any]
    last: Mapping[str, Any]
    init: bool
    started: bool = False

    @property
    def waiting(self) -> str:
        """The reason it waits, empty when it does not."""
        return text(self.state, "waiting", "reason")

    @property
    def running(self) -> bool:
        """Whether it runs now."""
        return bool(self.state.get("running"))


def is_gpu(resource: str) -> bool:
    """Whether a resource name counts whole accelerators."""
    return resource.endswith(GPU_SUFFIXES) or resource.startswith(GPU_PREFIXES)


def gpus_of(pod_spec: Mapping[str, Any]) -> dict[str, int]:
    """How many accelerators of each resource name the containers of a pod spec ask for together."""
    found: dict[str, int] = {}
    for container in items(pod_spec, "containers"):
        resources = mapping(container, "resources")
        asked = {**mapping(resources, "requests"), **mapping(resources, "limits")}
        for name, amount in asked.items():
            if is_gpu(name):
                found[name] = found.get(name, 0) + whole(amount)
    return found


def role_of(labels: Mapping[str, str]) -> str:
    """Which part of its service a pod or workload plays, such as `main`, `prefill` or `scheduler`."""
    component = labels.get(_LLM_COMPONENT, "")
    return _ROLES.get(component) or labels.get("component") or "main"


class Pod:
    """A read-only view over one raw pod."""

    def __init__(self, raw: Mapping[str, Any]) -> None:
        self.raw = raw
        self.meta = mapping(raw, "metadata")
        self.name = text(self.meta, "name")
        self.namespace = text(self.meta, "namespace")

    @property
    def ref(self) -> Ref:
        """Its name."""
        return Ref("Pod", self.namespace, self.name)

    @cached_property
    def labels(self) -> Mapping[str, str]:
        """Its labels."""
        return strings(self.meta, "labels")

    @cached_property
    def role(self) -> str:
        """Its part in the service."""
        return role_of(self.labels)

    @property
    def serving(self) -> bool:
        """Whether it serves the model itself, rather than routing to it or transforming around it."""
        return self.role not in SUPPORTING

    @property
    def node(self) -> str:
        """The node it runs on, empty while it has none."""
        return text(self.raw, "spec", "nodeName")

    @property
    def phase(self) -> str:
        """`status.phase`."""
        return text(self.raw, "status", "phase")

    @property
    def deleting(self) -> bool:
        """Whether it is on its way out."""
        return self.meta.get("deletionTimestamp") is not None

    @property
    def over(self) -> bool:
        """Whether it will never run again and holds no GPU."""
        return self.phase in ("Failed", "Succeeded")

    @property
    def created(self) -> datetime | None:
        """When it was created."""
        return parse_time(self.meta.get("creationTimestamp"))

    @cached_property
    def conditions(self) -> dict[str, Condition]:
        """Its conditions by type."""
        return conditions_of(self.raw)

    @property
    def ready(self) -> bool:
        """Whether it is ready and stays."""
        entries = items(self.raw, "status", "conditions")
        said = next((entry.get("status") for entry in entries if entry.get("type") == "Ready"), None)
        return said == "True" and not self.deleting

    @cached_property
    def gpus(self) -> dict[str, int]:
        """The accelerators it asks for, by resource name."""
        return gpus_of(mapping(self.raw, "spec"))

    @cached_property
    def containers(self) -> tuple[Container, ...]:
        """The statuses of its containers, init containers first, in order."""
        return tuple(self._containers())

    @property
    def restarts(self) -> int:
        """How often its containers were restarted, together."""
        fields = ("initContainerStatuses", "containerStatuses")
        return sum(number(entry, "restartCount") for field in fields for entry in items(self.raw, "status", field))

    @property
    def images(self) -> list[str]:
        """The images of its main containers."""
        return [image for container in items(self.raw, "spec", "containers") if (image := text(container, "image"))]

    def _containers(self) -> Iterator[Container]:
        for field, init in (("initContainerStatuses", True), ("containerStatuses", False)):
            for index, entry in enumerate(items(self.raw, "status", field)):
                yield Container(
                    text(entry, "name"),
                    f"status.{field}[{index}]",
                    dig(entry, "ready") is True,
                    number(entry, "restartCount"),
                    mapping(entry, "state"),
                    mapping(entry, "lastState"),
                    init,
                    entry.get("started") is True,
                )
