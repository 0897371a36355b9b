"""What a frame looks like on a terminal of some size."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from mtop_core.api import cells, cut, plain
from mtop_rollout.machine.rows import Frame, Row
from mtop_rollout.screen.keys import HELP
from mtop_rollout.screen.marks import Marks, bar, pods, spark
from mtop_rollout.screen.paint import Line
from mtop_rollout.timeline import clock, pods_text

LEAST = (24, 8)
_PHASES = {"Succeeded": "good", "Failed": "bad", "RolledBack": "bad", "TimedOut": "bad", "RollingBack": "warn",
           "Paused": "quiet"}  # fmt: skip
_NARROW = 64
_SPARK = 20


class Moment(NamedTuple):
    """A frame with what came before it and how it is played: `shown` is the time on the clock, in milliseconds."""

    frame: Frame
    history: Sequence[Frame]
    shown: int
    playing: bool
    speed: str
    over: bool


class Scene:
    """Draws the moments of one timeline."""

    def __init__(self, name: str, steps: Sequence[str], marks: Marks, keys: bool) -> None:
        self._name = plain(name)
        self._steps = steps
        self._marks = marks
        self._keys = keys
        self._long = (0, 0)

    def lines(self, moment: Moment, width: int, height: int) -> list[Line]:
        """The picture: head, models, events, keys."""
        if width < LEAST[0] or height < LEAST[1]:
            return [(("too small", ""),)]
        foot = [self._foot()] if self._keys else []
        head = self._head(moment, width)
        room = height - len(head) - len(foot)
        body = self._body(moment, width, room)
        blank: list[Line] = [()] * max(height - len(head) - len(body) - len(foot), 0)
        return [*head, *body, *blank, *foot]

    def last(self, moment: Moment, width: int) -> list[Line]:
        """The picture that stays: all models, no keys."""
        body = [line for row in moment.frame.models for line in self._model(row, moment, width)]
        return [*self._head(moment, width), *body]

    def _head(self, moment: Moment, width: int) -> list[Line]:
        frame = moment.frame
        state = "over" if moment.over else self._marks.play if moment.playing else self._marks.pause
        first: Line = (
            (self._name, "title"), ("  ", ""), (clock(moment.shown // 1000), ""), ("  ", ""),
            (frame.phase, _PHASES.get(frame.phase, "busy")), (f"  {state} {moment.speed}", "quiet"),
        )  # fmt: skip
        step = self._step(frame)
        return [first, ((step, "quiet"),), ()] if step else [first, ()]

    def _step(self, frame: Frame) -> str:
        if not 0 <= frame.step < len(self._steps):
            return ""
        return f"step {frame.step + 1} of {len(self._steps)}: {self._steps[frame.step]}"

    def _foot(self) -> Line:
        parts: list[tuple[str, str]] = []
        for key, what in HELP:
            parts += [(key, "title"), (f" {what}  ", "quiet")]
        return tuple(parts)

    def _body(self, moment: Moment, width: int, room: int) -> list[Line]:
        rows = moment.frame.models
        per_model = 2 if len(rows) * 2 + 3 <= room else 1
        fits = max((room - 3) // per_model, 1)
        shown = rows if len(rows) <= fits else rows[: max(fits - 1, 1)]
        lines = [line for row in shown for line in self._model(row, moment, width)[:per_model]]
        if len(shown) < len(rows):
            lines.append(((f"{self._marks.more} {len(rows) - len(shown)} more models", "quiet"),))
        left = room - len(lines) - 1
        return [*lines, (), *self._events(moment, left)] if left > 0 else lines[:room]

    def _model(self, row: Row, moment: Moment, width: int) -> list[Line]:
        narrow = width < _NARROW
        long = self._longest(moment.frame)
        room = min(long, 10 if narrow else 24)
        name = cut(str(row["model"]), room)
        length = 8 if narrow else max(min(width - room - 46, 30), 10)
        style = "new" if row["role"] in ("candidate", "shadow") else "old"
        first: Line = (
            (name + " " * (room - cells(name)), "title"), (" ", ""),
            (bar(self._marks, row["weightPercent"], length), style), (f" {row['weightPercent']:5.1f}%", ""),
            (f"  {row['ready']}/{row['desired']} ", "good" if row["ready"] >= row["desired"] else "warn"),
            *pods(self._marks, row["pods"], 6 if narrow else 16),
            ("" if narrow else f"  {pods_text(row['pods'])}", "quiet"),
        )  # fmt: skip
        return [first, self._numbers(row, moment, room, narrow)]

    def _longest(self, frame: Frame) -> int:
        """How wide the longest name of a model is; there are no others later but in recordings."""
        if self._long[0] != len(frame.models):
            self._long = len(frame.models), max(cells(str(one["model"])) for one in frame.models)
        return self._long[1]

    def _numbers(self, row: Row, moment: Moment, room: int, narrow: bool) -> Line:
        """Latency over the last frames, and what else there is to know now."""
        name = row["model"]
        at = next((at for at, one in enumerate(moment.frame.models) if one is row), 0)
        past = [_value(frame, at, name) for frame in moment.history[-_SPARK:]]
        ttft = row["ttftP95Ms"] if row["ttftP95Ms"] is not None else _thousand(row["e2eP95Seconds"])
        words = "-" if ttft is None else f"{ttft:.0f} ms"
        errors = row["errorPercent"]
        parts: list[tuple[str, str]] = [
            (" " * (2 if narrow else room + 1), ""), (spark(self._marks, past, 8 if narrow else _SPARK), "busy"),
            (f" P95 {words}", ""), (f"  {row['rps']:g}/s", ""),
            (f"  err {errors:g}%", "bad" if errors else "quiet"),
        ]  # fmt: skip
        if row["queue"]:
            parts.append((f"  queue {row['queue']:.0f}", "warn"))
        if not narrow:
            itl, cost = row["itlP50Ms"], row["dollarsPerHour"]
            parts.append(("" if itl is None else f"  ITL {itl:.1f}", ""))
            parts.append((f"  cache {row['cacheHit']:.0%}" if row["cacheHit"] else "", "quiet"))
            parts.append((f"  {row['gpus']} GPU" if row["gpus"] else "", "quiet"))
            parts.append((f" {cost:.2f} $/h" if cost else "", "quiet"))
        return tuple(parts)

    def _events(self, moment: Moment, room: int) -> list[Line]:
        found: list[Line] = []
        for frame in reversed(moment.history):
            for _, text in reversed(frame.events):
                found.append(((f"{clock(frame.t // 1000):>8} ", "quiet"), (plain(text), "")))
                if len(found) >= room:
                    return found[::-1]
        return found[::-1]


def _value(frame: Frame, at: int, name: Any) -> float | None:
    """The latency of a model in some frame: it stands in the same place in all frames but those of recordings."""
    row = frame.models[at] if at < len(frame.models) else None
    if row is None or row["model"] != name:
        row = next((row for row in frame.models if row["model"] == name), None)
    if row is None:
        return None
    value: float | None = row["ttftP95Ms"] if row["ttftP95Ms"] is not None else _thousand(row["e2eP95Seconds"])
    return value


def _thousand(seconds: float | None) -> float | None:
    return None if seconds is None else seconds * 1000
