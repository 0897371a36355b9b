"""Weights, readiness and latency over time, as an SVG or as lines of a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

from mtop_core.api import cut, plain
from mtop_rollout.machine.rows import Frame
from mtop_rollout.timeline import clock

_MOST = 2000  # points kept of each line; where there are more, every second one is dropped
_BLOCKS = " ▁▂▃▄▅▆▇█"
_ASCII = " .:-=+*%#"
_COLOURS = ("#4477aa", "#ee6677", "#228833", "#ccbb44", "#66ccee", "#aa3377", "#bbbbbb", "#000000")
_PANELS = (("weightPercent", "traffic, %"), ("ready", "ready replicas"), ("ttftP95Ms", "TTFT P95, ms (model)"))
_WIDTH, _PANEL, _LEFT, _GAP = 900, 150, 70, 46


class Series:
    """Points of every model over time, thinned out so that they take the same room however long it runs."""

    def __init__(self) -> None:
        self.times: list[int] = []
        self.points: dict[str, dict[str, list[float | None]]] = {}
        self.phases: list[tuple[int, str]] = []
        self._every = 1
        self._seen = 0

    def take(self, frame: Frame) -> None:
        """Takes in a frame."""
        if not self.phases or self.phases[-1][1] != frame.phase:
            self.phases.append((frame.t, frame.phase))
        self._seen += 1
        if self._seen % self._every:
            return
        self.times.append(frame.t)
        for row in frame.models:
            lines = self.points.setdefault(row["model"], {key: [] for key, _ in _PANELS})
            for key, _ in _PANELS:
                # a model that appears late has nothing before
                line = lines[key]
                line.extend([None] * (len(self.times) - 1 - len(line)))
                line.append(row[key])
        if len(self.times) >= _MOST:
            self._thin()

    def _thin(self) -> None:
        self._every *= 2
        self.times = self.times[1::2]
        for lines in self.points.values():
            for key in lines:
                lines[key] = lines[key][1::2]


def terminal(series: Series, name: str, width: int = 60, *, ascii: bool = False) -> str:
    """One line per model and panel, each a row of blocks as wide as `width`."""
    blocks = _ASCII if ascii else _BLOCKS
    room = max([len(model) for model in series.points] or [0])
    lines = [f"{plain(name)}: 0:00 to {clock(series.times[-1] / 1000 if series.times else 0)}"]
    for key, title in _PANELS:
        top = _top(series, key)
        lines.append(f"\n{title}, up to {top:g}")
        for model, points in series.points.items():
            cells = _sampled(series.times, points[key], width)
            drawn = "".join(_block(value, top, blocks) for value in cells)
            last = next((value for value in reversed(points[key]) if value is not None), None)
            lines.append(f"  {cut(plain(model), room):{room}}  |{drawn}| {'-' if last is None else f'{last:g}'}")
    return "\n".join(lines) + "\n\n"


def _top(series: Series, key: str) -> float:
    values = [value for points in series.points.values() for value in points[key] if value is not None]
    return max(values, default=0.0)


def _sampled(times: Sequence[int], values: Sequence[float | None], width: int) -> list[float | None]:
    """The value at each of `width` moments: the last one that was shown by then."""
    if not times:
        return []
    found: list[float | None] = []
    at = 0
    for column in range(width):
        moment = times[-1] * column // max(width - 1, 1)
        while at + 1 < len(times) and times[at + 1] <= moment:
            at += 1
        found.append(values[at])
    return found


def _block(value: float | None, top: float, blocks: str) -> str:
    if value is None or not top:
        return " "
    steps = len(blocks) - 1
    return blocks[max(1 if value > 0 else 0, min(steps, round(value / top * steps)))]


def svg(series: Series, name: str) -> str:
    """The same as three panels of an SVG image."""
    height = 60 + len(_PANELS) * (_PANEL + _GAP)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{height}" '
        f'viewBox="0 0 {_WIDTH} {height}" font-family="sans-serif" font-size="12">',
        f'<rect width="{_WIDTH}" height="{height}" fill="#ffffff"/>',
        f'<text x="{_LEFT}" y="20" font-size="15">{escape(plain(name))}</text>',
        *_legend(series),
    ]
    for index, (key, title) in enumerate(_PANELS):
        parts += _panel(series, key, title, 60 + index * (_PANEL + _GAP))
    return "\n".join([*parts, "</svg>", ""])


def _legend(series: Series) -> list[str]:
    found = []
    for index, model in enumerate(list(series.points)[:8]):
        x = _LEFT + index * 100
        found.append(f'<rect x="{x}" y="30" width="10" height="10" fill="{_COLOURS[index % 8]}"/>')
        found.append(f'<text x="{x + 14}" y="40">{escape(cut(plain(model), 13))}</text>')
    return found


def _panel(series: Series, key: str, title: str, top: int) -> list[str]:
    highest, end = _top(series, key) or 1.0, max(series.times[-1] if series.times else 0, 1)
    right, bottom = _WIDTH - 20, top + _PANEL
    found = [
        f'<text x="{_LEFT}" y="{top - 6}">{escape(title)}</text>',
        f'<path d="M{_LEFT} {top}V{bottom}H{right}" fill="none" stroke="#888888"/>',
        f'<text x="{_LEFT - 6}" y="{top + 10}" text-anchor="end">{highest:g}</text>',
        f'<text x="{_LEFT - 6}" y="{bottom}" text-anchor="end">0</text>',
        f'<text x="{right}" y="{bottom + 14}" text-anchor="end">{clock(end / 1000)}</text>',
    ]
    for t, phase in series.phases[:20]:
        x = _LEFT + (right - _LEFT) * t // end
        found.append(f'<path d="M{x} {top}V{bottom}" stroke="#dddddd"><title>{escape(phase)}</title></path>')
    for index, points in enumerate(series.points.values()):
        path = _path(series.times, points[key], (right - _LEFT, end, top, highest))
        found.append(f'<path d="{path}" fill="none" stroke="{_COLOURS[index % 8]}" stroke-width="1.5"/>')
    return found


def _path(times: Sequence[int], values: Sequence[float | None], scale: tuple[int, int, int, Any]) -> str:
    """Steps from value to value, with a gap where there is none."""
    width, end, top, highest = scale
    words, before = [], False
    for t, value in zip(times, values, strict=True):
        if value is None:
            before = False
            continue
        x = _LEFT + width * t // end
        y = round(top + _PANEL - _PANEL * value / highest, 1)
        words.append(f"H{x}V{y}" if before else f"M{x} {y}")
        before = True
    return "".join(words)
