"""Packages that are installed for one test only: a folder on sys.path with their modules and metadata."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from mtop_core.entrypoints import installed
from mtop_core.testing import Outcome, run

HEAD = "from mtop_core.api import *\n"


class Site:
    """A folder like site-packages; `calls` are the modules of its packages that were imported."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.modules: list[str] = []

    def add(self, package: str, source: str, name: str = "", **modules: str) -> str:
        """Installs a package with one plugin of that source, and more modules; returns the plugin's name."""
        name = name or package.removeprefix("mtop-")
        module = package.replace("-", "_")
        self.metadata(f"{module}-1.0.dist-info", f"[mtop.plugins]\n{name} = {module}\n")
        self.module(module, source)
        for other, text in modules.items():
            self.module(other, text)
        return name

    def module(self, name: str, source: str, head: str = HEAD) -> None:
        """Writes one module; it begins with all of mtop_core.api."""
        (self.folder / f"{name}.py").write_text(head + dedent(source), encoding="utf-8")
        self.modules.append(name)
        importlib.invalidate_caches()

    def metadata(self, folder: str, entry_points: str) -> None:
        """Writes the metadata of one package."""
        (self.folder / folder).mkdir(parents=True)
        (self.folder / folder / "entry_points.txt").write_text(entry_points, encoding="utf-8")

    @property
    def imported(self) -> list[str]:
        """Its modules that were imported."""
        return [name for name in self.modules if name in sys.modules]


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """An empty Site on sys.path; what is installed besides is switched off, as are the user's own settings."""
    others = [entry.name for entry in installed()]
    (tmp_path / "site").mkdir()
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / ".ldconfig").write_text("")
    monkeypatch.chdir(tmp_path / "work")
    for name in ("LLD_MODE", "MTOP_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("MTOP_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("MTOP_DISABLE_PLUGINS", ",".join(others))
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    found = Site(tmp_path / "site")
    yield found
    for module in found.modules:
        sys.modules.pop(module, None)


@pytest.fixture
def plugins(site: Site) -> Callable[..., tuple[Mapping[str, Any], Outcome]]:
    """Runs `mtop plugins -o json`: the plugins of the site by name, and the whole outcome."""

    def show(*args: str) -> tuple[Mapping[str, Any], Outcome]:
        done = run(*args, "plugins", "-o", "json")
        mine = {path.name.partition("-")[0].replace("_", "-") for path in site.folder.glob("*-info")}
        rows = json.loads(done.stdout)["items"]
        return {row["name"]: row for row in rows if row["package"] in mine}, done

    return show
