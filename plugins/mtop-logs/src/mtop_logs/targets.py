"""The containers of some models: from the CR down its owners, never by guessing names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from mtop_core.api import (
    Container,
    Model,
    Pod,
    Record,
    ShapeError,
    UsageError,
    items,
    mapping,
    number,
    parse_time,
    text,
)

COMPONENTS = ("main", "decode", "prefill", "leader", "worker", "scheduler", "tokenizer", "predictor", "transformer",
              "explainer", "init")  # fmt: skip
_REVISIONS = ("pod-template-hash", "leaderworkerset.sigs.k8s.io/template-revision-hash", "controller-revision-hash")
_NOT_DECODE = ("scheduler", "tokenizer", "transformer", "explainer")


class Exit(NamedTuple):
    """How a run ended."""

    code: int
    reason: str
    at: datetime | None

    @property
    def words(self) -> str:
        """Such as `exit 137 (OOMKilled)`."""
        return f"exit {self.code}" + (f" ({self.reason})" if self.reason not in ("", "Error", "Completed") else "")


class Life(NamedTuple):
    """What a pod's status says of one container."""

    restarts: int = 0
    state: str = "unknown"  # running, waiting, terminated or unknown
    reason: str = ""  # why it waits
    started: datetime | None = None
    died: Exit | None = None  # how the run before this one, or the only one, ended


class Target(Record):
    """One container of one pod of a model; `kind` is init, sidecar, main or ephemeral."""

    model: str
    namespace: str
    pod: str
    uid: str
    container: str
    role: str
    kind: str
    revision: str
    node: str
    created: datetime | None
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    life: Life

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What tells it from every other."""
        return self.namespace, self.pod, self.uid, self.container

    @property
    def name(self) -> str:
        """Such as `chat/llama-0 main`, for messages."""
        return f"{self.namespace}/{self.pod} {self.container}"


class Choice(Record):
    """Which containers are wanted; empty fields want all."""

    components: tuple[str, ...] = ()
    pods: Sequence[re.Pattern[str]] = ()
    not_pods: Sequence[re.Pattern[str]] = ()
    containers: Sequence[re.Pattern[str]] = ()
    not_containers: Sequence[re.Pattern[str]] = ()
    nodes: tuple[str, ...] = ()
    revision: str = ""
    states: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()
    init: bool = True
    ephemeral: bool = True


def components(words: str) -> tuple[str, ...]:
    """The components in a comma-separated list; UsageError for one there is not."""
    found = tuple(word.strip() for word in words.split(",") if word.strip())
    for word in found:
        if word not in COMPONENTS:
            raise UsageError(f'--component "{word}" is none', f"there are: {', '.join(COMPONENTS)}")
    return found


def targets_of(model: Model, choice: Choice, errors: list[str]) -> list[Target]:
    """The wanted containers of a model by pod and order of start; pods with malformed fields become errors."""
    found: list[tuple[Pod, Target]] = []
    for pod in model.pods:
        try:
            found += [(pod, target) for target in _containers(model, pod)]
        except ShapeError as error:
            errors.append(f"{pod.ref}: {error.message}")
    newest = _newest(target for _, target in found)
    return [target for pod, target in found if _wanted(pod, target, choice, newest)]


def _containers(model: Model, pod: Pod) -> Iterator[Target]:
    lives = {container.name: _life(container) for container in pod.containers}
    for entry in items(pod.raw, "status", "ephemeralContainerStatuses"):
        lives[text(entry, "name")] = _life_of(mapping(entry, "state"), {}, 0)
    revision = next((pod.labels[label] for label in _REVISIONS if label in pod.labels), "")
    fields = (("initContainers", "init"), ("containers", "main"), ("ephemeralContainers", "ephemeral"))
    for field, kind in fields:
        for spec in items(pod.raw, "spec", field):
            name = text(spec, "name")
            sidecar = kind == "init" and spec.get("restartPolicy") == "Always"
            yield Target(
                model.name, pod.namespace or model.namespace, pod.name, text(pod.meta, "uid"), name, pod.role,
                "sidecar" if sidecar else kind, revision, pod.node, pod.created, pod.labels,
                _annotations(pod), lives.get(name, Life()),
            )  # fmt: skip


def _annotations(pod: Pod) -> Mapping[str, str]:
    return {key: value for key, value in mapping(pod.meta, "annotations").items() if isinstance(value, str)}


def _life(container: Container) -> Life:
    return _life_of(container.state, container.last, container.restarts)


def _life_of(state: Mapping[str, Any], last: Mapping[str, Any], restarts: int) -> Life:
    word = next((word for word in ("running", "waiting", "terminated") if state.get(word) is not None), "unknown")
    now = mapping(state, word)
    died = mapping(last, "terminated") or mapping(state, "terminated")
    ended = Exit(number(died, "exitCode", default=-1), text(died, "reason"), parse_time(died.get("finishedAt")))
    return Life(restarts, word, text(now, "reason"), parse_time(now.get("startedAt")), ended if died else None)


def _newest(targets: Iterable[Target]) -> dict[tuple[str, str], str]:
    """The newest revision of each role of each model: that of the pod made last."""
    found: dict[tuple[str, str], tuple[str, str]] = {}
    for target in targets:
        made = (target.created.isoformat() if target.created else "", target.revision)
        role = (target.model, target.role)
        found[role] = max(found.get(role, ("", "")), made)
    return {role: revision for role, (_, revision) in found.items()}


def _wanted(pod: Pod, target: Target, choice: Choice, newest: Mapping[tuple[str, str], str]) -> bool:
    return (
        (not choice.components or any(_plays(target, word) for word in choice.components))
        and _matches(choice.pods, choice.not_pods, target.pod)
        and _matches(choice.containers, choice.not_containers, target.container)
        and (not choice.nodes or target.node in choice.nodes)
        and _revised(target, choice.revision, newest[target.model, target.role])
        and (not choice.states or target.life.state in choice.states)
        and (choice.init or target.kind not in ("init", "sidecar"))
        and (choice.ephemeral or target.kind != "ephemeral")
        and all(_in_condition(pod, condition) for condition in choice.conditions)
    )


def _plays(target: Target, component: str) -> bool:
    if component == "init":
        return target.kind == "init"
    if component == "decode":
        return target.role not in _NOT_DECODE and not target.role.startswith("prefill")
    return component == target.role or component in target.role.split("-")


def _matches(wanted: Sequence[re.Pattern[str]], unwanted: Sequence[re.Pattern[str]], name: str) -> bool:
    if any(pattern.search(name) for pattern in unwanted):
        return False
    return not wanted or any(pattern.search(name) for pattern in wanted)


def _revised(target: Target, revision: str, newest: str) -> bool:
    if revision in ("", "new", "old"):
        return not revision or (target.revision == newest) == (revision == "new")
    return target.revision.startswith(revision)


def _in_condition(pod: Pod, condition: str) -> bool:
    name, _, value = condition.partition("=")
    known = {word.lower(): found.status for word, found in pod.conditions.items()}
    return known.get(name.lower(), "").lower() == (value or "true").lower()


def rollout_of(targets: Iterable[Target]) -> datetime | None:
    """When the newest revision among some containers began: when its first pod was made."""
    chosen = list(targets)
    newest = _newest(chosen)
    made: dict[tuple[str, str], datetime] = {}
    for target in chosen:
        if target.created and target.kind != "ephemeral" and target.revision == newest[target.model, target.role]:
            role = (target.model, target.role)
            made[role] = min(made.get(role, target.created), target.created)
    serving = {role: when for role, when in made.items() if role[1] not in _NOT_DECODE} or made
    return max(serving.values(), default=None)
