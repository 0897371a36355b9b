"""A watch in a thread of its own, for tests to look at: what it showed last, and all that it showed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Sequence
from pathlib import Path
from typing import Any

import pytest
from mtop_live.provider import live

from mtop_core.errors import MtopError
from mtop_core.objects.kinds import Kind
from mtop_core.providers.base import Provider
from mtop_core.specs import Connection, SourceRequest
from tests.live.waiting import until

Named = dict[Hashable, dict[str, Any]]


def provider(kubeconfig: Path, **more: Any) -> Provider:
    """The provider of a cluster."""
    return live(SourceRequest("", connection=Connection(kubeconfig=str(kubeconfig), **more)))


def by_name(listings: Any) -> Named:
    """The objects of one look by kind, namespace and name."""
    return {
        (kind.plural, obj["metadata"].get("namespace"), obj["metadata"]["name"]): obj
        for kind, listing in listings.items()
        for obj in listing.objects
    }


class Watched:
    """Watches until `stop`; `looks` is how many were given, `error` what ended it."""

    def __init__(self, source: Provider, kinds: Sequence[Kind], namespace: str = "", every: float = 0.0) -> None:
        self.source = source
        self.looks: list[Named] = []
        self.gaps: dict[str, str] = {}
        self.notes: list[str] = []
        self.error: MtopError | None = None
        self._kinds, self._namespace, self._every = kinds, namespace, every
        self._over = False
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def now(self) -> Named:
        """What it showed last."""
        return self.looks[-1] if self.looks else {}

    def shows(self, condition: Callable[[Named], bool], what: str) -> None:
        """Waits until it shows something."""
        until(lambda: self.error is not None or bool(self.looks and condition(self.now)), what, 60)
        assert self.error is None, self.error

    def notes_that(self, condition: Callable[[str], bool], what: str) -> None:
        """Waits until a note says something."""
        until(lambda: any(condition(note) for note in self.notes), what, 60)

    def stop(self) -> None:
        """Ends it at its next look."""
        self._over = True

    def _run(self) -> None:
        try:
            for listings in self.source.watch(self._kinds, self._namespace, self._every or 0.05):
                self.notes += [note for note in self.source.notes if note not in self.notes]
                self.gaps = {kind.resource: listing.gap for kind, listing in listings.items() if listing.gap}
                found = by_name(listings)
                if not self.looks or found != self.looks[-1]:
                    self.looks.append(found)
                if self._over:
                    return
        except MtopError as error:
            self.error = error


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes a watch notice within fractions of a second what takes it twenty in earnest."""
    monkeypatch.setattr("mtop_live.watching.SILENCE", 0.5)
    monkeypatch.setattr("mtop_live.watching.PROBE_WITHIN", 1.0)
    monkeypatch.setattr("mtop_live.losing.GRACE", 0.2)
    monkeypatch.setattr("mtop_live.following.ANSWER_WITHIN", 2.0)
    monkeypatch.setattr("mtop_live.following.LONGEST_PAUSE", 0.5)
    monkeypatch.setattr("mtop_live.following.LIVED", 0.2)
    monkeypatch.setattr("mtop_live.following.GAP_PAUSE", 0.5)
    monkeypatch.setattr("mtop_live.following.MOST_DENIALS", 12)
    monkeypatch.setattr("mtop_live.dialing.CONNECT_WITHIN", 2.0)
