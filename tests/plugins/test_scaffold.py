"""`mtop plugins new`: a whole package under a good name, or one line and nothing."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest

from mtop_core import data, scaffold
from mtop_core.testing import run

TEMPLATE = data.data_path("template")


def new(*args: str) -> tuple[int, str]:
    """Exit code and error line of `mtop plugins new ARGS --into out`."""
    Path("out").mkdir(exist_ok=True)
    done = run("plugins", "new", *args, "--into", "out")
    return done.exit_code, done.stderr.partition("\n")[0]


def files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_the_whole_package(site: Any) -> None:
    Path("out").mkdir()
    done = run("plugins", "new", "demo-rules", "--into", "out")
    assert done == (
        0, "out/mtop-demo-rules written; next: pip install -e out/mtop-demo-rules && mtop plugins\n", "",
    )  # fmt: skip
    assert os.listdir("out") == ["mtop-demo-rules"]
    assert files(Path("out/mtop-demo-rules")) == {
        "README.md",
        "pyproject.toml",
        "src/mtop_demo_rules/__init__.py",
        "src/mtop_demo_rules/cli.py",
        "src/mtop_demo_rules/images.py",
        "src/mtop_demo_rules/plugin.py",
        "src/mtop_demo_rules/py.typed",
        "src/mtop_demo_rules/rules.py",
        "src/mtop_demo_rules/settings.py",
        "tests/conftest.py",
        "tests/test_cli.py",
        "tests/test_rules.py",
    }


def test_the_name_takes_the_place_of_the_word_and_of_nothing_else(site: Any) -> None:
    assert new("demo-rules") == (0, "")
    for path in Path("out/mtop-demo-rules").rglob("*"):
        if path.is_file():
            text = path.read_text()
            origin = TEMPLATE / str(path.relative_to("out/mtop-demo-rules")).replace("demo_rules", "example")
            assert "example" not in text, path
            assert text.count("\n") == origin.read_text().count("\n")
            if path.suffix == ".py":
                compile(text, str(path), "exec")
    project = Path("out/mtop-demo-rules/pyproject.toml").read_text()
    assert 'name = "mtop-demo-rules"\n' in project
    assert '\n[project.entry-points."mtop.plugins"]\ndemo-rules = "mtop_demo_rules.plugin"\n' in project
    plugin = Path("out/mtop-demo-rules/src/mtop_demo_rules/plugin.py").read_text()
    assert '"demo-rules-mutable-tag"' in plugin
    assert '"mtop_demo_rules.rules:mutable_tag"' in plugin


@pytest.mark.parametrize("name", ["a", "a1", "x" * 40, "gpu-2-go"])
def test_good_names(site: Any, name: str) -> None:
    assert new(name) == (0, "")
    assert Path(f"out/mtop-{name}/pyproject.toml").is_file()


@pytest.mark.parametrize(
    "name",
    ["", "A", "1a", "a_b", "a--b", "a-", "-a", "a.b", "a b", "x" * 41, "../up", "a/b", "ä", "a\n", "a\x1b[31m", "."],
)
def test_bad_names(site: Any, name: str) -> None:
    code, line = new("--", name) if name.startswith("-") else new(name)
    assert code == 2
    if not name.startswith("-"):
        assert re.fullmatch(
            r'mtop: error: ".*" is no name for a plugin: expected at most 40 lower case letters, digits and single '
            r"dashes, a letter first and no dash last",
            line,
        )
    assert os.listdir("out") == []
    assert not Path("mtop-up").exists()


@pytest.mark.parametrize("name", ["list", "ls", "plugins", "version", "help"])
def test_names_of_core_commands_are_taken(site: Any, name: str) -> None:
    assert new(name) == (2, f"mtop: error: mtop-core has a command {name} already")


@pytest.mark.parametrize("name", ["shown", "say", "entry"])
def test_names_of_installed_plugins_are_taken(site: Any, name: str) -> None:
    source = "@hookimpl\ndef mtop_commands(): return [CommandSpec('shown', 'Shows', 'a:b', aliases=('say',))]\n"
    site.add("door-shown", source, "entry")
    assert new(name) == (2, f"mtop: error: door-shown has a command {name} already")
    assert os.listdir("out") == []


@pytest.mark.parametrize("kind", ["folder", "file", "link"])
def test_what_exists_is_left_alone(site: Any, kind: str) -> None:
    Path("out").mkdir()
    target = Path("out/mtop-demo")
    if kind == "folder":
        target.mkdir()
    elif kind == "file":
        target.write_text("mine")
    else:
        target.symlink_to("nowhere")
    assert new("demo") == (2, "mtop: error: out/mtop-demo exists already")
    assert os.listdir("out") == ["mtop-demo"]


def test_a_folder_that_does_not_exist_is_made(site: Any) -> None:
    done = run("plugins", "new", "demo", "--into", "no/where")
    assert done.exit_code == 0
    assert Path("no/where/mtop-demo/pyproject.toml").is_file()
    Path("file").write_text("")
    done = run("plugins", "new", "demo", "--into", "file/below")
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr == "mtop: error: file/below/mtop-demo cannot be written: not a directory\n"


def test_nothing_is_left_when_writing_fails(site: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    write = Path.write_text
    written: list[Path] = []

    def full(path: Path, text: str, **more: Any) -> int:
        if "mtop_demo" in str(path) and len(written) == 3:
            raise OSError(28, "No space left on device")
        written.append(path)
        return write(path, text, **more)

    monkeypatch.setattr(Path, "write_text", full)
    assert new("demo") == (2, "mtop: error: out/mtop-demo cannot be written: no space left on device")
    assert os.listdir("out") == []


def test_what_tools_leave_behind_is_not_copied(site: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    template = tmp_path / "template"
    for name in (
        "kept.py", ".gitignore", "src/__pycache__/a.py", "src/a.pyc", "src/mtop_example.egg-info/PKG-INFO",
        ".pytest_cache/README.md", ".git/config", "dist/a.whl", "build/lib/a.py", "venv/a.py", "conftest.py",
        "tests/conftest.py",
    ):  # fmt: skip
        (template / name).parent.mkdir(parents=True, exist_ok=True)
        (template / name).write_text("example")
    monkeypatch.setattr(scaffold, "data_path", lambda name: template)
    assert new("demo") == (0, "")
    assert files(Path("out/mtop-demo")) == {"kept.py", ".gitignore", "tests/conftest.py"}
