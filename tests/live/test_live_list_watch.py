"""`mtop list -w` on a server, as a process: what it prints, draws and leaves, and that Ctrl-C works at once."""

from __future__ import annotations

import json
import queue
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mtop_core.schema.checking import check
from mtop_core.testing import service
from tests.cli.kit import command, dialogue
from tests.live.conftest import LoadWorld
from tests.live.driving import documents, mtop
from tests.live.plane import Plane
from tests.live.scripted import Answer, Scripted

ROOT = "/apis/serving.kserve.io/v1alpha2/namespaces/default/llminferenceservices"
MERGE = "application/merge-patch+json"


class Process:
    """`mtop ARGS --live` on pipes, its lines as they come."""

    def __init__(self, kubeconfig: Path, *args: str) -> None:
        line = command(*args, "--live", "--kubeconfig", str(kubeconfig))
        self.child = subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                      preexec_fn=_listening)  # fmt: skip
        self._lines: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def next(self) -> str:
        """The next line."""
        return self._lines.get(timeout=60)

    def interrupted(self) -> tuple[int, str]:
        """Its exit code and what it said on stderr, after Ctrl-C."""
        self.child.send_signal(signal.SIGINT)
        code = self.child.wait(10)
        assert self.child.stderr is not None
        return code, self.child.stderr.read()

    def _read(self) -> None:
        assert self.child.stdout is not None
        for line in self.child.stdout:
            self._lines.put(line)


def _listening() -> None:
    """A test worker may ignore Ctrl-C, and so would its child."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def started() -> Iterator[list[Process]]:
    """Processes to end after the test."""
    processes: list[Process] = []
    yield processes
    for process in processes:
        process.child.kill()
        process.child.wait(10)


@pytest.mark.live
def test_json_lines_fold_to_what_a_fresh_list_says(
    live_plane: Plane, world: LoadWorld, started: list[Process]
) -> None:
    world("rollout")
    kubeconfig = live_plane.kubeconfig()
    watched = Process(kubeconfig, "list", "-A", "-w", "-o", "json")
    started.append(watched)
    rows: dict[Any, Any] = {}

    def take() -> dict[str, Any]:
        change: dict[str, Any] = json.loads(watched.next())
        assert check(change, "modelchange") == []
        row = change["object"]
        key = (row["kind"], row["namespace"], row["name"])
        assert (change["type"] == "ADDED") == (key not in rows)
        if change["type"] == "DELETED":
            del rows[key]
        else:
            rows[key] = row
        return change

    listed = documents(mtop(kubeconfig, "list", "-A", "-o", "json"))["items"]
    for _ in listed:
        take()
    live_plane.request("POST", ROOT, service("one", "default"))
    assert (take()["type"], len(rows)) == ("ADDED", len(listed) + 1)
    live_plane.request("PATCH", f"{ROOT}/one", {"metadata": {"labels": {"team": "a"}}}, MERGE)
    assert take()["object"]["labels"] == {"team": "a"}
    live_plane.request("DELETE", f"{ROOT}/one")
    assert take()["type"] == "DELETED"
    fresh = documents(mtop(kubeconfig, "list", "-A", "-o", "json"))["items"]
    ageless = [{**row, "ageSeconds": 0} for row in fresh]
    assert [{**rows[row["kind"], row["namespace"], row["name"]], "ageSeconds": 0} for row in fresh] == ageless
    assert len(rows) == len(fresh)
    code, said = watched.interrupted()
    assert (code, said) == (130, "mtop: source: live plane, watched\n")


@pytest.mark.live
def test_a_terminal_shows_what_is_there(live_plane: Plane, world: LoadWorld) -> None:
    world("rollout")
    line = command("list", "-n", "default", "-w", "--live", "--kubeconfig", str(live_plane.kubeconfig()))
    timer = threading.Thread(target=lambda: live_plane.request("POST", ROOT, service("fresh-one", "default")))
    timer.start()
    code, shown = dialogue(line, [(b"fresh-one", b"\x03")], columns=120)
    timer.join()
    assert code == 130
    assert shown.startswith("\x1b[?1049h\x1b[?25l")
    last = shown.rpartition("\x1b[?25h\x1b[?1049l")[2]
    assert "fresh-one" in last
    assert "mtop: source: live plane, as of" in last
    assert "\x1b[H" not in last, "the last picture stays on the ordinary screen"


def test_ctrl_c_works_at_once_while_a_server_does_not_answer(scripted: Scripted, started: list[Process]) -> None:
    for path in ("/apis/serving.kserve.io/v1alpha2/llminferenceservices", "/api/v1/pods"):
        scripted.script(path, Answer(hangs=True))
    process = Process(scripted.kubeconfig(), "list", "-A")
    started.append(process)
    scripted.wait_for("/api/v1/pods")
    start = time.monotonic()
    code, said = process.interrupted()
    assert (code, said.strip()) == (130, "")
    assert time.monotonic() - start < 5


def test_ctrl_c_works_at_once_between_two_tries(scripted: Scripted, started: list[Process]) -> None:
    for plural in ("llminferenceservices", "llminferenceserviceconfigs"):
        scripted.script(f"/apis/serving.kserve.io/v1alpha2/{plural}", Answer(503, {"Retry-After": "9"}))
    process = Process(scripted.kubeconfig(), "get", "config", "-A", "-o", "json", "-v")
    started.append(process)
    scripted.wait_for("/apis/serving.kserve.io/v1alpha2/llminferenceserviceconfigs")
    code, said = process.interrupted()
    assert code == 130
    assert "Traceback" not in said


@pytest.mark.live
def test_it_ends_when_nobody_reads(live_plane: Plane, world: LoadWorld) -> None:
    world("rollout")
    line = command("list", "-A", "-w", "--live", "--kubeconfig", str(live_plane.kubeconfig()))
    with subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as child:
        assert child.stdout is not None
        assert child.stdout.readline().startswith(b"TIME ")
        child.stdout.close()
        live_plane.request("POST", ROOT, service("one", "default"))
        assert child.wait(30) == 141
