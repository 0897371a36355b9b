"""One container followed: its stream, the next after a cut, the next run after a restart."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime
from typing import NamedTuple

from mtop_core.api import MtopError, NotFoundError
from mtop_logs.cursor import second_of
from mtop_logs.forms import Break
from mtop_logs.plan import restarted
from mtop_logs.reading import FIRST_PAUSE, LONGEST_PAUSE, Reader, forbids
from mtop_logs.targets import Life, Target

NEWS_WITHIN = 3.0  # seconds in which the cluster tells that the container whose log ended has ended, too


class Line(NamedTuple):
    """A line, or a piece of a long one, of the current or the previous run."""

    tail: Tail
    data: bytes
    run: str


class Restart(NamedTuple):
    """The container was started again."""

    tail: Tail
    where: Break


class Over(NamedTuple):
    """There is nothing more to follow."""

    tail: Tail


News = Line | Restart | Over | BaseException


class Lives:
    """What the cluster says of every container that is wanted; threads wait for news of theirs."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str, str, str], Life] = {}
        self._news = threading.Condition()
        self.stopped = False

    def update(self, targets: list[Target]) -> None:
        """All there are now."""
        with self._news:
            self._known = {target.key: target.life for target in targets}
            self._news.notify_all()

    def stop(self) -> None:
        """Wakes everybody for the last time."""
        with self._news:
            self.stopped = True
            self._news.notify_all()

    def of(self, target: Target) -> Life | None:
        """One container's, None where it is gone."""
        return self._known.get(target.key)

    def wait(self, seconds: float | None, news: Callable[[], bool]) -> bool:
        """Waits until there is news, at most so long; false where there is none."""
        with self._news:
            return self._news.wait_for(lambda: self.stopped or news(), seconds) and not self.stopped


class Tail:
    """Follows one container in a thread of its own and posts what comes."""

    def __init__(
        self, reader: Reader, lives: Lives, room: threading.Semaphore, post: Callable[[News], None],
        since: datetime | None, crowded: Callable[[], None],
    ) -> None:  # fmt: skip
        self.target = reader.target
        self._reader = reader
        self._lives = lives
        self._room = room
        self._post = post
        self._since = since
        self._crowded = crowded
        self._failures = 0
        self.opened = False
        self.abandoned = False
        self.probed = False  # whether somebody is asking right now if the stream still lives
        self._heard = 0.0  # when the stream gave something, of the monotonic clock; zero where none is open

    @property
    def silent(self) -> float:
        """For how many seconds the open stream has given nothing."""
        return time.monotonic() - self._heard if self._heard else 0.0

    def behind(self) -> bool:
        """Whether the container was started again, as far as the cluster tells, and the stream is still the old one."""
        life = self._lives.of(self.target)
        return life is not None and life.restarts > self._reader.restarts

    def missed(self) -> bool:
        """Whether the log has a newer line than the stream gave: then it is a connection that nobody serves."""
        try:
            last = b"".join(self._reader.lines(False, 1))
        except MtopError:
            return False
        return second_of(last[:64]) > self._reader.cursor.second

    def start(self) -> None:
        """Begins to follow."""
        threading.Thread(target=self._run, daemon=True, name=f"log {self.target.name}").start()

    def _run(self) -> None:
        try:
            while not self._lives.stopped and not self.abandoned and self._one_stream():
                pass
        except BaseException as error:
            self._post(error)  # raised again where the rows are shown
        if not self.abandoned:
            self._post(Over(self))

    def _one_stream(self) -> bool:
        """Follows the container until its stream ends; false where there will be no other."""
        if not self._started():
            return False
        if not self._room.acquire(blocking=False):
            self._crowded()
            self._room.acquire()
        try:
            self._catch_up()
            self._read(self._reader.lines(False, 0, self._reader.cursor.since or self._since, follow=True), "current")
        except NotFoundError:
            return self._pause()
        except MtopError as error:
            return self._cut(error)
        finally:
            self._heard = 0.0
            self._room.release()
        return self._ended()

    def _started(self) -> bool:
        """Waits until the container runs; false where it will not."""
        def runs() -> bool:
            life = self._lives.of(self.target)
            if life is None or life.state in ("running", "unknown"):
                return True
            return life.restarts > self._reader.restarts or over(life)

        if not self._lives.wait(None, runs):
            return False
        life = self._lives.of(self.target)
        return life is not None and (not over(life) or life.restarts > self._reader.restarts)

    def _catch_up(self) -> None:
        """Where the container was started again: the rest of the run before, then the restart."""
        life = self._lives.of(self.target)
        if life is None or life.restarts <= self._reader.restarts:
            return
        if life.restarts > self._reader.restarts + 1:
            times = f"{self.target.name} was started {life.restarts - self._reader.restarts} times"
            self._reader.report.tell(f"note: {times}: of the runs in between only the last has a log")
        with suppress(NotFoundError):
            self._read(self._reader.lines(True, 0, self._reader.cursor.since), "previous")
        self._reader.cursor.end()
        self._reader.restarts = life.restarts
        where = restarted(life)
        self._reader.report.tell(f"{self.target.name}: {where.sentence}")
        self._post(Restart(self, where))

    def _read(self, lines: Iterator[bytes], run: str) -> None:
        cursor = self._reader.cursor
        self.opened = True
        self._heard = time.monotonic()
        for line in cursor.fresh(lines):
            if self.abandoned:
                return
            self._heard = time.monotonic()
            self._failures = 0
            cursor.passed(line)
            self._post(Line(self, line, run))
            if self._lives.stopped:
                return

    def _cut(self, error: MtopError) -> bool:
        if forbids(error):
            self._reader.refused = True
            self._reader.report.tell(f"not checked: pods/log ({error.message})")
            return False
        if not self._failures:
            self._reader.report.tell(f"note: the log of {self.target.name} was cut: {error.message}; trying again")
        return self._pause()

    def _pause(self) -> bool:
        self._failures = min(self._failures + 1, 10)
        before = self._lives.of(self.target)
        pause = min(FIRST_PAUSE * 2**self._failures, LONGEST_PAUSE)
        self._lives.wait(pause, lambda: self._lives.of(self.target) != before)
        return not self._lives.stopped and self._lives.of(self.target) is not None

    def _ended(self) -> bool:
        """The stream ended by itself: mostly the run did, and the cluster is about to say so."""
        def told() -> bool:
            life = self._lives.of(self.target)
            return life is None or life.state in ("waiting", "terminated") or life.restarts > self._reader.restarts

        if self._lives.wait(NEWS_WITHIN, told):
            return self._lives.of(self.target) is not None
        return not self._lives.stopped


def over(life: Life) -> bool:
    """Whether a container did what it had to do, and will not be started again."""
    return life.state == "terminated" and life.died is not None and life.died.code == 0
