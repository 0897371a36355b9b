"""How long commands take from start to end, as ratios to bare Python, interleaved in one run.

Run it in an environment where mtop is installed from wheels (`nox -s startup`), so that bytecode is there.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

RUNS = 21
GOALS = {"mtop --version": 4, "mtop list": 6, "mtop --help": 9, "mtop list --help": 12, "mtop create --help": 12,
         "mtop doctor --help": 12, "complete: mtop li": 9, "complete: mtop get": 9}  # fmt: skip


def main() -> None:
    """Prints one line per command: median milliseconds, ratio to bare Python, and the goal."""
    bare = [sys.executable, "-c", "pass"]
    mtop = str(Path(sys.executable).with_name("mtop"))
    commands = {goal: _command(goal, mtop) for goal in GOALS}
    if kubectl := shutil.which("kubectl"):
        commands["kubectl version --client"] = ([kubectl, "version", "--client"], {})
    seconds: dict[str, list[float]] = {name: [] for name in ("bare", *commands)}
    with tempfile.TemporaryDirectory() as state:
        home = {**os.environ, "MTOP_STATE_DIR": state, "HOME": state}
        for _ in range(RUNS):
            seconds["bare"].append(_seconds(bare, home, state))
            for name, (command, extra) in commands.items():
                seconds[name].append(_seconds(command, {**home, **extra}, state))
    base = statistics.median(seconds["bare"])
    print(f"bare python: {base * 1000:.1f} ms, median of {RUNS} interleaved runs")
    for name in commands:
        middle = statistics.median(seconds[name])
        goal = f"   goal {GOALS[name]}x" if name in GOALS else ""
        print(f"{name:28} {middle * 1000:7.1f} ms   {middle / base:5.2f}x{goal}")


def _command(goal: str, mtop: str) -> tuple[list[str], dict[str, str]]:
    if goal.startswith("complete: "):
        words = goal.removeprefix("complete: ")
        partial = words.split()[-1] if words.endswith("li") else ""
        line = words if partial else f"{words} "
        count = str(len(line.split(" ")) - 1)
        return [mtop], {"_MTOP_COMPLETE": "bash_complete", "COMP_WORDS": line, "COMP_CWORD": count}
    return [mtop, *goal.split()[1:]], {}


def _seconds(command: list[str], environment: dict[str, str], folder: str) -> float:
    start = time.perf_counter()
    subprocess.run(command, env=environment, cwd=folder, check=False, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)  # fmt: skip
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
