"""Documents of every shape that are right."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mtop_core.validation import validate

NAMES = sorted(path.stem for path in (Path(__file__).parent / "good").glob("*.yaml"))


@pytest.mark.parametrize("name", NAMES)
def test_good(name: str, load: Callable[[str], Any]) -> None:
    assert validate(load(name)) == []


def test_jsonschema_is_imported_late() -> None:
    code = "import sys, mtop_core.validation; sys.exit('jsonschema' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_fast(load: Callable[[str], Any]) -> None:
    document = load("llm-single")
    validate(document)
    times = []
    for _ in range(10):
        start = time.perf_counter()
        validate(document)
        times.append(time.perf_counter() - start)
    assert min(times) < 0.01  # about 1 ms on an idle machine
