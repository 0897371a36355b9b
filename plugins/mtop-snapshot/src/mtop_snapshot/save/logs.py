"""The logs of a snapshot: which containers have any, and how much of each is taken."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from mtop_core.api import MtopError, NotFoundError, Provider, ShapeError, items, mapping, text

MAX_LINES = 10_000
MAX_BYTES = 5_000_000
MAX_TOTAL = 200_000_000
_PART = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,252}")


class Run(NamedTuple):
    """One run of a container whose log may be there."""

    namespace: str
    pod: str
    container: str
    previous: bool

    @property
    def file(self) -> str:
        """Where a snapshot keeps its log."""
        return f"logs/{self.namespace}/{self.pod}/{self.container}{'.previous' if self.previous else ''}.log"


class Budget(NamedTuple):
    """How much is taken: lines and bytes of one log, bytes of all, and from when on."""

    lines: int = MAX_LINES
    bytes: int = MAX_BYTES
    total: int = MAX_TOTAL
    since: datetime | None = None


class Log(NamedTuple):
    """The end of one log; `cut` where more was there, `gap` why it could not be read."""

    run: Run
    lines: Sequence[bytes]
    cut: bool = False
    gap: str = ""


def since(now: datetime, seconds: float | None) -> datetime | None:
    """The time so many seconds ago."""
    return None if seconds is None else now - timedelta(seconds=seconds)


def runs_of(pod: Mapping[str, Any]) -> Iterator[Run]:
    """The runs of a pod's containers that have a log: started ones, and the one before where it ended."""
    meta = pod["metadata"]
    namespace, name = str(meta.get("namespace") or "default"), str(meta["name"])
    try:
        for field in ("initContainerStatuses", "containerStatuses", "ephemeralContainerStatuses"):
            for status in items(pod, "status", field):
                container = text(status, "name")
                if not (_PART.fullmatch(container) and _PART.fullmatch(namespace) and _PART.fullmatch(name)):
                    continue
                state = mapping(status, "state")
                again = mapping(status, "lastState", "terminated") or status.get("restartCount")
                if "running" in state or "terminated" in state or again:
                    yield Run(namespace, name, container, False)
                if again:
                    yield Run(namespace, name, container, True)
    except ShapeError:
        return


def read(provider: Provider, run: Run, budget: Budget) -> Log | None:
    """The end of one log within the budget, None where there is no log."""
    kept: deque[bytes] = deque()
    size, cut = 0, False
    try:
        for line in provider.logs(run.namespace, run.pod, run.container, run.previous, budget.lines, budget.since):
            if budget.since is not None and _is_before(line, budget.since):
                continue
            kept.append(line)
            size += len(line)
            while len(kept) > 1 and (len(kept) > budget.lines or size > budget.bytes):
                size -= len(kept.popleft())
                cut = True
    except NotFoundError:
        return None
    except MtopError as error:
        return Log(run, [], gap=error.message)
    if size > budget.bytes:
        kept, cut = deque(line[: budget.bytes] for line in kept), True
    return Log(run, kept, cut or len(kept) >= budget.lines)


def _is_before(line: bytes, moment: datetime) -> bool:
    from mtop_core.api import parse_time

    time = parse_time(line[:40].partition(b" ")[0].decode("ascii", "replace"))
    return time is not None and time < moment


def read_all(provider: Provider, runs: Sequence[Run], budget: Budget, workers: int) -> Iterator[Log | None]:
    """The logs in the order of the runs; with several workers a few are read ahead, never all."""
    if workers <= 1:
        yield from (read(provider, run, budget) for run in runs)
        return
    from concurrent.futures import Future, ThreadPoolExecutor

    with ThreadPoolExecutor(workers) as pool:
        waiting: deque[Future[Log | None]] = deque()
        rest = iter(runs)
        try:
            for run in rest:
                waiting.append(pool.submit(read, provider, run, budget))
                if len(waiting) > workers:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()
