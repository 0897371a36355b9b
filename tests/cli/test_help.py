"""`--help` of every command, whole."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mtop_core.commands import COMMANDS
from mtop_core.testing import run

GOLDEN = Path(__file__).parent / "golden"
GROUPS = {"config": ("show", "validate", "init"), "mock": ("list", "use", "path", "reset"), "plugins": ("list", "new")}
LINES = [(), *((spec.name,) for spec in COMMANDS), *((name, word) for name in GROUPS for word in GROUPS[name])]


def shown(line: tuple[str, ...]) -> str:
    said = run("--no-plugins", *line, "--help", env={"COLUMNS": "80"})
    assert (said.exit_code, said.stderr) == (0, "")
    return said.stdout


@pytest.mark.parametrize("line", LINES, ids=lambda line: " ".join(line) or "mtop")
def test_help(line: tuple[str, ...]) -> None:
    golden = GOLDEN / f"{'-'.join(('mtop', *line))}.txt"
    text = shown(line)
    if os.environ.get("MTOP_UPDATE_GOLDEN"):
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("line", LINES, ids=lambda line: " ".join(line) or "mtop")
def test_form_of_help(line: tuple[str, ...]) -> None:
    usage, blank, first, *rest = shown(line).splitlines()
    assert usage.startswith(f"Usage: {' '.join(('mtop', *line))} ")
    assert blank == ""
    sentence = " ".join([first.strip(), *(row.strip() for row in rest[: rest.index("")])])
    assert sentence.endswith(".")
    assert sentence[0].isupper()
    for row in (usage, first, *rest):
        assert len(row) <= 100
        assert row == row.rstrip()
    assert shown(line).endswith("\n")


@pytest.mark.parametrize("line", LINES, ids=lambda line: " ".join(line) or "mtop")
def test_short_and_long_help(line: tuple[str, ...]) -> None:
    assert run("--no-plugins", *line, "-h", env={"COLUMNS": "80"}).stdout == shown(line)


def test_no_summary_is_cut() -> None:
    for line in ((), *((name,) for name in GROUPS)):
        assert "..." not in shown(line).partition("Commands:")[2]


def test_there_is_no_golden_file_too_many() -> None:
    assert {path.name for path in GOLDEN.iterdir()} == {f"{'-'.join(('mtop', *line))}.txt" for line in LINES}


def test_help_needs_no_source(tmp_path: Path) -> None:
    whole = run("--help", env={"COLUMNS": "80"})
    (tmp_path / ".ldconfig").write_text("mode: [", encoding="utf-8")
    for line in LINES[1:]:
        assert run(*line, "--help", env={"LLD_MODE": "nonsense"}).exit_code == 0
    said = run("--help", env={"COLUMNS": "80"})
    assert (said.exit_code, said.stdout) == (0, whole.stdout)
    assert said.stderr.count("\n") == 1
    assert said.stderr.startswith("mtop: warning: ")
    assert said.stderr.endswith("; it switches no plugin off\n")


def test_help_is_a_word_too() -> None:
    for line in ((), ("list",), ("config",), ("config", "show"), ("mock", "list")):
        assert run("--no-plugins", "help", *line) == run("--no-plugins", *line, "--help")
    assert run("help", "--help") == run("help", "help") == run("--help")
    said = run("help", "lst")
    assert (said.exit_code, said.stdout) == (2, "")
    assert said.stderr.startswith('mtop: error: unknown command "lst"; did you mean list?\n')


def test_the_plugins_of_mtop_share_their_sections() -> None:
    import re

    known = {"Look", "Diagnose", "Change", "Set up", "Plugins"}
    for path in (Path(__file__).parents[2] / "plugins").glob("mtop-*/src/*/plugin.py"):
        assert set(re.findall(r':\w+", "([A-Z][a-z ]+)"', path.read_text(encoding="utf-8"))) <= known, path
