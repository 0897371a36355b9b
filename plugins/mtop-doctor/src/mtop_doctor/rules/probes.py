"""Probes that end what they should watch."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from mtop_core.api import (
    Container,
    Evidence,
    Finding,
    Inventory,
    Model,
    Pod,
    dig,
    items,
    mapping,
    number,
    parse_time,
    text,
)
from mtop_doctor.rules.common import (
    folded,
    kubectl,
    path_of,
    said_in_event,
    seen_last,
    spec_of,
    stuck_pods,
    unready_since,
)
from mtop_doctor.rules.crash import STARTUP, Crash, caused, ending, progress
from mtop_doctor.rules.fields import change, in_container

_BUDGET = timedelta(minutes=10)  # what a start may take where no startup probe says that it is over
_REFUSED = re.compile(r"connection refused", re.IGNORECASE)
_UNAVAILABLE = re.compile(r"statuscode: 503\b", re.IGNORECASE)
_MARGIN = 1.5  # a load takes longer on a cold cache, and graphs are captured after it


@folded
def startup_probe_too_short(model: Model, inventory: Inventory) -> Iterator[Finding]:
    """The startup probe gives up while the engine still loads.

    Evidence: the event Killing `failed startup probe`, or exit 137 without OOMKilled, and a log that ends
    in the middle of the load.
    Guard: not where the log has an error, or where start-up was complete.
    """
    for cause in caused(model, inventory, STARTUP):
        crash = cause.crash
        pod, name = crash.pod, crash.container.name
        probe = mapping(spec_of(pod, name), "startupProbe")
        budget, needed = _budget(probe), _needed(crash)
        period = max(number(probe, "periodSeconds", default=10), 1)
        threshold = -(-int(needed * _MARGIN) // period) if needed else 0
        field = in_container(model, pod, name, "startupProbe", "failureThreshold")
        takes = f", and the load takes about {needed} s" if needed else ""
        value = str(threshold) if threshold else "more than the load takes"
        yield Finding(
            pod.ref,
            f"The startup probe allows {budget} s{takes}: the engine is killed while it loads.",
            tuple(_proof(crash, probe)),
            f"Set {field.words} to {value} (x {period} s), or make the load faster.",
            change(model, field if threshold else field._replace(pointer=""), threshold),
            "proved" if crash.killed_by_probe else "likely",
            since=unready_since(pod),
        )


@folded
def probe_503(model: Model, inventory: Inventory) -> Iterator[Finding]:
    """The engine answers its readiness probe, and says that it cannot serve.

    Evidence: the newest event Unhealthy of the readiness probe, `statuscode: 503`.
    Guard: not for containers that are ready, leave or have not passed their startup probe, nor without one in
    their first ten minutes; not by an event from before the container's last start.
    """
    for pod, container, event in _unready(model, inventory, _UNAVAILABLE):
        yield Finding(
            pod.ref, f"The container {container.name} runs and answers its readiness probe with 503.",
            _answer(pod, container, event),
            "Look at its log: the engine is up and cannot serve, as when its worker processes died or it drains.",
            kubectl("logs", pod.name, "-n", pod.namespace, "-c", container.name, "--tail=100"),
            since=unready_since(pod),
        )  # fmt: skip


@folded
def probe_refused(model: Model, inventory: Inventory) -> Iterator[Finding]:
    """The container runs, and nothing listens where its readiness probe asks.

    Evidence: the newest event Unhealthy of the readiness probe, `connection refused`.
    Guard: not for containers that are ready, leave or have not passed their startup probe, nor without one in
    their first ten minutes; not by an event from before the container's last start.
    """
    for pod, container, event in _unready(model, inventory, _REFUSED):
        field = in_container(model, pod, container.name, "readinessProbe")
        yield Finding(
            pod.ref, f"The container {container.name} runs, and nothing listens where its readiness probe asks.",
            _answer(pod, container, event),
            f"Make the port of {field.words} and the port the engine listens on the same, or see in its log why it "
            "stopped listening.",
            kubectl("logs", pod.name, "-n", pod.namespace, "-c", container.name, "--tail=100"),
            since=unready_since(pod),
        )  # fmt: skip


def _unready(
    model: Model, inventory: Inventory, words: re.Pattern[str]
) -> Iterator[tuple[Pod, Container, Mapping[str, Any]]]:
    """The started containers that are not ready, with the last answer to their readiness probe if it has some words."""
    for pod in stuck_pods(model):
        events = [e for e in inventory.events_of(pod.raw) if text(e, "reason") == "Unhealthy"]
        for container in pod.containers if events else ():
            start = parse_time(dig(container.state, "running", "startedAt")) if container.running else None
            if container.init or container.ready or start is None or not _up(pod, container, inventory.at - start):
                continue
            answers = [e for e in events if _asked(e, container.name) and (when := seen_last(e)) and when >= start]
            if answers and words.search(text(answers[-1], "message")):
                yield pod, container, answers[-1]


def _up(pod: Pod, container: Container, age: timedelta) -> bool:
    """Whether the start of a running container is over."""
    status = next(e for e in items(pod.raw, "status", "containerStatuses") if text(e, "name") == container.name)
    if dig(status, "started") is not True:
        return False
    return bool(mapping(spec_of(pod, container.name), "startupProbe")) or age >= _BUDGET


def _asked(event: Mapping[str, Any], container: str) -> bool:
    """Whether an event tells of the readiness probe of a container; events that name no container tell of any."""
    place = text(event, "involvedObject", "fieldPath")
    return text(event, "message").startswith("Readiness probe") and place in ("", f"spec.containers{{{container}}}")


def _answer(pod: Pod, container: Container, event: Mapping[str, Any]) -> tuple[Evidence, ...]:
    return said_in_event(event, pod.ref), Evidence(pod.ref, f"{container.path}.ready", "false")


def _proof(crash: Crash, probe: Mapping[str, Any]) -> Iterator[Evidence]:
    if crash.killed_by_probe:
        yield Evidence(crash.pod.ref, "event Killing", crash.killed_by_probe)
    else:
        yield ending(crash)
    if crash.lines:
        yield crash.proof(len(crash.lines) - 1)
    if probe:
        words = ", ".join(f"{key} {probe[key]}" for key in ("failureThreshold", "periodSeconds") if key in probe)
        yield Evidence(crash.pod.ref, f"{path_of(crash.pod, crash.container.name)}.startupProbe", words)


def _budget(probe: Mapping[str, Any]) -> int:
    """How many seconds a startup probe waits at most."""
    tries = number(probe, "failureThreshold", default=3) * number(probe, "periodSeconds", default=10)
    return number(probe, "initialDelaySeconds") + tries


def _needed(crash: Crash) -> int:
    """How long the whole load would take by what was done when it was killed, in seconds; 0 where nobody can say."""
    match = progress(crash.lines)
    start, end = parse_time(crash.ended.get("startedAt")), parse_time(crash.ended.get("finishedAt"))
    if match is None or start is None or end is None or not int(match["done"]):
        return 0
    return int((end - start).total_seconds() * int(match["all"]) / int(match["done"]))
