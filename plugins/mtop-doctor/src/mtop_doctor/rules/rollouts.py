"""Rollouts and groups that do not complete."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from mtop_core.api import Evidence, Finding, Inventory, Model, Pod, Workload, mapping, number, parse_time, text
from mtop_doctor.rules.common import controller_of, kubectl, said_by, stuck_pods
from mtop_doctor.rules.engine import crashes

_GROUP = "leaderworkerset.sigs.k8s.io/group-index"
_WORKER = "leaderworkerset.sigs.k8s.io/worker-index"
_SET = "leaderworkerset.sigs.k8s.io/name"
_FAILING = frozenset({
    "CrashLoopBackOff", "ImagePullBackOff", "ErrImagePull", "CreateContainerConfigError", "CreateContainerError",
    "InvalidImageName", "RunContainerError",
})  # fmt: skip
_BUDGET = timedelta(minutes=10)  # what a start may take where no startup probe says


def isvc_load_failed(model: Model, inventory: Inventory) -> Iterator[Finding]:
    """KServe says that an InferenceService could not load its model.

    Evidence: status.modelStatus with BlockedByFailedLoad or InvalidSpec, and its lastFailureInfo.
    Guard: a warning only where a container crashes: then that crash is the cause.
    """
    if model.llm or not model.load_failure:
        return
    status = mapping(model.raw, "status", "modelStatus")
    failure = mapping(status, "lastFailureInfo")
    message = text(failure, "message")
    proof = [Evidence(model.ref, "status.modelStatus.transitionStatus", text(status, "transitionStatus")),
             Evidence(model.ref, "status.modelStatus.lastFailureInfo.reason", text(failure, "reason"))]  # fmt: skip
    if message:
        proof.append(Evidence(model.ref, "status.modelStatus.lastFailureInfo.message", message))
    yield Finding(
        model.ref, "KServe could not load the model of this InferenceService.", tuple(p for p in proof if p.text),
        "Look at the container that should serve it: its status, then the log of its last run.",
        kubectl("describe", "isvc", model.name, "-n", model.namespace),
        severity="warning" if crashes(model, inventory) else "", since=parse_time(failure.get("time")),
        consequence=True,
    )  # fmt: skip


def ready_but_rollout_stuck(model: Model, inventory: Inventory) -> Iterator[Finding]:
    """The old revision serves and makes the service Ready, and the new one is not live.

    Evidence: Ready=True of the CR, and the passed deadline of the rollout or a failing pod of the newest revision.
    Guard: not within the deadline while no pod of the newest revision fails.
    """
    ready = model.conditions.get("Ready")
    if ready is None or ready.status != "True":
        return
    for workload in model.workloads:
        if not (workload.serving and workload.rolling and workload.ready):
            continue
        stalled = workload.conditions.get("Progressing")
        late = stalled is not None and stalled.status == "False" and stalled.reason == "ProgressDeadlineExceeded"
        failing = [pod for pod in stuck_pods(model) if _failing(pod) and _newer(pod, model)]
        if not late and not failing:
            continue
        proof = [Evidence(model.ref, f"{ready.path}.status", "True")]
        if late and stalled is not None:
            proof.append(said_by(workload.ref, stalled))
        proof += [Evidence(pod.ref, f"{path}.state.waiting.reason", reason) for pod in failing[:1]
                  for path, reason in _reasons(pod)]  # fmt: skip
        yield Finding(
            model.ref, "The service is Ready on its old revision, and the newest change is not live.", tuple(proof),
            "Mend what stops the pods of the new revision, or take the change back.",
            kubectl("rollout", "status", f"deployment/{workload.ref.name}", "-n", model.namespace)
            if not workload.multi_node else "",
            since=stalled.since if late and stalled else None, consequence=True,
        )  # fmt: skip


def lws_group_partial(model: Model, inventory: Inventory) -> Iterator[Finding]:
    """A group of a LeaderWorkerSet serves only when all its pods run, and some are missing or stuck.

    Evidence: the group's size, and the state of the pods that are not there.
    Guard: not while all pods of the group start within their budget.
    """
    for workload in model.workloads:
        if workload.multi_node:
            size = number(workload.raw, "spec", "leaderWorkerTemplate", "size", default=1)
            for group, members in sorted(_groups(model, workload).items()):
                yield from _partial(model, workload, size, group, members, inventory)


def _partial(
    model: Model, workload: Workload, size: int, group: str, members: dict[str, Pod], inventory: Inventory
) -> Iterator[Finding]:
    lacking = [str(index) for index in range(size) if str(index) not in members]
    stuck = [pod for pod in members.values() if not pod.node or _failing(pod)]
    if not lacking and not stuck:
        return
    if not stuck and all(pod.created and inventory.at - pod.created < _BUDGET for pod in members.values()):
        return
    missing = [*(f"worker {index} does not exist" for index in lacking),
               *(f"worker {pod.labels.get(_WORKER)} {_state(pod)}" for pod in stuck)]  # fmt: skip
    proof = [Evidence(workload.ref, "spec.leaderWorkerTemplate.size", str(size))]
    proof += [_why(pod) for pod in stuck[:1]]
    yield Finding(
        workload.ref, f"Group {group} has {size - len(missing)} of {size} pods: {', '.join(missing)}.", tuple(proof),
        "Mend what stops the missing pod: what the others say while they wait for it is a symptom.",
        kubectl("get", "pods", "-n", model.namespace, "-l", f"{_SET}={workload.ref.name}", "-o", "wide"),
        since=min((pod.created for pod in members.values() if pod.created), default=None),
        explains=tuple(pod.ref for pod in members.values() if pod not in stuck and not pod.ready), consequence=True,
    )  # fmt: skip


def _groups(model: Model, workload: Workload) -> dict[str, dict[str, Pod]]:
    """The pods of each group by their place in it."""
    found: dict[str, dict[str, Pod]] = {}
    for pod in model.pods:
        if pod.labels.get(_SET) == workload.ref.name and not (pod.over or pod.deleting):
            found.setdefault(pod.labels.get(_GROUP, ""), {})[pod.labels.get(_WORKER, "")] = pod
    return found


def _state(pod: Pod) -> str:
    if not pod.node:
        return "has no node"
    return f"is in {next((reason for _, reason in _reasons(pod)), 'failure')}"


def _why(pod: Pod) -> Evidence:
    scheduled = pod.conditions.get("PodScheduled")
    if scheduled is not None and scheduled.status == "False":
        return said_by(pod.ref, scheduled)
    path, reason = next(_reasons(pod), ("status", pod.phase))
    return Evidence(pod.ref, f"{path}.state.waiting.reason", reason)


def _failing(pod: Pod) -> bool:
    return any(True for _ in _reasons(pod))


def _reasons(pod: Pod) -> Iterator[tuple[str, str]]:
    return ((c.path, c.waiting) for c in pod.containers if c.waiting in _FAILING)


def _newer(pod: Pod, model: Model) -> bool:
    """Whether a pod is of another, newer revision than the pods that serve."""
    serving = [p for p in model.pods if p.ready and p.role == pod.role and controller_of(p) != controller_of(pod)]
    return any(p.created and pod.created and pod.created > p.created for p in serving)
