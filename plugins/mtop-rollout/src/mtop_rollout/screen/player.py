"""Plays a timeline on a terminal: by itself, or key by key."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable

from mtop_core.api import other_screen, write_screen
from mtop_rollout.screen.film import Film
from mtop_rollout.screen.keys import Keys
from mtop_rollout.screen.paint import Paint
from mtop_rollout.screen.scene import Moment, Scene

FRAME = 0.1  # seconds between two pictures
_PATIENCE = 0.2
_SPEEDS = (0.25, 16_384.0)


class Player:
    """A film, how fast it runs, and where it is.

    With `delay` every frame stands for so many seconds; without, time runs `speed` times as fast as it does.
    """

    def __init__(self, film: Film, scene: Scene, paint: Paint, keys: Keys, *, playing: bool, speed: float,
                 delay: float | None) -> None:  # fmt: skip
        self._film = film
        self._scene = scene
        self._paint = paint
        self._keys = keys
        self._playing = playing or not keys.there
        self._alone = self._playing  # nobody has pressed a key
        self._speed = speed
        self._delay = delay
        self._shown = 0.0
        self._since = 0.0
        self._drawn: object = None

    def play(self) -> bool:
        """Plays until it is over or somebody has had enough; whether it was seen to its end."""
        if not self._film.next():
            return True
        self._shown = float(self._film.frame.t)
        try:
            with other_screen(self._redraw, self._keys.take):
                return self._run(time.monotonic)
        finally:
            self._leave()

    def _run(self, now: Callable[[], float]) -> bool:
        before = self._since = now()
        while True:
            self._draw()
            if self._film.over and self._alone:
                return True
            words = self._keys.wait(self._pause(before + FRAME - now()))
            for word in words:
                self._alone = False
                if word == "quit":
                    return self._film.over
                self._press(word)
            moment = now()
            if self._playing:
                self._advance(moment - before, moment)
            before = moment

    def _pause(self, until_next: float) -> float:
        """How long to wait for a key before looking up.

        Also where nothing moves it is not for ever: a Ctrl-C that comes just before the waiting begins would be
        heard with the next key only.
        """
        return max(until_next, 0.0) if self._playing else _PATIENCE

    def _advance(self, seconds: float, now: float) -> None:
        if self._delay is not None:
            while now - self._since >= self._delay and self._film.next():
                self._since = now if not self._delay else self._since + self._delay
                self._shown = float(self._film.frame.t)
                if not self._delay:
                    break
        else:
            self._shown += min(seconds, 1.0) * 1000 * self._speed
            while (upcoming := self._film.upcoming) is not None and upcoming <= self._shown:
                self._film.next()
        if self._film.over:
            self._shown = float(self._film.frame.t)
            self._playing = False

    def _press(self, word: str) -> None:
        if word == "play":
            self._playing = not self._playing and not self._film.over
            self._since = time.monotonic()
            return
        if word in ("faster", "slower"):
            factor = 2.0 if word == "faster" else 0.5
            if self._delay is None:
                self._speed = max(_SPEEDS[0], min(_SPEEDS[1], self._speed * factor))
            else:
                self._delay = max(FRAME, min(60.0, self._delay / factor))
            return
        moved = {"next": self._film.next, "back": self._film.back, "event": self._film.next_event}[word]()
        if moved or word == "event":
            self._shown = float(self._film.frame.t)
        self._playing = False

    def _moment(self) -> Moment:
        frame = self._film.frame
        speed = f"{self._speed:g}x" if self._delay is None else f"{self._delay:g} s each"
        shown = int(self._shown) if self._playing else frame.t
        return Moment(frame, self._film.history, shown, self._playing, speed, self._film.over)

    def _draw(self) -> None:
        columns, lines = shutil.get_terminal_size()
        moment = self._moment()
        now = (id(moment.frame), moment.shown // 1000, moment[3:], columns, lines)
        if now != self._drawn:
            self._drawn = now
            self._paint.show(self._scene.lines(moment, columns, lines), columns, lines)

    def _redraw(self) -> None:
        self._paint.forget()
        self._drawn = None
        self._draw()

    def _leave(self) -> None:
        """Leaves the last picture on the screen that stays."""
        columns, _ = shutil.get_terminal_size()
        lines = self._scene.last(self._moment(), columns)
        write_screen("".join(f"{self._paint.text(line, columns).rstrip()}\n" for line in lines))
