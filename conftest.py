"""Every test runs in a folder of its own, without the settings and worlds of whoever runs it."""

from __future__ import annotations

from pathlib import Path

import pytest

_FOREIGN = (
    "LLD_MODE", "MTOP_CONFIG", "MTOP_DISABLE_PLUGINS", "NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE", "COLUMNS", "LINES",
    "XDG_STATE_HOME", "XDG_CONFIG_HOME", "_MTOP_COMPLETE", "KUBECONFIG", "KUBERNETES_SERVICE_HOST",
    "KUBERNETES_SERVICE_PORT", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy",
)  # fmt: skip


@pytest.fixture(autouse=True)
def _own_surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in _FOREIGN:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("MTOP_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.chdir(tmp_path)
