"""`mtop logs` beside `kubectl logs --prefix --max-log-requests=50` from the same API server, in one run.

Needs a server of the live tests (see tests/live/programs.py) and kubectl. The stand-in kubelet sends files in blocks,
so that it is not what is measured.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.logs import CONTAINERS, LINES, fill, measured, pods
from tests.live import kubelet as stand_in
from tests.live.crdsource import load_crds
from tests.live.logstream import LogStream
from tests.live.plane import running
from tests.live.worlds import load_objects

BLOCK = 1 << 16
RUNS = int(os.environ.get("RUNS", "3"))


class Blocks(LogStream):
    """Sends a whole file, many lines at a time."""

    def send(self, path: Path) -> None:
        """The answer."""
        self._to.send_response(200)
        self._to.send_header("Content-Type", "text/plain")
        self._to.send_header("Transfer-Encoding", "chunked")
        self._to.end_headers()
        with path.open("rb") as file:
            while block := file.read(BLOCK):
                self._to.wfile.write(b"%x\r\n%s\r\n" % (len(block), block))
        self._to.wfile.write(b"0\r\n\r\n")


def main() -> None:
    """Prints one line for each program and run."""
    stand_in.LogStream = Blocks  # type: ignore[attr-defined]
    with tempfile.TemporaryDirectory() as name, running(Path(name)) as plane:
        load_crds(plane)
        root = Path(name) / "snapshot"
        root.mkdir()
        fill(root)
        kubelet = stand_in.Kubelet(plane, root / "logs")
        kubelet.register("node-a")
        namespace: dict[str, Any] = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "chat"}}
        load_objects(plane, [{**namespace, "status": {"phase": "Active"}}, *pods()])
        config = str(plane.kubeconfig())
        kubectl = ["kubectl", "--kubeconfig", config, "logs", "-n", "chat", "-l", "app.kubernetes.io/name=llama",
                   "--prefix", f"--max-log-requests={CONTAINERS}", "--tail=-1"]  # fmt: skip
        program = str(Path(sys.executable).with_name("mtop"))
        mtop = [program, "logs", "llama", "-n", "chat", "--live", "--kubeconfig", config]
        for _ in range(RUNS):
            theirs, ours = measured(kubectl), measured(mtop)
            for name, (seconds, memory) in (("kubectl logs --prefix", theirs), ("mtop logs (merged)", ours)):
                speed, ratio = CONTAINERS * LINES / seconds / 1e6, theirs[0] / seconds
                print(f"{name:24} {seconds:6.2f} s {speed:6.2f} million lines/s {ratio:5.2f}x {memory:6.1f} MiB")
        kubelet.close()


if __name__ == "__main__":
    os.environ.setdefault("HOME", tempfile.gettempdir())
    main()
