"""How the live tests drive mtop: one command line against one server, and what it asked of it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from mtop_core.testing import Outcome, run

CAPTURED = datetime(2026, 10, 12, 9, 30, tzinfo=UTC)  # when the mock worlds were
_ASKED = re.compile(r"^mtop: (GET|POST|DELETE) (\S+): (\d+) in \d+ ms", re.MULTILINE)
SERVER_SIDE = ("resourceVersion", "managedFields")


class Asked(NamedTuple):
    """One request as -v shows it."""

    method: str
    path: str
    status: int


def mtop(kubeconfig: Path, *args: str, stdin: bytes = b"") -> Outcome:
    """Runs `mtop ARGS` on the cluster of a kubeconfig."""
    return run(*args, "--live", "--kubeconfig", str(kubeconfig), stdin=stdin)


def requests(outcome: Outcome) -> list[Asked]:
    """The requests of a command that ran with -v, sorted: several threads make them."""
    found = [Asked(method, path, int(status)) for method, path, status in _ASKED.findall(outcome.stderr)]
    return sorted(found)


def documents(outcome: Outcome) -> Any:
    """What a command printed with -o json."""
    return json.loads(outcome.stdout)


def shared(document: Any) -> Any:
    """A document without what differs by its nature: the source, and what a server writes on each object."""
    if isinstance(document, list):
        return [shared(item) for item in document]
    if isinstance(document, Mapping):
        return {key: shared(value) for key, value in document.items() if key not in ("source", *SERVER_SIDE)}
    return document


@pytest.fixture
def at_capture(monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes now, for the live provider, the time at which the mock worlds were captured."""
    monkeypatch.setattr("mtop_live.provider.clock", lambda: CAPTURED)
