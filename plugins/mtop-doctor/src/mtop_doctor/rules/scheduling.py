"""Pods that no node takes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import timedelta
from fractions import Fraction

from mtop_core.api import (
    Evidence,
    Finding,
    Inventory,
    Model,
    Node,
    Pod,
    Ref,
    Workload,
    dig,
    kinds,
    mapping,
    parse_quantity,
    strings,
    text,
)  # fmt: skip
from mtop_doctor.rules.common import (
    controller_of,
    folded,
    kubectl,
    nearest,
    once,
    said_by,
    seen_first,
    seen_last,
)
from mtop_doctor.rules.fields import change, in_template, merge, template
from mtop_doctor.rules.placement import (
    NO_GPU,
    TAINTED,
    UNLABELLED,
    Verdict,
    described,
    free,
    matching,
    nodes,
    refused,
    tolerated,
    unplaced,
    workers,
)  # fmt: skip

_PATIENCE = timedelta(minutes=5)  # what an autoscaler may take, or GPUs that are about to be given back
_FIRST_TRIES = timedelta(minutes=1)


@folded
def gpu_request_exceeds_node(model: Model, inventory: Inventory) -> Iterator[Finding]:
    """The pod wants more GPUs than the biggest node that fits it has, so it can never run.

    Evidence: the scheduler's `Insufficient .../gpu`, and the allocatable GPUs of the nodes.
    Guard: not where a node that fits has as many, not in the first minute of a pod, and not in its first
    five where an autoscaler adds a node (TriggeredScaleUp). Likely only, as it may know bigger nodes.
    """
    for verdict, resource, wanted, candidates in _starved(model, inventory):
        most = max(node.gpus.get(resource, 0) for node in candidates)
        if wanted > most:
            biggest = next(node for node in candidates if node.gpus.get(resource, 0) == most)
            yield Finding(
                verdict.pod.ref, f"The pod wants {wanted} {resource}, and no node that fits it has more than {most}.",
                (said_by(verdict.pod.ref, verdict.condition),
                 Evidence(_ref(biggest), f'status.allocatable["{resource}"]', str(most))),
                "Lower the GPU limit and spec.parallelism.tensor together, spread the model over several nodes "
                "(spec.worker), or add nodes with more GPUs.",
                confidence="likely", since=verdict.condition.since,
            )  # fmt: skip


@folded
def gpu_insufficient(model: Model, inventory: Inventory) -> Iterator[Finding]:
    """The nodes that fit the pod exist, and their GPUs are taken.

    Evidence: the scheduler's `Insufficient .../gpu`, with the free GPUs of each node that fits and who
    holds the others.
    Guard: not in the first minute of a pod, nor in its first five while an autoscaler adds a node
    (TriggeredScaleUp since the scheduler failed); a warning until then, as GPUs may come free. Not where no
    node fits, not where the replicas that are to be replaced hold the GPUs (rollout-surge-no-free-gpu).
    """
    for verdict, resource, wanted, candidates in _starved(model, inventory):
        if wanted > max(node.gpus.get(resource, 0) for node in candidates) or _surging(model, verdict.pod):
            continue
        spare = sum(free(inventory, node, resource) for node in candidates)
        lacking = wanted - spare
        room = f"It lacks {lacking} GPUs" if lacking > 0 else "The free GPUs are spread over several nodes"
        yield Finding(
            verdict.pod.ref,
            f"The pod wants {wanted} {resource} on one node: {described(inventory, candidates, resource)}.",
            (said_by(verdict.pod.ref, verdict.condition),),
            f"{room}: scale down a holder, lower spec.parallelism.tensor and the GPU limit together, or add a node "
            "of that kind.",
            severity="warning" if _age(verdict.pod, inventory) < _PATIENCE else "", since=verdict.condition.since,
        )  # fmt: skip


@folded
def rollout_surge_no_free_gpu(model: Model, inventory: Inventory) -> Iterator[Finding]:
    """A rolling update starts the new pod first, and the old ones hold all the GPUs.

    Evidence: the scheduler's `Insufficient .../gpu` of a pod of the new revision, and a strategy that
    lets no old pod go before a new one is ready.
    Guard: not where maxUnavailable comes to one or more, not without old replicas that hold GPUs, and not
    for a young pod (as gpu-insufficient).
    """
    for verdict, resource, wanted, candidates in _starved(model, inventory):
        workload = _surging(model, verdict.pod)
        if workload is None or wanted > max(node.gpus.get(resource, 0) for node in candidates):
            continue
        strategy = mapping(workload.raw, "spec", "strategy")
        yield Finding(
            verdict.pod.ref,
            f"The rollout waits for {wanted} {resource} that the replicas it replaces hold; none may go first.",
            (said_by(verdict.pod.ref, verdict.condition),
             Evidence(workload.ref, "spec.strategy", json.dumps(strategy, sort_keys=True))),
            f"Let an old replica go first: set {_strategy(model, verdict.pod)} to maxSurge 0, maxUnavailable 1; or "
            f"free {wanted} GPUs.",
            _swapping(model, verdict.pod),
            since=verdict.condition.since,
        )  # fmt: skip


@folded
def untolerated_taint(model: Model, inventory: Inventory) -> Iterator[Finding]:
    """The nodes that fit the pod keep off what does not tolerate their taint.

    Evidence: the scheduler's `had untolerated taint` and the taint of a node that fits.
    Guard: not where the pod tolerates a node that fits; taints of lost or cordoned nodes and of the
    control plane do not count. Not in the first minute of a pod, nor in its first five while an autoscaler
    adds a node.
    """
    for verdict in _refused_for_long(model, inventory):
        candidates = workers(matching(verdict.pod, inventory))
        if not TAINTED.search(verdict.words) or not candidates or tolerated(verdict.pod, candidates):
            continue
        node = candidates[0]
        index, taint = next(refused(verdict.pod, node))
        missing = {"key": text(taint, "key"), "operator": "Exists", "effect": text(taint, "effect")}
        field = in_template(model, verdict.pod, "tolerations")
        present = (dig(model.raw, *template(verdict.pod), "tolerations") if model.llm else None) or []
        yield Finding(
            verdict.pod.ref,
            f"Every node that fits the pod ({len(candidates)}) has the taint {missing['key']}, and it tolerates none.",
            (said_by(verdict.pod.ref, verdict.condition),
             Evidence(_ref(node), f"spec.taints[{index}]", json.dumps(taint, sort_keys=True))),
            f"Add a toleration of {missing['key']} to {field.words}.",
            change(model, field, [*present, missing]), since=verdict.condition.since,
        )  # fmt: skip


@folded
def node_selector_mismatch(model: Model, inventory: Inventory) -> Iterator[Finding]:
    """No node has the labels that nodeSelector or affinity ask for.

    Evidence: the scheduler's `didn't match Pod's node affinity/selector`, and the label nobody has.
    Guard: not where any node matches (then that node's own blocker counts), and not without nodes. Not in
    the first minute of a pod, nor in its first five while an autoscaler adds a node.
    """
    for verdict in _refused_for_long(model, inventory):
        if not UNLABELLED.search(verdict.words) or not nodes(inventory) or matching(verdict.pod, inventory):
            continue
        wrong = _unknown_labels(verdict.pod, inventory)
        key, (value, near) = next(iter(wrong.items()), ("", ("", "")))
        field = in_template(model, verdict.pod, *(("nodeSelector", key) if key else ("affinity",)))
        summary = f"No node has the label {key}={value}." if key else "No node fits the affinity of the pod."
        proof = Evidence(verdict.pod.ref, f'spec.nodeSelector["{key}"]', value) if key else None
        hint = f" The nearest value that nodes have is {near}." if near else ""
        yield Finding(
            verdict.pod.ref, summary, (said_by(verdict.pod.ref, verdict.condition), *((proof,) if proof else ())),
            f"Correct {field.words}, or label nodes.{hint}",
            change(model, field if near else field._replace(pointer=""), near), since=verdict.condition.since,
        )  # fmt: skip


def _starved(model: Model, inventory: Inventory) -> Iterator[tuple[Verdict, str, int, list[Node]]]:
    """The pods that wait for GPUs: the resource, how many, and the nodes that fit but for that."""
    for verdict in _refused_for_long(model, inventory):
        match = NO_GPU.search(verdict.words)
        if match is None:
            continue
        resource = match.group(1)
        candidates = tolerated(verdict.pod, matching(verdict.pod, inventory))
        candidates = [node for node in candidates if node.gpus.get(resource) and node.ready and node.schedulable]
        if candidates:
            yield verdict, resource, verdict.pod.gpus.get(resource, 0), candidates


def _refused_for_long(model: Model, inventory: Inventory) -> Iterator[Verdict]:
    """The pods that the scheduler cannot place, but for young ones that it may place yet."""
    for verdict in unplaced(model):
        age = _age(verdict.pod, inventory)
        if age >= _PATIENCE or (age >= _FIRST_TRIES and not _scaling_up(verdict.pod, inventory)):
            yield verdict


def _age(pod: Pod, inventory: Inventory) -> timedelta:
    return inventory.at - pod.created if pod.created else timedelta.max


def _scaling_up(pod: Pod, inventory: Inventory) -> bool:
    """Whether an autoscaler adds a node for a pod since the scheduler failed to place it."""
    events = inventory.events_of(pod.raw)
    failures = [when for event in events if text(event, "reason") == "FailedScheduling" and (when := seen_first(event))]
    answers = [when for event in events if text(event, "reason") == "TriggeredScaleUp" and (when := seen_last(event))]
    return bool(answers) and (not failures or max(answers) >= min(failures))


def _surging(model: Model, pod: Pod) -> Workload | None:
    """The Deployment whose older replicas hold GPUs while a surge pod waits and none of them may go."""
    workload = next((w for w in model.workloads if not w.multi_node and w.role == pod.role), None)
    if workload is None or _unavailable(workload) > 0:
        return None
    own = controller_of(pod)
    older = (p for p in model.pods if p.role == pod.role and controller_of(p) != own)
    return workload if own and any(p.gpus and p.ready for p in older) else None


def _strategy(model: Model, pod: Pod) -> str:
    """Where a service says how its replicas are replaced."""
    if not model.llm:
        return "the deploymentStrategy of the predictor"
    return "spec.prefill.rolloutStrategy" if pod.role == "prefill" else "spec.rolloutStrategy"


def _swapping(model: Model, pod: Pod) -> str:
    """A command that shows a rollout whose old replicas go before the new ones come."""
    if not model.llm:
        return kubectl("edit", "isvc", model.name, "-n", model.namespace)
    part = {"rolloutStrategy": {"maxSurge": 0, "maxUnavailable": 1}}
    return merge(model, {"spec": {"prefill": part} if pod.role == "prefill" else part})


def _unavailable(workload: Workload) -> int:
    """How many replicas a rollout may take away before their successors are ready."""
    if text(workload.raw, "spec", "strategy", "type") == "Recreate":
        return workload.desired
    given = dig(workload.raw, "spec", "strategy", "rollingUpdate", "maxUnavailable")
    given = "25%" if given is None else given
    if isinstance(given, str) and given.endswith("%"):
        return int((parse_quantity(given[:-1]) or Fraction(0)) * workload.desired / 100)
    return int(parse_quantity(given) or 0)


def _unknown_labels(pod: Pod, inventory: Inventory) -> dict[str, tuple[str, str]]:
    """The labels a pod asks for that no node has, each with its value and the nearest value of a node."""
    known = once(inventory, "labels", lambda: _node_labels(inventory))
    wanted = strings(pod.raw, "spec", "nodeSelector")
    return {
        key: (value, _nearest_label(value, known.get(key, ())))
        for key, value in wanted.items()
        if value not in known.get(key, ())
    }


def _nearest_label(value: str, known: Iterable[str]) -> str:
    """The label value that shares most words with another: an H100 is no A100, however alike they are spelled."""
    words = set(value.split("-"))
    shared = {other: len(words & set(other.split("-"))) for other in known}
    most = max(shared.values(), default=0)
    return nearest(value, (other for other, count in shared.items() if count == most), 0.5)


def _node_labels(inventory: Inventory) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for node in nodes(inventory):
        for key, value in node.labels.items():
            found.setdefault(key, set()).add(value)
    return found


def _ref(node: Node) -> Ref:
    return Ref(kinds.NODE.name, "", node.name)
