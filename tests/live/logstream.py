"""One log that a stand-in kubelet sends, and the knobs that hold back or break off what it sends."""

from __future__ import annotations

import select
import threading
from collections.abc import Iterator
from pathlib import Path

from tests.live.https import Handler
from tests.live.loglines import Wanted
from tests.live.waiting import STEP


class Knobs:
    """What a test does to the logs under way."""

    def __init__(self) -> None:
        self.flows = threading.Event()
        self.flows.set()
        self.closed = False
        self.sent = 0  # bytes of all logs so far
        self._lock = threading.Lock()
        self._cut_after = -1

    def cut(self, after_bytes: int) -> None:
        """Breaks off one log, under way or the next, when it has sent so many bytes."""
        with self._lock:
            self._cut_after = after_bytes

    def room(self, sent: int, size: int) -> int | None:
        """None to send `size` more bytes, or how many to send before breaking off: then no other log is broken."""
        with self._lock:
            if self._cut_after < 0 or sent + size < self._cut_after:
                return None
            room, self._cut_after = max(self._cut_after - sent, 0), -1
            return room


class _Broken(Exception):
    """The log was broken off, or its reader is gone."""


class LogStream:
    """Sends what is wanted of a log file, and what is added to it where it is followed."""

    def __init__(self, to: Handler, wanted: Wanted, knobs: Knobs) -> None:
        self._to = to
        self._wanted = wanted
        self._knobs = knobs
        self._sent = 0

    def send(self, path: Path) -> None:
        """Sends the whole answer; returns when the log ends, its reader goes away or a knob breaks it off."""
        self._to.send_response(200)
        self._to.send_header("Content-Type", "text/plain")
        self._to.send_header("Transfer-Encoding", "chunked")
        self._to.end_headers()
        try:
            for line in self._lines(path):
                self._put(line if self._wanted.limit < 0 else line[: self._wanted.limit - self._sent])
                if self._sent == self._wanted.limit:
                    break
            self._to.wfile.write(b"0\r\n\r\n")
        except _Broken:
            self._to.close_connection = True

    def _lines(self, path: Path) -> Iterator[bytes]:
        with path.open("rb") as file:
            lines = file.read().splitlines(keepends=True)
            rest = _unfinished(lines) if self._wanted.follow else b""
            yield from self._wanted.of_lines(lines)
            there = self._wanted.follow
            while there and not self._knobs.closed:
                there = path.exists()  # before reading: what was written before the end is sent
                lines = (rest + file.read()).splitlines(keepends=True)
                rest = _unfinished(lines)
                yield from self._wanted.later(lines)
                if there and not lines:
                    self._pause()

    def _pause(self) -> None:
        """Waits a moment for more; a reader that sends anything here has hung up."""
        if self._knobs.room(self._sent, 0) is not None or select.select([self._to.connection], [], [], STEP)[0]:
            raise _Broken

    def _put(self, data: bytes) -> None:
        self._knobs.flows.wait()
        room = self._knobs.room(self._sent, len(data))
        data = data[:room]
        if data:
            self._to.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self._sent += len(data)
        self._knobs.sent += len(data)
        if room is not None:
            raise _Broken


def _unfinished(lines: list[bytes]) -> bytes:
    """Takes the last line off where it is not at its end yet."""
    return lines.pop() if lines and not lines[-1].endswith(b"\n") else b""
