"""Pods that wait for a node, and no other rule knows why."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta

from mtop_core.api import Evidence, Finding, Inventory, Model, Pod, Ref, kinds
from mtop_doctor.rules import scheduling, volumes
from mtop_doctor.rules.common import folded, kubectl, said_by, stuck_pods

_PATIENCE = timedelta(minutes=5)
_CAUSES: tuple[Callable[[Model, Inventory], Iterable[Finding]], ...] = (
    scheduling.gpu_request_exceeds_node, scheduling.gpu_insufficient, scheduling.rollout_surge_no_free_gpu,
    scheduling.untolerated_taint, scheduling.node_selector_mismatch,
)  # fmt: skip
_CLAIMS = (volumes.pvc_missing, volumes.pvc_storageclass_missing, volumes.pvc_pending)


@folded
def pending_long(model: Model, inventory: Inventory) -> Iterator[Finding]:
    """A pod has had no node for more than five minutes.

    Evidence: the condition PodScheduled is False, with the scheduler's words; its absence where it has none.
    Guard: not where another rule of scheduling or volumes names the cause, and not behind a scheduling gate.
    """
    waiting = [pod for pod in stuck_pods(model) if _waits(pod, inventory)]
    known = _known(model, inventory) if waiting else frozenset()
    for pod in waiting:
        if pod.ref in known:
            continue
        verdict = pod.conditions.get("PodScheduled")
        told = verdict is not None and bool(verdict.message or verdict.reason)
        state = Evidence(pod.ref, "status.phase", pod.phase or "Pending")
        yield Finding(
            pod.ref,
            "No node takes the pod." if told else "The scheduler has said nothing of the pod.",
            (said_by(pod.ref, verdict) if told and verdict else state,),
            "See what each node lacks in the scheduler's words, and change the pod or add a node that fits."
            if told else "See that the scheduler that spec.schedulerName of the pod names is there and runs.",
            kubectl("describe", "pod", pod.name, "-n", pod.namespace),
            since=(verdict.since if verdict else None) or pod.created,
        )  # fmt: skip


def _waits(pod: Pod, inventory: Inventory) -> bool:
    verdict = pod.conditions.get("PodScheduled")
    held = verdict is not None and (verdict.status == "True" or verdict.reason == "SchedulingGated")
    return not pod.node and not held and pod.created is not None and inventory.at - pod.created >= _PATIENCE


def _known(model: Model, inventory: Inventory) -> frozenset[Ref]:
    """The pods whose wait another rule explains; rules on claims say nothing where claims were not read."""
    claims = inventory.read(kinds.PVC) and inventory.read(kinds.STORAGE_CLASS)
    found = [finding for rule in (*_CAUSES, *(_CLAIMS if claims else ())) for finding in rule(model, inventory)]
    return frozenset(ref for finding in found for ref in (finding.subject, *finding.explains))
