"""A timeline shown: on a terminal as a moving picture, elsewhere as lines."""

from __future__ import annotations

import gc
import os
import sys
import time
from collections.abc import Iterable
from typing import NamedTuple

from mtop_core.api import App, is_terminal, say, talk, wants_colour
from mtop_rollout.chosen import Chosen
from mtop_rollout.machine.rows import Frame
from mtop_rollout.timeline import summary_lines


class Pace(NamedTuple):
    """How a timeline is played: by itself or not, seconds per frame, factor of time, or as lines only."""

    autoplay: bool
    delay: float | None
    speed: float
    only_lines: bool


def show(app: App, made: Chosen, pace: Pace, record: str) -> int:
    """Shows it; the exit code of what was shown, zero where somebody stopped before the end."""
    gc.enable()  # one answer needs no collector, hours of pictures may
    frames = made.frames
    if record:
        from mtop_rollout.recording import recorded_frames

        frames = recorded_frames(frames, record, made.name)
    human = app.output.form in ("table", "wide")
    drawn = human and not pace.only_lines and is_terminal(sys.stdout) and os.environ.get("TERM") != "dumb"
    if drawn:
        whole = _draw(app, made, frames, pace)
    else:
        _print(frames, pace, human=human)
        whole = True
    if not whole:
        return 0
    if made.simulated and human:
        say(f"{line}\n" for line in [*summary_lines(made.name, made.summary()),
                                     *(f"advice: {line}" for line in made.advice())])  # fmt: skip
    if not app.quiet:
        for note in made.notes:
            talk(f"mtop: note: {note}")
    return made.exit_code


def _print(frames: Iterable[Frame], pace: Pace, *, human: bool) -> None:
    from mtop_rollout.screen.plainlines import as_json, changes, line

    for frame in changes(frames):
        say([f"{line(frame) if human else as_json(frame)}\n"])
        if pace.delay:
            time.sleep(pace.delay)


def _draw(app: App, made: Chosen, frames: Iterable[Frame], pace: Pace) -> bool:
    from mtop_rollout.screen.film import Film
    from mtop_rollout.screen.keys import Keys
    from mtop_rollout.screen.marks import ASCII, UNICODE
    from mtop_rollout.screen.paint import Paint
    from mtop_rollout.screen.player import Player
    from mtop_rollout.screen.scene import Scene

    keys = Keys()
    utf8 = (sys.stdout.encoding or "").lower() in ("utf-8", "utf8")
    scene = Scene(made.name, made.steps, UNICODE if utf8 else ASCII, keys.there)
    paint = Paint(wants_colour(sys.stdout, app.colour))
    player = Player(Film(frames), scene, paint, keys, playing=pace.autoplay, speed=pace.speed, delay=pace.delay)
    return player.play()
