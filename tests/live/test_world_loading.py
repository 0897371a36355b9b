"""A mock world put into an API server is read back as it is in its files."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from mtop_core.objects.kinds import Kind
from tests.live.comparing import Difference, differences
from tests.live.conftest import LoadWorld
from tests.live.kinds import ALL, built_in, collection, kind
from tests.live.plane import Plane
from tests.live.worlds import WORLDS, clear

pytestmark = pytest.mark.live

Obj = dict[str, Any]

# What the CRDs of others fill in on reading; ours fill in nothing.
FILLED_IN = {("InferencePool", "appProtocol", "http"), ("LLMInferenceServiceConfig", "weight", 1)}
LEFT_OUT = {("ReplicaSet", "lastUpdateTime")}  # the worlds write it, and a ReplicaSet's condition has no such field


@pytest.mark.parametrize("world_name", WORLDS)
def test_every_object_is_read_back_as_it_was_written(live_plane: Plane, world: LoadWorld, world_name: str) -> None:
    objects = world(world_name)
    found = {_name(obj): obj for obj in _listed(live_plane, objects)}
    assert found.keys() - _servers_own(live_plane) == {_name(obj) for obj in objects} - _servers_own(live_plane)
    assert {
        (obj["kind"], difference.path): difference[1:]
        for obj in objects
        for difference in differences(obj, found[_name(obj)])
        if not _known(live_plane, kind(obj), difference)
    } == {}


def test_the_server_alone_has_nothing_of_a_world(live_plane: Plane, world: LoadWorld) -> None:
    objects = world("degraded")
    clear(live_plane)
    assert {_name(obj) for obj in _listed(live_plane, objects)} <= _servers_own(live_plane)


def test_a_watch_from_before_sees_the_objects(live_plane: Plane, world: LoadWorld) -> None:
    before = live_plane.request("GET", "/api/v1/pods")["metadata"]["resourceVersion"]
    objects = world("degraded")
    lines = live_plane.send("GET", f"/api/v1/pods?watch=1&timeoutSeconds=1&resourceVersion={before}").splitlines()
    assert len(lines) == sum(obj["kind"] == "Pod" for obj in objects)


def test_all_kinds_of_the_tests_are_there(plane: Plane) -> None:
    for which in ALL:
        for version in which.versions:
            assert plane.request("GET", collection(which, version) + "?limit=1")["kind"] == f"{which.name}List"


def _listed(plane: Plane, objects: list[Obj]) -> Iterator[Obj]:
    """The objects of the server in every kind and version that `objects` has."""
    written: dict[tuple[Kind, str], set[str]] = {}
    for obj in objects:
        written.setdefault((kind(obj), obj["apiVersion"]), set()).add(obj["metadata"]["name"])
    for (which, api_version), names in written.items():
        for item in plane.request("GET", collection(which, api_version.rpartition("/")[2]))["items"]:
            if len(which.versions) == 1 or item["metadata"]["name"] in names:
                yield {"apiVersion": api_version, "kind": which.name, **item}


def _name(obj: Obj) -> str:
    meta = obj["metadata"]
    return f"{kind(obj).resource}/{meta.get('namespace', '')}/{meta['name']}"


def _servers_own(plane: Plane) -> set[str]:
    """Objects a server makes itself and makes again."""
    names = ("default", "kube-system", "kube-public", "kube-node-lease")
    return {f"namespaces//{name}" for name in names} | {"services/default/kubernetes"}


def _known(plane: Plane, which: Kind, difference: Difference) -> bool:
    field = difference.path.rpartition(".")[2]
    if difference.read is None:
        return (which.name, field) in LEFT_OUT
    if difference.written is not None:
        return False
    return plane.real if built_in(which) else (which.name, field, difference.read) in FILLED_IN
