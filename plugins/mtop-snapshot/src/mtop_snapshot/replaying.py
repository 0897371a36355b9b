"""`mtop snapshot replay`: from snapshot to snapshot, what changed."""

from __future__ import annotations

import os
import select
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from mtop_core.api import (
    SNAPSHOT_MANIFEST,
    SNAPSHOT_SUFFIX,
    App,
    Bundle,
    MtopError,
    Result,
    UsageError,
    is_terminal,
    kept_snapshot,
    of_bytes,
    open_files,
    parse_duration,
    plain,
    safe,
    terminal_width,
    wants_colour,
)
from mtop_snapshot.diff.compare import Difference, identity
from mtop_snapshot.diff.paths import spelled
from mtop_snapshot.differing import Work
from mtop_snapshot.show.brief import brief, fields, value_of
from mtop_snapshot.show.pages import summary
from mtop_snapshot.sides import Named

_BACK, _ON, _END = "back", "on", "end"
_KEYS = {"q": _END, "Q": _END, "\x1b": _END, "\x04": _END, "p": _BACK, "b": _BACK, "k": _BACK}


def replay(app: App, words: Sequence[str], play: str, everything: bool, status: bool, form: str) -> Result:
    """All steps, one at a time where somebody watches."""
    pause = parse_duration(play) if play else None
    if play and not pause:
        raise UsageError(f'--play "{plain(play)}": expected a duration such as 2s')
    frames = sorted(_frames(words), key=lambda named: named.provider.source.time)
    if len(frames) < 2:
        raise UsageError("a replay needs two snapshots at least", "mtop snapshot save --every 30s --for 10m takes many")
    steps = Steps(app, frames, everything, status)
    if form != "table":
        app.output = app.output.replaced(form=form)
        return Result("Replay", rows=[{}], objects=[steps.document()], single=True)
    watched = is_terminal(sys.stdout) and is_terminal(sys.stdin)
    pages = steps.interactive(pause) if watched else steps.all(pause)
    return Result("Replay", pages=pages)


def _frames(words: Sequence[str]) -> Iterator[Named]:
    for word in words:
        if os.path.isdir(word) and not os.path.lexists(os.path.join(word, SNAPSHOT_MANIFEST)):
            inside = [os.path.join(word, name) for name in sorted(os.listdir(word)) if not name.startswith(".")]
            found = [path for path in inside if _may_be_snapshot(path)]
            if not found:
                raise UsageError(f"{plain(word)}: no snapshot in this folder")
            yield from (_frame(path) for path in found)
        else:
            yield _frame(word)


def _may_be_snapshot(path: str) -> bool:
    return path.endswith((SNAPSHOT_SUFFIX, ".tgz")) or os.path.lexists(os.path.join(path, SNAPSHOT_MANIFEST))


def _frame(word: str) -> Named:
    if not os.path.lexists(word) and "://" not in word and word != "-" and not kept_snapshot(word):
        from mtop_snapshot.store import found

        found(word)
    named = Named(word, open_files(word))
    if named.bundle is None:
        raise UsageError(f"{plain(word)}: no snapshot", "replay goes through snapshots, mtop diff compares anything")
    return named


class Steps:
    """The steps from each snapshot to the next."""

    def __init__(self, app: App, frames: Sequence[Named], everything: bool, status: bool) -> None:
        self._app = app
        self._frames = frames
        self._everything = everything
        self._status = status

    def step(self, number: int) -> list[Difference]:
        """What changed in one step, from 0."""
        a, b = self._frames[number], self._frames[number + 1]
        work = Work(self._app, a, b, everything=self._everything, status=self._status)
        _, found = work.compared(lambda change: True, False)
        return found

    def document(self) -> dict[str, Any]:
        """All steps for programs."""
        steps = []
        for number in range(len(self._frames) - 1):
            a, b = self._frames[number], self._frames[number + 1]
            items = [
                {
                    "object": identity(found),
                    "change": found.what,
                    "fields": [{"path": spelled(change.path), "change": value_of(change)} for change in found.changes],
                }
                for found in self.step(number)
            ]
            steps.append({"from": a.label(), "to": b.label(), "items": items})
        return {"apiVersion": "mtop.dev/v1alpha1", "kind": "Replay", "steps": steps}

    def all(self, pause: float | None) -> Iterator[str]:
        """Every step, one after the other."""
        from threading import Event

        wait = Event()
        for number in range(len(self._frames) - 1):
            if number and pause:
                wait.wait(pause)
            yield "".join(f"{line}\n" for line in self._lines(number))

    def interactive(self, pause: float | None) -> Iterator[str]:
        """Step by step as keys say, or as time goes by."""
        last = len(self._frames) - 2
        number = 0
        with _keys():
            while True:
                yield "".join(f"{line}\n" for line in self._lines(number))
                if number == last and pause:
                    return
                wish = _ask(number, last, pause)
                if wish == _END or (wish == _ON and number == last):
                    return
                number = max(number - 1, 0) if wish == _BACK else number + 1

    def _lines(self, number: int) -> Iterator[str]:
        a, b = self._frames[number], self._frames[number + 1]
        width, colour = terminal_width(), wants_colour(sys.stdout, self._app.colour)
        try:
            found = self.step(number)
        except MtopError as error:
            yield f"== step {number + 1} of {len(self._frames) - 1}: {plain(error.message)}"
            return
        yield f"== step {number + 1} of {len(self._frames) - 1}: {a.label()} -> {b.label()}: {summary(found)}"
        for difference in found:
            yield (
                safe(brief(difference._replace(changes=()), colour=False))
                if not colour
                else brief(difference._replace(changes=()), colour=True)
            )
            yield from fields(difference.changes, width)
        yield ""


@contextmanager
def _keys() -> Iterator[None]:
    """A terminal that gives each key at once and shows none; as it was at the end."""
    import termios
    import tty

    descriptor = sys.stdin.fileno()
    before = termios.tcgetattr(descriptor)
    try:
        tty.setcbreak(descriptor)
        yield
    finally:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)


def _ask(number: int, last: int, pause: float | None) -> str:
    """What a key wishes, or after a pause to go on."""
    prompt = "space next, p back, q end" if number < last else "p back, q end"
    sys.stderr.write(f"-- {prompt} --")
    sys.stderr.flush()
    try:
        ready = select.select([sys.stdin], [], [], pause)[0]
        key = os.read(sys.stdin.fileno(), 1).decode("latin-1") if ready else ""
    finally:
        sys.stderr.write("\r\x1b[K")
        sys.stderr.flush()
    if ready and not key:
        return _END
    return _KEYS.get(key, _ON)


__all__ = ["Bundle", "Steps", "of_bytes", "replay"]
