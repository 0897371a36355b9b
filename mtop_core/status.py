"""The one word for how a model is, derived the same way for every table, alert and screen.

The CR's own `Ready` is one witness among several: it stays True while a new revision cannot start,
keeps stale parts when a config is missing, and never tells a pod's reason.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from mtop_core.objects.access import ShapeError
from mtop_core.objects.conditions import Condition, condition_of
from mtop_core.objects.kinds import DEPLOYMENT, LEADER_WORKER_SET, POD
from mtop_core.objects.model import Model
from mtop_core.objects.pod import LWS_GROUP, LWS_NAME, Pod
from mtop_core.objects.workload import Workload
from mtop_core.record import Record
from mtop_core.trouble import Trouble, by_cause, pod_trouble

WORDS = (
    "ready", "rolling", "loading", "degraded", "broken", "stopped", "scaled-to-zero", "deleting", "unknown",
)  # fmt: skip

# Reasons that only say "not ready" once more.
_EMPTY_REASONS = frozenset({
    "MinimumReplicasUnavailable", "NewReplicaSetAvailable", "ReplicaSetUpdated", "Stopped", "HTTPRoutesNotReady",
    "WaitingForGateway", "GroupsProgressing", "GroupsAreProgressing", "AllGroupsReady", "Deploying",
})  # fmt: skip
# Reasons, with messages to match, that stay when the answer turns bad.
_STALE_REASONS = frozenset({"AllGroupsReady", "NewReplicaSetAvailable"})
_SUMMARIES = frozenset({"Ready", "WorkloadsReady", "RouterReady", "PredictorReady", "IngressReady", "RoutesReady"})
_STAGES = {
    "PresetsCombined": "config",
    "GatewaysReady": "route",
    "HTTPRoutesReady": "route",
    "InferencePoolReady": "route",
    "SchedulerWorkloadReady": "endpoint",
    "TokenizerReady": "endpoint",
    "ScalingReady": "scaling",
    "PrefillScalingReady": "scaling",
    "GroupDegraded": "route",
    "GroupReady": "route",
    "IngressReady": "route",
    "RouterReady": "route",
}
_ORDER = {kind: order for order, kind in enumerate(_STAGES)}
_CONSEQUENCES = frozenset({"rollout", "endpoint", "route"})
_IN_THE_WAY = frozenset({"transformer"})  # every request passes through it
_UNREACHABLE = frozenset({"GatewaysReady", "HTTPRoutesReady", "InferencePoolReady", "IngressReady"})


class Status(Record):
    """How a model is: its word, ready of desired replicas, and its troubles, the cause first.

    `updated` is how many replicas run the newest revision, None where no rollout is under way;
    `ready` is None where neither workloads nor the CR say.
    """

    word: str
    ready: int | None
    desired: int
    updated: int | None
    troubles: tuple[Trouble, ...]
    problem: ShapeError | None = None

    @property
    def label(self) -> str:
        """The word as a table shows it, with progress: `rolling 2/4`."""
        return f"rolling {self.updated}/{self.desired}" if self.word == "rolling" else self.word

    @property
    def error(self) -> str:
        """The cause in one line, with how often it occurs and how many others there are; empty when all is well."""
        if self.problem is not None:
            return self.problem.message
        if not self.troubles or self.word in ("stopped", "scaled-to-zero"):
            return ""
        counted = Counter(trouble.text for trouble in _causes(self.troubles))
        first, times = next(iter(counted.items()))
        many = f" (x{times})" if times > 1 else ""
        rest = f" (+{len(counted) - 1} more)" if len(counted) > 1 else ""
        return f"{first}{many}{rest}"


def _causes(troubles: tuple[Trouble, ...]) -> tuple[Trouble, ...]:
    """The troubles that no other one explains: a stalled rollout or a CR's summary follows from a failing pod."""
    if not troubles:
        return ()
    causes = tuple(t for t in troubles if t.stage not in _CONSEQUENCES and not (t.heals and not troubles[0].heals))
    return causes or troubles[:1]


