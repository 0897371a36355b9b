"""The rows of a rollout: the service, its roles, their revisions, and the pods of each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from mtop_core.api import Inventory, Model, Pod, Workload, plain, short_age, status_of
from mtop_rollout.real.phases import Logs, Phase, phase_of
from mtop_rollout.real.revisions import RevisionOf, difference, revisions_of

Row = dict[str, Any]
_LWS_GROUP = "leaderworkerset.sigs.k8s.io/group-index"
_ROUTES = ("GatewaysReady", "HTTPRoutesReady", "InferencePoolReady", "SchedulerWorkloadReady", "IngressReady",
           "RoutesReady")  # fmt: skip


class Shape(NamedTuple):
    """How much of the tree to show: all pods or only those in motion, and how many revisions of each workload."""

    expand: bool = False
    revisions: int = 3
    lines: int = 0  # of the terminal, zero for as many as it takes


def rows_of(model: Model, shape: Shape, logs: Logs) -> list[Row]:
    """All rows; what is steady is folded together where the terminal has no room for it."""
    whole = list(_rows(model, shape, logs, fold=False))
    # on a narrow terminal what is said of a row takes a line of its own
    lines = len(whole) + sum(bool(row["info"]) for row in whole)
    if shape.expand or not shape.lines or lines <= shape.lines:
        return whole
    return list(_rows(model, shape, logs, fold=True))


def _rows(model: Model, shape: Shape, logs: Logs, *, fold: bool) -> Iterator[Row]:
    status = status_of(model)
    yield _row(
        model.name, 0, "service", model.name, status.label, f"{_known(status.ready)}/{status.desired}",
        info=_traffic(model), age=_age(model.created, model.inventory),
    )  # fmt: skip
    for workload in sorted(model.workloads, key=lambda one: not one.serving):
        if workload.serving or not fold:
            yield from _role(model, workload, shape, logs, fold=fold)
    yield from _routes(model)
    yield from _group(model)


def _role(model: Model, workload: Workload, shape: Shape, logs: Logs, *, fold: bool) -> Iterator[Row]:
    key = workload.ref.name
    state = "rolling" if workload.rolling else "ready" if workload.ready >= workload.desired else "starting"
    yield _row(f"{model.name}/{key}", 1, workload.ref.kind, workload.role, state,
               f"{workload.ready}/{workload.desired}", info=_deadline(workload, model.inventory.at))  # fmt: skip
    revisions = revisions_of(workload, model.pods, model.inventory)
    shown = [one for one in revisions if one.pods or one.newest]
    if not workload.rolling and not workload.serving:
        return
    for at, revision in enumerate(shown[: shape.revisions]):
        older = revisions[at + 1] if at + 1 < len(revisions) else None
        yield from _revision(model, key, (revision, older), logs, fold=fold)
    if len(shown) > shape.revisions:
        rest = shown[shape.revisions :]
        count = sum(len(one.pods) for one in rest)
        yield _row(f"{key}/more", 2, "revisions", f"+{len(rest)} older", "", "", info=f"{count} pods")


def _revision(
    model: Model, key: str, of: tuple[RevisionOf, RevisionOf | None], logs: Logs, *, fold: bool
) -> Iterator[Row]:
    revision, older = of
    ready = sum(pod.ready for pod in revision.pods)
    name = f"rev {revision.number}" if revision.number else "rev"
    info = difference(revision, older) if older is not None and revision.newest else ""
    yield _row(f"{key}/{revision.hash}", 2, "revision", f"{name} {revision.hash}".strip(),
               "new" if revision.newest else "old", f"{ready}/{len(revision.pods)}", info=info)  # fmt: skip
    phases = [(pod, phase_of(pod, model.inventory, logs)) for pod in revision.pods]
    steady = [pod for pod, phase in phases if phase.word == "ready"]
    folded = fold and len(steady) > 1
    for pod, phase in phases:
        if not (folded and phase.word == "ready"):
            yield _pod(pod, phase, model.inventory)
    if folded:
        yield _row(f"{key}/{revision.hash}/ready", 3, "pods", f"+{len(steady)} ready", "ready", "", way=100)


def _pod(pod: Pod, phase: Phase, inventory: Inventory) -> Row:
    group = pod.labels.get(_LWS_GROUP, "")
    name = pod.name.rpartition("-")[2] if not group else f"group {group} {pod.role}"
    restarts = f"restarts {pod.restarts}" if pod.restarts else ""
    left = _left(pod, phase, inventory)
    why = _unscheduled(pod) if phase.word == "scheduling" else ""
    return _row(
        f"{pod.namespace}/{pod.name}", 3, "pod", name, phase.label, "", way=None if phase.bad else phase.way,
        node=pod.node, gpus=sum(pod.gpus.values()), info=", ".join(filter(None, (restarts, left, why))),
        age=_age(pod.created, inventory), bad=phase.bad,
    )  # fmt: skip


def _unscheduled(pod: Pod) -> str:
    condition = pod.conditions.get("PodScheduled")
    return plain(condition.message) if condition is not None and condition.status == "False" else ""


def _left(pod: Pod, phase: Phase, inventory: Inventory) -> str:
    """How long it may still take, from how far it came."""
    if pod.created is None or phase.bad or not 0 < phase.way < 100:
        return ""
    age = (inventory.at - pod.created).total_seconds()
    return f"about {short_age(age * (100 - phase.way) / phase.way)} left" if age > 0 else ""


def _deadline(workload: Workload, at: datetime) -> str:
    """How long a Deployment may still go without progress."""
    progress = workload.conditions.get("Progressing")
    if not workload.rolling or progress is None or workload.multi_node:
        return ""
    if progress.reason == "ProgressDeadlineExceeded":
        return "progress deadline exceeded"
    limit = workload.raw.get("spec", {}).get("progressDeadlineSeconds", 600)
    updated = progress.since
    if updated is None or not isinstance(limit, int):
        return ""
    left = limit - (at - updated).total_seconds()
    return f"deadline in {short_age(max(left, 0))} without progress" if left < limit else ""


def _traffic(model: Model) -> str:
    weight = model.weight
    if weight is None:
        return ""
    share = "unknown" if weight.share is None else f"{weight.share:.0%}"
    return f"traffic {share}{f' of group {weight.group}' if weight.group else ''}"


def _group(model: Model) -> Iterator[Row]:
    """The others that share its traffic."""
    for peer in model.inventory.members(model.namespace, model.group) if model.group else ():
        if peer.name != model.name:
            status = status_of(peer)
            yield _row(f"group/{peer.name}", 1, "peer", peer.name, status.label,
                       f"{_known(status.ready)}/{status.desired}", info=_traffic(peer))  # fmt: skip


def _routes(model: Model) -> Iterator[Row]:
    there = [condition for name in _ROUTES if (condition := model.conditions.get(name)) is not None]
    poor = [condition for condition in there if condition.status != "True"]
    for condition in poor:
        yield _row(f"{model.name}/{condition.type}", 1, "condition", condition.type.removesuffix("Ready"), "not ready",
                   "", info=plain(f"{condition.reason}: {condition.message}"))  # fmt: skip
    if there and not poor:
        names = ", ".join(condition.type.removesuffix("Ready").removesuffix("Workload") for condition in there)
        yield _row(f"{model.name}/routing", 1, "condition", "routing", "ready", "", info=names)


def _row(
    key: str, depth: int, kind: str, name: str, status: str, ready: str, *, way: int | None = None, node: str = "",
    gpus: int = 0, info: str = "", age: float | None = None, bad: bool = False,
) -> Row:  # fmt: skip
    return {
        "key": key, "depth": depth, "kind": kind, "name": plain(name), "status": plain(status), "ready": ready,
        "percent": way, "node": plain(node), "gpus": gpus, "ageSeconds": age, "info": info, "bad": bad,
    }  # fmt: skip


def _known(count: int | None) -> str:
    return "-" if count is None else str(count)


def _age(created: datetime | None, inventory: Inventory) -> float | None:
    return None if created is None else (inventory.at - created).total_seconds()


def serving(model: Model) -> Sequence[Workload]:
    """The workloads that serve the model."""
    return [workload for workload in model.workloads if workload.serving]
