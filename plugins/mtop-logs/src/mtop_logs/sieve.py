"""Which lines of one log are shown: by pattern, level, noise and cause, whole tracebacks at a time."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator, Sequence

from mtop_core.api import Record
from mtop_logs.batches import CONTINUES, UNFINISHED, Batch
from mtop_logs.causes import cause_of, is_request, is_wrapper
from mtop_logs.levels import RANK
from mtop_logs.noise import is_noise
from mtop_logs.units import Grouper, Row, Unit


class Wanted(Record):
    """Which lines are wanted; `level` is the least, `before` and `after` how many lines around a match.

    `errors` asks for the first error of each run, `cause` for the one line of it that says why.
    """

    include: Sequence[re.Pattern[str]] = ()
    exclude: Sequence[re.Pattern[str]] = ()
    level: str = ""
    before: int = 0
    after: int = 0
    calm: bool = False
    errors: bool = False
    cause: bool = False

    @property
    def all(self) -> bool:
        """Whether every line is wanted."""
        return not (self.include or self.exclude or self.level or self.calm or self.errors or self.cause)


class Sieve:
    """Lets the wanted lines of one run through."""

    def __init__(self, wanted: Wanted) -> None:
        self._wanted = wanted
        self._grouper = Grouper()
        self._before: deque[Unit] = deque(maxlen=wanted.before or 1)
        self._after = 0
        self._wrapper: Unit | None = None
        self._found = False
        self._passed = False  # what was judged last

    @property
    def done(self) -> bool:
        """Whether nothing more of this run can be wanted."""
        return self._found and (self._wanted.errors or self._wanted.cause)

    def feed(self, rows: Iterable[Row]) -> Iterator[Row]:
        """The wanted ones of some lines, as far as the lines they belong to are known."""
        for row in rows:
            if unit := self._grouper.take(row):
                yield from self._judge(unit)
            if self.done:
                return

    def rest(self) -> Iterator[Row]:
        """What is wanted of the lines that were waiting for more."""
        if not self.done and (unit := self._grouper.end()):
            yield from self._judge(unit)

    def end(self) -> Iterator[Row]:
        """The same when the run is over: where it told nothing but summaries of its error, the first of them."""
        yield from self.rest()
        if self._wrapper is not None and not self._found:
            yield from self._error(self._wrapper)

    def _judge(self, unit: Unit) -> Iterator[Row]:
        wanted = self._wanted
        if wanted.errors or wanted.cause:
            yield from self._error_in(unit)
        elif self._passes(unit) if not unit.goes_on else self._passed:
            self._passed = True
            for earlier in self._before if wanted.before else ():
                yield from earlier.rows
            self._before.clear()
            self._after = wanted.after
            yield from unit.rows
        elif self._after:
            self._passed = False
            self._after -= 1
            yield from unit.rows
        else:
            self._passed = False
            if self._wanted.before and not unit.goes_on:
                self._before.append(unit)

    def _passes(self, unit: Unit) -> bool:
        wanted = self._wanted
        if wanted.level and RANK.get(unit.level, RANK["info"]) < RANK[wanted.level]:
            return False
        if wanted.calm and is_noise(unit.rows[0].text, unit.level):
            return False
        if wanted.exclude and any(pattern.search(row.text) for row in unit.rows for pattern in wanted.exclude):
            return False
        return not wanted.include or any(p.search(row.text) for row in unit.rows for p in wanted.include)

    def _error_in(self, unit: Unit) -> Iterator[Row]:
        if RANK.get(unit.level, 0) < RANK["error"] or is_request(unit) or not self._passes(unit):
            return
        if is_wrapper(unit):
            self._wrapper = self._wrapper or unit
            return
        yield from self._error(unit)

    def _error(self, unit: Unit) -> Iterator[Row]:
        self._found = True
        if not self._wanted.cause:
            yield from unit.rows
            return
        at, cause = cause_of(unit)
        yield unit.rows[at]._replace(text=cause)


def sifted(batches: Iterable[Batch], wanted: Wanted) -> Iterator[Batch]:
    """The wanted lines of one whole run."""
    sieve = Sieve(wanted)
    for batch in batches:
        if found := list(sieve.feed(map(Row, batch.keys, batch.stamps, batch.texts))):
            yield batch_of(found)
        if sieve.done:
            return
    if found := list(sieve.end()):
        yield batch_of(found)


def batch_of(rows: Sequence[Row]) -> Batch:
    """Lines as a batch, in which only the first may go on with what was before and only the last be unfinished."""
    batch = Batch([], [], [])
    for key, stamp, text in rows:
        if batch.texts and text.startswith(CONTINUES):
            batch.texts[-1] = batch.texts[-1].removesuffix(UNFINISHED) + text[1:]
            continue
        batch.keys.append(key)
        batch.stamps.append(stamp)
        batch.texts.append(text)
    return batch
