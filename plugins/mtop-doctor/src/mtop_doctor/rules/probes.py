"""Probes that end what they should watch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mtop_core.api import Evidence, Finding, Inventory, Model, mapping, number, parse_time
from mtop_doctor.rules.common import folded, path_of, spec_of, unready_since
from mtop_doctor.rules.crash import STARTUP, Crash, caused, ending, progress
from mtop_doctor.rules.fields import change, in_container

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
