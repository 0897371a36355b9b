"""A world apart: no settings of the user's, and a plugin whose one rule finds every model too small."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

RULES = '''
from mtop_core.api import Evidence, Finding, NotifierSpec, RuleSpec, hookimpl


@hookimpl
def mtop_rules():
    return (RuleSpec("small", "Too small", "notify_rules:small", "warning", "rollout"),)


@hookimpl
def mtop_notifiers():
    return (NotifierSpec("clumsy", "Fails", "notify_rules:clumsy", "clumsy"),)


def small(model, inventory):
    if model.name == "odd":
        raise LookupError("odd")
    if model.name != "fine":
        evidence = Evidence(model.ref, "spec.replicas", "1")
        yield Finding(model.ref, "has one\\x1b replica", (evidence,), "set spec.replicas to 2")


def clumsy(url, message):
    raise RuntimeError(f"cannot open {url}")
'''


@pytest.fixture(autouse=True)
def apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with an empty `.ldconfig` and the plugin `notify-rules`."""
    for name in ("LLD_MODE", "MTOP_DISABLE_PLUGINS", "http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / ".ldconfig").write_text("")
    monkeypatch.setenv("MTOP_CONFIG", str(tmp_path / ".ldconfig"))
    monkeypatch.setenv("MTOP_STATE_DIR", str(tmp_path / "state"))
    site = tmp_path / "site"
    (site / "notify_rules-1.0.dist-info").mkdir(parents=True)
    (site / "notify_rules-1.0.dist-info" / "entry_points.txt").write_text("[mtop.plugins]\nrules = notify_rules\n")
    (site / "notify_rules.py").write_text(RULES)
    monkeypatch.syspath_prepend(str(site))
    yield tmp_path
    sys.modules.pop("notify_rules", None)