def status_of(model: Model) -> Status:
    """The status of a model; a malformed object is `unknown` and says which field is wrong."""
    try:
        return _status(model)
    except ShapeError as error:
        return Status("unknown", None, 0, None, (), model.inventory.rooted(error, model))


def _status(model: Model) -> Status:
    serving = [workload for workload in model.workloads if workload.serving]
    ready, desired = _replicas(model, serving)
    updated = _updated(serving)
    if model.deleting:
        return Status("deleting", ready, desired, None, tuple(sorted(_condition_troubles(model), key=by_cause)))
    if model.stopped:
        return Status("stopped", ready, desired, None, ())
    troubles = tuple(sorted(_troubles(model, serving), key=by_cause))
    if serving and updated is None and model.unseen:
        updated = 0
    word = _word(model, serving, ready, desired, updated, troubles)
    return Status(word, ready, desired, updated if word == "rolling" else None, troubles, None)


def _replicas(model: Model, serving: list[Workload]) -> tuple[int | None, int]:
    if serving:
        return sum(part.ready for part in serving), sum(part.desired for part in serving)
    groups = _groups_of([pod for pod in model.pods if pod.serving and not pod.over])
    if groups:
        return sum(all(pod.ready for pod in group) for group in groups), max(model.wanted, len(groups))
    if model.inventory.read(POD) and model.scales_to_zero:
        return 0, 0
    # no InferenceService has LeaderWorkerSets, and many clusters have no such kind
    if model.inventory.read(DEPLOYMENT) and (not model.llm or model.inventory.read(LEADER_WORKER_SET)):
        return 0, 0 if model.scales_to_zero else model.wanted
    return model.reported_ready, model.wanted


def _groups_of(pods: list[Pod]) -> list[list[Pod]]:
    """The pods by replica: those of one LeaderWorkerSet group serve together, any other pod alone."""
    groups: dict[tuple[str, str], list[Pod]] = {}
    for pod in pods:
        name, index = pod.labels.get(LWS_NAME, ""), pod.labels.get(LWS_GROUP, "")
        groups.setdefault((name, index) if name else (pod.name, ""), []).append(pod)
    return list(groups.values())


def _updated(serving: list[Workload]) -> int | None:
    if not any(part.rolling for part in serving):
        return None
    return sum(min(part.updated, part.desired) for part in serving)


def _word(
    model: Model,
    serving: list[Workload],
    ready: int | None,
    desired: int,
    updated: int | None,
    troubles: tuple[Trouble, ...],
) -> str:
    hard = any(not trouble.heals for trouble in troubles)
    if desired == 0 and not hard:
        return "scaled-to-zero" if model.scales_to_zero or serving else "unknown"
    if ready is None or not (serving or model.pods or model.inventory.read(POD)):
        return _reported_word(model, hard)
    if hard:
        return "degraded" if _serves(model, serving, ready) else "broken"
    if updated is not None and (ready or any(part.total > part.updated for part in serving)):
        return "rolling"
    if ready < desired:
        return "loading" if serving or model.pods else _reported_word(model, hard)
    return "loading" if troubles else "ready"


def _reported_word(model: Model, hard: bool) -> str:
    """What the CR alone lets one say, where no workload and no pod is known."""
    if hard:
        return "broken"
    ready = condition_of(model.raw, "Ready")
    if ready is None or model.inventory.read(POD):
        return "unknown"
    # Ready=True is what a service says whose newest revision crashes: without pods it proves nothing
    return {"True": "unknown", "False": "broken"}.get(ready.status, "loading")


def _serves(model: Model, serving: list[Workload], ready: int) -> bool:
    """Whether requests can still be answered: every part but prefill has a replica and a way leads there."""
    if any(condition.type in _UNREACHABLE for condition in model.bad_conditions):
        return False
    if any(part.role in _IN_THE_WAY and part.desired > 0 and not part.ready for part in model.workloads):
        return False
    parts = [part for part in serving if part.role != "prefill"]
    return any(part.ready for part in parts) if parts else ready > 0


