"""Rules for one workload of an LLMInferenceService: the top level of spec, and spec.prefill."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mtop_core.schema import Problem, quoted
from mtop_core.validation.node import Node

_PERCENT = re.compile(r"([0-9]{1,9})%")


def exclusive(node: Node, first: str, second: str) -> Iterator[Problem]:
    """Two fields of which at most one may be set; the second one is blamed."""
    if node.has(first, second):
        yield node.at(second).problem(f"cannot be set together with {first}")


def one_of(node: Node, first: str, second: str) -> Iterator[Problem]:
    """Two fields of which exactly one must be set, wherever their parent is."""
    yield from exclusive(node, first, second)
    if node.present and not node.has(first) and not node.has(second):
        yield node.problem(f"{first} or {second} is required")


def together(node: Node, first: str, second: str) -> Iterator[Problem]:
    """Two fields that only make sense as a pair; the missing one is named."""
    for name, other in ((first, second), (second, first)):
        if node.has(name) and not node.has(other):
            yield node.at(other).problem(f"required together with {name}")


def replicas_or_scaling(workload: Node) -> Iterator[Problem]:
    """A fixed number of replicas and a scaler exclude each other."""
    yield from exclusive(workload, "replicas", "scaling")


def one_scaler(workload: Node) -> Iterator[Problem]:
    """WVA or KEDA, and WVA through an HPA or through KEDA."""
    scaling = workload.at("scaling")
    if isinstance(scaling.value, dict):
        yield from one_of(scaling, "wva", "keda")
    if isinstance(scaling.at("wva").value, dict):
        yield from one_of(scaling.at("wva"), "hpa", "keda")


def replica_limits(workload: Node) -> Iterator[Problem]:
    """The lower limit must not be above the upper one."""
    least, most = workload.at("scaling", "minReplicas"), workload.at("scaling", "maxReplicas")
    if least.number is not None and most.number is not None and least.number > most.number:
        yield least.problem(f"must be at most maxReplicas ({most.number}), got {least.number}")


def _kedas(workload: Node) -> list[Node]:
    return [workload.at("scaling", "keda"), workload.at("scaling", "wva", "keda")]


def idle_replicas(workload: Node) -> Iterator[Problem]:
    """Fewer replicas when idle than otherwise."""
    least = workload.at("scaling", "minReplicas")
    for keda in _kedas(workload):
        idle = keda.at("idleReplicaCount")
        if idle.number is None:
            continue
        if not least.present:
            yield least.problem("required together with idleReplicaCount")
        elif least.number is not None and idle.number >= least.number:
            yield idle.problem(f"must be less than minReplicas ({least.number}), got {idle.number}")


def controller_names_hpa(workload: Node) -> Iterator[Problem]:
    """The controller finds its HPA by name, so KEDA must not get another one."""
    for keda in _kedas(workload):
        name = keda.at("advanced", "horizontalPodAutoscalerConfig", "name")
        if name.text:
            yield name.problem("must not be set: the controller names the autoscaler")


def controller_sets_modifiers(workload: Node) -> Iterator[Problem]:
    """WVA computes the metric; a formula of KEDA would change it."""
    modifiers = workload.at("scaling", "wva", "keda", "advanced", "scalingModifiers")
    for name in ("activationTarget", "formula", "metricType", "target"):
        if modifiers.at(name).text:
            yield modifiers.at(name).problem("must not be set with wva, which computes the metric itself")


def data_parallelism(workload: Node) -> Iterator[Problem]:
    """The number of ranks and the number per node go together."""
    yield from together(workload.at("parallelism"), "data", "dataLocal")


def pipeline_or_data(workload: Node) -> Iterator[Problem]:
    """Nodes are either pipeline stages or data-parallel ranks."""
    yield from exclusive(workload.at("parallelism"), "data", "pipeline")


def worker_needs_parallelism(workload: Node) -> Iterator[Problem]:
    """The number of worker nodes follows from the parallelism."""
    parallelism = workload.at("parallelism")
    if workload.has("worker") and not parallelism.has("data") and not parallelism.has("pipeline"):
        yield workload.at("worker").problem("requires parallelism.data or parallelism.pipeline")


def main_container(workload: Node) -> Iterator[Problem]:
    """The controller adds its settings to the container `main`."""
    yield from named_main(workload.at("template", "containers"))


def named_main(containers: Node) -> Iterator[Problem]:
    """One of the containers is named main, unless a preset brings it along."""
    names = [container.at("name") for container in containers.items]
    if names and all(name.text for name in names) and "main" not in [name.text for name in names]:
        if len(names) == 1:
            yield names[0].problem(f"the main container must be named main, got {short(names[0])}", "main")
        else:
            yield containers.problem("one container must be named main")


def rollout(workload: Node) -> Iterator[Problem]:
    """A rollout must be able to move, and percentages end at 100."""
    strategy = workload.at("rolloutStrategy")
    shares = {name: share(strategy.at(name)) for name in ("maxUnavailable", "maxSurge")}
    for name, found in shares.items():
        node = strategy.at(name)
        if (node.text is not None or node.number is not None) and found is None:
            yield node.problem(f"must be a count or a percentage up to 100%, got {short(node)}")
    if list(shares.values()) == [0, 0]:
        yield strategy.problem("maxUnavailable and maxSurge cannot both be zero")


def share(node: Node) -> int | None:
    """A count or percentage as a number; None if it is neither."""
    if node.number is not None:
        return node.number if node.number >= 0 else None
    match = _PERCENT.fullmatch(node.text or "")
    return int(match[1]) if match and int(match[1]) <= 100 else None


def short(node: Node) -> str:
    """A scalar for a message."""
    return quoted(node.text) if node.text is not None else str(node.number)
