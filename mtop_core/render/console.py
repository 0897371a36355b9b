"""The two streams of a terminal: data on stdout, talk on stderr."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from typing import TextIO

from mtop_core.objects.text import safe


def say(pieces: Iterable[str]) -> None:
    """Writes data to stdout; a stdout that was closed from the start takes nothing."""
    if sys.stdout is None:
        return
    for piece in pieces:
        sys.stdout.write(piece)
    sys.stdout.flush()


def say_at_once(pieces: Iterable[str]) -> None:
    """Writes each piece as soon as it is there: who waits for the next must see the one before."""
    for piece in pieces:
        say((piece,))


def collect_garbage() -> None:
    """For an answer that may go on for days: what was there before is left alone, what it drops is collected.

    `main.entry` switches the collector off, which is right for one answer and then the end.
    """
    import gc

    gc.freeze()
    gc.enable()


def say_page(pieces: Iterable[str]) -> None:
    """Writes data through the pager of MTOP_PAGER or PAGER, by default `less -FRX`; plainly where there is none."""
    import shlex
    import shutil
    import subprocess

    given = os.environ.get("MTOP_PAGER", os.environ.get("PAGER", "less -FRX"))
    words = shlex.split(given)
    if not words or words == ["cat"] or shutil.which(words[0]) is None:
        say(pieces)
        return
    environment = {"LESS": "FRX", **os.environ}
    pager = subprocess.Popen(words, stdin=subprocess.PIPE, env=environment)  # noqa: S603 - the user's own choice
    assert pager.stdin is not None
    try:
        for piece in pieces:
            pager.stdin.write(piece.encode("utf-8", "replace"))
        pager.stdin.close()
    except BrokenPipeError:
        pass  # the reader has seen enough
    finally:
        pager.wait()


def talk(line: str) -> None:
    """Writes one line to stderr, control characters spelled out."""
    if sys.stderr is not None:
        sys.stderr.write(f"{safe(line)}\n")  # in one piece: several threads may talk


def wants_colour(stream: TextIO | None, choice: str) -> bool:
    """Whether a stream gets colour: as chosen, else where it is a terminal that asks for none of the opposite."""
    if choice != "auto":
        return choice == "always"
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR") or os.environ.get("CLICOLOR_FORCE", "0") not in ("", "0"):
        return True
    return is_terminal(stream) and os.environ.get("TERM") != "dumb"


def is_terminal(stream: TextIO | None) -> bool:
    """Whether a stream is a terminal."""
    return stream is not None and not stream.closed and stream.isatty()


def terminal_width() -> int:
    """The width of the terminal on stdout in cells, zero where there is none."""
    if not is_terminal(sys.stdout):
        return 0
    import shutil

    return shutil.get_terminal_size((0, 0)).columns
