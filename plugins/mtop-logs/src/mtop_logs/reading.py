"""The bytes of one run, across cut connections."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from mtop_core.api import MtopError, NotFoundError, Provider, SourceError
from mtop_logs.batches import Batch, Decoder, bundles
from mtop_logs.cursor import Cursor
from mtop_logs.plan import Run
from mtop_logs.report import Report
from mtop_logs.targets import Target

PIECE = 1 << 20
ATTEMPTS = 5  # so often in a row a log may be cut without a new line before it is given up
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 5.0


class Reader:
    """Reads the runs of one container; the cursor is that of its last run. `whole` leaves a line without end out."""

    def __init__(
        self, provider: Provider, target: Target, report: Report, raw: bool = False, whole: bool = False
    ) -> None:  # fmt: skip
        self._provider = provider
        self.report = report
        self._raw = raw
        self._whole = whole
        self.target = target
        self.cursor = Cursor()
        self.stopped = threading.Event()
        self.restarts = target.life.restarts  # of the run that is read
        self.refused = False
        self.waiting_since = 0.0  # of the monotonic clock; zero where nothing is awaited

    def batches(self, run: Run, tail: int, since: datetime | None) -> Iterator[Batch]:
        """The lines of one run; nothing but a remark in the report where they cannot be read."""
        self.cursor = Cursor()
        decoder = Decoder(self._raw)
        piece = b""  # of a line whose end is still to come: only what follows tells whether there is any
        try:
            for data in self._bundles(run, tail, since):
                if piece:
                    yield decoder.decode(piece)
                piece = b"" if data.endswith(b"\n") else data
                if not piece:
                    yield decoder.decode(data)
        except NotFoundError as error:
            ours = error.message.startswith("no ")  # a source of files says no more than that
            self.report.absent(self.target.name if ours else f"{self.target.name}: {error.message}")
        except MtopError as error:
            self._failed(error)
        finally:
            self.waiting_since = 0.0
        if piece:
            yield decoder.decode(piece + b"\n")

    def lines(
        self, previous: bool, tail: int = 0, since: datetime | None = None, follow: bool = False
    ) -> Iterator[bytes]:  # fmt: skip
        """The lines of one log, as the source gives them."""
        where = self.target
        return self._provider.logs(where.namespace, where.pod, where.container, previous, tail, since, follow)

    def _bundles(self, run: Run, tail: int, since: datetime | None) -> Iterator[bytes]:
        self.waiting_since = time.monotonic()
        lines = self._first(run, tail, since)
        self.report.opened()
        failures = 0
        while True:
            try:
                for data in bundles(lines):
                    failures, self.waiting_since = 0, 0.0
                    if self._whole and len(data) < PIECE:
                        data = data[: data.rfind(b"\n") + 1]  # its rest is being written, and comes when it is followed
                        if not data:
                            continue
                    self.cursor.passed(data)
                    yield data
                    self.waiting_since = time.monotonic()
                return
            except NotFoundError:
                raise
            except SourceError:
                failures += 1
                if failures > ATTEMPTS or self.stopped.wait(min(FIRST_PAUSE * 2**failures, LONGEST_PAUSE)):
                    raise
            again = self.cursor.since
            try:
                lines = self.cursor.fresh(self.lines(run.previous, 0 if again else tail, again or since))
            except NotFoundError:
                raise
            except SourceError as error:
                lines = _failing(error)

    def _first(self, run: Run, tail: int, since: datetime | None) -> Iterator[bytes]:
        try:
            return self.lines(run.previous, tail, since)
        except NotFoundError:
            if not run.other:
                raise
            return self.lines(not run.previous, tail, since)

    def _failed(self, error: MtopError) -> None:
        """A log that may not be read is a gap; one that broke off is an error of its own."""
        if self.cursor.second:
            self.report.error(f"the log of {self.target.name} broke off: {error.message}")
        else:
            self.refused = forbids(error)
            self.report.gap(error.message)


def forbids(error: MtopError) -> bool:
    """Whether asking again is of no use: we may not read the log."""
    return error.message.startswith("forbidden")


def _failing(error: Exception) -> Iterator[Any]:
    raise error
    yield
