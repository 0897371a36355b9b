"""Bars, sparklines and the marks of pods, in block characters or in ASCII."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple


class Marks(NamedTuple):
    """The characters that pictures are made of."""

    full: str
    empty: str
    spark: str
    pods: Mapping[str, str]
    play: str
    pause: str
    more: str


_STARTING = ("Provisioning", "Pulling", "Downloading", "Loading", "Compiling", "Capturing", "Warming")
UNICODE = Marks(
    "█", "░", "▁▂▃▄▅▆▇█",
    {"Ready": "●", "Draining": "◌", "Crashed": "✗", "Pending": "○", **dict(zip(_STARTING, "▁▂▃▄▅▆▇", strict=True))},
    "▶", "❚❚", "…",
)  # fmt: skip
ASCII = Marks(
    "#", ".", "_.,-=+*#",
    {"Ready": "R", "Draining": "d", "Crashed": "X", "Pending": "p", **dict(zip(_STARTING, "1234567", strict=True))},
    ">", "||", "...",
)  # fmt: skip
STYLES = {"Ready": "good", "Draining": "quiet", "Crashed": "bad", "Pending": "warn"}


def bar(marks: Marks, percent: float, width: int) -> str:
    """A bar that is so full; anything above nothing shows."""
    filled = round(percent / 100 * width)
    filled = max(0, min(max(filled, 1 if percent > 0 else 0), width))
    return marks.full * filled + marks.empty * (width - filled)


def spark(marks: Marks, values: Sequence[float | None], width: int) -> str:
    """The last values as a line of blocks, the highest as high as it gets."""
    shown = list(values[-width:])
    top = max((value for value in shown if value is not None), default=0.0)
    steps = len(marks.spark) - 1
    drawn = "".join(" " if value is None or not top else marks.spark[round(value / top * steps)] for value in shown)
    return drawn.rjust(width)


def pods(marks: Marks, states: Mapping[str, int], width: int) -> tuple[tuple[str, str], ...]:
    """A mark for every pod; counts where that is too many."""
    total = 0
    for count in states.values():
        total += count
    parts = []
    for state, count in states.items():
        mark = marks.pods.get(state, "?")
        parts.append((mark * count if total <= width else f"{count}{mark} ", STYLES.get(state, "busy")))
    return tuple(parts)
