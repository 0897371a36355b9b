"""Notifiers that stay on this machine."""

from __future__ import annotations

import os
import sys
from urllib.parse import unquote, urlsplit

from mtop_core.api import Message, SourceError, UsageError, plain
from mtop_notify.payload import as_line


def to_stdout(url: str, message: Message) -> None:
    """Prints one line of JSON."""
    sys.stdout.write(as_line(message).decode())
    sys.stdout.flush()


def to_file(url: str, message: Message) -> None:
    """Appends one line of JSON in one write, so that lines of several writers never mix.

    Raises UsageError for a URL that names no path of this machine, SourceError where it cannot be written.
    """
    parts = urlsplit(url)
    path = unquote(parts.path)
    if parts.netloc not in ("", "localhost") or not path.startswith("/") or "\0" in path:
        raise UsageError("a file URL needs a whole path on this machine", "write file:///var/log/mtop.jsonl")
    try:
        _append(path, as_line(message))
    except OSError as error:
        raise SourceError(f"cannot write {plain(path)}: {(error.strerror or 'failed').lower()}") from None


def _append(path: str, line: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        if os.write(handle, line) < len(line):
            raise OSError(0, "only a part of the message fitted")
    finally:
        os.close(handle)
