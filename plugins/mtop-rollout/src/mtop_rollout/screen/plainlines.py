"""A timeline as lines that are only ever added: one for every change."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from mtop_core.api import plain
from mtop_rollout.machine.rows import Frame
from mtop_rollout.timeline import clock, pods_text, seconds

_DISCRETE = ("model", "desired", "pods", "ready", "weightPercent")


def changes(frames: Iterable[Frame]) -> Iterator[Frame]:
    """The frames in which a discrete field changed, or something happened."""
    before: Any = None
    for frame in frames:
        now = (frame.step, frame.phase, [[row[key] for key in _DISCRETE] for row in frame.models])
        if now != before or frame.events:
            yield frame
        before = now


def line(frame: Frame) -> str:
    """A frame as one line of text."""
    models = " | ".join(
        f"{row['model']} {row['ready']}/{row['desired']} {row['weightPercent']:g}% {pods_text(row['pods'])}"
        f"{_latency(row['ttftP95Ms'])}{_errors(row['errorPercent'])}"
        for row in frame.models
    )
    events = "; ".join(text for _, text in frame.events)
    return f"{clock(seconds(frame.t)):>7}  {frame.phase:12} {plain(models)}{f'  {plain(events)}' if events else ''}"


def _latency(value: float | None) -> str:
    return "" if value is None else f" {value:.0f}ms"


def _errors(value: float) -> str:
    return f" {value:g}% errors" if value else ""


def document(frame: Frame) -> dict[str, Any]:
    """A frame as plain data: what `-o json` prints and `--record` writes, one line each."""
    return {"t": frame.t, "step": frame.step, "phase": frame.phase, "models": list(frame.models),
            "events": [list(event) for event in frame.events]}  # fmt: skip


def as_json(frame: Frame) -> str:
    """A frame as one line of JSON."""
    return json.dumps(document(frame))
