"""A package made from the template, built, installed beside a built mtop in a fresh environment, and run there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

from mtop_core.scaffold import write_plugin

ROOT = Path(__file__).parents[2]


class Installed(NamedTuple):
    """A fresh environment: its programs, the made package, and an empty folder to run in."""

    programs: Path
    package: Path
    empty: Path
    environment: Mapping[str, str]

    def run(self, program: str, *args: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        """Runs one program of the environment."""
        command = [str(self.programs / program), *args]
        return subprocess.run(command, cwd=cwd or self.empty, env=self.environment, capture_output=True, text=True)


@pytest.fixture(scope="session")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """The wheels of mtop-core and of a made plugin, installed with pip as it is configured here."""
    folder = tmp_path_factory.mktemp("fresh")
    for name in ("made", "wheels", "empty", "home"):
        (folder / name).mkdir()
    import click

    from mtop_core.app import App

    with click.Context(click.Command("mtop"), obj=App()):
        package = write_plugin("demo-rules", str(folder / "made"))
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "MTOP_", "LLD_"))}
    quiet = {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_ROOT_USER_ACTION": "ignore"}
    call([sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation",
          "-w", str(folder / "wheels"), str(ROOT), str(package)], kept | quiet)  # fmt: skip
    venv.create(folder / "venv", with_pip=True)
    programs = folder / "venv" / ("Scripts" if sys.platform == "win32" else "bin")
    wheels = [str(path) for path in (folder / "wheels").glob("*.whl")]
    call([str(programs / "python"), "-m", "pip", "install", "-q", *wheels, "pytest"], kept | quiet)
    return Installed(programs, package, folder / "empty", kept | {"HOME": str(folder / "home")})


def call(command: list[str], environment: Mapping[str, str]) -> None:
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_it_is_loaded(fresh: Installed) -> None:
    done = fresh.run("mtop", "plugins", "-o", "json")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["items"] == [
        {
            "name": "demo-rules",
            "package": "mtop-demo-rules",
            "version": "0.1.0",
            "state": "loaded",
            "offers": {
                "command": ["demo-rules"],
                "rule": ["demo-rules-mutable-tag"],
                "config section": ["demo-rules"],
            },
            "error": "",
        }
    ]


def test_its_command_runs_on_a_mock_world(fresh: Installed) -> None:
    done = fresh.run("mtop", "demo-rules", "--mock", "healthy")
    assert done.returncode == 0, done.stderr
    head, *rows = done.stdout.splitlines()
    assert head.split() == ["NAMESPACE", "NAME", "IMAGE", "TAG", "MUTABLE"]
    assert len(rows) > 10


def test_its_own_tests_pass(fresh: Installed) -> None:
    done = fresh.run("python", "-m", "pytest", "-q", cwd=fresh.package)
    assert done.returncode == 0, done.stdout
    assert " passed" in done.stdout
    assert "skipped" not in done.stdout


def test_the_wheel_of_mtop_holds_worlds_schemas_and_template(fresh: Installed) -> None:
    assert fresh.run("mtop", "mock", "list").returncode == 0
    done = fresh.run("mtop", "plugins", "new", "another")
    assert done.returncode == 0, done.stderr
    made = fresh.empty / "mtop-another" / "src" / "mtop_another"
    assert (made / "plugin.py").is_file()


def test_manifests_are_checked_with_the_schemas_of_the_wheel(fresh: Installed) -> None:
    manifest = fresh.empty / "bad.yaml"
    manifest.write_text(
        "apiVersion: serving.kserve.io/v1alpha2\nkind: LLMInferenceService\nmetadata: {name: a, namespace: b}\n"
        "spec: {modle: {uri: hf://a/b}}\n"
    )
    done = fresh.run("mtop", "create", "-f", "bad.yaml", "--mock", "empty", "--dry-run")
    assert done.returncode != 0
    assert "spec.modle" in done.stderr
    assert "did you mean" in done.stderr
