"""Where a pod could run: what the scheduler would say of each node, and who holds its GPUs."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from mtop_core.api import Condition, Inventory, Model, Node, Pod, items, kinds, mapping, strings, text, tolerates
from mtop_doctor.rules.common import listed, once, stuck_pods

# Each wording that some version of the scheduler uses.
TAINTED = re.compile(r"node\(s\) had (?:untolerated )?taint", re.IGNORECASE)
UNLABELLED = re.compile(r"didn't match (?:Pod's )?node (?:affinity|selector)", re.IGNORECASE)
NO_GPU = re.compile(r"Insufficient ([\w.-]+/(?:gpu|gaudi|tpu)|nvidia\.com/mig-[\w.-]+|gpu\.intel\.com/[\w.-]+)")
_PREEMPTION = re.compile(r"\.? (?:no new claims to deallocate, |still not schedulable, )?preemption: ")
_CONTROL_PLANE = frozenset({"node-role.kubernetes.io/control-plane", "node-role.kubernetes.io/master"})
_LIFECYCLE = "node.kubernetes.io/"
_BLOCKING = ("NoSchedule", "NoExecute")


class Verdict(NamedTuple):
    """What the scheduler says of a pod that it cannot place."""

    pod: Pod
    condition: Condition
    words: str


def unplaced(model: Model) -> Iterator[Verdict]:
    """The pods of a model that the scheduler cannot place, with its words but for those on preemption."""
    for pod in stuck_pods(model):
        condition = pod.conditions.get("PodScheduled")
        if condition is not None and condition.status == "False" and condition.reason != "SchedulingGated":
            yield Verdict(pod, condition, _PREEMPTION.split(condition.message)[0])


def nodes(inventory: Inventory) -> list[Node]:
    """Every node."""
    return once(inventory, "nodes", lambda: [Node(raw) for raw in inventory.all(kinds.NODE)])


def matching(pod: Pod, inventory: Inventory) -> list[Node]:
    """The nodes whose labels the pod asks for."""
    return [node for node in nodes(inventory) if _selected(pod, node) and _liked(pod, node)]


def tolerated(pod: Pod, candidates: Sequence[Node]) -> list[Node]:
    """Those of some nodes whose taints the pod tolerates; what a node's state adds for a time does not count."""
    return [node for node in candidates if not any(True for _ in refused(pod, node))]


def refused(pod: Pod, node: Node) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """The lasting taints of a node that a pod does not tolerate, with their positions."""
    for index, taint in enumerate(node.taints):
        lasting = not text(taint, "key").startswith(_LIFECYCLE)
        if lasting and text(taint, "effect") in _BLOCKING and not _tolerates(pod, taint):
            yield index, taint


def workers(candidates: Sequence[Node]) -> list[Node]:
    """Some nodes without those of the control plane, unless there are no others."""
    found = [n for n in candidates if not any(text(taint, "key") in _CONTROL_PLANE for taint in n.taints)]
    return found or list(candidates)


def held(inventory: Inventory, node: Node, resource: str) -> Counter[str]:
    """How many GPUs of a node each model holds, those of no model under the pod's name."""
    return once(inventory, "held", lambda: _holders(inventory)).get((node.name, resource), Counter())


def free(inventory: Inventory, node: Node, resource: str) -> int:
    """How many GPUs of a node nobody holds."""
    return max(node.gpus.get(resource, 0) - held(inventory, node, resource).total(), 0)


def described(inventory: Inventory, found: Sequence[Node], resource: str) -> str:
    """Which of some nodes have how many GPUs free, and who holds the others."""
    return listed((_described(inventory, node, resource) for node in found), 2)


def _described(inventory: Inventory, node: Node, resource: str) -> str:
    users = held(inventory, node, resource)
    who = listed(f"{name} {count}" for name, count in users.most_common())
    product = f" ({node.gpu_product})" if node.gpu_product else ""
    there = f"{free(inventory, node, resource)} of {node.gpus.get(resource, 0)} free on {node.name}{product}"
    return f"{there}, held by {who}" if who else there


def _holders(inventory: Inventory) -> dict[tuple[str, str], Counter[str]]:
    owners = {pod.ref: f"{model.namespace}/{model.name}" for model in inventory.models for pod in model.pods}
    found: dict[tuple[str, str], Counter[str]] = {}
    for raw in inventory.all(kinds.POD):
        pod = Pod(raw)
        if not pod.node or pod.over:
            continue
        for resource, count in pod.gpus.items():
            holders = found.setdefault((pod.node, resource), Counter())
            holders[owners.get(pod.ref, str(pod.ref))] += count
    return found


def _selected(pod: Pod, node: Node) -> bool:
    return strings(pod.raw, "spec", "nodeSelector").items() <= node.labels.items()


def _liked(pod: Pod, node: Node) -> bool:
    """Whether a node fits the affinity a pod requires: any of its terms, and all of one term."""
    required = mapping(pod.raw, "spec", "affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution")
    terms = list(items(required, "nodeSelectorTerms"))
    return not terms or any(_fits(term, node) for term in terms)


def _fits(term: Mapping[str, Any], node: Node) -> bool:
    fields = {"metadata.name": node.name}
    wanted = [*((entry, node.labels) for entry in items(term, "matchExpressions")),
              *((entry, fields) for entry in items(term, "matchFields"))]  # fmt: skip
    return bool(wanted) and all(_true(entry, values) for entry, values in wanted)


def _true(entry: Mapping[str, Any], values: Mapping[str, str]) -> bool:
    key, operator = text(entry, "key"), text(entry, "operator")
    listed_values = entry.get("values") or []
    value = values.get(key)
    match operator:
        case "In":
            return value in listed_values
        case "NotIn":
            return value not in listed_values
        case "Exists":
            return value is not None
        case "DoesNotExist":
            return value is None
        case "Gt" | "Lt":
            return _compared(operator, value, listed_values)
        case _:
            return False


def _compared(operator: str, value: str | None, bounds: Sequence[Any]) -> bool:
    try:
        left, right = int(value or ""), int(bounds[0])
    except (ValueError, TypeError, IndexError):
        return False
    return left > right if operator == "Gt" else left < right


def _tolerates(pod: Pod, taint: Mapping[str, Any]) -> bool:
    return any(tolerates(toleration, taint) for toleration in items(pod.raw, "spec", "tolerations"))
