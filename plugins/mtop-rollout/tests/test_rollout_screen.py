"""`mtop watch` on a terminal: keys, sizes, signals, colours; each wait is for something that is shown."""

from __future__ import annotations

import errno
import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.cli.kit import command, process

ENTER, LEAVE = "\x1b[?1049h", "\x1b[?1049l"


class Terminal:
    """A program on a terminal of its own."""

    def __init__(self, line: list[str], columns: int, lines: int, env: Mapping[str, str]) -> None:
        self.pid, self._fd = pty.fork()
        if self.pid == 0:
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            os.environ.update(env)
            # the size is set before the program starts: there is nothing to wait for later
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
            os.execvp(line[0], line)
        self.shown = ""

    def resize(self, columns: int, lines: int) -> None:
        fcntl.ioctl(self._fd, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def type(self, keys: str) -> None:
        os.write(self._fd, keys.encode())

    def wait_for(self, text: str, *, fresh: bool = True) -> str:
        """Reads until `text` was shown (since the last wait); all that was shown meanwhile."""
        start = len(self.shown) if fresh else 0
        while text not in (self.shown if "\x1b" in text else words(self.shown[start:])):
            if not self._read():
                raise AssertionError(f"ended before {text!r}: {words(self.shown[start:])[-500:]!r}")
        return self.shown[start:]

    def end(self) -> int:
        """Reads to the end; the exit code."""
        while self._read():
            pass
        _, status = os.waitpid(self.pid, 0)
        self.pid = 0
        return os.waitstatus_to_exitcode(status)

    def attributes(self) -> int:
        """The local modes of the terminal."""
        modes: int = termios.tcgetattr(self._fd)[3]
        return modes

    def _read(self) -> bool:
        if not select.select([self._fd], [], [], 30)[0]:
            raise TimeoutError(f"nothing more after {words(self.shown)[-500:]!r}")
        try:
            piece = os.read(self._fd, 65536)
        except OSError as error:
            if error.errno != errno.EIO:
                raise
            return False
        self.shown += piece.decode("utf-8", "replace")
        return bool(piece)

    def close(self) -> None:
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self._fd)


@contextmanager
def watching(*args: str, columns: int = 100, lines: int = 30, **env: str) -> Iterator[Terminal]:
    terminal = Terminal(command("watch", *args), columns, lines, env)
    try:
        yield terminal
    finally:
        terminal.close()


def words(text: str) -> str:
    """What was shown without the codes that put it there."""
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)


def test_step_by_step() -> None:
    with watching("-t", "canary", "-q") as terminal:
        assert "canary  0:00  Initialised" in words(terminal.wait_for("q quit"))
        terminal.type("n")
        terminal.wait_for("0:02")
        terminal.type("n")
        terminal.wait_for("0:10")
        terminal.type("b")
        terminal.wait_for("0:02")
        terminal.type("e")
        assert "candidate-0 ready after 110 s" in words(terminal.wait_for("weights: stable 95 %, candidate 5 %"))
        terminal.type("+")
        terminal.wait_for("20x")
        terminal.type("-")
        terminal.wait_for("10x")
        terminal.type("q")
        assert terminal.end() == 0
    # the keyboard and the screen are given back, and the last picture stays
    assert terminal.shown.count(ENTER) == terminal.shown.count(LEAVE) == 1
    assert "canary  1:50" in words(terminal.shown.rpartition(LEAVE)[2])
    assert "verdict" not in terminal.shown


def test_play_and_pause() -> None:
    with watching("-t", "rolling-gpu-shortage", "--speed", "200") as terminal:
        terminal.wait_for("q quit")
        terminal.type(" ")
        terminal.wait_for("▶")
        terminal.wait_for("over")
        terminal.type("q")
        assert terminal.end() == 1  # seen to its end: it failed
    assert "fails after 600 s" in terminal.shown


def test_autoplay_ends_by_itself() -> None:
    with watching("-t", "bluegreen", "--autoplay", "--speed", "500") as terminal:
        assert terminal.end() == 0
    left = words(terminal.shown.rpartition(LEAVE)[2])
    assert "bluegreen  3:50  Succeeded" in left
    assert "verdict: bluegreen succeeds after 230 s" in left


def test_delay() -> None:
    with watching("-t", "shadow-gate-fails", "--autoplay", "--delay", "0") as terminal:
        assert terminal.end() == 1
    assert "is rolled back after 170 s" in terminal.shown


def test_an_interrupt_gives_the_terminal_back() -> None:
    with watching("-t", "canary") as terminal:
        before = terminal.attributes()
        terminal.wait_for("q quit", fresh=False)
        assert not terminal.attributes() & termios.ICANON
        terminal.type("\x03")
        assert terminal.end() == 130
        assert before & termios.ICANON
    assert terminal.shown.count(LEAVE) == 1
    assert "Traceback" not in terminal.shown


