"""Pods that are never created."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from mtop_core.api import Evidence, Finding, Inventory, Model, Pod, Ref, Workload, kinds, ref_of, text
from mtop_doctor.rules.common import kubectl, listed, once, said_by, said_in_event

_QUOTA = re.compile(
    r"exceeded quota: (?P<name>[^,\s]+), requested: (?P<asked>.+?), used: (?P<used>.+?), limited: (?P<limit>.+)"
)


def quota_exceeded(model: Model, inventory: Inventory) -> Iterator[Finding]:
    """The namespace's quota has no room for a pod.

    Evidence: `exceeded quota: ...` of the condition ReplicaFailure, else of an event FailedCreate.
    Guard: not where the workload has all the replicas it wants.
    """
    for workload in model.workloads:
        if workload.total >= workload.desired and not workload.rolling:
            continue
        proof = _refusal(model, workload, inventory)
        match = proof and _QUOTA.search(proof.text)
        if not proof or not match:
            continue
        quota = Ref("ResourceQuota", model.namespace, match["name"])
        failure = workload.conditions.get("ReplicaFailure")
        users = _holders(model.namespace, inventory)
        who = f" GPUs in {model.namespace} are held by {listed(f'{n} ({c})' for n, c in users)}." if users else ""
        yield Finding(
            workload.ref,
            f"The quota {quota.name} of {model.namespace} has no room: {match['asked']} requested, {match['used']} "
            f"used, {match['limit']} allowed.",
            (proof,), f"Raise spec.hard of the ResourceQuota {quota.name}, or free what others hold.{who}",
            kubectl("describe", "resourcequota", quota.name, "-n", model.namespace),
            since=failure.since if failure else None,
        )  # fmt: skip


def _refusal(model: Model, workload: Workload, inventory: Inventory) -> Evidence | None:
    failure = workload.conditions.get("ReplicaFailure")
    if failure is not None and failure.bad:
        return said_by(workload.ref, failure)
    makers = [workload.raw, *inventory.owned(model, kinds.REPLICA_SET), *inventory.owned(model, kinds.STATEFUL_SET)]
    for maker in makers:
        for event in reversed(inventory.events_of(maker)):
            if text(event, "reason") == "FailedCreate" and "exceeded quota" in text(event, "message"):
                return said_in_event(event, ref_of(maker))
    return None


def _holders(namespace: str, inventory: Inventory) -> list[tuple[str, int]]:
    return once(inventory, ("quota", namespace), lambda: _counted(namespace, inventory)).most_common()


def _counted(namespace: str, inventory: Inventory) -> Counter[str]:
    owners = {pod.ref: model.name for model in inventory.models for pod in model.pods}
    found: Counter[str] = Counter()
    for raw in inventory.all(kinds.POD):
        pod = Pod(raw)
        if pod.namespace == namespace and not pod.over and pod.gpus:
            found[owners.get(pod.ref, pod.name)] += sum(pod.gpus.values())
    return found
