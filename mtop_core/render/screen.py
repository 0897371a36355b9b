"""A table that is drawn anew in place, on the other screen of the terminal; the last one stays when it ends."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from mtop_core.app import App
from mtop_core.objects.text import plain, safe
from mtop_core.objects.times import rfc3339
from mtop_core.render.console import talk, wants_colour
from mtop_core.render.frames import remarks
from mtop_core.render.result import Frames, Result
from mtop_core.render.table import cut, cut_styled

_ENTER, _LEAVE = "\x1b[?1049h\x1b[?25l", "\x1b[?25h\x1b[?1049l"
_HOME, _END_OF_LINE, _END_OF_SCREEN = "\x1b[H", "\x1b[K\r\n", "\x1b[J"
LEAST_ROOM = (50, 6)
MOST_NOTES = 4  # lines of one remark


def redraw(frames: Frames, app: App) -> int:
    """Draws every Result over the one before until they end; leaves the last on the screen, its exit code back."""
    last: list[Result] = []
    pictures = 0

    def draw() -> None:
        if last:
            columns, lines = shutil.get_terminal_size()
            write(_HOME + "".join(line + _END_OF_LINE for line in picture(last[-1], app, columns, lines - 1))
                   + _END_OF_SCREEN)  # fmt: skip

    try:
        with other_screen(draw):
            for result in frames.results:
                pictures += 1
                result.rows = list(result.rows)
                last[:] = [result]
                draw()
    finally:
        if last:
            columns, _ = shutil.get_terminal_size()
            write("".join(f"{line}\n" for line in picture(last[-1], app, columns, 0)))
    if pictures == 1 and frames.still and not app.quiet:
        talk(f"mtop: note: {frames.still}")
    return last[-1].exit_code if last else 0


def picture(result: Result, app: App, columns: int, lines: int) -> list[str]:
    """A Result as lines of a terminal of that size; zero `lines` for as many as it takes.

    What comes with it stands below the table: it is the table that is cut where both do not fit.
    """
    if lines and (columns < LEAST_ROOM[0] or lines < LEAST_ROOM[1]):
        return [cut(f"too small: {columns}x{lines + 1}", columns)]
    below = [] if app.quiet else [part for line in _below(result, app) for part in _wrapped(line, columns)]
    table = _table(result, app, columns)
    room = max(lines - len(below) - 1, 2) if lines else len(table)
    if len(table) > room:
        table = [*table[: room - 1], cut(f"... {len(table) - room + 1} more lines, the terminal is too low", columns)]
    return [*table, "", *below][: lines or None]


def _table(result: Result, app: App, columns: int) -> list[str]:
    from mtop_core.render.output import said

    output = app.output.replaced(width=columns, colour=wants_colour(sys.stdout, app.colour))
    pieces = "".join(said(result, output)) if result.rows else f"{result.empty}\n"
    return [cut_styled(line, columns) for line in pieces.splitlines()]


def _wrapped(line: str, columns: int) -> list[str]:
    """A remark on as many lines as it takes, but not on more than a few."""
    import textwrap

    parts = textwrap.wrap(safe(plain(line)), columns, subsequent_indent="  ")
    if len(parts) <= MOST_NOTES:
        return parts
    return [*parts[: MOST_NOTES - 1], cut(" ".join(parts[MOST_NOTES - 1 :]), columns)]


def _below(result: Result, app: App) -> Iterator[str]:
    yield from (line for line in remarks(result, app) if not line.startswith("mtop: source: "))
    if result.source is not None:
        mode, name, time = result.source
        yield f"mtop: source: {mode} {name}, as of {rfc3339(time)}; Ctrl-C ends"


@contextmanager
def other_screen(draw: Callable[[], None], keys: Callable[[bool], None] = lambda _: None) -> Iterator[None]:
    """The other screen, given back however this ends: on an error, a signal, or while the process is stopped.

    `draw` is called where its size changed or it came back; `keys` with True where the keyboard is to be taken and
    with False where it is to be given back.
    """
    before: dict[int, Any] = {}

    def stopped(*_: object) -> None:
        keys(False)
        write(_LEAVE)
        os.kill(os.getpid(), signal.SIGSTOP)
        write(_ENTER)
        keys(True)
        draw()

    def ended(number: int, _: object) -> None:
        keys(False)
        write(_LEAVE)
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)

    wanted = ((signal.SIGWINCH, lambda *_: draw()), (signal.SIGTSTP, stopped), (signal.SIGTERM, ended),
              (signal.SIGHUP, ended), (signal.SIGQUIT, ended))  # fmt: skip
    write(_ENTER)
    try:
        keys(True)
        for number, handler in wanted:
            before[number] = signal.signal(number, handler)
        yield
    finally:
        for which, old in before.items():
            signal.signal(which, old)
        keys(False)
        write(_LEAVE)


def write(text: str) -> None:
    """Writes past the buffers of sys.stdout: a signal may come while it writes, and its handler writes, too."""
    data = text.encode(sys.stdout.encoding or "utf-8", "backslashreplace")
    while data:
        data = data[os.write(sys.stdout.fileno(), data) :]
