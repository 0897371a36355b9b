"""The words of the scheduler about a pod that fits nowhere."""

from __future__ import annotations

from collections import Counter

from .base import Obj
from .cluster import Cluster

_NOT_FOUND = "node(s) didn't match Pod's node affinity/selector"


def verdict(cluster: Cluster, spec: Obj) -> str:
    """Return the Unschedulable message for a pod with this spec."""
    nodes = [obj for obj in cluster.objects.values() if obj["kind"] == "Node"]
    reasons = Counter(_blocker(node, spec) for node in nodes)
    total = len(nodes)
    listed = ", ".join(sorted(f"{count} {reason}" for reason, count in reasons.items()))
    helpless = sum(count for reason, count in reasons.items() if not reason.startswith("Insufficient"))
    tail = [f"{total - helpless} No preemption victims found for incoming pod"] if total > helpless else []
    tail += [f"{helpless} Preemption is not helpful for scheduling"] if helpless else []
    return sentence(total, listed, ", ".join(sorted(tail)))


def claim_verdict(cluster: Cluster, reason: str) -> str:
    """Return the Unschedulable message for a pod whose claim is the obstacle."""
    total = sum(obj["kind"] == "Node" for obj in cluster.objects.values())
    return sentence(total, reason, f"{total} Preemption is not helpful for scheduling")


def sentence(total: int, listed: str, tail: str) -> str:
    """Return the scheduler's sentence."""
    none = f"0/{total} nodes are available: "
    return f"{none}{listed}. preemption: {none}{tail}."


def _blocker(node: Obj, spec: Obj) -> str:
    tolerated = {t["key"] for t in spec.get("tolerations", []) if t.get("effect") in (None, "NoSchedule")}
    for taint in node["spec"].get("taints", []):
        if taint["effect"] == "NoSchedule" and taint["key"] not in tolerated:
            return f"node(s) had untolerated taint {{{taint['key']}: {taint.get('value', '')}}}"
    labels = node["metadata"]["labels"]
    wanted = spec.get("nodeSelector", {})
    if any(labels.get(key) != value for key, value in wanted.items()):
        return _NOT_FOUND
    requests = spec["containers"][0]["resources"]["requests"]
    accelerator = [key for key in requests if key.endswith("/gpu")]
    return f"Insufficient {accelerator[0] if accelerator else 'cpu'}"
