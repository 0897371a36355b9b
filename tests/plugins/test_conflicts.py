"""Names are unique: the second of a name is refused, and both packages are named."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from mtop_core.testing import run

HOOKS = {
    "command": ("mtop_commands", "CommandSpec('same', 'Same', '{module}:it')"),
    "provider": ("mtop_providers", "ProviderSpec('same', 'Same', '{module}:it')"),
    "rule": ("mtop_rules", "RuleSpec('same', 'Same', '{module}:it', 'error', 'image')"),
    "cost model": ("mtop_cost_models", "CostModelSpec('same', 'Same', '{module}:it')"),
    "notifier": ("mtop_notifiers", "NotifierSpec('{module}', 'Same', '{module}:it', 'same')"),
    "config section": ("mtop_config", "ConfigSpec('same', 'Same', '{module}:it')"),
}


def hook(what: str, module: str) -> str:
    name, spec = HOOKS[what]
    return f"@hookimpl\ndef {name}(): return [{spec.format(module=module)}]\n"


@pytest.mark.parametrize("what", HOOKS)
def test_the_second_is_refused(site: Any, plugins: Callable[..., Any], what: str) -> None:
    site.add("door-one", hook(what, "door_one"), "one")
    site.add("door-two", hook(what, "door_two"), "two")
    shown, done = plugins()
    refusal = f"{what} same of door-two is refused: door-one has one of that name"
    assert done == (0, done.stdout, f"mtop: warning: {refusal}\n")
    assert (shown["one"]["offers"], shown["one"]["error"]) == ({what: ["same"]}, "")
    assert (shown["two"]["offers"], shown["two"]["state"], shown["two"]["error"]) == ({}, "loaded", refusal)


@pytest.mark.parametrize("what", HOOKS)
def test_one_package_cannot_take_a_name_twice(site: Any, plugins: Callable[..., Any], what: str) -> None:
    name, spec = HOOKS[what]
    site.add("door-one", f"@hookimpl\ndef {name}(): return [{spec.format(module='a')}, {spec.format(module='b')}]\n")
    _, done = plugins()
    assert done.exit_code == 0
    assert done.stderr == f"mtop: warning: {what} same of door-one is refused: door-one has one of that name\n"


@pytest.mark.parametrize("name", ["list", "ls", "plugins", "version"])
def test_core_commands_cannot_be_taken(site: Any, plugins: Callable[..., Any], name: str) -> None:
    site.add("door-one", f"@hookimpl\ndef mtop_commands(): return [CommandSpec('{name}', 'Mine', 'door_one:it')]\n")
    _, done = plugins()
    assert done.stderr == f"mtop: warning: command {name} of door-one is refused: mtop-core has one of that name\n"
    assert run("list", "--mock", "empty", "-q") == (0, "", "")


@pytest.mark.parametrize("name", ["mock", "snapshot"])
def test_core_providers_cannot_be_taken(site: Any, plugins: Callable[..., Any], name: str) -> None:
    site.add("door-one", f"@hookimpl\ndef mtop_providers(): return [ProviderSpec('{name}', 'Mine', 'door_one:it')]\n")
    _, done = plugins()
    assert done.stderr == f"mtop: warning: provider {name} of door-one is refused: mtop-core has one of that name\n"


@pytest.mark.parametrize("section", ["mode", "world", "namespace", "plugins"])
def test_core_settings_cannot_be_taken(site: Any, plugins: Callable[..., Any], section: str) -> None:
    site.add("door-one", f"@hookimpl\ndef mtop_config(): return [ConfigSpec('{section}', 'Mine', 'door_one:it')]\n")
    shown, _ = plugins()
    assert shown["door-one"]["offers"] == {}


def test_an_alias_cannot_take_a_name(site: Any, plugins: Callable[..., Any]) -> None:
    site.add("door-one", "@hookimpl\ndef mtop_commands(): return [CommandSpec('one', 'One', 'door_one:it')]\n")
    source = "@hookimpl\ndef mtop_commands(): return [CommandSpec('two', 'Two', 'a:b', aliases=('one', 'list', 'b'))]\n"
    site.add("door-two", source)
    shown, done = plugins()
    assert done.stderr.splitlines() == [
        "mtop: warning: command one of door-two is refused: door-one has one of that name",
        "mtop: warning: command list of door-two is refused: mtop-core has one of that name",
    ]
    assert shown["door-two"]["offers"] == {"command": ["two"]}


def test_a_refused_command_has_no_aliases_either(site: Any) -> None:
    source = "@hookimpl\ndef mtop_commands(): return [CommandSpec('list', 'Mine', 'a:b', aliases=('mine',))]\n"
    site.add("door-one", source)
    assert "unknown command" in run("mine").stderr
