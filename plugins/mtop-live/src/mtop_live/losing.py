"""Which parts of a watch are not heard of any more, since when and why; and when it is time to say so."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from mtop_core.api import MtopError, plain
from mtop_live.looking import Part

GRACE = 2.0  # seconds that a connection may take to come back before anybody is told, and must last to count as back


class Loss(NamedTuple):
    """One part that is lost: since when (on both clocks), and why."""

    at: float
    since: datetime
    error: MtopError


class Losses:
    """The losses of a watch of so many parts; the part None is the server itself."""

    def __init__(self) -> None:
        self.parts = 0
        self._lost: dict[Part | None, Loss] = {}
        self._back: dict[Part, float] = {}

    @property
    def silent(self) -> bool:
        """Whether nothing at all is heard of the server, and long enough to say so."""
        told = self._told()
        return None in told or (0 < self.parts <= len(told))

    def notes(self) -> tuple[str, ...]:
        """What to tell the user, the same words as long as nothing changes."""
        told = self._told()
        if not told:
            return ()
        first = min(told.values(), key=lambda loss: loss.at)
        if self.silent:
            why = (told.get(None) or first).error.message
            return (f"nothing is heard of the cluster since {_clock(first.since)}: {plain(why)}; trying again",)
        return tuple(self._kinds(told))

    def lose(self, part: Part | None, error: MtopError, now: datetime) -> None:
        """A part is lost, or is so still."""
        before = self._lost.get(part)
        self._lost[part] = Loss(before.at, before.since, error) if before else Loss(time.monotonic(), now, error)
        if part is not None:
            self._back.pop(part, None)

    def hear(self, part: Part | None, *, surely: bool) -> None:
        """A part is heard of: surely where something came, else it is back when that lasts."""
        self._lost.pop(None, None)
        if part is None or part not in self._lost:
            return
        if surely:
            self._lost.pop(part)
            self._back.pop(part, None)
        else:
            self._back.setdefault(part, time.monotonic())

    def settle(self) -> None:
        """Forgets the losses that have been back for long enough."""
        now = time.monotonic()
        for part in [part for part, since in self._back.items() if now - since >= GRACE]:
            del self._back[part]
            self._lost.pop(part, None)

    def moments(self) -> Iterator[float]:
        """When, by time.monotonic, something of this changes by itself."""
        now = time.monotonic()
        yield from (loss.at + GRACE for loss in self._lost.values() if loss.at + GRACE > now)
        yield from (since + GRACE for since in self._back.values())

    def _told(self) -> dict[Part | None, Loss]:
        now = time.monotonic()
        return {part: loss for part, loss in self._lost.items() if now - loss.at >= GRACE}

    def _kinds(self, told: dict[Part | None, Loss]) -> Iterator[str]:
        """One note for each kind, in the order of their names."""
        first: dict[str, Loss] = {}
        for part, loss in told.items():
            if part is not None and (part.kind.resource not in first or loss.at < first[part.kind.resource].at):
                first[part.kind.resource] = loss
        for resource, loss in sorted(first.items()):
            why = plain(loss.error.message)
            yield f"{resource} may have changed since {_clock(loss.since)}: {why}; trying again"


def _clock(moment: datetime) -> str:
    return f"{moment:%H:%M:%S}Z"
