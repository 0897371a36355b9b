"""What each command loads, in a process of its own: cold files stay cold, and heavy libraries stay out."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pytest

from mtop_core.commands import COMMANDS
from mtop_core.specs import CommandSpec
from tests.cli.kit import write

PROGRAM = """
import sys
before = set(sys.modules)
from mtop_core.main import main
code = main(sys.argv[1:])
sys.stdout.flush()
import json
print("\\n" + json.dumps([code, sorted(set(sys.modules) - before)]))
"""
HEAVY = {
    "kubernetes", "httpx", "rich", "deepdiff", "jsonschema", "textual", "asyncio", "importlib.metadata", "email",
    "tempfile", "filelock", "platformdirs", "subprocess", "socket", "ssl", "logging", "http", "urllib.request",
    "concurrent", "multiprocessing", "hashlib", "random", "xml", "unittest", "importlib.resources", "zipfile",
}  # fmt: skip
WARM = {"yaml", "pluggy", "pathlib", "mtop_core.plugins", "mtop_core.hookspecs"}
# click measures the terminal with shutil before it prints a help text
LIST = HEAVY | WARM | {"shutil", "decimal", "dataclasses", "mtop_core.render.structured", "mtop_core.schema"}
MOST_OF_OURS = {
    "--version": 2,
    "--no-plugins --help": 26,
    "list": 46,
    "list --mock degraded": 47,
    "list -o json": 46,
    "list -o name": 46,
    "get phi-4": 48,
    "get phi-4 -o json": 48,
    "delete phi-4 --dry-run": 49,
    "mock list": 30,
    "config show": 31,
    "completion bash": 26,
    "--no-plugins version": 31,
    "--no-plugins plugins": 31,
    "list --help": 36,
    "get --help": 38,
    "create --help": 26,
    "delete --help": 40,
    "config --help": 24,
    "mock --help": 26,
    "plugins --help": 28,
    "completion --help": 24,
    "version --help": 25,
}


@cache
def _loaded(folder: str, line: str, *env: tuple[str, str]) -> frozenset[str]:
    done = subprocess.run([sys.executable, "-c", PROGRAM, *line.split()], env={**os.environ, **dict(env)}, cwd=folder,
                          capture_output=True, timeout=60)  # fmt: skip
    code, modules = json.loads(done.stdout.splitlines()[-1])
    assert code == 0, done.stderr
    return frozenset(modules)


def loaded(line: str, env: Mapping[str, str] | None = None) -> frozenset[str]:
    """Every module that one command line loads."""
    return _loaded(os.getcwd(), line, *(env or {}).items())


def strangers(modules: frozenset[str], unwanted: set[str]) -> set[str]:
    """Those of the unwanted modules, or of their parts, that were loaded."""
    return {name for name in modules if any(name == one or name.startswith(f"{one}.") for one in unwanted)}


@pytest.mark.parametrize("line", ["list", "list --mock degraded", "list --mock rollout -n chat"])
def test_list(line: str) -> None:
    assert strangers(loaded(line), LIST) == set()


@pytest.mark.parametrize("line", MOST_OF_OURS)
def test_no_heavy_library(line: str) -> None:
    warm = WARM - {"mtop_core.plugins"} if "plugins" in line else WARM
    assert strangers(loaded(line), HEAVY | warm) == set()


@pytest.mark.parametrize("line", MOST_OF_OURS)
def test_how_much_of_our_own_is_loaded(line: str) -> None:
    ours = sorted(name for name in loaded(line) if name.split(".")[0] == "mtop_core")
    assert len(ours) <= MOST_OF_OURS[line], ours


@pytest.mark.parametrize("spec", COMMANDS, ids=lambda spec: spec.name)
def test_help_of_one_command_loads_no_other(spec: CommandSpec) -> None:
    name = spec.name
    needed = {"get": {"list"}, "delete": {"get", "list"}}.get(name, set())
    ours = {module for module in loaded(f"{name} --help") if module.startswith("mtop_core.commands.")}
    assert {module.rpartition(".")[2] for module in ours} <= {name} | needed


def test_help_of_all_loads_no_command() -> None:
    assert [name for name in loaded("--no-plugins --help") if name.startswith("mtop_core.commands.")] == []


@pytest.mark.parametrize("words", ["mtop li", "mtop list --mock de", "mtop get ph", "mtop list -n c"])
def test_completion(words: str) -> None:
    env = {"_MTOP_COMPLETE": "bash_complete", "COMP_WORDS": words.replace(" ", "\n"),
           "COMP_CWORD": str(words.count(" "))}  # fmt: skip
    unwanted = HEAVY if words == "mtop li" else HEAVY | {"yaml", "pluggy", "pathlib", "mtop_core.plugins"}
    assert strangers(loaded("", env), unwanted) == set()


@pytest.mark.parametrize("line", ["list -A", "-n chat list -o json", "get phi-4 -n chat -o name"])
def test_short_options_are_found_at_once(line: str) -> None:
    assert strangers(loaded(line), {"difflib", "locale"}) == set()


def test_nothing_listens_or_calls() -> None:
    for line in ("list", "get phi-4 -o json", "version", "mock list", "config show"):
        assert strangers(loaded(line), {"socket", "ssl", "http", "urllib.request", "asyncio"}) == set()


@pytest.fixture
def plugin(tmp_path: Path) -> Mapping[str, str]:
    """The environment in which a plugin `odd` with a command `odd` is installed."""
    site = tmp_path / "site"
    (site / "mtop_odd-1.0.dist-info").mkdir(parents=True)
    write(site / "mtop_odd-1.0.dist-info", "METADATA", "Metadata-Version: 2.1\nName: mtop-odd\nVersion: 1.0\n")
    write(site / "mtop_odd-1.0.dist-info", "entry_points.txt", "[mtop.plugins]\nodd = odd_cold\n")
    write(site, "odd_cold.py", (
        "from mtop_core.api import CommandSpec, hookimpl\n"
        "@hookimpl\n"
        "def mtop_commands():\n"
        "    yield CommandSpec('odd', 'Do something odd', 'odd_warm:command')\n"
    ))  # fmt: skip
    write(site, "odd_warm.py", (
        "import click\n"
        "from mtop_core.api import Result, command, common_options, output_options\n"
        "@command('odd')\n"
        "@output_options\n"
        "@common_options\n"
        "def command():\n"
        "    '''Do something odd.'''\n"
        "    return Result('Odd', rows=[{'a': 1}], line='{a}')\n"
    ))  # fmt: skip
    return {"PYTHONPATH": os.pathsep.join([str(site), *filter(None, [os.environ.get("PYTHONPATH", "")])])}


def test_core_commands_never_look_for_plugins(plugin: Mapping[str, str]) -> None:
    for line in ("list", "get phi-4", "list --help", "create --help", "mock list", "completion bash"):
        assert strangers(loaded(line, plugin), {"odd_cold", "odd_warm", "mtop_core.plugins", "pluggy"}) == set()


def test_the_list_of_commands_loads_the_cold_file_only(plugin: Mapping[str, str]) -> None:
    modules = loaded("--help", plugin)
    assert "odd_cold" in modules
    assert "odd_warm" not in modules
    assert strangers(modules, HEAVY) == set()


def test_help_of_a_plugin_command(plugin: Mapping[str, str]) -> None:
    modules = loaded("odd --help", plugin)
    assert {"odd_cold", "odd_warm"} <= modules
    assert strangers(modules, HEAVY | {"yaml", "pathlib"}) == set()
    assert not [name for name in modules if name.startswith(("mtop_core.commands.", "mtop_core.inventory"))]


def test_plugins_switched_off_are_not_imported(plugin: Mapping[str, str]) -> None:
    for line, env in (("--no-plugins --help", plugin), ("--help", {**plugin, "MTOP_DISABLE_PLUGINS": "odd"})):
        assert strangers(loaded(line, env), {"odd_cold", "odd_warm"}) == set()
