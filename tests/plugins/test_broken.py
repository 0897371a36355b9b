"""A broken plugin costs one line: it is shown with its reason, and everything else works."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from mtop_core.testing import run

GOOD = """
import click

@hookimpl
def mtop_commands():
    return (CommandSpec("good", "Works", "door_good:show"),)

@click.command()
def show():
    click.echo("it works")
"""
RULE = """
@hookimpl
def mtop_rules():
    return ({},)
"""
BROKEN = {
    "raises": ("raise ValueError('no\\n\\x1b[31mway')", "ValueError: no \\x1b[31mway"),
    "raises without words": ("raise KeyError", "KeyError"),
    "lacks a module": ("import door_nowhere", "ModuleNotFoundError: No module named 'door_nowhere'"),
    "ends the process": ("import sys; sys.exit(7)", "it ended the process while being imported"),
    "raises what no program catches": ("class Odd(BaseException): pass\nraise Odd('so')", "Odd: so"),
    "a name that is no word": (
        "@hookimpl\ndef mtop_commands(): return [CommandSpec('--help', 'Bad', 'a:b')]",
        'ValueError: "--help" cannot be a command: expected lower case letters, digits and dashes',
    ),
    "an alias that is no word": (
        "@hookimpl\ndef mtop_commands(): return [CommandSpec('bad', 'Bad', 'a:b', aliases=('so so',))]",
        'ValueError: "so so" cannot be a command: expected lower case letters, digits and dashes',
    ),
    "is no Python": ("def", "SyntaxError: invalid syntax (door_bad.py, line 2)"),
    "unknown hook": ("@hookimpl\ndef mtop_comands(): return ()", "PluginValidationError: unknown hook 'mtop_comands'"),
    "hook with arguments": (
        "@hookimpl\ndef mtop_commands(app): return ()",
        "PluginValidationError: Plugin 'bad' for hook 'mtop_commands'",
    ),
    "a hook that raises": ("@hookimpl\ndef mtop_commands(): raise OSError('late')", "OSError: late"),
    "a hook that returns one spec": (
        "@hookimpl\ndef mtop_commands(): return CommandSpec('bad', 'Bad', 'a:b')",
        "TypeError: mtop_commands yields str, expected CommandSpec",
    ),
    "a hook that returns a number": (
        "@hookimpl\ndef mtop_commands(): return 5",
        "TypeError: 'int' object is not iterable",
    ),
    "the wrong spec": (
        "@hookimpl\ndef mtop_commands(): return [ProviderSpec('bad', 'Bad', 'a:b')]",
        "TypeError: mtop_commands yields ProviderSpec, expected CommandSpec",
    ),
    "a target that is no target": (
        "@hookimpl\ndef mtop_commands(): return [CommandSpec('bad', 'Bad', 'a.b')]",
        'ValueError: the target "a.b" of command bad is not "module:attr"',
    ),
    "an unknown severity": (
        RULE.format("RuleSpec('bad', 'Bad', 'a:b', 'fatal', 'image')"),
        "ValueError: rule bad: severity fatal is not one of error, warning, info",
    ),
    "an unknown stage": (
        RULE.format("RuleSpec('bad', 'Bad', 'a:b', 'error', 'lunch')"),
        "ValueError: rule bad: stage lunch is not one of admission, config, creation, scheduling, volume, image, "
        "download, engine, probe, rollout, endpoint, route, scaling, node",
    ),
    "an unknown need": (
        RULE.format("RuleSpec('bad', 'Bad', 'a:b', 'error', 'image', ('pods', 'secrets', 'logs'))"),
        "ValueError: rule bad: mtop cannot read secrets",
    ),
}
# pluggy's own words go on with where the module lies
OPEN_ENDED = ("unknown hook", "hook with arguments")


@pytest.mark.parametrize("case", BROKEN)
def test_one_line_and_the_rest_works(site: Any, plugins: Callable[..., Any], case: str) -> None:
    source, reason = BROKEN[case]
    site.add("door-bad", source, "bad")
    site.add("door-good", GOOD, "good")
    shown, done = plugins()
    assert done.exit_code == 0
    assert (shown["bad"]["state"], shown["bad"]["offers"]) == ("broken", {})
    assert shown["good"]["state"] == "loaded"
    error = shown["bad"]["error"]
    assert error.startswith(reason) if case in OPEN_ENDED else error == reason
    line = f"mtop: warning: plugin bad (door-bad) is broken: {error}\n"
    assert done.stderr == line
    assert run("good") == (0, "it works\n", line)


@pytest.mark.parametrize("case", BROKEN)
def test_asked_for_by_name_it_is_an_error(site: Any, case: str) -> None:
    source, reason = BROKEN[case]
    site.add("mtop-bad", source.replace("door_bad", "mtop_bad"), "bad")
    done = run("bad")
    assert (done.exit_code, done.stdout) == (4, "")
    warning, error, hint = done.stderr.splitlines()
    assert warning.startswith("mtop: warning: plugin bad (mtop-bad) is broken: ")
    assert error.startswith(f"mtop: error: the plugin bad is broken: {reason.replace('door_bad', 'mtop_bad')}")
    assert hint == "mtop: hint: mtop plugins shows more"


def test_a_core_command_does_not_care(site: Any) -> None:
    site.add("door-bad", "raise ValueError", "bad")
    done = run("list", "--mock", "empty", "-q")
    assert (done.exit_code, done.stdout, done.stderr) == (0, "", "")
    assert site.imported == []


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("door_nowhere:show", "ModuleNotFoundError: No module named 'door_nowhere'"),
        ("door_cmd:nothing", "AttributeError: module 'door_cmd' has no attribute 'nothing'"),
        ("door_raises:show", "RuntimeError: half\\x1b way"),
        ("door_cmd:text", "door_cmd:text is no click command"),
    ],
)
def test_a_command_that_cannot_be_loaded(site: Any, target: str, reason: str) -> None:
    source = f'@hookimpl\ndef mtop_commands(): return [CommandSpec("cmd", "Does it", "{target}")]\ntext = "text"\n'
    site.add("door-cmd", source, "cmd", door_raises="raise RuntimeError('half\\x1b\\nway')")
    assert run("--help").exit_code == 0
    done = run("cmd")
    assert (done.exit_code, done.stdout) == (4, "")
    first, *more = done.stderr.splitlines()
    assert first == f"mtop: error: the command cmd cannot be loaded: {reason}"
    assert more in ([], ["mtop: hint: mtop plugins shows every plugin and its state"])


def test_a_command_that_ends_the_process_while_being_loaded(site: Any) -> None:
    source = '@hookimpl\ndef mtop_commands(): return [CommandSpec("cmd", "Does it", "door_exit:show")]\n'
    site.add("door-cmd", source, "cmd", door_exit="import sys; sys.exit('bye')")
    done = run("cmd")
    assert done.exit_code == 4
    assert done.stderr.startswith("mtop: error: the command cmd cannot be loaded: ")


def test_a_rule_that_answers_with_a_severity_nobody_knows_is_a_failure_of_its_own(site: Any) -> None:
    from mtop_core.diagnosis import Finding, diagnose
    from mtop_core.specs import RuleSpec
    from mtop_core.testing import inventory, service

    spec = RuleSpec("loud", "Loud", "door:loud", "error", "image")
    there = inventory(service())
    found = diagnose(
        there, there.models, [spec], lambda _: lambda model, _: [Finding(model.ref, "", (), "", severity="fatal")]
    )
    assert found.findings == ()
    assert len(found.failures) == 1


NOISY = """
print("cold")

