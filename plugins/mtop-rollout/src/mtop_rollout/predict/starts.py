"""How long the replicas of a workload took to become ready, from the times their pods carry."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from mtop_core.api import Pod, parse_time, text

# What is assumed where no pod of the model ever became ready: an 8B model from an object store.
ASSUMED = (2.0, 90.0, 90.0)
_LONGEST = 6 * 3600.0


class Start(NamedTuple):
    """Seconds until a node was found, until the main container ran (image and weights), and until it was ready."""

    schedule: float
    prepare: float
    load: float
    measured: int = 0

    @property
    def whole(self) -> float:
        """From creation to ready."""
        return self.schedule + self.prepare + self.load


def start_of(pods: Sequence[Pod]) -> Start:
    """The middle of what was measured on ready pods that never restarted; an assumption where there is none."""
    found = sorted(filter(None, map(_measured, pods)), key=lambda start: (start.whole, start))
    return found[len(found) // 2]._replace(measured=len(found)) if found else Start(*ASSUMED)


def _measured(pod: Pod) -> Start | None:
    if not pod.ready or pod.restarts:
        return None
    ready = pod.conditions.get("Ready")
    scheduled, running = pod.conditions.get("PodScheduled"), next(_started(pod), None)
    moments = (pod.created, scheduled.since if scheduled else None, running, ready.since if ready else None)
    created, placed, begun, done = moments
    if created is None or placed is None or begun is None or done is None:
        return None
    start = Start(_between(created, placed), _between(placed, begun), _between(begun, done))
    # a pod that became unready and ready again tells nothing of its start
    return start if 0 <= start.whole <= _LONGEST and min(start[:3]) >= 0 else None


def _started(pod: Pod) -> Iterator[datetime]:
    for container in pod.containers:
        moment = None if container.init else parse_time(text(container.state, "running", "startedAt"))
        if moment is not None:
            yield moment


def _between(first: datetime, second: datetime) -> float:
    return (second - first).total_seconds()
