"""Surroundings for tests that look at folders: kept in one place, taken over by the conftest of each."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with nothing in it, a home and a place for state of its own."""
    here, home = tmp_path / "here", tmp_path / "home"
    here.mkdir()
    home.mkdir()
    monkeypatch.chdir(here)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("MTOP_STATE_DIR", str(tmp_path / "state"))
    for name in ("LLD_MODE", "MTOP_CONFIG", "MTOP_DISABLE_PLUGINS", "MTOP_MAX_FILE_MIB", "XDG_STATE_HOME"):
        monkeypatch.delenv(name, raising=False)
    return here
