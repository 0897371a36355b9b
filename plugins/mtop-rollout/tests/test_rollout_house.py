"""What the documentation says is so, and what a command does not need it does not load."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import mtop_rollout
import pytest
from mtop_rollout.machine.gates import METRICS
from mtop_rollout.screen.keys import HELP, KEYS

from mtop_core.data import data_path
from mtop_core.testing import run

SOURCE = Path(mtop_rollout.__file__).parent
GUIDE = (Path(__file__).parents[3] / "docs" / "rollouts.md").read_text(encoding="utf-8")
SCHEMA = json.loads((data_path("schemas") / "topology.json").read_text(encoding="utf-8"))
PROBE = """
import json, sys
from mtop_core.main import main
main(sys.argv[1:])
print(json.dumps(sorted(sys.modules)), file=sys.stderr)
"""
FILES = sorted(SOURCE.rglob("*.py"))


def modules(*args: str) -> set[str]:
    done = subprocess.run([sys.executable, "-c", PROBE, *args], capture_output=True, text=True, check=True)
    return set(json.loads(done.stderr.splitlines()[-1]))


def test_the_example_of_the_guide_runs() -> None:
    block = re.search(r"\n\n((?:    .*\n)*    kind: Topology\n(?:    .*\n)*)", GUIDE)
    assert block
    done = run("simulate", "-f", "-", stdin=dedent(block.group(1)).encode())
    assert done.exit_code == 0
    assert "verdict: example succeeds" in done.stdout


def test_the_recorded_example_of_the_guide_plays() -> None:
    block = re.search(r"\n\n((?:    .*\n)*    - step: 1\n(?:    .*\n)*)", GUIDE)
    assert block
    assert run("watch", "-f", "-", stdin=dedent(block.group(1)).encode()).exit_code == 0


def test_the_guide_names_every_strategy_step_fault_and_key() -> None:
    spec = SCHEMA["$defs"]["TopologySpec"]["properties"]
    for word in spec["strategy"]["enum"]:
        assert f"| `{word}` |" in GUIDE
    for word in SCHEMA["$defs"]["TopologyStep"]["properties"]:
        assert f"`{word}`" in GUIDE
    for word in SCHEMA["$defs"]["Fault"]["properties"]["kind"]["enum"]:
        assert f"`{word}`" in GUIDE
    assert SCHEMA["$defs"]["Gate"]["properties"]["metric"]["enum"] == list(METRICS)
    assert set(KEYS.values()) == {"next", "back", "play", "faster", "slower", "event", "quit"}
    assert [key for key, _ in HELP] == ["n", "b", "space", "+ -", "e", "q"]


@pytest.mark.parametrize("line", [["simulate", "-t", "rolling"], ["watch", "-t", "rolling"], ["simulate", "--list"]])
def test_no_command_loads_what_it_does_not_need(line: list[str]) -> None:
    loaded = modules(*line)
    assert not {name.split(".")[0] for name in loaded} & {"rich", "kubernetes", "textual", "asyncio", "httpx"}
    if line[-1] == "rolling":
        assert "mtop_rollout.predict.command" not in loaded
        assert "mtop_core.inventory" not in loaded


def test_help_loads_no_command() -> None:
    assert not {name for name in modules("--help") if name.startswith("mtop_rollout.")} - {"mtop_rollout.plugin"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(SOURCE).as_posix())
def test_files_are_small_and_described(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 400
    tree = ast.parse(text)
    assert ast.get_docstring(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            assert (node.end_lineno or 0) - node.lineno < 62, node.name
        if isinstance(node, ast.Call):
            assert ast.unparse(node.func) not in ("datetime.now", "time.time", "print"), node.lineno
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("mtop_core"):
            assert node.module == "mtop_core.api"
