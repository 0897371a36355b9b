"""The objects that fill a server: the same every time, and a server takes them."""

from __future__ import annotations

import json

import pytest

from tests.live.comparing import differences
from tests.live.kinds import path_of
from tests.live.plane import Plane
from tests.live.synthetic import many_models
from tests.live.worlds import load_objects


def test_the_objects_are_the_same_every_time() -> None:
    assert list(many_models(3, 2)) == list(many_models(3, 2))


def test_pods_have_the_size_they_have_in_a_cluster() -> None:
    sizes = [len(json.dumps(obj, separators=(",", ":"))) for obj in many_models(2, 20) if obj["kind"] == "Pod"]
    assert len(sizes) == 40
    assert 2200 < sum(sizes) / len(sizes) < 2500


@pytest.mark.live
def test_a_server_shows_them_as_they_are(live_plane: Plane) -> None:
    objects = list(many_models(3, 10))
    load_objects(live_plane, objects)
    assert {
        (obj["kind"], difference.path)
        for obj in objects
        if obj["kind"] != "Namespace"  # the server labels it
        for difference in differences(obj, live_plane.request("GET", path_of(obj)))
        if not (live_plane.real and difference.written is None)
    } == set()


@pytest.mark.live
def test_a_new_service_passes_strict_validation(live_plane: Plane) -> None:
    load_objects(live_plane, [obj for obj in many_models(1, 1) if obj["kind"] == "Namespace"])
    service = next(obj for obj in many_models(1, 1) if obj["kind"] == "LLMInferenceService")
    collection = path_of(service).rpartition("/")[0]
    live_plane.request("POST", f"{collection}?dryRun=All&fieldValidation=Strict", service)
