"""Damaged documents, and every problem that is found in them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from mtop_core.schema import dotted
from mtop_core.validation import validate

FILES = sorted((Path(__file__).parent / "bad").glob("*.yaml"))
CASES = [case for path in FILES for case in yaml.safe_load(path.read_text(encoding="utf-8"))]


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_bad(case: dict[str, Any], edited: Callable[..., Any]) -> None:
    found = validate(edited(case["from"], case["set"]))
    shown = [[dotted(path), message, suggestion] for path, message, suggestion in found]
    expected = [[*problem, ""][:3] for problem in case["problems"]]
    assert shown == expected


def test_not_an_object() -> None:
    found = validate(["spec"])  # type: ignore[arg-type]
    assert [problem.message for problem in found] == ["expected an object with apiVersion and kind"]
