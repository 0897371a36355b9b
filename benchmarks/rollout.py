"""How fast rollouts are simulated, in how much memory, and what a moving picture costs.

`python benchmarks/rollout.py` prints one line each; `--quick` simulates two hours in the place of 24.
"""

from __future__ import annotations

import json
import os
import pty
import resource
import select
import subprocess
import sys
import tempfile
import time
from typing import Any

from mtop_rollout.machine.engine import Simulation
from mtop_rollout.topology.files import Source
from mtop_rollout.topology.loading import Given, scenario

PAIRS, REPLICAS = 100, 8
GOAL = 100_000
ENTRY = "import sys; from mtop_core.main import entry; entry()"


def fleet(seconds: int, **changes: Any) -> dict[str, Any]:
    """200 models of 8 replicas each: 100 services, one wave after the other through all the time there is."""
    startup = {"schedule": 2, "imagePull": 40, "download": 60, "load": 30, "compile": 20, "graphCapture": 15}
    models, steps = [], []
    for at in range(PAIRS):
        old = {"name": f"m{at}", "replicas": REPLICAS, "gpu": {"class": "H100", "count": 1}, "region": f"r{at}",
               "drainSeconds": 30, "startup": startup, "cache": {"steadyHitRatio": 0.5}}  # fmt: skip
        models += [old, {"name": f"m{at}-v2", "role": "candidate", "region": f"r{at}"}]
        steps += [{"promote": f"m{at}-v2"}, {"pause": seconds // PAIRS}]
    spec = {"strategy": "rolling", "tickSeconds": 1, "maxSeconds": seconds, "models": models,
            "load": {"requestsPerSecond": 800}, "rollout": {"steps": steps}, **changes}  # fmt: skip
    return {"apiVersion": "mtop.dev/v1alpha1", "kind": "Topology", "metadata": {"name": "fleet"}, "spec": spec}


def simulated(name: str, document: dict[str, Any]) -> None:
    """Runs one simulation, streaming: frames are looked at and let go."""
    run = Simulation(scenario(document, Source("fleet", ""), Given()))
    start, frames, early = time.process_time(), 0, 0
    for frame in run.frames():
        frames += 1
        if frame.t <= 600_000:
            early = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    seconds = time.process_time() - start
    ticks = (run.world.tick + 1) * len(run.world.pools)
    late = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"{name:42} {ticks / seconds:12,.0f} model-ticks/s (goal {GOAL:,})   {seconds:6.1f} s CPU for "
          f"{run.world.t / 3600_000:.1f} h, {frames:,} frames; memory {early / 1024:.1f} MiB after ten minutes, "
          f"{late / 1024:.1f} MiB at the end")  # fmt: skip


def printed(seconds: int) -> None:
    """The same through `mtop simulate -o csv`, which writes every row."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "fleet.json")
        with open(path, "w", encoding="utf-8") as stream:
            json.dump(fleet(seconds), stream)
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        line = [sys.executable, "-c", ENTRY, "simulate", "-f", path, "-o", "csv"]
        subprocess.run(line, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    ticks = seconds * 2 * PAIRS
    print(f"{'mtop simulate -o csv, every row written':42} {ticks / used:12,.0f} model-ticks/s   {used:6.1f} s CPU; "
          f"{after.ru_maxrss / 1024:.1f} MiB")  # fmt: skip


def played(topology: str, *args: str, seconds: float = 15.0, which: str = "-t") -> None:
    """The share of a core that `mtop watch --autoplay` takes on a terminal of 100 by 30."""
    child, master = pty.fork()
    if child == 0:
        os.environ.update(COLUMNS="100", LINES="30", TERM="xterm-256color")
        os.execv(sys.executable, [sys.executable, "-c", ENTRY, "watch", which, topology, "--autoplay", *args])
    start = time.monotonic()
    began: tuple[float, float, int] | None = None
    sent = 0
    ended = start, 0.0, 0
    while time.monotonic() - start < seconds:
        if select.select([master], [], [], 0.2)[0]:
            try:
                sent += len(os.read(master, 65536))
            except OSError:
                break
        ended = time.monotonic(), _cpu(child), sent
        if began is None and time.monotonic() - start > 3:
            began = ended
    os.kill(child, 9)
    os.waitpid(child, 0)
    if began is None or ended[0] - began[0] < 1:
        print(f"watch {topology}: it was over before it could be measured")
        return
    length = ended[0] - began[0]
    name, share = f"watch {which} {os.path.basename(topology)} {' '.join(args)}", (ended[1] - began[1]) / length
    print(f"{name:42} {share:12.1%} of a core (goal 15%)   "
          f"{(ended[2] - began[2]) / length / 1024:.1f} KiB/s over {length:.0f} s")  # fmt: skip


def _cpu(pid: int) -> float:
    """Seconds of CPU a process has used so far (Linux)."""
    with open(f"/proc/{pid}/stat", encoding="ascii") as stream:
        fields = stream.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main(quick: bool) -> None:
    """Prints all the numbers."""
    day = 7200 if quick else 86_400
    simulated(f"{day // 3600} h in waves, constant load", fleet(day))
    simulated(f"{day // 3600} h in waves, load like a day (sine)", fleet(
        day, load={"requestsPerSecond": 800, "profile": "sine"}))  # fmt: skip
    ramp = [{"at": 0, "requestsPerSecond": 100}, {"at": day // 10, "requestsPerSecond": 800}]
    simulated("ramp: every model anew in every tick", fleet(
        day // 10, load={"requestsPerSecond": 100, "profile": "ramp", "points": ramp}))  # fmt: skip
    printed(day // 10)
    played("multiregion", "--speed", "30")
    played("canary", "--delay", "0.1", seconds=8)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "fleet.json")
        with open(path, "w", encoding="utf-8") as stream:
            json.dump(fleet(day), stream)
        played(path, "--speed", "100", which="-f")


if __name__ == "__main__":
    main("--quick" in sys.argv[1:])
