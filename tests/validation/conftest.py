"""Good documents, and ways to damage them."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

GOOD = Path(__file__).parent / "good"


@pytest.fixture
def load() -> Callable[[str], Any]:
    """A good document by name."""
    return lambda name: yaml.safe_load((GOOD / f"{name}.yaml").read_text(encoding="utf-8"))


def _set(document: Any, path: str, value: object) -> None:
    *above, last = path.split("/")
    for step in above:
        document = document[int(step)] if isinstance(document, list) else document.setdefault(step, {})
    if value == "DELETED":
        del document[last]
    elif isinstance(document, list):
        document[int(last)] = value
    else:
        document[last] = value


@pytest.fixture
def edited(load: Callable[[str], Any]) -> Callable[[str, Mapping[str, object]], Any]:
    """A good document with other values at some paths ("spec/replicas"); "DELETED" removes."""

    def edit(name: str, edits: Mapping[str, object]) -> Any:
        document = copy.deepcopy(load(name))
        for path, value in edits.items():
            _set(document, path, value)
        return document

    return edit
