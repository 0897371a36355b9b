"""What every provider promises, kept by a cluster."""

from __future__ import annotations

import shutil
from collections.abc import Callable

import pytest

from mtop_core.providers.base import Provider
from tests.live.conftest import ROOT, LoadWorld
from tests.live.kubelet import Kubelet
from tests.live.plane import Plane
from tests.live.watched import provider
from tests.providers.promises import LOG, PROMISES, logs

pytestmark = pytest.mark.live


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.__name__)
def test_promises(live_plane: Plane, world: LoadWorld, promise: Callable[[Provider], None]) -> None:
    world("degraded")
    promise(provider(live_plane.kubeconfig()))


def test_logs(live_plane: Plane, world: LoadWorld, kubelet: Kubelet) -> None:
    objects = world("degraded")
    source = ROOT / "mocks/degraded/logs"
    shutil.copytree(source, kubelet.root, dirs_exist_ok=True)
    kubelet.register(*(obj["metadata"]["name"] for obj in objects if obj["kind"] == "Node"))
    folder = source / LOG[0] / LOG[1]
    there = provider(live_plane.kubeconfig())
    logs(there, lambda previous: (folder / f"main{'.previous' * previous}.log").read_bytes())
