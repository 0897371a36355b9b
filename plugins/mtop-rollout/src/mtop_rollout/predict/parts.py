"""One serving workload of a model as a part of a topology document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from mtop_core.api import Inventory, Model, Pod, Workload, dig, items, kinds, mapping, number, text
from mtop_rollout.predict.nodes import fitting, free_slots
from mtop_rollout.predict.starts import Start, start_of

_LWS_NAME = "leaderworkerset.sigs.k8s.io/name"


class Part(NamedTuple):
    """What a workload brings to a rollout: replicas, GPUs, strategy, times, and the room for more.

    `placed` of its pods have a node now, and `slots` is how many more fit, None where nodes were not read. `probe`
    and `deadline` are seconds, None where there is none; `surge` and `unavailable` stand as the workload has them.
    """

    workload: Workload
    name: str
    role: str
    replicas: int
    pods: int
    resource: str
    product: str
    gpus: int
    slots: int | None
    candidates: int
    placed: int
    start: Start
    probe: int | None
    deadline: int | None
    grace: int
    surge: int | str
    unavailable: int | str
    recreate: bool


def parts_of(model: Model) -> list[Part]:
    """Its serving workloads, in the order of the source."""
    return [_part(model, workload) for workload in model.workloads if workload.serving]


def _part(model: Model, workload: Workload) -> Part:
    inventory = model.inventory
    pod_spec = _pod_spec(workload)
    size = number(workload.raw, "spec", "leaderWorkerTemplate", "size", default=1) if workload.multi_node else 1
    needs = {name: count // size for name, count in workload.gpus.items()}
    resource = next(iter(needs), "")
    pods = [pod for pod in model.pods if _belongs(pod, workload)]
    nodes = fitting(inventory, pod_spec, needs)
    known = bool(inventory.all(kinds.NODE))
    strategy = _strategy(workload)
    return Part(
        workload, workload.ref.name, "prefill" if workload.role == "prefill" else workload.role,
        workload.desired, size, resource, _product(inventory, pods, nodes, resource), needs.get(resource, 0),
        free_slots(inventory, nodes, needs) if known else None, len(nodes),
        sum(bool(pod.node) and not pod.over for pod in pods), start_of(pods),
        _probe(pod_spec), None if workload.multi_node else number(
            workload.raw, "spec", "progressDeadlineSeconds", default=600),
        number(pod_spec, "terminationGracePeriodSeconds", default=30), *strategy,
    )  # fmt: skip


def _pod_spec(workload: Workload) -> Mapping[str, Any]:
    if workload.multi_node:
        template = mapping(workload.raw, "spec", "leaderWorkerTemplate")
        leader = "leaderTemplate" if template.get("leaderTemplate") else "workerTemplate"
        return mapping(template, leader, "spec")
    return mapping(workload.raw, "spec", "template", "spec")


def _belongs(pod: Pod, workload: Workload) -> bool:
    if not pod.serving:
        return False
    if workload.multi_node:
        return pod.labels.get(_LWS_NAME) == workload.ref.name
    wanted = mapping(workload.raw, "spec", "selector", "matchLabels")
    return all(pod.labels.get(key) == value for key, value in wanted.items())


def _strategy(workload: Workload) -> tuple[int | str, int | str, bool]:
    """maxSurge, maxUnavailable, and whether all replicas go first."""
    if workload.multi_node:
        rolling = mapping(workload.raw, "spec", "rolloutStrategy", "rollingUpdateConfiguration")
        return _amount(rolling.get("maxSurge"), 0), _amount(rolling.get("maxUnavailable"), 1), False
    strategy = mapping(workload.raw, "spec", "strategy")
    rolling = mapping(strategy, "rollingUpdate")
    recreate = text(strategy, "type") == "Recreate"
    return _amount(rolling.get("maxSurge"), "25%"), _amount(rolling.get("maxUnavailable"), "25%"), recreate


def _amount(value: Any, default: int | str) -> int | str:
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    return value if isinstance(value, str) and value.endswith("%") and value[:-1].isdigit() else default


def _probe(pod_spec: Mapping[str, Any]) -> int | None:
    """How long the startup probe of the engine lets it start; None where it has no such probe."""
    containers = list(items(pod_spec, "containers"))
    engine = next((one for one in containers if text(one, "name") in ("main", "kserve-container")), None)
    engine = engine or next(iter(containers), {})
    if not isinstance(dig(engine, "startupProbe"), dict):
        return None
    probe = mapping(engine, "startupProbe")
    wait, every = number(probe, "initialDelaySeconds"), number(probe, "periodSeconds", default=10)
    return wait + every * number(probe, "failureThreshold", default=3)


def _product(inventory: Inventory, pods: Sequence[Pod], nodes: Sequence[Any], resource: str) -> str:
    """The GPU the pods have, or that of the nodes they could run on; the resource where no node says."""
    for pod in pods:
        node = inventory.node(pod.node) if pod.node else None
        if node is not None and node.gpu_product:
            return node.gpu_product
    return next((node.gpu_product for node in nodes if node.gpu_product), "") or resource


