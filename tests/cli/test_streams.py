"""Exit codes, pipes, terminals and colour: what a shell and a script see."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import click
import pytest

from mtop_core import __version__, errors
from mtop_core.main import main
from mtop_core.testing import Outcome, run, service
from tests.cli.kit import command, process, terminal, write

RED = "\x1b["


@pytest.mark.parametrize(
    ("code", "args"),
    [
        (0, ("list",)), (0, ("--version",)), (0, ("--help",)), (0, ()), (0, ("mock",)),
        (2, ("list", "--nope",)), (2, ("nope",)), (2, ("list", "extra")), (2, ("list", "-o", "nope")),
        (2, ("config", "validate", "/nonexistent")), (2, ("completion", "tcsh")), (2, ("list", "-n")),
        (2, ("mock", "nope")), (2, ("mock", "use")), (2, ("list", "--color", "maybe")),
        (3, ("get", "nope")), (3, ("list", "--mock", "nope")), (3, ("list", "--mock", "broken")),
        (3, ("list", "--snapshot", "/nonexistent")), (4, ("--no-plugins", "list", "--live")),
        (4, ("list", "--source", "nope")),
    ],
)  # fmt: skip
def test_exit_codes(code: int, args: tuple[str, ...]) -> None:
    said = run(*args)
    assert said.exit_code == code, said.stderr
    if code:
        assert said.stdout == ""
        assert said.stderr.startswith("mtop: error: ")
        assert said.stderr.count("\n") <= 2
        assert "Traceback" not in said.stderr


@pytest.mark.parametrize(
    ("error", "code", "shown"),
    [
        (errors.UsageError("bad", "do"), 2, "mtop: error: bad\nmtop: hint: do\n"),
        (errors.ConfigError("bad"), 2, "mtop: error: bad\n"),
        (errors.DataError("bad\x1b[31m\nline"), 3, "mtop: error: bad\\x1b[31m line\n"),
        (errors.PluginError("bad"), 4, "mtop: error: bad\n"),
        (errors.InvalidObjectError("one", "", ("two", "three")), 3, "mtop: error: one\n  two\n  three\n"),
        (KeyboardInterrupt(), 130, "\n"),  # click's, for the line that shows ^C
        (click.Abort(), 130, ""),
        (BrokenPipeError(), 141, ""),
        (RecursionError(), 3, "mtop: error: the data is nested too deeply\n"),
        (MemoryError(), 3, "mtop: error: not enough memory for this much data\n"),
        (PermissionError(13, "Permission denied", "/x\x1b"), 3, "mtop: error: /x\\x1b: permission denied\n"),
        (OSError("odd"), 3, "mtop: error: input or output: failed\n"),
        (ValueError("odd \x9b\nthing"), 70,
         "mtop: bug: ValueError: odd \\x9b thing\nmtop: hint: run it again with --debug and report what it prints\n"),
    ],
)  # fmt: skip
def test_every_way_to_fail(
    error: BaseException, code: int, shown: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def fail() -> None:
        raise error

    monkeypatch.setattr("mtop_core.commands.version.command.callback", fail)
    assert main(["version"]) == code
    assert capfd.readouterr() == ("", shown)


def test_a_bug_shows_its_traceback_only_when_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise ValueError("odd \x1b")

    monkeypatch.setattr("mtop_core.commands.version.command.callback", fail)
    for line in (("version", "--debug"), ("--debug", "version")):
        said = run(*line)
        assert said.exit_code == 70
        assert said.stderr.startswith("Traceback (most recent call last):\n")
        assert said.stderr.endswith(
            "mtop: bug: ValueError: odd \\x1b\nmtop: hint: run it again with --debug and report what it prints\n"
        )
        assert "\x1b" not in said.stderr


def test_a_reader_that_goes_away(tmp_path: Path) -> None:
    many = write(tmp_path, "many.json", json.dumps(
        {"apiVersion": "v1", "kind": "List", "items": [service(f"s{number}") for number in range(5000)]}
    ))  # fmt: skip
    for form in ("table", "json", "name"):
        first = subprocess.Popen(command("list", "--snapshot", many, "-q", "-o", form), stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE)  # fmt: skip
        assert first.stdout
        assert first.stderr
        assert first.stdout.readline()
        first.stdout.close()
        assert first.stderr.read() == b""
        first.stderr.close()
        assert first.wait(60) == 141


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-", "<&-"])
@pytest.mark.parametrize("line", ["list", "list -o json", "list --mock nope", "version", "--version", "--help"])
def test_a_stream_that_was_closed(closed: str, line: str) -> None:
    shell = f'{" ".join(map(quoted, command(*line.split())))} {closed}'
    done = subprocess.run(["bash", "-c", shell], capture_output=True, timeout=60)
    assert done.returncode == (3 if "nope" in line else 0), done.stderr
    assert b"Traceback" not in done.stderr
    assert b"Error" not in done.stderr


def quoted(word: str) -> str:
    import shlex

    return shlex.quote(word)


def test_a_full_disk() -> None:
    if not os.path.exists("/dev/full"):
        pytest.skip("there is no /dev/full here")
    with open("/dev/full", "wb") as full:
        done = subprocess.run(command("list"), stdout=full, stderr=subprocess.PIPE, timeout=60)
    assert done.returncode == 3
    assert done.stderr.startswith(b"mtop: error: ")
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize("form", ["table", "wide", "json", "yaml", "name"])
def test_a_file_gets_the_bytes_of_a_pipe(form: str, tmp_path: Path) -> None:
    line = command("list", "--mock", "degraded", "-o", form)
    piped = subprocess.run(line, capture_output=True, timeout=60)
    with open(tmp_path / "out", "wb") as file:
        subprocess.run(line, stdout=file, stderr=subprocess.DEVNULL, timeout=60)
    assert (tmp_path / "out").read_bytes() == piped.stdout
    assert piped.stdout
    assert b"\x1b" not in piped.stdout + piped.stderr


@pytest.mark.parametrize(
    ("env", "args", "coloured"),
    [
        ({}, (), False), ({"FORCE_COLOR": "1"}, (), True), ({"CLICOLOR_FORCE": "1"}, (), True),
        ({"CLICOLOR_FORCE": "0"}, (), False), ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, (), False),
        ({"FORCE_COLOR": "1", "NO_COLOR": ""}, (), True), ({}, ("--color=always",), True),
        ({"NO_COLOR": "1"}, ("--color", "always"), True), ({"FORCE_COLOR": "1"}, ("--color=never",), False),
        ({"FORCE_COLOR": "1"}, ("-o", "json"), False), ({"FORCE_COLOR": "1"}, ("-o", "name"), False),
    ],
)  # fmt: skip
def test_colour_on_a_pipe(env: dict[str, str], args: tuple[str, ...], coloured: bool) -> None:
    said = run("list", "--mock", "degraded", *args, env=env)
    assert (RED in said.stdout) is coloured
    assert RED not in said.stderr


@pytest.mark.parametrize(
    ("env", "args", "coloured"),
    [({}, (), True), ({"NO_COLOR": "1"}, (), False), ({"NO_COLOR": ""}, (), True), ({"TERM": "dumb"}, (), False),
     ({}, ("--color=never",), False), ({"TERM": "dumb"}, ("--color=always",), True), ({}, ("-o", "json"), False)],
)  # fmt: skip
def test_colour_on_a_terminal(env: dict[str, str], args: tuple[str, ...], coloured: bool) -> None:
    code, shown = terminal("list", "--mock", "degraded", *args, env=env)
    assert code == 0
    assert (RED in shown) is coloured


def test_colour_says_nothing_that_words_do_not() -> None:
    import re

    plain = run("list", "--mock", "degraded", "--color=never").stdout
    assert re.sub("\x1b\\[[0-9]*m", "", run("list", "--mock", "degraded", "--color=always").stdout) == plain


def test_a_pipe_is_never_cut() -> None:
    wide = run("list", "--mock", "degraded", env={"COLUMNS": "40"})
    assert wide == run("list", "--mock", "degraded")
    assert "…" not in wide.stdout


def test_talk_is_on_stderr_so_that_data_can_be_parsed() -> None:
    for form in ("json", "yaml"):
        said = process("get", "--mock", "degraded", "-o", form)
        assert said.stdout
        assert said.stderr == b"mtop: source: mock degraded, as of 2026-10-12T09:30:00Z\n"


@pytest.mark.parametrize(
    ("name", "called"), [("mtop", "mtop"), ("/usr/bin/kubectl-mtop", "kubectl mtop"), ("kubectl-mtop", "kubectl mtop")]
)
def test_usage_says_how_it_was_called(name: str, called: str) -> None:
    assert process("--help", name=name).stdout.decode().startswith(f"Usage: {called} [OPTIONS] COMMAND")
    assert process("get", "--help", name=name).stdout.decode().startswith(f"Usage: {called} get [OPTIONS]")
    assert process("lst", name=name).stderr.decode() == (
        f'mtop: error: unknown command "lst"; did you mean list?\nmtop: hint: {called} --help lists all commands\n'
    )
    assert f"hint: see {called} list --help" in process("list", "--nope", name=name).stderr.decode()


@pytest.mark.parametrize(
    ("word", "near"),
    [("lst", "list"), ("gte", "get"), ("delte", "delete"), ("verison", "version"), ("cnfig", "config")],
)
def test_unknown_commands(word: str, near: str) -> None:
    said = run(word)
    assert (said.exit_code, said.stdout) == (2, "")
    assert said.stderr.startswith(f'mtop: error: unknown command "{word}"; did you mean {near}')
    assert said.stderr.endswith("mtop: hint: mtop --help lists all commands\n")
    assert "did you mean" not in run("\x1b]0;x\x07zzzz").stderr
    assert "\x1b" not in run("\x1b]0;x\x07zzzz").stderr


def test_versions() -> None:
    assert process("--version").stdout.decode() == run("--version").stdout == f"{__version__}\n"
    assert run("--no-plugins", "--version").stdout == f"{__version__}\n"
    first, second, *_ = run("version").stdout.splitlines()
    assert first == f"mtop {__version__}"
    assert second == f"python {'.'.join(map(str, sys.version_info[:3]))}"


def test_interrupted_while_it_reads() -> None:
    import signal

    def listening() -> None:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # whoever runs the tests in the background ignores it

    child = subprocess.Popen(command("list", "--snapshot", "-"), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, preexec_fn=listening)  # fmt: skip
    assert child.stdin
    child.stdin.write(b" " * 65536)
    child.stdin.write(b" " * 65536)  # more than a pipe holds: it is read from now on
    child.stdin.flush()
    child.send_signal(signal.SIGINT)
    out, err = child.communicate(timeout=60)
    assert (child.returncode, out, err.strip()) == (130, b"", b"")


def test_main_never_exits_the_process() -> None:
    for line in (("--help",), ("list", "--help"), ("--version",), ("version",), ("nope",)):
        assert isinstance(main(list(line)), int)


def test_no_command_at_all_shows_the_help() -> None:
    assert run() == run("--help")
    assert run("config") == run("config", "--help")
    assert run("mock") == Outcome(0, run("mock", "--help").stdout, "")


@pytest.mark.parametrize("columns", [100, 200])
def test_a_terminal_is_never_overrun(columns: int) -> None:
    from mtop_core.objects.text import cells

    code, shown = terminal("list", "--mock", "degraded", "-n", "chat", "--color=never", columns=columns)
    assert code == 0
    assert max(cells(line) for line in shown.splitlines()) <= columns
    assert "…" in shown
    names = run("list", "--mock", "degraded", "-n", "chat", "-o", "jsonpath={.items[*].name}").stdout.split()
    assert [name for name in names if f"\n{name} " not in shown] == []


NARROW = [
    {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}, {"PYTHONIOENCODING": "latin-1"},
    {"PYTHONIOENCODING": "ascii:strict"},
]  # fmt: skip


@pytest.mark.parametrize("env", NARROW, ids=lambda env: next(iter(env.values())))
def test_a_stream_that_lacks_characters(env: dict[str, str], tmp_path: Path) -> None:
    import yaml

    dump = write(tmp_path, "dump.json", json.dumps(service("größe-模型-🚀")))
    for args in ((), ("-o", "wide"), ("-o", "name"), ("-o", "jsonpath={.items[*].name}")):
        said = process("list", "--snapshot", dump, *args, env=env)
        assert said.returncode == 0, said.stderr
        assert b"\\u6a21" in said.stdout
    said = process("list", "--mock", "nö-模", env=env)
    assert (said.returncode, said.stdout) == (3, b"")
    assert said.stderr.startswith(b'mtop: error: there is no mock world "n')
    for form, read in (("json", json.loads), ("yaml", yaml.safe_load)):
        said = process("list", "--snapshot", dump, "-o", form, env=env)
        assert said.returncode == 0
        assert read(said.stdout.decode("ascii"))["items"][0]["name"] == "größe-模型-🚀"
