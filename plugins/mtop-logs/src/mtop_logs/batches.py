"""Lines of one log, many at a time: what costs little per line makes ten million of them bearable.

A line longer than a MiB comes in pieces; CONTINUES stands before a piece that goes on with the one before, UNFINISHED
after one that the next goes on with. No line of a log can hold either.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import deque
from collections.abc import Iterable, Iterator

from mtop_core.api import Record, safe
from mtop_logs.levels import COLOUR
from mtop_logs.stamps import WIDTH, split

CONTINUES, UNFINISHED = "\udbfe", "\udbff"
BUNDLE = 40 * 1024
# what a terminal might obey becomes something else; bytes that hold none of it stay the very same object
_TABLE = bytes(0 if code != 10 and code != 9 and (code < 32 or code == 127) else code for code in range(256))
_TABLE = bytes([1]) + _TABLE[1:]
_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")


class Batch(Record):
    """Some lines of one log in order: what they sort by, their timestamps, their text.

    `keys` never fall; they are `stamps` but where a line is older than the one before it, or has no time.
    """

    keys: list[str]
    stamps: list[str]
    texts: list[str]

    def part(self, start: int, end: int | None = None) -> Batch:
        """Some of the lines."""
        return Batch(self.keys[start:end], self.stamps[start:end], self.texts[start:end])


def bundles(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Lines put together to pieces of some ten KB, from the blocks of a source that has them."""
    held: list[bytes] = []
    size = 0
    for block in getattr(lines, "blocks", lines):
        held.append(block)
        size += len(block)
        if size > BUNDLE:
            yield from _small(b"".join(held))
            held.clear()
            size = 0
    if held:
        yield b"".join(held)


def _small(data: bytes) -> Iterator[bytes]:
    """The same bytes, cut behind a line end where they are too many."""
    start = 0
    while len(data) - start > 2 * BUNDLE and (end := data.rfind(b"\n", start, start + BUNDLE) + 1):
        yield data[start:end]
        start = end
    yield data[start:] if start else data


class Decoder:
    """Makes batches of the bytes of one log; `raw` leaves everything in its lines as it is."""

    def __init__(self, raw: bool = False) -> None:
        self._raw = raw
        self._last = ""  # the key of the line before
        self._stamp = ""
        self._open = False

    def decode(self, data: bytes) -> Batch:
        """The lines of one piece; raw, bytes that are no UTF-8 become surrogates, else they are spelled out."""
        closed = data.endswith(b"\n")
        text, clean = self._text(data)
        rows = text.split("\n")
        if closed:
            rows.pop()
        opened, self._open = self._open, not closed
        if clean and not opened and closed and (batch := self._regular(rows)):
            return batch
        return self._irregular(rows, opened)

    def end(self) -> Batch:
        """What closes a line that the log left open: a batch of one piece, or of none."""
        opened, self._open = self._open, False
        return self._irregular([""], True) if opened else Batch([], [], [])

    def _text(self, data: bytes) -> tuple[str, bool]:
        """The text, and whether nothing in it needs a closer look."""
        if self._raw:
            return data.decode("utf-8", "surrogateescape"), True
        if data.isascii():
            return data.decode("ascii"), data.translate(_TABLE) is data
        text = data.decode("utf-8", "backslashreplace")
        return text, _UNSAFE.search(text) is None

    def _regular(self, rows: list[str]) -> Batch | None:
        """The batch where all lines have a kubelet's timestamp in its one form and none is older than the last."""
        keys = [row[:WIDTH] for row in rows]
        joined, count = "".join(keys), len(rows)
        if len(joined) != WIDTH * count or joined[WIDTH - 1 :: WIDTH] != "Z" * count:
            return None
        if joined[19::WIDTH] != "." * count or keys[0] < self._last or keys != sorted(keys):
            return None
        if any(row[WIDTH:] and row[WIDTH] != " " for row in (rows[0], rows[-1], rows[count // 2])):
            return None
        if split(rows[0])[0] != keys[0] or split(rows[-1])[0] != keys[-1]:
            return None
        self._last = self._stamp = keys[-1]
        return Batch(keys, keys, [row[WIDTH + 1 :] for row in rows])

    def _irregular(self, rows: list[str], opened: bool) -> Batch:
        batch = Batch([], [], [])
        for row in rows:
            stamp, text = ("", row) if opened else split(row)
            if not opened:
                self._stamp = stamp
                self._last = max(self._last, stamp)
            parts = [text] if self._raw else _parts(text)
            for number, part in enumerate(parts):
                batch.keys.append(self._last)
                batch.stamps.append(self._stamp)
                batch.texts.append(CONTINUES + part if opened and not number else part)
            opened = False
        if self._open:
            batch.texts[-1] += UNFINISHED
        return batch


def _parts(text: str) -> list[str]:
    """A line made safe, without colours; each state of a progress bar is a line of its own."""
    if text.isascii() and text.isprintable():
        return [text]
    if "\x1b" in text:
        text = COLOUR.sub("", text)
    found = [safe(part) for part in text.split("\r") if part] if "\r" in text else [safe(text)]
    return found or [""]


def between(batches: Iterable[Batch], since: str, until: str) -> Iterator[Batch]:
    """The lines from one key on and before another; either may be empty, for no limit."""
    for batch in batches:
        length = len(batch.keys)
        start = bisect_left(batch.keys, since) if since else 0
        end = bisect_left(batch.keys, until) if until else length
        if start < end:
            yield batch if end - start == length else batch.part(start, end)
        if end < length:
            return


def last(batches: Iterable[Batch], count: int) -> Iterator[Batch]:
    """The last so many lines."""
    held: deque[Batch] = deque()
    size = 0
    for batch in batches:
        held.append(batch)
        size += len(batch.keys)
        while size - len(held[0].keys) >= count > 0:
            size -= len(held.popleft().keys)
    if count and size > count:
        held[0] = held[0].part(size - count)
    if count:
        yield from held
