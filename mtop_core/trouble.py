"""What stops a pod or a model right now, in one line, from status fields alone."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from mtop_core.objects.access import items, mapping, number, text
from mtop_core.objects.kinds import NODE
from mtop_core.objects.model import Model
from mtop_core.objects.node import Node
from mtop_core.objects.pod import Container, Pod
from mtop_core.objects.refs import Ref
from mtop_core.objects.text import plain
from mtop_core.objects.times import parse_time, short_age
from mtop_core.record import Record

# The order in which a service comes up; what fails first explains what fails later.
STAGES = (
    "admission", "config", "creation", "scheduling", "volume", "image", "download", "engine", "probe",
    "rollout", "endpoint", "route", "scaling", "node",
)  # fmt: skip
_RANK = {stage: rank for rank, stage in enumerate(("node", *STAGES[:-1]))}

_STARTING = frozenset({"ContainerCreating", "PodInitializing", ""})
_CONFIG_ERRORS = frozenset({"CreateContainerConfigError", "CreateContainerError"})
# Patterns are compiled when first used: most runs meet no crashed engine.
_ERROR_LINE = r"(?i)\b(?:\w*Error|\w*Exception|FATAL|CRITICAL|ERROR)\b|error:"
# Lines that only repeat that something else failed before.
_WRAPPER = r"See root cause above|^Traceback|Engine core proc .* died|raise \w+"
_QUOTED = r'"([^"]+)"'
_PREEMPTION = r"\.? (?:no new claims to deallocate, |still not schedulable, )?preemption: "
_SIGNALS = {132: "SIGILL", 134: "SIGABRT", 135: "SIGBUS", 137: "SIGKILL", 139: "SIGSEGV", 143: "SIGTERM"}
_RECENT = timedelta(minutes=30)
_LONGEST = 10**8
# A GPU node takes minutes to come; an image of many GiB longer. The budget is that of KServe's own preset.
PENDING_PATIENCE = timedelta(minutes=5)
CREATING_PATIENCE = timedelta(minutes=15)
STARTUP_BUDGET = timedelta(minutes=10)
SETTLING = timedelta(minutes=1)
# What an engine's wrapper of its real error amounts to.
UNTOLD = "the engine did not start; its previous log says why"


class Trouble(Record):
    """One reason why something is not as it should be; `heals` says whether waiting may be enough."""

    stage: str
    reason: str
    message: str
    ref: Ref
    path: str
    heals: bool = False

    @property
    def text(self) -> str:
        """Reason and message in one line."""
        return plain(f"{self.reason}: {self.message}" if self.message else self.reason)


def by_cause(trouble: Trouble) -> tuple[bool, int, Ref]:
    """Sorts troubles so that the one that explains the others comes first."""
    return (trouble.heals, _RANK[trouble.stage], trouble.ref)


def root_line(message: str) -> str:
    """The line of an engine's last words that says why: its first error that is no wrapper, else its last line."""
    lines = [line for line in map(plain, message.splitlines()) if line]
    errors = [line for line in lines if re.search(_ERROR_LINE, line)]
    causes = (line for line in errors if not re.search(_WRAPPER, line))
    return next(causes, UNTOLD if errors else lines[-1] if lines else "")


def distilled(reason: str, message: str) -> str:
    """A message of the scheduler or the kubelet without what it repeats; the decisive part first."""
    if reason == "Unschedulable":
        return _unschedulable(message)
    if reason in ("ImagePullBackOff", "ErrImagePull"):
        image, last = re.search(_QUOTED, message), message.rpartition(": ")[2]
        return f"{image.group(1)}: {last}" if image and last != message else message
    return message


def _unschedulable(message: str) -> str:
    """`0/9 nodes are available: ...` with what is missing before what merely does not match."""
    head = re.split(_PREEMPTION, message, maxsplit=1)[0].rstrip(". ")
    total, colon, reasons = head.partition(" nodes are available: ")
    if not colon:
        return head
    parts = sorted(reasons.split(", "), key=_decisive)
    nodes = f" (of {total.rpartition('/')[2]} nodes)" if parts[0][:1].isdigit() else ""
    return ", ".join(parts) + nodes


def _decisive(part: str) -> tuple[bool, int]:
    """Sorts what is missing first, then what rules out the most nodes."""
    count = part.partition(" ")[0]
    return "Insufficient" not in part, -int(count) if count.isdigit() and len(count) < 10 else 0


def pod_trouble(pod: Pod, node: Node | None, model: Model) -> Trouble | None:
    """What stops a pod; None when it is ready, over, or leaving a node that can let it go."""
    if pod.phase == "Succeeded":
        return None
    if node is not None and not node.ready and not (pod.ready and not pod.deleting):
        return Trouble("node", "NodeNotReady", f"node {node.name} is not ready", pod.ref, "spec.nodeName")
    if pod.ready or pod.deleting:
        return None
    if pod.phase == "Failed":
        reason = text(pod.raw, "status", "reason") or "Failed"
        return Trouble("node", reason, text(pod.raw, "status", "message"), pod.ref, "status.reason")
    if node is None and pod.node and model.inventory.all(NODE):
        return Trouble("node", "NodeGone", f"node {pod.node} does not exist any more", pod.ref, "spec.nodeName")
    return _unscheduled(pod, model) or next(_container_troubles(pod, model), None) or _unready(pod, model)


def _unscheduled(pod: Pod, model: Model) -> Trouble | None:
    """What keeps a pod from a node; a young one may only be waiting for a node that is being made."""
    condition = pod.conditions.get("PodScheduled")
    if condition is None or condition.status != "False":
        return None
    young = _since(condition.since or pod.created, model) < PENDING_PATIENCE
    reason = condition.reason or "Unschedulable"
    message = distilled(reason, condition.message)
    heals = young or reason == "SchedulingGated"
    return Trouble("scheduling", reason, message, pod.ref, condition.path, heals)


