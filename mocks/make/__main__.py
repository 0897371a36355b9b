"""Command line: writes all worlds, or checks that they are up to date."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from .cluster import Cluster
from .worlds import degraded, empty, healthy, rollout
from .writer import differences, render, write

WORLDS: tuple[Callable[[], Cluster], ...] = (healthy.build, degraded.build, rollout.build, empty.build)
ROOT = Path(__file__).resolve().parent.parent


def main(arguments: list[str]) -> int:
    """Write or check the worlds; the result is the exit code."""
    check = arguments == ["--check"]
    if arguments and not check:
        print("usage: python -m mocks.make [--check]", file=sys.stderr)
        return 2
    wrong: list[str] = []
    for build in WORLDS:
        cluster = build()
        folder, files = ROOT / cluster.name, render(cluster)
        if check:
            wrong += [f"{cluster.name}/{path}" for path in differences(folder, files)]
        else:
            write(folder, files)
    for path in wrong:
        print(f"differs: mocks/{path}", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
