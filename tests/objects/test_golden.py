"""The tables of the shipped worlds, whole: MTOP_UPDATE_GOLDEN=1 writes them anew."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mtop_core.testing import run

GOLDEN = Path(__file__).resolve().parents[1] / "golden"


@pytest.mark.parametrize("world", ["healthy", "degraded", "rollout", "empty"])
def test_the_table_of_a_world(world: str) -> None:
    outcome = run("list", "--mock", world)
    path = GOLDEN / f"list-{world}.txt"
    if os.environ.get("MTOP_UPDATE_GOLDEN") == "1":
        path.write_text(outcome.stdout, encoding="utf-8")
    empty = "No resources found.\n" if world == "empty" else ""
    assert outcome == (
        0, path.read_text(encoding="utf-8"), f"{empty}mtop: source: mock {world}, as of 2026-10-12T09:30:00Z\n",
    )  # fmt: skip
