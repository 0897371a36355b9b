"""The tasks of the project; `nox -l` lists them."""

from __future__ import annotations

import shutil
from pathlib import Path

import nox

nox.options.sessions = ["tests", "lint", "types", "docs"]
nox.options.reuse_existing_virtualenvs = True
nox.options.error_on_missing_interpreters = False

ROOT = Path(__file__).parent
PLUGINS = sorted(str(path.parent.relative_to(ROOT)) for path in ROOT.glob("plugins/mtop-*/pyproject.toml"))
CONSTRAINTS = ("-c", "constraints.txt")


def _install(session: nox.Session, extras: str) -> None:
    """The core and every plugin, editable, with their test or development tools."""
    editable = [word for plugin in PLUGINS for word in ("-e", plugin)]
    session.install("-q", *CONSTRAINTS, "-e", f".[{extras}]", *editable)


@nox.session
def tests(session: nox.Session) -> None:
    """Run the default test suite; words after -- go to pytest."""
    _install(session, "test,dev")
    session.run("pytest", "-q", "-n", "auto", "--dist", "loadfile", "-m", "not live", *session.posargs)


@nox.session
def live(session: nox.Session) -> None:
    """Run the tests that need a real API server; without one they say so and skip."""
    _install(session, "test,dev")
    session.run("pytest", "-q", "-m", "live", *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Check style and the contracts between modules, and that generated files are fresh."""
    _install(session, "test,dev")
    session.run("ruff", "check", ".")
    session.run("lint-imports", "--no-cache")
    session.run("python", "-m", "schemas.make", "--check")
    session.run("python", "-m", "mocks.make", "--check")


@nox.session
def types(session: nox.Session) -> None:
    """Check types, strictly."""
    _install(session, "test,dev")
    session.run("mypy")
    for plugin in PLUGINS:
        session.run("mypy", "--strict", f"{plugin}/src")


@nox.session
def docs(session: nox.Session) -> None:
    """Write docs/commands.md from the commands themselves; with -- --check only compare."""
    _install(session, "test,dev")
    session.run("python", "-m", "docs.make", *session.posargs)


@nox.session
def build(session: nox.Session) -> None:
    """Build the wheels of the core and of every plugin into dist/."""
    session.install("-q", *CONSTRAINTS, "build", "hatchling")
    shutil.rmtree(ROOT / "dist", ignore_errors=True)
    for package in (".", *PLUGINS):
        session.run("python", "-m", "build", "--wheel", "--outdir", "dist", package)


@nox.session
def startup(session: nox.Session) -> None:
    """Print how long commands take to start, as ratios to bare Python in the same run."""
    session.install("-q", *CONSTRAINTS, ".", *(f"./{plugin}" for plugin in PLUGINS))
    session.run("python", "benchmarks/startup.py", *session.posargs)


@nox.session
def live_speed(session: nox.Session) -> None:
    """Print mtop's time and memory on a real API server beside kubectl's, in one run."""
    session.install("-q", *CONSTRAINTS, ".", *(f"./{plugin}" for plugin in PLUGINS), "trustme", "pytest")
    # pipx and uv make environments without it; where it is, every start of Python imports a part of it
    session.run("python", "-m", "pip", "uninstall", "-q", "-y", "setuptools")
    session.run("python", "benchmarks/live.py", *session.posargs)
