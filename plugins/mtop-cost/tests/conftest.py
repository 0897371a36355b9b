"""Keeps the settings and changed worlds of whoever runs the tests out of them."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A `.ldconfig` that says nothing."""
    path = tmp_path / ".ldconfig"
    path.write_text("")
    monkeypatch.setenv("MTOP_CONFIG", str(path))
    monkeypatch.setenv("MTOP_STATE_DIR", str(tmp_path / "state"))
    for name in ("LLD_MODE", "MTOP_DISABLE_PLUGINS"):
        monkeypatch.delenv(name, raising=False)
    return path
