"""What is being written: every container followed, new ones as they come, rows in order within a moment."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from queue import Empty, Queue
from typing import Any, NamedTuple

from mtop_logs.history import Container, Job, text_of
from mtop_logs.ordering import Window
from mtop_logs.reading import Reader
from mtop_logs.shown import IDLE, Keyed, Shown
from mtop_logs.tailing import Line, Lives, Over, Restart, Tail, over
from mtop_logs.targets import Target

WAITING = 5000  # lines that wait to be shown; beyond them the cluster has to wait
AT_ONCE = 1000
STUCK = 15.0  # seconds that the stream of a run may go on in silence after the cluster tells of the next run
SILENT = 60.0  # seconds of silence after which is asked whether there is a newer line; then twice as long


class Look(list[Target]):
    """The containers wanted, as of now."""


class Stuck(NamedTuple):
    """A stream gives nothing although there is something."""

    tail: Tail


class Follow:
    """Follows some containers, whose history was read, and all that later looks bring."""

    def __init__(self, job: Job, containers: Sequence[Container], looks: Iterator[list[Target]], window: float) -> None:
        self._job = job
        self._looks = looks
        self._window = Window(window)
        self._queue: Queue[Any] = Queue(WAITING)
        self._lives = Lives()
        self._room = threading.Semaphore(job.limit)
        self._readers: dict[tuple[str, str, str, str], Reader] = {one.target.key: one.reader for one in containers}
        self._running: dict[tuple[str, str, str, str], Tail] = {}
        self._shown: dict[tuple[str, str, str, str], Shown] = {}
        self._patience: dict[tuple[str, str, str, str], float] = {}
        self._notes: tuple[str, ...] = ()
        self._crowded = False
        self._watching = True
        self._lives.update([one.target for one in containers])
        for one in containers:
            if not one.reader.refused and not over(one.target.life):
                self._follow(one.target)

    def pieces(self) -> Iterator[str]:
        """What is written from now on, as text; ends where nothing more can come."""
        threading.Thread(target=self._watch, daemon=True, name="watch").start()
        try:
            while self._watching or self._running:
                for item in self._items():
                    self._take(item)
                self._flush_idle()
                self._renew()
                if rows := self._window.ready(time.monotonic()):
                    yield text_of(rows)
            if rows := self._window.rest():
                yield text_of(rows)
        finally:
            self._lives.stop()

    def _items(self) -> list[Any]:
        """What came, as soon as anything did or a row is due."""
        due = self._window.due
        patience = IDLE if due is None else min(max(due - time.monotonic(), 0.0), IDLE)
        found: list[Any] = []
        try:
            found.append(self._queue.get(timeout=patience))
            while len(found) < AT_ONCE:
                found.append(self._queue.get_nowait())
        except Empty:
            pass
        return found

    def _take(self, item: Any) -> None:
        match item:
            case Line(tail, data, run):
                self._show(tail, self._shown[tail.target.key].take(data, run))
            case Restart(tail, _) if tail.abandoned:
                pass
            case Restart(tail, where):
                self._show(tail, self._shown[tail.target.key].restart(where))
            case Stuck(tail):
                self._replace(tail)
            case Over(tail):
                self._show(tail, self._shown[tail.target.key].end())
                self._running.pop(tail.target.key, None)
                if tail.opened:
                    self._job.report.tell(f"- {tail.target.name}")
            case Look():
                self._look(item)
            case None:
                self._watching = False
            case BaseException():
                raise item

    def _show(self, tail: Tail, rows: Iterable[Keyed]) -> None:
        for key, row in rows:
            self._window.push(key, row, time.monotonic(), tail.target.key)

    def _flush_idle(self) -> None:
        for key, tail in self._running.items():
            self._show(tail, self._shown[key].idle())

    def _look(self, targets: Look) -> None:
        fresh = [target for target in targets if target.key not in self._readers]
        self._lives.update(targets)
        for target in targets:
            if target in fresh:
                revision = f" (revision {target.revision})" if target.revision else ""
                self._job.report.tell(f"+ {target.name}{revision}")
                self._readers[target.key] = Reader(self._job.provider, target, self._job.report, self._job.raw)
            if target.key in self._shown:
                self._shown[target.key].know(target)
            if target.key in self._running or self._readers[target.key].refused:
                continue
            if target in fresh or target.life.state == "running":
                self._follow(target)
        notes = self._job.provider.notes
        for note in notes:
            if note not in self._notes:
                self._job.report.tell(f"note: {note}")
        self._notes = notes

    def _follow(self, target: Target) -> None:
        self._start(target, self._room)

    def _start(self, target: Target, room: threading.Semaphore) -> None:
        reader = self._readers[target.key]
        tail = Tail(reader, self._lives, room, self._queue.put, self._job.span.since, self._full)
        self._running[target.key] = tail
        self._shown.setdefault(target.key, Shown(self._job, target))
        tail.start()

    def _renew(self) -> None:
        """Gives up the streams that nobody serves any more: half a connection says nothing."""
        for key, tail in list(self._running.items()):
            silent = tail.silent
            if silent > STUCK and tail.behind():
                self._replace(tail)
            elif silent > self._patience.get(key, SILENT) and not tail.probed:
                self._patience[key], tail.probed = 2 * silent, True
                threading.Thread(target=self._probe, args=(tail,), daemon=True).start()

    def _probe(self, tail: Tail) -> None:
        if tail.missed() and not self._lives.wait(IDLE, lambda: tail.silent < IDLE) and tail.missed():
            self._queue.put(Stuck(tail))
        tail.probed = False

    def _replace(self, tail: Tail) -> None:
        if tail.abandoned or self._running.get(tail.target.key) is not tail:
            return
        tail.abandoned = True
        self._job.report.tell(f"note: the log of {tail.target.name} had no end and no more lines; it was opened again")
        self._start(tail.target, threading.Semaphore(1))  # the room is the old one's, who may never give it back

    def _full(self) -> None:
        if not self._crowded:
            self._crowded = True
            counts = f"{self._job.limit} of {len(self._running)} logs are open"
            self._job.report.tell(f"note: {counts}, the others wait for one of them to end (--max-log-requests)")

    def _watch(self) -> None:
        try:
            for targets in self._looks:
                self._queue.put(Look(targets))
            self._queue.put(None)
        except BaseException as error:  # raised again where the rows are shown
            self._queue.put(error)
