"""What happens to one pod: the lives of its containers, its events and its logs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from .base import NOW, Lines, ago, later


@dataclass(frozen=True)
class Death:
    """One ended run of a container."""

    exit_code: int
    reason: str
    started: datetime
    finished: datetime
    message: str = ""


@dataclass(frozen=True)
class Life:
    """The present state of one container and its last run."""

    started: datetime | None = None
    waiting: tuple[str, str] | None = None
    ended: Death | None = None
    last: Death | None = None
    restarts: int = 0
    ready: bool = False


@dataclass(frozen=True)
class Happening:
    """One event about a pod; the text may name {pod}, {node}, {image} and {ns}."""

    reason: str
    message: str
    first: datetime
    last: datetime
    count: int = 1
    type: str = "Warning"
    path: str = ""
    source: str = "kubelet"


@dataclass(frozen=True)
class Plan:
    """Everything about one pod that its template does not say."""

    created: datetime
    main: Life
    init: Life
    phase: str = "Running"
    unschedulable: str = ""
    placed: bool = True
    node: str = ""
    events: tuple[Happening, ...] = ()
    log: Lines = ()
    previous: Lines = ()
    init_log: Lines = ()
    init_previous: Lines = ()
    deleted: datetime | None = None
    lost: bool = False

    @property
    def ready(self) -> bool:
        """Tell whether the pod counts as ready."""
        return self.main.ready and not self.lost

    @property
    def initialized(self) -> bool:
        """Tell whether all init containers are done."""
        return self.placed and self.init.ended is not None and self.init.ended.exit_code == 0


def init_done(created: datetime, seconds: float = 95) -> Life:
    """Return a storage-initializer that has finished."""
    started = later(created, 6)
    return Life(ended=Death(0, "Completed", started, later(started, seconds)), ready=True)


def ready(created: datetime, restarted: datetime | None = None, restarts: int = 0, node: str = "") -> Plan:
    """Return a pod that serves, perhaps after an old restart."""
    init = init_done(created)
    started = later(created, 104)
    last = None
    if restarted is not None:
        last = Death(1, "Error", started, restarted, ENGINE_DEAD)
        started = later(restarted, 12)
    main = Life(started=started, ready=True, last=last, restarts=restarts)
    return Plan(created, main, init, node=node)


def waiting(created: datetime, reason: str, message: str, events: tuple[Happening, ...] = ()) -> Plan:
    """Return a pod whose main container never ran."""
    main = Life(waiting=(reason, message))
    return Plan(created, main, init_done(created), phase="Pending", events=events)


def pending(created: datetime, message: str = "{verdict}", events: tuple[Happening, ...] = ()) -> Plan:
    """Return a pod that the scheduler cannot place."""
    nothing = Life(waiting=("PodInitializing", ""))
    scheduling = Happening(
        "FailedScheduling", message, created, ago(seconds=47), _tries(created), source="default-scheduler"
    )
    return Plan(
        created,
        nothing,
        nothing,
        "Pending",
        unschedulable=message,
        placed=False,
        events=(scheduling, *events),
    )


def _tries(created: datetime) -> int:
    return max(1, int((NOW - created).total_seconds() // 300) + 1)


def crash_loop(
    created: datetime, death: Death, restarts: int, previous: Lines, events: tuple[Happening, ...] = ()
) -> Plan:
    """Return a pod whose main container starts and dies, over and over."""
    text = "back-off 5m0s restarting failed container={container} pod={pod}_{ns}({uid})"
    main = Life(waiting=("CrashLoopBackOff", text), last=death, restarts=restarts)
    back = Happening(
        "BackOff",
        "Back-off restarting failed container {container} in pod {pod}_{ns}({uid})",
        death.started,
        ago(seconds=21),
        restarts * 4,
        path="spec.containers{{container}}",
    )
    return Plan(created, main, init_done(created), events=(back, *events), log=previous, previous=previous)


def init_crash(created: datetime, death: Death, restarts: int, previous: Lines) -> Plan:
    """Return a pod whose storage-initializer fails, over and over."""
    text = "back-off 5m0s restarting failed container=storage-initializer pod={pod}_{ns}({uid})"
    init = Life(waiting=("CrashLoopBackOff", text), last=death, restarts=restarts)
    back = Happening(
        "BackOff",
        "Back-off restarting failed container storage-initializer in pod {pod}_{ns}({uid})",
        death.started,
        ago(seconds=33),
        restarts * 4,
        path="spec.initContainers{storage-initializer}",
    )
    main = Life(waiting=("PodInitializing", ""))
    return Plan(created, main, init, "Pending", events=(back,), init_log=previous, init_previous=previous)


def loading(created: datetime, log: Lines, started: datetime | None = None) -> Plan:
    """Return a pod whose engine runs but is not ready yet."""
    begun = started or later(created, 104)
    probe = Happening(
        "Unhealthy",
        REFUSED,
        later(begun, 21),
        ago(seconds=6),
        max(1, int((NOW - begun).total_seconds() // 10) - 2),
        path="spec.containers{main}",
    )
    return Plan(created, Life(started=begun), init_done(created), events=(probe,), log=log)


def death_before(finished: datetime, lived: float, exit_code: int, reason: str, message: str = "") -> Death:
    """Return the end of a run that lasted the given seconds."""
    return Death(exit_code, reason, finished - timedelta(seconds=lived), finished, message)


REFUSED = 'Startup probe failed: Get "http://{ip}:{port}/health": dial tcp {ip}:{port}: connect: connection refused'
ENGINE_DEAD = (
    "vllm.v1.engine.exceptions.EngineDeadError: EngineCore encountered an issue. "
    "See stack trace (above) for the root cause.\n"
)
