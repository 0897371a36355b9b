"""When a watch says what is lost: the server as a whole, or one kind, and not for the blink of an eye."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from mtop_live import losing
from mtop_live.looking import Part
from mtop_live.losing import Losses

from mtop_core.api import SourceError, kinds

NOW = datetime(2026, 11, 25, 22, 0, 1, tzinfo=UTC)
PODS, NODES = Part(kinds.POD, ""), Part(kinds.NODE, "")


class Clock:
    """time.monotonic, moved by the test."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    moved = Clock()
    monkeypatch.setattr(losing, "time", moved)
    return moved


def losses() -> Losses:
    found = Losses()
    found.parts = 2
    return found


def test_a_blink_is_not_told(clock: Clock) -> None:
    found = losses()
    found.lose(PODS, SourceError("cut"), NOW)
    assert found.notes() == ()
    assert list(found.moments()) == [clock.now + losing.GRACE]
    found.hear(PODS, surely=True)
    clock.now += 10
    assert (found.notes(), found.silent, list(found.moments())) == ((), False, [])


def test_one_kind_is_named_and_the_rest_goes_on(clock: Clock) -> None:
    found = losses()
    found.lose(NODES, SourceError("cut\nmtop: error: no"), NOW)
    clock.now += losing.GRACE
    assert found.notes() == ("nodes may have changed since 22:00:01Z: cut mtop: error: no; trying again",)
    assert not found.silent
    found.lose(NODES, SourceError("refused"), NOW.replace(minute=9))
    assert found.notes() == ("nodes may have changed since 22:00:01Z: refused; trying again",)


def test_all_kinds_are_the_server(clock: Clock) -> None:
    found = losses()
    found.lose(NODES, SourceError("first"), NOW)
    clock.now += 1
    found.lose(PODS, SourceError("second"), NOW.replace(minute=5))
    clock.now += losing.GRACE
    assert found.silent
    assert found.notes() == ("nothing is heard of the cluster since 22:00:01Z: first; trying again",)
    found.hear(PODS, surely=True)
    assert not found.silent
    assert found.notes() == ("nodes may have changed since 22:00:01Z: first; trying again",)


def test_the_server_alone_is_enough(clock: Clock) -> None:
    found = losses()
    found.lose(None, SourceError("no answer"), NOW)
    clock.now += losing.GRACE
    assert found.silent
    found.hear(None, surely=True)
    assert (found.silent, found.notes()) == (False, ())


def test_what_opens_and_breaks_again_is_not_back(clock: Clock) -> None:
    found = losses()
    found.lose(NODES, SourceError("ended"), NOW)
    clock.now += losing.GRACE
    for _ in range(3):
        found.hear(NODES, surely=False)
        clock.now += losing.GRACE / 2
        found.settle()
        assert found.notes() != ()
        found.lose(NODES, SourceError("ended"), NOW)
    found.hear(NODES, surely=False)
    clock.now += losing.GRACE
    found.settle()
    assert found.notes() == ()
