"""Where the pods of a workload could run, and how many more of them fit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mtop_core.api import Inventory, Node, Pod, ShapeError, items, kinds, mapping, strings, text, tolerates

Dict = Mapping[str, Any]


def fitting(inventory: Inventory, pod_spec: Dict, needs: Mapping[str, int]) -> list[Node]:
    """The nodes that are ready, not cordoned, selected, tolerated and large enough for one pod."""
    nodes = [Node(raw) for raw in inventory.all(kinds.NODE)]
    usable = [node for node in nodes if node.ready and node.schedulable]
    large = [node for node in usable if all(node.gpus.get(name, 0) >= count for name, count in needs.items())]
    return [node for node in large if _selected(node, pod_spec) and _tolerated(node, pod_spec)]


def free_slots(inventory: Inventory, nodes: list[Node], needs: Mapping[str, int]) -> int:
    """How many more such pods fit on these nodes: GPUs that are free here and there are no room for a pod."""
    held = _held(inventory)
    slots = 0
    for node in nodes:
        own = held.get(node.name, {})
        room = [(node.gpus.get(name, 0) - own.get(name, 0)) // count for name, count in needs.items() if count]
        slots += max(min(room), 0) if room else 0
    return slots


def _held(inventory: Inventory) -> dict[str, dict[str, int]]:
    """The GPUs that pods hold, by node and resource."""
    found: dict[str, dict[str, int]] = {}
    for raw in inventory.all(kinds.POD):
        try:
            pod = Pod(raw)
            if pod.over or not pod.node:
                continue
            on_node = found.setdefault(pod.node, {})
            for name, count in pod.gpus.items():
                on_node[name] = on_node.get(name, 0) + count
        except ShapeError:
            continue  # a pod that cannot be read holds what nobody knows
    return found


def _selected(node: Node, pod_spec: Dict) -> bool:
    wanted = strings(pod_spec, "nodeSelector")
    return all(node.labels.get(key) == value for key, value in wanted.items()) and _affine(node, pod_spec)


def _affine(node: Node, pod_spec: Dict) -> bool:
    """Whether the required node affinity lets the node through; the plain operators are understood."""
    required = mapping(pod_spec, "affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution")
    terms = list(items(required, "nodeSelectorTerms"))
    return not terms or any(all(_matches(node, rule) for rule in items(term, "matchExpressions")) for term in terms)


def _matches(node: Node, rule: Dict) -> bool:
    value, values = node.labels.get(text(rule, "key")), rule.get("values") or []
    match text(rule, "operator"):
        case "In":
            return value in values
        case "NotIn":
            return value not in values
        case "Exists":
            return value is not None
        case "DoesNotExist":
            return value is None
    return True


def _tolerated(node: Node, pod_spec: Dict) -> bool:
    tolerations = list(items(pod_spec, "tolerations"))
    return all(any(tolerates(one, taint) for one in tolerations) for taint in _hard(node))


def _hard(node: Node) -> Iterator[Dict]:
    return (taint for taint in node.taints if text(taint, "effect") in ("NoSchedule", "NoExecute"))
