"""Which runs of a container are read, in which order, and what is said between them."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from mtop_logs.forms import Break
from mtop_logs.stamps import key_of
from mtop_logs.targets import Life, Target

PREVIOUS = ("auto", "only", "joined", "no")
YOUNG = 60.0  # seconds; of a run younger than this the one before it is the story


class Run(NamedTuple):
    """One run to read; `other` is whether the other log of the container will do where this one is not there."""

    previous: bool
    other: bool = False


Step = Run | Break


def plan(target: Target, mode: str, now: datetime) -> list[Step]:
    """What to read of a container, and the restarts in between."""
    life = target.life
    if mode == "only":
        return [Run(True), *_end(life, over=True)]
    if life.state == "waiting" and life.died:
        # a kubelet gives the log of the run that died for both: it must not come twice
        return [Run(True, other=True), *_end(life, over=True)]
    joined = mode == "joined" or (mode == "auto" and _young(life, now))
    if joined and (life.restarts or life.state == "unknown") and mode != "no":
        return [Run(True), *_between(life), Run(False)]
    return [Run(False), *_end(life, over=life.state == "terminated")]


def restarted(life: Life) -> Break:
    """The restart that began the run that a container is in."""
    return Break(life.restarts, life.died.words if life.died else "", key_of(life.started) if life.started else "")


def _young(life: Life, now: datetime) -> bool:
    return bool(life.restarts and life.started and (now - life.started).total_seconds() < YOUNG)


def _between(life: Life) -> list[Step]:
    if not life.restarts:
        return []
    return [restarted(life)]


def _end(life: Life, over: bool) -> list[Step]:
    """How the last run ended, where it ended badly."""
    if not over or life.died is None or (life.died.code == 0 and not life.restarts):
        return []
    waits = f", now {life.reason}" if life.state == "waiting" and life.reason else ""
    return [Break(life.restarts, life.died.words + waits, key_of(life.died.at) if life.died.at else "", "end")]


def starts(target: Target) -> bool:
    """Whether the container has a run at all, as far as anybody knows."""
    life = target.life
    return life.state in ("running", "terminated", "unknown") or life.died is not None or life.restarts > 0
