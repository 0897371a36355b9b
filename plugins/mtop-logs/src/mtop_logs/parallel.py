"""Several logs read at once, each in a thread that waits while nobody wants more of it."""

from __future__ import annotations

import pickle
import tempfile
import threading
from collections.abc import Iterator, Sequence
from queue import Empty, Full, Queue
from types import TracebackType
from typing import Any, Protocol

from mtop_logs.merge import Rows

AHEAD = 1  # batches that wait for the merge, for each log
GLANCE = 0.5


class Log(Protocol):
    """One log to read."""

    def rows(self) -> Iterator[Rows]:
        """Its rows."""

    def waits(self) -> float:
        """For how many seconds its source has been silent while more was wanted."""

    def give_up(self, seconds: float) -> None:
        """Its source was silent for so long that nobody waits for it any more."""


class Pool:
    """Has at most `limit` logs open at once.

    A merge needs the beginning of every log. So where there are more than that, those beyond the limit are read to
    files first, each as soon as there is room; the others are opened when the last of them has been read.
    """

    def __init__(self, limit: int, patience: float) -> None:
        self._limit = limit
        self._patience = patience
        self._room = threading.Semaphore(limit)
        self._stopped = threading.Event()
        self._spooled = threading.Event()
        self._spooling = 0
        self._lock = threading.Lock()
        self._reading: set[Log] = set()
        self._lost: set[Log] = set()

    def __enter__(self) -> Pool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:  # fmt: skip
        self._stopped.set()

    def run(self, logs: Sequence[Log]) -> list[Iterator[Rows]]:
        """The rows of all logs, each read in a thread of its own."""
        first = len(logs) - self._limit if len(logs) > self._limit else 0
        self._spooling = first
        if not first:
            self._spooled.set()
        found = []
        for number, log in enumerate(logs):
            queue: Queue[Any] = Queue(AHEAD)
            target = self._spool if number < first else self._pump
            threading.Thread(target=self._guarded, args=(target, log, queue), daemon=True).start()
            found.append(self._rows(log, queue))
        return found

    def _rows(self, log: Log, queue: Queue[Any]) -> Iterator[Rows]:
        while True:
            try:
                found = queue.get(timeout=GLANCE)
            except Empty:
                self._give_up_the_silent()
                if log in self._lost:
                    return
                continue
            if found is None:
                return
            if isinstance(found, BaseException):
                raise found
            yield found

    def _guarded(self, target: Any, log: Log, queue: Queue[Any]) -> None:
        end: BaseException | None = None
        try:
            target(log, queue)
        except BaseException as error:
            end = error  # raised again where the rows are read
        self._put(queue, end)

    def _pump(self, log: Log, queue: Queue[Any]) -> None:
        self._spooled.wait()
        self._begin(log)
        for rows in log.rows():
            if not self._put(queue, rows):
                return
        self._end(log)

    def _spool(self, log: Log, queue: Queue[Any]) -> None:
        with tempfile.TemporaryFile() as file:
            self._room.acquire()
            self._begin(log)
            try:
                for rows in log.rows():
                    pickle.dump(tuple(rows), file, pickle.HIGHEST_PROTOCOL)
                    if self._stopped.is_set():
                        return
            finally:
                self._make_room(log)
            file.seek(0)
            while (entry := _entry(file)) is not None:
                if not self._put(queue, entry):
                    return

    def _begin(self, log: Log) -> None:
        with self._lock:
            self._reading.add(log)

    def _end(self, log: Log) -> bool:
        """Notes that a log is read no more; false where it was given up before."""
        with self._lock:
            reads = log in self._reading
            self._reading.discard(log)
            return reads

    def _give_up_the_silent(self) -> None:
        """No log may keep the room of others, whichever it is that the merge is waiting for."""
        with self._lock:
            silent = [log for log in self._reading if log.waits() > self._patience]
        for log in silent:
            log.give_up(self._patience)
            self._lost.add(log)
            self._make_room(log)

    def _make_room(self, log: Log) -> None:
        if self._end(log) and not self._spooled.is_set():
            self._room.release()
            with self._lock:
                self._spooling -= 1
                if not self._spooling:
                    self._spooled.set()

    def _put(self, queue: Queue[Any], rows: Rows | BaseException | None) -> bool:
        while not self._stopped.is_set():
            try:
                queue.put(rows, timeout=GLANCE)
            except Full:
                continue
            return True
        return False


def _entry(file: Any) -> Rows | None:
    try:
        return Rows(*pickle.load(file))  # noqa: S301 - our own file, which has no name
    except EOFError:
        return None
