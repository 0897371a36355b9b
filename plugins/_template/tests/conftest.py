"""Keeps the settings and changed worlds of whoever runs the tests out of them."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of its own, and a `.ldconfig` in it that says nothing."""
    config = tmp_path / ".ldconfig"
    config.write_text("")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MTOP_CONFIG", str(config))
    monkeypatch.setenv("MTOP_STATE_DIR", str(tmp_path / "state"))
    for name in ("LLD_MODE", "MTOP_DISABLE_PLUGINS"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path
