"""The plugin guide: its samples are the template, its tables are the specs."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from mtop_core import api, testing
from mtop_core.errors import MtopError
from mtop_core.plugins import HOOKS
from mtop_core.scaffold import MAX_NAME
from mtop_core.trouble import STAGES

ROOT = Path(__file__).parents[2]
TEMPLATE = ROOT / "plugins" / "_template"
GUIDE = (ROOT / "docs" / "plugins.md").read_text(encoding="utf-8")
SAMPLES = re.findall(r"^```(\w+) ?(\S*)\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize(("language", "path", "text"), SAMPLES)
def test_every_sample_is_a_part_of_the_template(language: str, path: str, text: str) -> None:
    if language == "python":
        compile(text, path or "sample", "exec")
    if language == "toml":
        tomllib.loads(text)
    if path:
        assert text in (TEMPLATE / path).read_text(encoding="utf-8")


def test_there_are_samples_of_every_part() -> None:
    assert {path for _, path, _ in SAMPLES} >= {
        "pyproject.toml",
        "src/mtop_example/plugin.py",
        "src/mtop_example/cli.py",
        "src/mtop_example/rules.py",
        "src/mtop_example/settings.py",
        "tests/test_cli.py",
        "tests/test_rules.py",
    }
    assert GUIDE.count("```") == 2 * len(SAMPLES)


@pytest.mark.parametrize(("hook", "spec"), [(hook, spec) for hook, spec, _, _ in HOOKS])
def test_every_hook_and_field_is_explained(hook: str, spec: type) -> None:
    assert f"| `{hook}` | `{spec.__name__}` |" in GUIDE
    section = GUIDE.partition(f"\n### {spec.__name__}\n")[2].partition("\n#")[0]
    words = set(re.findall(r"`(\w+)`", "\n".join(re.findall(r"^\| (`.*?) \|", section, re.MULTILINE))))
    assert words == set(spec._fields)  # type: ignore[attr-defined]


def test_every_stage_severity_and_limit_is_named() -> None:
    assert all(f"`{stage}`" in GUIDE for stage in STAGES)
    assert f"at most {MAX_NAME} lower case" in GUIDE


def test_every_error_has_its_exit_code() -> None:
    rows = re.findall(r"^\| (`\w+Error`.*?) \| .* \| (\d+) \|$", GUIDE, re.MULTILINE)
    found = {name: int(code) for names, code in rows for name in re.findall(r"\w+", names)}
    known = {name: getattr(api, name) for name in api.__all__ if name.endswith("Error")}
    errors = {name: kind for name, kind in known.items() if issubclass(kind, MtopError)}
    assert found == {
        name: kind.exit_code for name, kind in errors.items() if name not in ("MtopError", "ShapeError")
    }


def test_the_names_of_the_kit_exist() -> None:
    section = GUIDE.partition("\n## Testing\n")[2].partition("\n## ")[0]
    names = re.findall(r"`(\w+)\(", section)
    assert names
    assert all(hasattr(testing, name) for name in names)
