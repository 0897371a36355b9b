"""The API server of the tests does what its knobs say."""

from __future__ import annotations

import json
import urllib.error
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from mtop_core.objects.kinds import DEPLOYMENT, POD
from tests.live.access import Access
from tests.live.kubeconfigs import read
from tests.live.plane import Plane, available, existing, running
from tests.live.programs import MISSING
from tests.live.rbac import grant, may, take_back
from tests.live.synthetic import many_models
from tests.live.waiting import until
from tests.live.worlds import load_objects

pytestmark = pytest.mark.live

PODS = "/api/v1/pods"


@pytest.fixture
def uncached(plane: Plane, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plane]:
    """A server that asks etcd for everything and serves one request at a time."""
    plane.need_control()
    with running(tmp_path_factory.mktemp("uncached"), "--watch-cache=false", "--max-inflight=1") as server:
        yield server


def _refusal(access: Access, path: str, token: str = "") -> tuple[int, str]:
    with pytest.raises(urllib.error.HTTPError) as raised:
        access.request("GET", path, **({"token": token} if token else {}))
    body: dict[str, Any] = json.load(raised.value)
    return raised.value.code, body["reason"]


def test_a_token_is_known_as_long_as_it_is_written(live_plane: Plane) -> None:
    assert _refusal(live_plane, PODS, "viewer-token") == (401, "Unauthorized")
    live_plane.tokens["viewer-token"] = ("vic", "viewers,testers")
    live_plane.write_tokens()
    assert _refusal(live_plane, PODS, "viewer-token") == (403, "Forbidden")
    live_plane.tokens["viewer-token"] = ("vic", "viewers,system:masters")
    live_plane.write_tokens()
    assert live_plane.request("GET", PODS, token="viewer-token")["kind"] == "PodList"
    del live_plane.tokens["viewer-token"]
    live_plane.write_tokens()
    assert _refusal(live_plane, PODS, "viewer-token") == (401, "Unauthorized")


def test_a_grant_is_for_what_it_names(live_plane: Plane) -> None:
    live_plane.tokens["viewer-token"] = ("vic", "")
    live_plane.write_tokens()
    grant(live_plane, "viewer-token", [POD, "pods/log"])
    grant(live_plane, "viewer-token", [DEPLOYMENT], namespace="default")
    asked = [("", "pods", ""), ("", "pods/log", ""), ("apps", "deployments", "default"), ("apps", "deployments", "")]
    assert [may(live_plane, "viewer-token", "list", *one) for one in asked] == [True, True, True, False]
    take_back(live_plane)
    until(lambda: not may(live_plane, "viewer-token", "list", "", "pods"), "the grant is taken back")


def test_kubeconfigs_are_of_different_users(live_plane: Plane, tmp_path: Path) -> None:
    live_plane.tokens["nobody-token"] = ("nobody", "")
    live_plane.write_tokens()
    files = [
        live_plane.kubeconfig(),
        live_plane.kubeconfig("nobody-token", namespace="team"),
        live_plane.certificate_kubeconfig("carl", "people,system:masters"),
        live_plane.certificate_kubeconfig("dora"),
    ]
    assert len(set(files)) == 4
    outcomes = []
    for file in files:
        access = Access(tmp_path, read(file), owned=False)
        try:
            outcomes.append(access.request("GET", PODS)["kind"])
        except urllib.error.HTTPError as error:
            outcomes.append(json.load(error)["message"].partition(" cannot")[0])
    assert outcomes == [
        "PodList", 'pods is forbidden: User "nobody"', "PodList", 'pods is forbidden: User "dora"',
    ]  # fmt: skip


def test_a_frozen_server_answers_when_it_is_thawed(live_plane: Plane) -> None:
    live_plane.freeze()
    with ThreadPoolExecutor() as pool:
        asked = pool.submit(live_plane.request, "GET", PODS)
        with pytest.raises(TimeoutError):
            asked.result(0.2)
        live_plane.thaw()
        assert asked.result(30)["kind"] == "PodList"


def test_a_server_that_was_stopped_comes_back_with_what_it_had(live_plane: Plane) -> None:
    load_objects(live_plane, many_models(1, 3))
    live_plane.stop()
    with pytest.raises(urllib.error.URLError, match="refused"):
        live_plane.request("GET", PODS)
    live_plane.restart()
    assert len(live_plane.request("GET", PODS)["items"]) == 3


def test_what_etcd_forgot_is_gone(uncached: Plane) -> None:
    load_objects(uncached, (obj for obj in many_models(1, 4) if obj["kind"] == "Pod"))
    page = uncached.request("GET", f"{PODS}?limit=1")["metadata"]["continue"]
    load_objects(uncached, (obj for obj in many_models(2, 4) if obj["kind"] == "Pod"))
    uncached.compact()
    assert _refusal(uncached, f"{PODS}?limit=1&continue={page}") == (410, "Expired")


def test_an_existing_cluster_is_used_and_not_controlled(live_plane: Plane, tmp_path: Path) -> None:
    cluster = existing(tmp_path, live_plane.certificate_kubeconfig("carl", "system:masters"))
    assert (cluster.owned, cluster.url) == (False, live_plane.url)
    assert cluster.request("GET", PODS)["kind"] == "PodList"
    assert existing(tmp_path, cluster.kubeconfig()).request("GET", PODS)["kind"] == "PodList"
    for act in (cluster.stop, cluster.freeze, cluster.compact, cluster.write_tokens):
        with pytest.raises(pytest.skip.Exception, match="MTOP_LIVE_KUBECONFIG"):
            act()


def test_the_programs_are_named_where_there_are_none(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("KUBEBUILDER_ASSETS", "MTOP_TESTPLANE", "MTOP_ETCD"):
        assert name in MISSING
        monkeypatch.delenv(name, raising=False)
    assert not available()
