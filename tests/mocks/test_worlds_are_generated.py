"""The committed worlds are exactly what the generator writes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_generator_output_equals_the_files() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mocks.make", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    assert done.returncode == 0


def test_unknown_arguments_are_refused() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mocks.make", "--nonsense"], cwd=ROOT, capture_output=True, check=False
    )
    assert done.returncode == 2
