"""`mtop list -w` as a process: on pipes line by line, on a terminal drawn anew in place."""

from __future__ import annotations

import json

import pytest

from mtop_core.schema.checking import check
from mtop_core.testing import run
from tests.cli.kit import process, terminal

ENTER, LEAVE = "\x1b[?1049h\x1b[?25l", "\x1b[?25h\x1b[?1049l"


def test_a_world_does_not_change() -> None:
    watched = run("list", "-w", "-o", "json", "--mock", "rollout")
    listed = json.loads(run("list", "-o", "json", "--mock", "rollout").stdout)
    changes = [json.loads(line) for line in watched.stdout.splitlines()]
    assert all(check(change, "modelchange") == [] for change in changes)
    assert [change["object"] for change in changes] == listed["items"]
    assert watched.exit_code == 0
    assert watched.stderr == (
        "mtop: source: mock rollout, watched\nmtop: note: a mock does not change: there is nothing more to watch\n"
    )
    assert run("list", "--watch-only", "--mock", "rollout").stdout == ""


def test_bytes_to_a_file_are_bytes_to_a_pipe() -> None:
    done = process("list", "-w", "--mock", "rollout", "-q")
    assert done.stdout.decode() == run("list", "-w", "--mock", "rollout").stdout
    assert done.stderr == b""
    assert b"\x1b" not in done.stdout


@pytest.mark.parametrize("form", ["jsonpath={.items}", "custom-columns=A:.name"])
def test_forms_that_say_one_whole_answer(form: str) -> None:
    assert run("list", "-w", "-o", form).stderr.splitlines() == [
        f"mtop: error: -w does not go with -o {form.partition('=')[0]}",
        "mtop: hint: it goes with -o table, wide, json, yaml, name",
    ]


def test_on_a_terminal_the_last_picture_stays() -> None:
    code, shown = terminal("list", "-w", "--mock", "rollout", "-n", "code", columns=100)
    assert code == 0
    before, _, rest = shown.partition(ENTER)
    picture, _, after = rest.partition(LEAVE)
    assert before == ""
    assert picture.startswith("\x1b[HNAME ")
    assert picture.count("\x1b[J") == 1
    assert after.splitlines()[0].startswith("NAME ")
    assert "mtop: source: mock rollout, as of 2026-10-12T09:30:00Z; Ctrl-C ends" in after
    assert "there is nothing more to watch" in after


def test_a_terminal_that_can_do_nothing() -> None:
    _, shown = terminal("list", "-w", "--mock", "rollout", env={"TERM": "dumb"})
    assert "\x1b" not in shown
    assert "ADDED" in shown


def test_sorted() -> None:
    lines = run("list", "-w", "--mock", "rollout", "--sort-by", "name", "-o", "name").stdout.splitlines()
    assert lines == sorted(lines, key=lambda line: line.partition("/")[2])


def test_label_columns_and_field_selectors() -> None:
    group = "serving.kserve.io/routing-group"
    said = run("list", "--mock", "degraded", "-n", "chat", "-L", f"{group},none", "-l", group,
               "--field-selector", "metadata.name!=phi-old,metadata.namespace=chat")  # fmt: skip
    header, row = said.stdout.splitlines()
    assert header.split()[-2:] == ["ROUTING-GROUP", "NONE"]
    assert row.split()[0] == "phi-new"
    assert row.split()[-2:] == ["phi", "-"]
    wrong = run("list", "--field-selector", "spec.replicas=1")
    assert (wrong.exit_code, wrong.stderr) == (
        2, 'mtop: error: field selector "spec.replicas=1": cannot read "spec.replicas=1"\n'
        "mtop: hint: write metadata.name=NAME or metadata.namespace!=NS, joined by commas\n",
    )  # fmt: skip
