"""Plugins are switched off by environment, flag and configuration, by plugin or by package name."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mtop_core.testing import run

SOURCE = """
import click

@hookimpl
def mtop_commands():
    return (CommandSpec("shown", "Shows", "mtop_shown:show"),)

@click.command()
def show():
    click.echo("shown")
"""
OFF = "mtop: error: the plugin shown is switched off\nmtop: hint: see MTOP_DISABLE_PLUGINS and --no-plugins\n"


def also_off(monkeypatch: pytest.MonkeyPatch, words: str) -> None:
    monkeypatch.setenv("MTOP_DISABLE_PLUGINS", f"{os.environ['MTOP_DISABLE_PLUGINS']},{words}")


@pytest.mark.parametrize("words", ["shown", "mtop-shown", " shown ", "other,,shown"])
def test_by_environment(site: Any, monkeypatch: pytest.MonkeyPatch, words: str) -> None:
    site.add("mtop-shown", SOURCE)
    also_off(monkeypatch, words)
    assert run("shown") == (4, "", OFF)
    assert site.imported == []


def test_a_disabled_plugin_is_shown_and_never_imported(
    site: Any, plugins: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    site.add("mtop-shown", "raise ValueError")
    also_off(monkeypatch, "shown")
    shown, done = plugins()
    assert (done.exit_code, done.stderr) == (0, "")
    assert (shown["shown"]["state"], shown["shown"]["offers"], shown["shown"]["error"]) == ("disabled", {}, "")
    assert site.imported == []


def test_by_flag(site: Any, plugins: Callable[..., Any]) -> None:
    site.add("mtop-shown", SOURCE)
    shown, _ = plugins("--no-plugins")
    assert shown["shown"]["state"] == "disabled"
    assert site.imported == []


def test_the_flag_switches_commands_off(site: Any) -> None:
    site.add("mtop-shown", SOURCE)
    assert run("--no-plugins", "shown") == (4, "", OFF)
    assert site.imported == []


def test_the_flag_empties_the_help(site: Any) -> None:
    site.add("mtop-shown", SOURCE)
    assert "Shows" not in run("--no-plugins", "--help").stdout


@pytest.mark.parametrize("name", ["shown", "mtop-shown"])
def test_by_configuration(site: Any, name: str) -> None:
    site.add("mtop-shown", SOURCE)
    Path(".ldconfig").write_text(f"plugins:\n  disable: [{name}]\n")
    assert run("shown") == (4, "", OFF)
    assert site.imported == []


def test_a_wrong_configuration_is_named(site: Any) -> None:
    site.add("mtop-shown", SOURCE)
    Path(".ldconfig").write_text("plugins:\n  disable: shown\n")
    done = run("shown")
    assert done.exit_code == 2
    place = Path(".ldconfig").absolute()
    expected = f'mtop: error: {place}:2: plugins.disable: expected a list, got the string "shown"'
    assert done.stderr.splitlines()[0] == expected