@hookimpl
def mtop_commands():
    print("hook")
    return [CommandSpec("noisy", "Noisy", "door_loud:show")]
"""
LOUD = """
print("warm")

@command("noisy")
@output_options
@common_options
@pass_app
def show(app):
    return Result("Noisy", (Column("a", "A"),), [{"a": 1}])
"""


def test_what_is_printed_while_importing_is_talk(site: Any) -> None:
    site.add("door-noisy", NOISY, "noisy", door_loud=LOUD)
    assert run("noisy", "-o", "jsonpath={.items[0].a}") == (0, "1", "cold\nhook\nwarm\n")


@pytest.mark.parametrize("raised", ["ValueError('odd \\x1b')", "SystemExit('odd \\x1b')"])
def test_a_bug_names_its_plugin(site: Any, raised: str) -> None:
    source = f"""
    @hookimpl
    def mtop_commands():
        return [CommandSpec("odd", "Odd", "door_odd:show")]

    @command("odd")
    def show():
        raise {raised}
    """
    site.add("door-odd", source, "odd")
    word = raised.partition("(")[0]
    assert run("odd") == (
        70, "", f"mtop: bug in plugin odd (door-odd): {word}: odd \\x1b\n"
        "mtop: hint: run it again with --debug and report what it prints\n",
    )  # fmt: skip


def test_the_user_interrupts_an_import(site: Any) -> None:
    site.add("door-slow", "raise KeyboardInterrupt", "slow")
    assert run("plugins").exit_code == 130
