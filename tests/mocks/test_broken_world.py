"""The broken world holds what its README says, and the other worlds hold no such thing."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml

BROKEN = Path(__file__).resolve().parents[2] / "mocks" / "broken"
UNREADABLE = ("bad-utf8.yaml", "binary.yaml", "not-yaml.yaml", "tabs.yaml", "truncated.json", "deep.json")


def _files() -> list[str]:
    return sorted(path.name for path in (BROKEN / "crs").iterdir())


def test_the_readme_names_every_file() -> None:
    named = re.findall(r"^- `crs/([^`]+)`: \S", (BROKEN / "README.md").read_text("utf-8"), re.MULTILINE)
    assert sorted(named) == _files()
    assert len(named) == 17


def test_world_file_is_fine() -> None:
    world = json.loads((BROKEN / "world.json").read_text("utf-8"))
    assert world["metadata"]["name"] == "broken"


@pytest.mark.parametrize("name", UNREADABLE)
def test_some_files_cannot_be_parsed(name: str) -> None:
    raw = (BROKEN / "crs" / name).read_bytes()
    parse = json.loads if name.endswith(".json") else yaml.safe_load
    with pytest.raises((ValueError, yaml.YAMLError, RecursionError)):
        parse(raw.decode("utf-8"))


def test_the_escape_name_is_read_as_escapes() -> None:
    text = (BROKEN / "crs" / "control-name.yaml").read_text("utf-8")
    assert yaml.safe_load(text)["metadata"]["name"] == "evil\x1b[2J\x1b[1;31mname"
