"""What was written until now: the runs of all containers, merged into one order."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from datetime import datetime

from mtop_core.api import Provider, Record
from mtop_logs.batches import UNFINISHED, Batch, between, last
from mtop_logs.forms import Break, Form
from mtop_logs.merge import Rows, merged
from mtop_logs.parallel import Pool
from mtop_logs.plan import Run, plan, starts
from mtop_logs.reading import Reader
from mtop_logs.report import Report
from mtop_logs.sieve import Wanted, sifted
from mtop_logs.stamps import key_of
from mtop_logs.targets import Target


class Span(Record):
    """Which part of the logs: the last `tail` lines of each run (negative for all), since and until."""

    tail: int = -1
    since: datetime | None = None
    since_restart: bool = False
    until: datetime | None = None


class Job(Record):
    """All there is to know to read logs: where, which part and lines of them, how to show them, how many at once."""

    provider: Provider
    report: Report
    form: Form
    span: Span
    wanted: Wanted
    previous: str
    raw: bool
    limit: int
    threads: bool
    patience: float
    merge: bool = True
    follow: bool = False


class Container:
    """One container's history."""

    def __init__(self, job: Job, target: Target) -> None:
        self._job = job
        self.target = target
        self.reader = Reader(job.provider, target, job.report, job.raw, whole=job.follow)
        self.newest = ""  # the key of the last line

    def rows(self) -> Iterator[Rows]:
        """The rows of all runs, ready to be said."""
        if not starts(self.target):
            self._job.report.absent(f"{self.target.name} has not started ({self.target.life.reason or 'waiting'})")
            return
        for step in plan(self.target, self._job.previous, self._job.provider.now()):
            if isinstance(step, Break):
                if not self._within(step.at):
                    continue
                found = self._job.form.breaks(self.target, step)
                self.newest = max(self.newest, step.at)
                yield Rows([self.newest] * len(found), found)
                continue
            run = "previous" if step.previous else "current"
            for batch in self._batches(step):
                # between runs, too, keys must never fall: a clock may be set back
                keys = batch.keys if batch.keys[0] >= self.newest else [max(key, self.newest) for key in batch.keys]
                self.newest = keys[-1]
                yield Rows(keys, self._job.form.rows(self.target, run, batch))

    def waits(self) -> float:
        """For how many seconds the source has been silent while more was wanted."""
        since = self.reader.waiting_since
        return time.monotonic() - since if since else 0.0

    def give_up(self, seconds: float) -> None:
        """Says that the source was silent for too long."""
        self.reader.stopped.set()
        self._job.report.error(f"the log of {self.target.name} broke off: nothing came for {seconds:g} s")

    def _batches(self, run: Run) -> Iterator[Batch]:
        span = self._job.span
        since = self._since()
        batches = self.reader.batches(run, self._asked(), since)
        if since or span.until:
            batches = between(batches, key_of(since) if since else "", key_of(span.until) if span.until else "")
        if span.tail >= 0:
            batches = last(batches, span.tail)
        return batches if self._job.wanted.all else sifted(batches, self._job.wanted)

    def _within(self, key: str) -> bool:
        """Whether something that happened then is in the part of the logs that is wanted."""
        since, until = self._since(), self._job.span.until
        return not key or ((not since or key >= key_of(since)) and (not until or key < key_of(until)))

    def _asked(self) -> int:
        """How many last lines the source need give: one more where the last may be half, zero for all."""
        span = self._job.span
        return 0 if span.tail < 0 or span.until else max(span.tail + self._job.follow, 1)

    def _since(self) -> datetime | None:
        if not self._job.span.since_restart:
            return self._job.span.since
        life = self.target.life
        return life.started if life.state == "running" else None


def pieces(containers: Sequence[Container], job: Job) -> Iterator[str]:
    """The whole history as text, in pieces."""
    with Pool(job.limit, job.patience) as pool:
        sources = pool.run(containers) if job.threads else [one.rows() for one in containers]
        if not job.merge:
            for source in sources:
                yield from (text_of(rows.rows) for rows in source if rows.rows)
            return
        for rows in merged(sources):
            if rows:
                yield text_of(rows)


def text_of(rows: Sequence[str]) -> str:
    """Rows as lines; pieces of one line are put together."""
    text = "\n".join(rows) + "\n"
    return text.replace(f"{UNFINISHED}\n", "") if UNFINISHED in text else text
