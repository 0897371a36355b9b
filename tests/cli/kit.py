"""How the black-box tests reach mtop: as a process of its own, on pipes or on a terminal."""

from __future__ import annotations

import errno
import os
import pty
import select
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

ENTRY = "import sys; sys.argv[0] = {name!r}; from mtop_core.main import entry; entry()"


def command(*args: str, name: str = "mtop") -> list[str]:
    """The command line that runs `mtop ARGS...` under some name."""
    return [sys.executable, "-c", ENTRY.format(name=name), *args]


def process(
    *args: str, name: str = "mtop", env: Mapping[str, str] | None = None, stdin: bytes = b""
) -> subprocess.CompletedProcess[bytes]:
    """Runs `mtop ARGS...` on pipes."""
    whole = {**os.environ, **(env or {})}
    return subprocess.run(command(*args, name=name), input=stdin, env=whole, capture_output=True, timeout=60)


def terminal(*args: str, answer: bytes = b"", wait_for: bytes = b"", env: Mapping[str, str] | None = None,
             columns: int = 0) -> tuple[int, str]:  # fmt: skip
    """Runs `mtop ARGS...` on a terminal and types `answer` once `wait_for` was shown: exit code and what it showed."""
    return dialogue(command(*args), [(wait_for, answer)] if answer else [], env, columns, again=answer)


def dialogue(
    line: Sequence[str],
    turns: Sequence[tuple[bytes, bytes]],
    env: Mapping[str, str] | None = None,
    columns: int = 0,
    again: bytes = b"",
) -> tuple[int, str]:
    """Runs a program on a terminal; of each turn waits for the first, then types the second.

    `again` is typed once more where nothing happens: Python misses a Ctrl-C just before it starts to read.
    """
    child, master = pty.fork()
    if child == 0:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # a test worker ignores it, and so would its child
        os.environ.update(env or {})
        os.execvpe(line[0], list(line), dict(os.environ))  # without the COLUMNS that readline sets
    try:
        if columns:
            _resize(master, columns)
        shown = b""
        for wait_for, answer in turns:
            shown += _read(master, wait_for)
            os.write(master, answer)
        shown += _read(master, again=again)
        _, status = os.waitpid(child, 0)
    finally:
        os.close(master)
    return os.waitstatus_to_exitcode(status), shown.decode()


def _resize(master: int, columns: int) -> None:
    import fcntl
    import struct
    import termios

    fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))


def _read(master: int, until: bytes = b"", again: bytes = b"") -> bytes:
    shown, patience = b"", 20
    while not (until and until in shown):
        if not select.select([master], [], [], 3)[0]:
            patience -= 1
            if not patience:
                raise TimeoutError(f"nothing more after {shown!r}")
            os.write(master, again)
            continue
        try:
            piece = os.read(master, 65536)
        except OSError as error:
            if error.errno != errno.EIO:  # what Linux says once the other side is closed
                raise
            break
        if not piece:
            break
        shown += piece
    return shown


def write(folder: Path, name: str, text: str) -> str:
    """The path of a new file."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)
