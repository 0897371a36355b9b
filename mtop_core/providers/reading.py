"""The bytes and the text of files and of standard input, bounded."""

from __future__ import annotations

import os
import re
import stat
import sys
from typing import IO

from mtop_core.errors import DataError, MtopError, NotFoundError, UsageError
from mtop_core.objects.text import plain, shorten

MAX_BYTES = 64 * 2**20
STANDARD_INPUT = "standard input"


def read_text(path: str) -> tuple[str, str]:
    """The name for messages and the text of a file, or of standard input where `path` is `-`."""
    if path == "-":
        return STANDARD_INPUT, decode(STANDARD_INPUT, read_stdin(None))
    try:
        return plain(path), text_of(plain(path), path)
    except OSError as error:
        raise unreadable(path, error) from None


def decode(name: str, data: bytes) -> str:
    """Bytes as text: UTF-8, or UTF-16 where it says so; raises DataError with the line of a bad byte."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        try:
            return data.decode("utf-16")
        except UnicodeDecodeError:
            raise DataError(f"{name}: not UTF-16, though it starts like it") from None
    if b"\0" in data:
        raise DataError(f"{name}: binary data, not YAML or JSON")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise DataError(f"{name}:{line}: not UTF-8 (byte 0x{data[error.start]:02x})") from None


def text_of(name: str, path: str) -> str:
    """The text of a file, called `name` in messages."""
    with open(path, "rb") as stream:
        return decode(name, read(name, stream))


def unreadable(name: str, error: OSError) -> MtopError:
    """What to raise for a file that cannot be read."""
    if isinstance(error, FileNotFoundError):
        return NotFoundError(f"{plain(name)}: no such file or folder")
    return DataError(f"{plain(name)}: {(error.strerror or 'cannot be read').lower()}")


def _limit() -> int:
    given = os.environ.get("MTOP_MAX_FILE_MIB", "")
    if not given:
        return MAX_BYTES
    if re.fullmatch("[0-9]{1,7}", given) is None or not 0 < int(given) <= 1 << 20:
        raise UsageError(f'MTOP_MAX_FILE_MIB is "{shorten(plain(given), 20)}", expected a whole number of MiB')
    return int(given) * 2**20


def read(name: str, stream: IO[bytes]) -> bytes:
    """All of a stream; DataError where it is more than the limit."""
    limit = _limit()
    expected = _size(stream)
    # a buffer of the whole limit for every small file would cost more than reading it
    data = stream.read(min(limit, expected) + 1)
    if len(data) > expected:  # it grew meanwhile
        data += stream.read(max(limit + 1 - len(data), 0))
    if len(data) > limit:
        raise DataError(
            f"{name}: more than {limit >> 20} MiB",
            "split it (for instance by namespace), or set MTOP_MAX_FILE_MIB to a higher number",
        )
    return data


def read_stdin(stdin: IO[bytes] | None = None) -> bytes:
    """All of `stdin`, by default the process's own; someone who is to type it is told so."""
    if stdin is None:
        if sys.stdin is None or sys.stdin.closed:
            raise UsageError("standard input is closed: there is nothing to read", "pipe something in, or name a file")
        if sys.stdin.isatty():
            from mtop_core.render.console import talk

            talk("mtop: reading standard input (end with Ctrl-D)")
        stdin = sys.stdin.buffer
    try:
        return read(STANDARD_INPUT, stdin)
    except OSError as error:
        raise unreadable(STANDARD_INPUT, error) from None


def _size(stream: IO[bytes]) -> int:
    """The size of a regular file, else more than any limit: a pipe tells only when it ends."""
    try:
        found = os.fstat(stream.fileno())
    except OSError:
        return sys.maxsize
    return found.st_size if stat.S_ISREG(found.st_mode) else sys.maxsize