def test_stopped_and_continued() -> None:
    with watching("-t", "canary") as terminal:
        terminal.wait_for("q quit", fresh=False)
        terminal.type("\x1a")
        _, status = os.waitpid(terminal.pid, os.WUNTRACED)
        assert os.WIFSTOPPED(status)
        assert terminal.attributes() & termios.ICANON
        terminal.wait_for(LEAVE, fresh=False)
        os.kill(terminal.pid, signal.SIGCONT)
        terminal.wait_for("q quit")
        assert not terminal.attributes() & termios.ICANON
        terminal.type("n")
        terminal.wait_for("0:02")
        terminal.type("q")
        assert terminal.end() == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_ended_from_outside(number: int) -> None:
    with watching("-t", "canary", "--autoplay") as terminal:
        terminal.wait_for("q quit", fresh=False)
        os.kill(terminal.pid, number)
        assert terminal.end() == -number
        assert terminal.shown.rstrip().endswith(LEAVE)


def test_forty_columns_and_resizing() -> None:
    with watching("-t", "canary", columns=40, lines=14) as terminal:
        terminal.wait_for("n next", fresh=False)
        terminal.type("e")
        picture = terminal.wait_for("1:50")
        terminal.resize(100, 30)
        terminal.wait_for("q quit")
        terminal.resize(20, 5)
        terminal.wait_for("too small")
        terminal.resize(40, 14)
        terminal.wait_for("n next")
        terminal.type("q")
        assert terminal.end() == 0
    for line in words(picture.replace("\x1b[", "\n\x1b[")).splitlines():
        assert len(line) <= 40


def test_no_colour() -> None:
    with watching("-t", "canary", "--autoplay", "--speed", "1000", NO_COLOR="1") as terminal:
        terminal.end()
    assert not re.search(r"\x1b\[[0-9;]*m", terminal.shown)
    with watching("-t", "canary", "--autoplay", "--speed", "1000", NO_COLOR="") as terminal:
        terminal.end()
    assert re.search(r"\x1b\[[0-9;]+m", terminal.shown)


def test_ascii_where_the_locale_has_no_more() -> None:
    with watching("-t", "canary", "--autoplay", "--speed", "1000", PYTHONIOENCODING="ascii") as terminal:
        terminal.end()
    assert terminal.shown.isascii()
    assert "####" in terminal.shown


def test_a_dumb_terminal_gets_lines() -> None:
    with watching("-t", "rolling", TERM="dumb") as terminal:
        assert terminal.end() == 0
    assert ENTER not in terminal.shown
    assert "llama-new-3 ready" in terminal.shown


def test_plain_on_a_terminal() -> None:
    with watching("-t", "rolling", "--plain") as terminal:
        assert terminal.end() == 0
    assert ENTER not in terminal.shown


def test_a_real_rollout_in_lines_on_a_terminal() -> None:
    with watching("qwen3-32b", "-n", "chat", "--mock", "rollout", "--plain") as terminal:
        assert terminal.end() == 1
    assert ENTER not in terminal.shown
    assert "ADDED" in terminal.shown


def test_a_recorded_rollout_is_played_on_a_terminal(tmp_path: Path) -> None:
    path = str(tmp_path / "r.jsonl")
    assert process("watch", "gpt-oss-canary", "-n", "chat", "--mock", "rollout", "--record", path).returncode == 0
    with watching("--play", path) as terminal:
        assert terminal.end() == 0
    assert "mock rollout (recorded)" in words(terminal.shown)


def test_not_a_terminal_never_waits() -> None:
    done = process("watch", "-t", "canary")  # paused on a terminal, but here is none
    assert done.returncode == 0
    assert b"\x1b" not in done.stdout + done.stderr
    assert done.stdout.count(b"\n") > 20


def test_a_reader_that_goes_away() -> None:
    import subprocess

    shell = subprocess.run(
        ["bash", "-c", '"$@" | head -1; echo "${PIPESTATUS[0]}"', "bash", *command("simulate", "-t", "multiregion")],
        capture_output=True, timeout=60, check=False,
    )  # fmt: skip
    assert shell.stdout.splitlines()[1] in (b"141", b"0")
    assert b"Traceback" not in shell.stderr


def test_a_real_rollout_on_a_terminal() -> None:
    with watching("mistral-large", "-n", "chat", "--mock", "rollout", columns=80, lines=24) as terminal:
        assert terminal.end() == 1
    pictures = terminal.shown.split(ENTER)[1].split(LEAVE)
    assert "mistral-large" in pictures[0]
    left = pictures[1].splitlines()
    assert len(left) <= 24
    assert "rollout-surge-no-free-gpu" in pictures[1]
    assert all(len(words(line)) <= 80 for line in left)
