"""Nodes that are lost."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from mtop_core.api import Evidence, Finding, Inventory, Model, Node, Pod, Ref, kinds, parse_time, text
from mtop_doctor.rules.common import controller_of, kubectl, listed, once, said_by

_YOUNG = timedelta(minutes=5)


def node_not_ready(model: Model, inventory: Inventory) -> Iterator[Finding]:
    """A node is not ready; it explains the pods on it and those that should replace them.

    Evidence: the node's Ready condition and its taints.
    Guard: not in the first five minutes of a node, and not where no pod of the model is on it.
    """
    for name in sorted({pod.node for pod in model.pods if pod.node and not pod.over}):
        node = inventory.node(name)
        if node is None or node.ready or _booting(node, inventory):
            continue
        ready = node.conditions.get("Ready")
        ref = Ref(kinds.NODE.name, "", name)
        here = [pod for pod in model.pods if pod.node == name and not pod.over]
        taints = [text(taint, "key") for taint in node.taints]
        proof = [said_by(ref, ready)] if ready is not None else [Evidence(ref, "status.conditions", "no Ready")]
        places = {key: i for i, key in enumerate(taints) if _state(key)}
        proof += [Evidence(ref, f"spec.taints[{i}].key", key) for key, i in places.items()]
        yield Finding(
            ref, f"The node {name} is not ready: {_lost(node, inventory)}.", tuple(proof[:3]),
            "Recover the node, or delete its Node object so that its pods go elsewhere.",
            kubectl("describe", "node", name), since=ready.since if ready else None,
            explains=tuple(pod.ref for pod in (*here, *_successors(model, here))),
        )  # fmt: skip


def _booting(node: Node, inventory: Inventory) -> bool:
    created = parse_time(node.raw["metadata"].get("creationTimestamp"))
    return created is not None and inventory.at - created < _YOUNG


def _state(taint: str) -> bool:
    return taint in ("node.kubernetes.io/unreachable", "node.kubernetes.io/not-ready")


def _successors(model: Model, lost: list[Pod]) -> list[Pod]:
    """The pods without a node that the makers of some lost pods made in their place."""
    makers = {controller_of(pod) for pod in lost} - {""}
    return [pod for pod in model.pods if not pod.node and not pod.over and controller_of(pod) in makers]


def _lost(node: Node, inventory: Inventory) -> str:
    """What a node takes away: its GPUs and the models on it."""
    gpus = sum(node.gpus.values())
    product = f" {node.gpu_product}" if node.gpu_product else ""
    models = once(inventory, "residents", lambda: _residents(inventory)).get(node.name, [])
    who = f"pods of {listed(models)} are lost"
    return f"{gpus}{product} GPUs and {who}" if gpus else who


def _residents(inventory: Inventory) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for model in inventory.models:
        for node in sorted({pod.node for pod in model.pods if pod.node and not pod.over}):
            found.setdefault(node, []).append(f"{model.namespace}/{model.name}")
    return found
