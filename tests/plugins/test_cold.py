"""Help and completion import cold modules only; core commands import no plugin at all."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

COLD = """
from mtop_core.api import CommandSpec, RuleSpec, hookimpl

@hookimpl
def mtop_commands():
    return (CommandSpec("warmth", "Warms the room", "door_warm:show"),)

@hookimpl
def mtop_rules():
    return (RuleSpec("cold-rule", "Cold", "door_warm:rule", "info", "image"),)
"""
WARM = """
import click

@click.command()
@click.option("--loudly", is_flag=True)
def show(loudly): click.echo("warm")
"""
PROBE = """
import json, sys
from mtop_core.main import main
try:
    code = main(sys.argv[1:])
except SystemExit as ended:  # how click ends a completion
    code = ended.code
print(json.dumps([code, sorted(sys.modules)]), file=sys.stderr)
"""


@pytest.fixture
def warm(site: Any) -> Any:
    """A Site with one plugin, whose command is in a module of its own."""
    site.add("door-cold", "", door_warm=WARM)
    site.module("door_cold", COLD, head="")
    return site


def modules(site: Any, *args: str, **env: str) -> tuple[str, set[str]]:
    """What a new process prints for a command line, and the modules it has imported at the end."""
    environment = {**os.environ, "PYTHONPATH": str(site.folder), **env}
    done = subprocess.run([sys.executable, "-c", PROBE, *args], env=environment, capture_output=True, text=True)
    code, names = json.loads(done.stderr.splitlines()[-1])
    assert code == 0, done.stderr
    return done.stdout, set(names)


def test_help_imports_no_command(warm: Any) -> None:
    shown, imported = modules(warm, "--help")
    assert "warmth" in shown
    assert "Warms the room" in shown
    assert "door_cold" in imported
    assert not imported & {"door_warm", "mtop_core.commands.list", "mtop_core.inventory", "jsonschema"}


def test_completion_of_command_names_imports_no_command(warm: Any) -> None:
    shown, imported = modules(warm, _MTOP_COMPLETE="bash_complete", COMP_WORDS="mtop war", COMP_CWORD="1")
    assert shown == "plain,warmth\n"
    assert "door_cold" in imported
    assert not imported & {"door_warm", "mtop_core.commands.list", "mtop_core.inventory"}


def test_completion_of_options_imports_that_command_only(warm: Any) -> None:
    shown, imported = modules(warm, _MTOP_COMPLETE="bash_complete", COMP_WORDS="mtop warmth --l", COMP_CWORD="2")
    assert shown == "plain,--loudly\n"
    assert "door_warm" in imported


def test_plugins_and_version_import_no_command(warm: Any) -> None:
    for word in ("plugins", "version"):
        _, imported = modules(warm, word)
        assert "door_warm" not in imported, word


def test_list_imports_no_plugin_and_not_even_the_means(warm: Any) -> None:
    _, imported = modules(warm, "list", "--mock", "healthy")
    assert not imported & {"door_cold", "door_warm", "mtop_core.plugins", "mtop_core.entrypoints", "pluggy"}


@pytest.mark.parametrize("args", [["--version"], ["get", "--mock", "empty"], ["mock", "list"]])
def test_core_commands_import_no_plugin(warm: Any, args: list[str]) -> None:
    _, imported = modules(warm, *args)
    assert not imported & {"door_cold", "door_warm", "pluggy"}
