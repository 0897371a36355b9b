"""The workflows of public runners run what the project has."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parent.parent
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
PYTHONS = ["3.11", "3.12", "3.13", "3.14"]


def _steps(path: Path) -> list[dict[str, Any]]:
    jobs = yaml.safe_load(path.read_text(encoding="utf-8"))["jobs"]
    return [step for job in jobs.values() for step in job["steps"]]


def _sessions() -> set[str]:
    """The functions of noxfile.py that are sessions."""
    tree = ast.parse((ROOT / "noxfile.py").read_text(encoding="utf-8"))
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    return {one.name for one in functions if any("session" in ast.unparse(mark) for mark in one.decorator_list)}


def _run_by(path: Path) -> set[str]:
    """The sessions that a workflow's steps name."""
    lines = [step.get("run", "") for step in _steps(path)]
    named = [re.search(r"nox -s ([a-z ]+?)(?: --|$)", line) for line in lines]
    return {session for match in named if match for session in match[1].split()}


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_every_session_a_workflow_names_exists(path: Path) -> None:
    assert _run_by(path) <= _sessions()


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_actions_are_pinned_to_a_version(path: Path) -> None:
    used = [step["uses"] for step in _steps(path) if "uses" in step]
    assert used
    assert [name for name in used if not re.fullmatch(r"[\w.-]+/[\w.-]+@v\d+\.\d+\.\d+", name)] == []


def test_ci_runs_what_a_change_must_pass() -> None:
    """The sessions of .ci/run, on every Python the project supports."""
    path = ROOT / ".github" / "workflows" / "ci.yml"
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    named = re.findall(r"nox -s ([a-z ]+?)(?: --|$)", script, re.MULTILINE)
    assert _run_by(path) == {session for words in named for session in words.split()} | {"tests"}
    matrix = yaml.safe_load(path.read_text(encoding="utf-8"))["jobs"]["tests"]["strategy"]["matrix"]
    assert matrix["python"] == PYTHONS
    assert f'requires-python = ">={PYTHONS[0]}"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")
