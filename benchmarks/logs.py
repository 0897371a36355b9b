"""`mtop logs`: 50 containers of 200,000 lines merged and printed, beside `sort -m` on the same files, in one run.

Ratios of lines per second are what counts; with --kubectl (and a server, see tests/live) beside kubectl, too.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

CONTAINERS = int(os.environ.get("CONTAINERS", "50"))
LINES = int(os.environ.get("LINES", "200000"))
TEXT = "(APIServer pid=1) INFO 10-12 09:00:00 [loggers.py:127] request chatcmpl-{number:012d} finished in {took} ms"
MEASURED = """
import resource, subprocess, sys, time
start = time.monotonic()
done = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
use = resource.getrusage(resource.RUSAGE_CHILDREN)
print(time.monotonic() - start, use.ru_maxrss / 1024, done.returncode, done.stderr[-300:])
"""


def pods() -> list[dict[str, Any]]:
    """A service and its pods, one container each."""
    service = {
        "apiVersion": "serving.kserve.io/v1alpha2",
        "kind": "LLMInferenceService",
        "metadata": {"name": "llama", "namespace": "chat", "uid": "uid-llama"},
        "spec": {"model": {"uri": "hf://meta-llama/Llama-3.1-8B-Instruct", "name": "llama"}, "replicas": CONTAINERS},
    }
    labels = {"app.kubernetes.io/part-of": "llminferenceservice", "app.kubernetes.io/name": "llama",
              "app.kubernetes.io/component": "llminferenceservice-workload"}  # fmt: skip
    running = {"name": "main", "ready": True, "restartCount": 0, "state": {"running": {}}}
    return [service] + [
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": f"llama-{number:02d}", "namespace": "chat", "labels": labels, "uid": f"uid-{number}"},
            "spec": {"nodeName": "node-a", "containers": [{"name": "main", "image": "vllm"}]},
            "status": {"phase": "Running", "containerStatuses": [running]},
        }
        for number in range(CONTAINERS)
    ]


def fill(folder: Path) -> list[str]:
    """A snapshot with long logs; the paths of these."""
    (folder / "objects.json").write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": pods()}))
    paths = []
    for number in range(CONTAINERS):
        chance = random.Random(number)
        path = folder / "logs" / "chat" / f"llama-{number:02d}" / "main.log"
        path.parent.mkdir(parents=True)
        at = chance.randrange(1_000_000)
        with path.open("w") as file:
            for line in range(LINES):
                at += chance.randrange(1, 40_000_000)
                second, rest = divmod(at, 1_000_000_000)
                clock = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(1_791_795_600 + second))
                file.write(f"{clock}.{rest:09d}Z {TEXT.format(number=line, took=rest % 997)}\n")
        paths.append(str(path))
    return paths


def measured(command: Sequence[str], env: dict[str, str] | None = None) -> tuple[float, float]:
    """Seconds and peak MiB of a command whose output nobody keeps."""
    run = [sys.executable, "-c", MEASURED, *command]
    done = subprocess.run(run, capture_output=True, text=True, check=True, env={**os.environ, **(env or {})})
    seconds, memory, code, said = done.stdout.split(maxsplit=3)
    if code != "0":
        raise RuntimeError(f"{command[0]} failed: {said}")
    return float(seconds), float(memory)


def main() -> None:
    """Prints one line for each program."""
    mtop = str(Path(sys.executable).with_name("mtop"))
    total = CONTAINERS * LINES
    with tempfile.TemporaryDirectory() as name:
        paths = fill(Path(name))
        rows = {}
        rows["sort -m"] = measured(["sort", "-m", *paths], {"LC_ALL": "C"})
        rows["sort -m --batch-size"] = measured(["sort", "-m", f"--batch-size={CONTAINERS}", *paths], {"LC_ALL": "C"})
        rows["mtop logs"] = measured([mtop, "logs", "llama", "-n", "chat", "--snapshot", name])
        rows["mtop logs -t"] = measured([mtop, "logs", "llama", "-n", "chat", "-t", "--snapshot", name])
        rows["mtop logs --level error"] = measured([mtop, "logs", "llama", "-n", "chat", "--level", "error",
                                                    "--snapshot", name])  # fmt: skip
    for program, (seconds, memory) in rows.items():
        ratio = rows["sort -m"][0] / seconds
        speed = total / seconds / 1e6
        print(f"{program:26} {seconds:6.2f} s {speed:6.2f} million lines/s {ratio:5.2f}x {memory:6.1f} MiB")


if __name__ == "__main__":
    main()
