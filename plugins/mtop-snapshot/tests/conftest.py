"""What the tests of snapshots share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from mtop_core.testing import run

Save = Callable[..., Path]


@pytest.fixture
def save(tmp_path: Path) -> Save:
    """Saves a mock world: `save("degraded", "more", "flags")` returns the folder of the snapshot."""

    def saved(world: str, *flags: str, name: str = "") -> Path:
        folder = tmp_path / "saved" / (name or world)
        outcome = run("snapshot", "save", "--mock", world, "-o", str(folder), *flags)
        assert outcome.exit_code == 0, outcome.stderr
        return folder

    return saved