def _troubles(model: Model, serving: list[Workload]) -> Iterator[Trouble]:
    """Every trouble of a model; the CR's own words only where nothing below it explains them."""
    found = [*_pod_troubles(model), *_workload_troubles(model), *_condition_troubles(model)]
    found += _missing_parts(model, serving, found)
    if model.load_failure and not any(not trouble.heals for trouble in found):
        reason, _, message = model.load_failure.partition(": ")
        found.append(Trouble("engine", reason, message, model.ref, "status.modelStatus.lastFailureInfo"))
    yield from found
    if not found and (summary := _summary_trouble(model)):
        yield summary


def _pod_troubles(model: Model) -> Iterator[Trouble]:
    for pod in model.pods:
        trouble = pod_trouble(pod, model.inventory.node(pod.node), model)
        if trouble and not (pod.over and _replaced(model)):
            yield trouble


def _replaced(model: Model) -> bool:
    """Whether all wanted replicas are there, so that a pod that ended earlier is history."""
    parts = [part for part in model.workloads if part.serving]
    if parts:
        return all(part.ready >= part.desired for part in parts)
    return sum(pod.ready for pod in model.pods if pod.serving) >= model.wanted


def _missing_parts(model: Model, serving: list[Workload], found: list[Trouble]) -> Iterator[Trouble]:
    """Parts that requests need and that have no replica at all, where no pod of theirs tells why."""
    decode = [part for part in serving if part.role != "prefill"]
    if decode and len(decode) < len(serving) and not any(part.desired for part in decode):
        yield Trouble("creation", "NoDecode", "no decode replica is wanted, and prefill alone cannot answer",
                      decode[0].ref, "spec.replicas")  # fmt: skip
    if any(not trouble.heals for trouble in found):
        return
    for part in model.workloads:
        if not part.serving and part.desired > 0 and not part.ready:
            heals = any(pod.role == part.role for pod in model.pods)
            message = f"the {part.role} has none of {part.desired} replicas ready"
            yield Trouble("endpoint", "NoReplicas", message, part.ref, "status.readyReplicas", heals)


def _workload_troubles(model: Model) -> Iterator[Trouble]:
    for part in model.workloads:
        failure = part.conditions.get("ReplicaFailure")
        if failure is not None and failure.bad:
            yield Trouble("creation", failure.reason, failure.message, part.ref, failure.path)
        progress = part.conditions.get("Progressing")
        if progress is not None and progress.status == "False" and progress.reason == "ProgressDeadlineExceeded":
            yield Trouble("rollout", progress.reason, progress.message, part.ref, progress.path)


def _condition_troubles(model: Model) -> Iterator[Trouble]:
    """What the CR says that pods and workloads cannot: config, routing, scaling."""
    bad = [condition for condition in model.bad_conditions if condition.type in _STAGES and not _empty(condition)]
    for condition in sorted(bad, key=lambda found: _ORDER[found.type]):
        reason = condition.reason or condition.type
        yield Trouble(_STAGES[condition.type], reason, condition.message, model.ref, condition.path)


def _empty(condition: Condition) -> bool:
    return condition.reason in _EMPTY_REASONS and not (condition.type in _UNREACHABLE and condition.message)


def _summary_trouble(model: Model) -> Trouble | None:
    """The first failing condition of a model that nothing else explains."""
    poor = [*model.bad_conditions, *model.unsettled]
    poor.sort(key=lambda condition: condition.type in _SUMMARIES)
    if not poor:
        return _unseen_trouble(model)
    first = poor[0]
    heals = first.reason in _EMPTY_REASONS or not first.bad
    reason = "" if first.reason in _STALE_REASONS else first.reason
    message = "" if first.reason in _STALE_REASONS else first.message
    return Trouble("admission", reason or f"{first.type}={first.status}", message, model.ref, first.path, heals)


def _unseen_trouble(model: Model) -> Trouble | None:
    """A change that the controller has not taken up yet."""
    if model.unseen is None:
        return None
    written, seen = model.unseen
    message = f"generation {written} is not taken up yet, the controller has seen {seen}"
    return Trouble("admission", "ControllerLag", message, model.ref, "status.observedGeneration", heals=True)
