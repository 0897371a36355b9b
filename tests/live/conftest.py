"""The API server of the live tests, with KServe's CRDs loaded; skipped where there is none."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.live.crdsource import load_crds
from tests.live.faults import Relay
from tests.live.kubelet import Kubelet
from tests.live.plane import MISSING, Plane, available, existing, running
from tests.live.rbac import take_back
from tests.live.scripted import Scripted
from tests.live.worlds import clear, load_world

ROOT = Path(__file__).parent.parent.parent
LoadWorld = Callable[[str], list[dict[str, Any]]]


def _skip(reason: str) -> None:
    if os.environ.get("MTOP_REQUIRE_LIVE"):
        pytest.fail(f"the live tests must run here, but there is {reason}")
    pytest.skip(reason)


@contextmanager
def _server(folder: Path) -> Iterator[Plane]:
    kubeconfig = os.environ.get("MTOP_LIVE_KUBECONFIG")
    if kubeconfig:
        yield existing(folder, Path(kubeconfig))
        return
    if not available():
        _skip(MISSING)
    with running(folder) as server:
        yield server


@pytest.fixture(scope="session")
def plane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plane]:
    """A running API server that knows KServe's kinds; what a test does to it the test undoes."""
    with _server(tmp_path_factory.mktemp("plane")) as server:
        load_crds(server)
        yield server


@pytest.fixture
def live_plane(plane: Plane) -> Iterator[Plane]:
    """The same, the test's own to stop, freeze and fill: without objects before and after, and running again after."""
    plane.need_control()
    clear(plane)
    yield plane
    plane.recover()
    take_back(plane)
    clear(plane)


@pytest.fixture
def world(live_plane: Plane) -> LoadWorld:
    """Puts a mock world into `live_plane`: call it with the world's name."""
    return lambda name: load_world(live_plane, name)


@pytest.fixture
def relay(plane: Plane) -> Iterator[Relay]:
    """A relay in front of `plane`: `plane.kubeconfig(server=relay.url)` goes through it."""
    between = Relay(plane.port)
    yield between
    between.close()


@pytest.fixture
def scripted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scripted]:
    """A server that says what the test scripts; it needs no API server."""
    server = Scripted(tmp_path_factory.mktemp("scripted"))
    yield server
    server.close()


@pytest.fixture
def kubelet(live_plane: Plane, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kubelet]:
    """A kubelet for `live_plane` with an empty folder of logs in `kubelet.root`; the test registers its nodes."""
    server = Kubelet(live_plane, tmp_path_factory.mktemp("logs"))
    yield server
    server.close()