def _container_troubles(pod: Pod, model: Model) -> Iterator[Trouble]:
    for container in pod.containers:
        trouble = _waiting(pod, container) or _ended(pod, container) or _restarting(pod, container, model)
        if trouble:
            yield trouble


def _waiting(pod: Pod, container: Container) -> Trouble | None:
    reason = container.waiting
    if not reason or reason in _STARTING:
        return None
    stage = "image" if "Image" in reason or reason == "SignatureValidationFailed" else _engine_stage(container)
    if reason in _CONFIG_ERRORS:
        stage = "volume"
    path = f"{container.path}.state.waiting"
    if reason == "CrashLoopBackOff":
        return Trouble(stage, reason, _last_words(container), pod.ref, path)
    message = distilled(reason, text(container.state, "waiting", "message"))
    return Trouble(stage, reason, message, pod.ref, path)


def _ended(pod: Pod, container: Container) -> Trouble | None:
    over = mapping(container.state, "terminated")
    if not over or (container.init and number(over, "exitCode") == 0):
        return None
    reason = text(over, "reason") or "Terminated"
    words = exit_words(over)
    return Trouble(_engine_stage(container), reason, words, pod.ref, f"{container.path}.state.terminated")


def _restarting(pod: Pod, container: Container, model: Model) -> Trouble | None:
    """A container that runs, is not ready, and died shortly before: it is failing between two crashes."""
    over = mapping(container.last, "terminated")
    if container.ready or not container.restarts or not over:
        return None
    ended = parse_time(over.get("finishedAt"))
    if ended is None or model.inventory.at - ended > _RECENT or number(over, "exitCode") == 0:
        return None
    reason = f"Restarted {container.restarts}x"
    return Trouble(_engine_stage(container), reason, _last_words(container), pod.ref, f"{container.path}.lastState")


def _unready(pod: Pod, model: Model) -> Trouble:
    """What a pod that nothing is plainly wrong with is waiting for, and whether it has waited too long."""
    waiting = next((c for c in pod.containers if not c.ready and not _done(c)), None)
    if waiting is not None and waiting.running and not waiting.init:
        return _engine_unready(pod, waiting, model)
    if waiting is not None and waiting.running:
        what = "is downloading the model" if waiting.name == "storage-initializer" else f"runs {waiting.name}"
        return _starting(pod, what)
    condition = pod.conditions.get("PodScheduled")
    waited = _since((condition.since if condition else None) or pod.created, model)
    if waited < CREATING_PATIENCE:
        return _starting(pod, "is starting")
    reason = waiting.waiting if waiting is not None and waiting.waiting else "NotStarted"
    message = f"no container has started in {short_age(waited.total_seconds())}; its events say why"
    return Trouble("volume", reason, message, pod.ref, waiting.path if waiting else "status")


def _engine_unready(pod: Pod, container: Container, model: Model) -> Trouble:
    """An engine that runs and is not ready: loading, until its startup budget is used or once it had started."""
    running = _since(parse_time(text(container.state, "running", "startedAt")), model)
    probe = _startup_probe(pod, container.name)
    path = f"{container.path}.ready"
    if container.started and probe and running > SETTLING:
        message = f"container {container.name} has started, and its readiness probe fails"
        return Trouble("probe", "NotReady", message, pod.ref, path)
    budget = _budget(probe) if probe else STARTUP_BUDGET
    if running > budget + SETTLING:
        message = f"container {container.name} is not ready after {short_age(running.total_seconds())}"
        return Trouble("probe", "NotReady", message, pod.ref, path)
    return _starting(pod, "is loading the model" if pod.serving else "is starting")


def _startup_probe(pod: Pod, container: str) -> Mapping[str, Any]:
    specs = (spec for spec in items(pod.raw, "spec", "containers") if spec.get("name") == container)
    return mapping(next(specs, {}), "startupProbe")


def _budget(probe: Mapping[str, Any]) -> timedelta:
    """How long the kubelet lets a container start: the initial delay and every failure its probe allows."""
    periods = number(probe, "periodSeconds", default=10) * number(probe, "failureThreshold", default=3)
    return timedelta(seconds=min(number(probe, "initialDelaySeconds") + periods, _LONGEST))


def _since(moment: datetime | None, model: Model) -> timedelta:
    """How long ago a moment was, nothing where there is none."""
    return model.inventory.at - moment if moment else timedelta(0)


def _starting(pod: Pod, what: str) -> Trouble:
    return Trouble("engine", "Starting", f"{pod.name} {what}", pod.ref, "status.conditions", heals=True)


def _done(container: Container) -> bool:
    over = mapping(container.state, "terminated")
    return bool(over) and number(over, "exitCode") == 0


def _engine_stage(container: Container) -> str:
    return "download" if container.init and container.name == "storage-initializer" else "engine"


def _last_words(container: Container) -> str:
    return exit_words(mapping(container.last, "terminated"))


def exit_words(terminated: Mapping[str, Any]) -> str:
    """How a container ended: its reason where it says more than `Error`, exit code, and the line that says why."""
    reason, code = text(terminated, "reason"), number(terminated, "exitCode", default=-1)
    head = "" if reason in ("", "Error", "Completed") else f"{reason}, "
    signal = f" ({_SIGNALS[code]})" if code in _SIGNALS and not head else ""
    ending = f"{head}exit {code}{signal}" if code >= 0 else reason
    why = root_line(text(terminated, "message"))
    return f"{ending}: {why}" if why else ending
