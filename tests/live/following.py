"""`mtop ... -f` as a process of its own, whose streams are read as they come."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from pathlib import Path
from typing import IO

from tests.cli.kit import command
from tests.live.waiting import until


class Following:
    """One running command on the cluster of a kubeconfig; `out` and `err` hold what it has said so far."""

    def __init__(self, kubeconfig: Path, *args: str) -> None:
        line = command(*args, "--live", "--kubeconfig", str(kubeconfig))
        self._process = subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=dict(os.environ))
        self.out: list[str] = []
        self.err: list[str] = []
        assert self._process.stdout
        assert self._process.stderr
        self._readers = [self._reading(self._process.stdout, self.out), self._reading(self._process.stderr, self.err)]

    def wait_out(self, text: str) -> None:
        """Waits until a line of stdout holds a text."""
        self._wait(self.out, text)

    def wait_err(self, text: str) -> None:
        """Waits until a line of stderr holds a text."""
        self._wait(self.err, text)

    def wait_lines(self, count: int) -> list[str]:
        """Waits until there are so many lines on stdout."""
        until(lambda: len(self.out) >= count, f"{count} lines: {self.out} {self.err}")
        return self.out

    def interrupt(self) -> int:
        """Ctrl-C; the exit code."""
        self._process.send_signal(signal.SIGINT)
        return self.ended()

    def ended(self) -> int:
        """Waits for the end; the exit code."""
        code = self._process.wait(30)
        for reader in self._readers:
            reader.join(10)
        return code

    def close(self) -> None:
        """Ends it however it is."""
        if self._process.poll() is None:
            self._process.kill()
            self.ended()

    def _wait(self, lines: list[str], text: str) -> None:
        try:
            until(lambda: any(text in line for line in list(lines)), text)
        except TimeoutError as error:
            raise TimeoutError(f"{error}; out: {self.out} err: {self.err}") from None

    def _reading(self, stream: IO[bytes], lines: list[str]) -> threading.Thread:
        def read() -> None:
            for line in stream:
                lines.append(line.decode().rstrip("\n"))

        reader = threading.Thread(target=read, daemon=True)
        reader.start()
        return reader
