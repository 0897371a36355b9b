"""What -v and -vv show of the talk with a cluster: requests with their times, never who asks with what secret."""

from __future__ import annotations

import re
import sys
import time

from mtop_core.api import talk

LONGEST = 160


class Trace:
    """Says lines on stderr, as far as so many -v want them."""

    def __init__(self, verbosity: int) -> None:
        self.verbosity = verbosity

    def say(self, level: int, line: str) -> None:
        """One line, where at least `level` -v were given."""
        if self.verbosity >= level:
            talk(f"mtop: {line}")

    def slow(self, done: int, of: int) -> None:
        """Tells a person who waits how far a look has come."""
        if sys.stderr is not None and sys.stderr.isatty():
            talk(f"mtop: {done} of {of} lists are read, still waiting for the others (Ctrl-C ends it)")

    def answered(self, request: str, status: int, start: float, size: int | None = None) -> None:
        """One answer: its status, how long it took since `start` (time.monotonic), and how many bytes it has."""
        if self.verbosity >= 1:
            took = f"{(time.monotonic() - start) * 1000:.0f} ms"
            much = "" if size is None else f", {size:,} bytes"
            self.say(1, f"{shown(request)}: {status} in {took}{much}")


def shown(request: str) -> str:
    """A request as a person wants to read it: what only a server understands is cut."""
    text = re.sub(r"(continue=[^&]{12})[^&]+", r"\1…", request)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
