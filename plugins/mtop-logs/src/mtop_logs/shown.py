"""What comes of one container that is followed, made rows: half a line waits for its end, runs are told apart."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator

from mtop_logs.batches import Batch, Decoder
from mtop_logs.forms import Break
from mtop_logs.history import Job
from mtop_logs.reading import PIECE
from mtop_logs.sieve import Sieve, batch_of
from mtop_logs.targets import Target
from mtop_logs.units import Row

Keyed = tuple[str, str]  # what a row sorts by, and the row

IDLE = 0.5  # seconds after which a line that might go on does not


class Shown:
    """The rows of one container, by keys that never fall: its own lines keep their order."""

    def __init__(self, job: Job, target: Target) -> None:
        self._job = job
        self._target = target
        self._decoder = Decoder(job.raw)
        self._half = b""  # of a line that a cut connection or a dead container left without its end
        self._sieve = Sieve(job.wanted)
        self._heard = 0.0  # when the sieve was given a line, of the monotonic clock; zero where it holds none back
        self._run = "current"
        self._newest = ""

    def know(self, target: Target) -> None:
        """What the cluster tells of the container now; which run it is in counts when that run is shown."""
        self._target = target.replaced(life=self._target.life)

    def take(self, data: bytes, run: str) -> Iterator[Keyed]:
        """The rows of a line or a piece of a long one."""
        self._run = run
        data, self._half = self._half + data, b""
        if len(data) < PIECE and not data.endswith(b"\n"):
            self._half = data
            return
        yield from self._wanted(self._decoder.decode(data))

    def idle(self) -> Iterator[Keyed]:
        """The rows that waited for lines that belong to them, where none came for a while."""
        if self._heard and time.monotonic() - self._heard > IDLE:
            self._heard = 0.0
            yield from self._rows(self._sieve.rest())

    def end(self) -> Iterator[Keyed]:
        """The rows that still waited, because the run is over."""
        half, self._half = self._half, b""
        yield from self._wanted(self._decoder.decode(half + b"\n") if half else self._decoder.end())
        yield from self._rows(self._sieve.end())
        self._sieve, self._heard = Sieve(self._job.wanted), 0.0

    def restart(self, where: Break) -> Iterator[Keyed]:
        """The last rows of the run before, and those of the restart."""
        yield from self.end()
        self._target = self._target.replaced(life=self._target.life._replace(restarts=where.restarts))
        for row in self._job.form.breaks(self._target, where):
            yield self._key(where.at), row

    def _wanted(self, batch: Batch) -> Iterator[Keyed]:
        if self._job.wanted.all:
            yield from self._keyed(batch)
        elif batch.texts:
            self._heard = time.monotonic()
            yield from self._rows(self._sieve.feed(map(Row, batch.keys, batch.stamps, batch.texts)))

    def _rows(self, rows: Iterable[Row]) -> Iterator[Keyed]:
        if found := list(rows):
            yield from self._keyed(batch_of(found))

    def _keyed(self, batch: Batch) -> Iterator[Keyed]:
        for key, row in zip(batch.keys, self._job.form.rows(self._target, self._run, batch), strict=True):
            yield self._key(key), row

    def _key(self, key: str) -> str:
        self._newest = max(self._newest, key)
        return self._newest
