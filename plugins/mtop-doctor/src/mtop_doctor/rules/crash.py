"""Why a container crashed: one matcher for all rules, so that each crash has one cause.

The log of the failed run is read from its start: engines print a long traceback of their clients
after the real error, and the pod's status keeps only that end.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import islice
from typing import Any, NamedTuple

from mtop_core.api import (
    Container,
    Evidence,
    Inventory,
    Model,
    Pod,
    kinds,
    mapping,
    number,
    parse_time,
    root_line,
    text,
)  # fmt: skip
from mtop_doctor.rules.common import once, stuck_pods

MOST_PODS = 8  # of one model whose logs are read: the others fail alike
_RECENT = timedelta(minutes=30)

GATED = "hf-gated"
OOM = "host-oom-killed"
STARTUP = "startup-probe-too-short"

# Texts change between versions: each pattern keeps to the words that stayed.
_SIGNATURES: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (rule, re.compile(pattern, re.IGNORECASE))
    for rule, pattern in (
        ("engine-args-unknown", r"error: unrecognized arguments: (?P<flags>.+)"),
        ("cuda-oom", r"(?:torch\.(?:cuda\.)?OutOfMemoryError|CUDA out of memory|HIP out of memory"
                     r"|CUDA error: out of memory|cudaMalloc failed: out of memory)"),
        ("gpu-memory-busy", r"Free memory on device .* is less than desired GPU memory utilization"),
        ("kv-cache-too-small", r"KV cache is needed, which is larger than the available KV cache memory"
                               r"|larger than the maximum number of tokens that can be stored in (?:the )?KV cache"),
        ("kv-cache-none", r"No available memory for the cache blocks"),
        ("max-len-exceeds-model", r"max_model_len \((?P<asked>\d+)\) is greater than the derived max_model_len"
                                  r" \(\D*(?P<limit>\d+)"),
        ("trust-remote-code", r"contains custom code which must be executed"
                              r"|requires you to execute the (?:configuration|modeling|tokenizer) file"),
        ("architecture-unsupported", r"Model architectures \[.*\] (?:are not supported|failed to be inspected)"
                                     r"|Transformers does not recognize this architecture"),
        (GATED, r"GatedRepoError|access a gated repo|Access to model \S+ is restricted|not in the authorized list"),
        ("hf-repo-not-found", r"(?:RepositoryNotFoundError|RevisionNotFoundError|Repository Not Found)"),
    )
)  # fmt: skip
_QUIET = re.compile(r"^(?:\([^)]*\)\s*)?\[?(?:DEBUG|INFO|WARNING)\b")
_ERROR = re.compile(r"\b\w*(?:Error|Exception)\b:|\berror:|\bERROR\b|\bFATAL\b")
_PROGRESS = re.compile(r"(?P<percent>\d+)% Completed \| (?P<done>\d+)/(?P<all>\d+)")
_LOADED = re.compile(r"Loading weights took|Model loading took|startup complete", re.IGNORECASE)


class Crash(NamedTuple):
    """A run of a container that failed: how it ended, where the status says so, and its log."""

    pod: Pod
    container: Container
    ended: Mapping[str, Any]
    path: str
    source: str
    lines: Sequence[str]
    killed_by_probe: str = ""

    @property
    def exit_code(self) -> int:
        """Its exit code, -1 where the status has none."""
        return number(self.ended, "exitCode", default=-1)

    @property
    def reason(self) -> str:
        """Why the kubelet says it ended."""
        return text(self.ended, "reason")

    def proof(self, index: int) -> Evidence:
        """One line of its log, or of its termination message, as evidence."""
        return Evidence(self.pod.ref, f"{self.source}:{index + 1}", self.lines[index])


class Cause(NamedTuple):
    """What explains a crash: the rule it belongs to (empty for none), the line that says so (-1 for none)."""

    crash: Crash
    rule: str
    line: int = -1
    found: Mapping[str, str] = {}

    @property
    def passage(self) -> str:
        """The line and the two after it: some messages are broken over lines."""
        return " ".join(self.crash.lines[self.line : self.line + 3]) if self.line >= 0 else ""

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """The line, else how the status says that it ended."""
        return (self.crash.proof(self.line),) if self.line >= 0 else (ending(self.crash),)


def ending(crash: Crash) -> Evidence:
    """How the status says that a run ended."""
    return Evidence(crash.pod.ref, crash.path, f"{crash.reason or 'terminated'}, exit code {crash.exit_code}")


def causes(model: Model, inventory: Inventory) -> list[Cause]:
    """Why containers of a model crash, one cause for each."""
    return once(inventory, ("causes", model.ref), lambda: [_cause(crash) for crash in _crashes(model, inventory)])


def caused(model: Model, inventory: Inventory, rule: str) -> Iterator[Cause]:
    """The crashes of a model that belong to one rule."""
    return (cause for cause in causes(model, inventory) if cause.rule == rule)


def progress(lines: Sequence[str]) -> re.Match[str] | None:
    """How far the last load of weights got, None where it ended or never began."""
    for line in reversed(lines):
        if _LOADED.search(line):
            return None
        if match := _PROGRESS.search(line):
            return match
    return None


def loaded(lines: Sequence[str], before: int) -> bool:
    """Whether the weights were loaded before a line of the log."""
    return any(_LOADED.search(line) for line in lines[:before])


def root(crash: Crash) -> int:
    """The line of a log that most likely says why, -1 where there is none."""
    told = root_line("\n".join(crash.lines))
    return next((i for i, line in enumerate(crash.lines) if told and " ".join(line.split()) == told), -1)


def _crashes(model: Model, inventory: Inventory) -> Iterator[Crash]:
    for pod in islice((pod for pod in stuck_pods(model) if _failed(pod, inventory)), MOST_PODS):
        for container, field in _failed(pod, inventory):
            yield _crash(pod, container, field, inventory)


def _failed(pod: Pod, inventory: Inventory) -> list[tuple[Container, str]]:
    return [(c, field) for c in pod.containers if not c.ready and (field := _failed_run(c, inventory))]


def _failed_run(container: Container, inventory: Inventory) -> str:
    """Which run of a container failed: `state`, `lastState` or none."""
    over = mapping(container.state, "terminated")
    if over:
        return "state" if number(over, "exitCode") else ""
    before = mapping(container.last, "terminated")
    if not before or not number(before, "exitCode"):
        return ""
    if container.waiting == "CrashLoopBackOff":
        return "lastState"
    ended = parse_time(before.get("finishedAt"))
    recent = ended is not None and inventory.at - ended <= _RECENT
    return "lastState" if container.running and recent else ""


def _crash(pod: Pod, container: Container, field: str, inventory: Inventory) -> Crash:
    previous = field == "lastState"
    ended = mapping(container.last if previous else container.state, "terminated")
    path = f"{container.path}.{field}.terminated"
    source = f"log {container.name}.previous" if previous else f"log {container.name}"
    lines = inventory.log(pod, container.name, previous=previous)
    if not lines and (message := text(ended, "message")):
        source, lines = f"{path}.message", message.splitlines()
    return Crash(pod, container, ended, path, source, lines, _probe_kill(pod, container, inventory))


def _probe_kill(pod: Pod, container: Container, inventory: Inventory) -> str:
    """The kubelet's word that a startup probe ended the container, empty where it did not say so."""
    if not inventory.read(kinds.EVENT):
        return ""
    for event in reversed(inventory.events_of(pod.raw)):
        message = text(event, "message")
        if text(event, "reason") == "Killing" and f"Container {container.name} failed startup probe" in message:
            return message
    return ""


def _cause(crash: Crash) -> Cause:
    if crash.reason == "OOMKilled":
        return Cause(crash, OOM)
    for index, line in enumerate(crash.lines):
        if _QUIET.search(line):
            continue
        for rule, pattern in _SIGNATURES:
            if match := pattern.search(line):
                return Cause(crash, rule, index, match.groupdict())
    return Cause(crash, STARTUP) if _killed_loading(crash) else Cause(crash, "")


def _killed_loading(crash: Crash) -> bool:
    """Whether a startup probe ended a run that was still loading and had met no error."""
    if crash.container.init or any(_ERROR.search(line) for line in crash.lines if not _QUIET.search(line)):
        return False
    if crash.killed_by_probe:
        return not any("startup complete" in line for line in crash.lines)
    return crash.exit_code == 137 and crash.reason == "Error" and progress(crash.lines) is not None
