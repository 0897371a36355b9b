"""mtop beside kubectl on one API server, interleaved in one run: time and memory of whole processes.

Run it where mtop is installed from wheels (`nox -s live_speed`, `-- small` or `-- large` for half of it); it starts
a server of its own as the live tests do.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parent.parent))

from mtop_core.objects.kinds import KINDS
from tests.live.crdsource import load_crds
from tests.live.plane import Plane, running
from tests.live.synthetic import many_models
from tests.live.worlds import clear, load_objects, load_world

SMALL_RUNS, LARGE_RUNS, SAVE_RUNS = 25, 5, 2


class Took(NamedTuple):
    """What one process took: seconds on the clock, seconds of a core, and the most memory in MiB."""

    seconds: float
    cpu: float
    memory: float


def main() -> None:
    """Prints one line for each command and size: medians, and ratios to kubectl's."""
    kubectl = shutil.which("kubectl")
    if kubectl is None:
        sys.exit("there is no kubectl to compare with")
    with tempfile.TemporaryDirectory() as folder, running(Path(folder)) as plane:
        load_crds(plane)
        home = Path(folder, "home")
        home.mkdir()
        environment = _environment(plane, home)
        mtop = [str(Path(sys.executable).with_name("mtop")), "list", "--live", "-A"]
        services, pods = ([kubectl, "get", what, "-A"] for what in ("llmisvc", "pods"))
        if "large" not in sys.argv[1:]:
            load_world(plane, "healthy")
            print("27 models of the world healthy")
            _compare({"kubectl get llmisvc -A": services, "kubectl get pods -A": pods, "mtop list -A": mtop,
                      "bare python": [sys.executable, "-c", "pass"]}, SMALL_RUNS, environment)  # fmt: skip
            clear(plane)
        if "small" not in sys.argv[1:]:
            load_objects(plane, many_models(1000, 10))
            print("1,000 models with 10,000 pods")
            _compare({"kubectl get pods -A": pods, "kubectl get llmisvc -A": services, "mtop list -A": mtop},
                     LARGE_RUNS, environment)  # fmt: skip
            everything = [kubectl, "get", ",".join(kind.resource for kind in KINDS), "-A", "-o", "yaml"]
            saved = ["snapshot", "save", "--live", "-A", "--no-logs", "--force", "-o", str(home / "saved")]
            _compare({"kubectl get -A -o yaml": everything, "mtop snapshot save -A": [mtop[0], *saved]},
                     SAVE_RUNS, environment)  # fmt: skip


def _environment(plane: Plane, home: Path) -> dict[str, str]:
    """A kubeconfig as people have it, in YAML, and a home of its own for kubectl's caches."""
    import yaml

    path = home / "config"
    path.write_text(yaml.safe_dump(yaml.safe_load(plane.kubeconfig().read_text())))
    return {**os.environ, "KUBECONFIG": str(path), "HOME": str(home), "MTOP_STATE_DIR": str(home)}


def _compare(commands: dict[str, Sequence[str]], runs: int, environment: dict[str, str]) -> None:
    took: dict[str, list[Took]] = {name: [] for name in commands}
    for number in range(runs + 1):
        for name, command in commands.items():
            one = _run(command, environment)
            if number:  # the first fills caches, kubectl's among them
                took[name].append(one)
    first = next(iter(commands))
    base = _median(took[first])
    for name, each in took.items():
        found = _median(each)
        ratios = "".join(f"{one / other:7.2f}x" for one, other in zip(found, base, strict=True))
        figures = f"{found.seconds * 1000:8.0f} ms {found.cpu * 1000:8.0f} ms CPU {found.memory:6.0f} MiB"
        print(f"  {name:24} {figures}{ratios}")


def _median(took: Sequence[Took]) -> Took:
    return Took(*(statistics.median(column) for column in zip(*took, strict=True)))


# A child's most memory counts what its parent held when it was forked: a small process forks and measures.
_MEASURE = """
import os, sys, time
start = time.perf_counter()
child = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, file_actions=[
    (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0), (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0)])
_, status, used = os.wait4(child, 0)
print(os.waitstatus_to_exitcode(status), time.perf_counter() - start, used.ru_utime + used.ru_stime, used.ru_maxrss)
"""


def _run(command: Sequence[str], environment: dict[str, str]) -> Took:
    line = [sys.executable, "-I", "-S", "-c", _MEASURE, *command]
    code, seconds, cpu, memory = subprocess.run(line, env=environment, capture_output=True, check=True).stdout.split()
    if int(code):
        sys.exit(f"{' '.join(command)} ended with {int(code)}")
    return Took(float(seconds), float(cpu), int(memory) / 1024)


if __name__ == "__main__":
    main()
