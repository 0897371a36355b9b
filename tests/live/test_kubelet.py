"""Logs through a real API server, from the stand-in kubelet."""

from __future__ import annotations

import http.client
import json
import ssl
import urllib.error
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.live.access import Access
from tests.live.conftest import ROOT, LoadWorld
from tests.live.kubeconfigs import Login
from tests.live.kubelet import Container, Kubelet
from tests.live.plane import Plane
from tests.live.worlds import load_objects

pytestmark = pytest.mark.live

MAIN: Container = ("team", "pod-a", "main")
LINES = [f"2026-10-12T09:00:0{second}.000000001Z line {second}\n" for second in range(5)]
PLAIN = "".join(line.split(" ", 1)[1] for line in LINES)


@pytest.fixture
def log(live_plane: Plane, kubelet: Kubelet) -> Path:
    """The log file of the one pod there is."""
    kubelet.register("node-a")
    spec = {"nodeName": "node-a", "containers": [{"name": "main", "image": "x"}]}
    meta = {"name": "pod-a", "namespace": "team"}
    load_objects(live_plane, [{"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": spec, "status": {}}])
    path = kubelet.root / "team" / "pod-a" / "main.log"
    path.parent.mkdir(parents=True)
    path.write_text("".join(LINES))
    return path


def _read(plane: Plane, query: str = "") -> str:
    return plane.send("GET", f"/api/v1/namespaces/team/pods/pod-a/log?container=main{query}").decode()


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", PLAIN),
        ("&timestamps=true", "".join(LINES)),
        ("&tailLines=2", "line 3\nline 4\n"),
        ("&tailLines=0", ""),
        ("&limitBytes=10", PLAIN[:10]),
        ("&sinceTime=2026-10-12T09:00:03Z", "line 3\nline 4\n"),
        ("&sinceSeconds=6", "line 4\n"),
        ("&previous=true", "before\n"),
    ],
)
def test_a_query_selects_lines(live_plane: Plane, kubelet: Kubelet, log: Path, query: str, expected: str) -> None:
    kubelet.now = lambda: datetime(2026, 10, 12, 9, 0, 10, tzinfo=UTC)
    log.with_name("main.previous.log").write_text("2026-10-12T08:00:00Z before\n")
    assert _read(live_plane, query) == expected


def test_a_log_that_is_not_there_is_an_error_in_words(live_plane: Plane, log: Path) -> None:
    with pytest.raises(urllib.error.HTTPError) as raised:
        _read(live_plane, "&previous=true")
    assert json.load(raised.value)["message"] == 'previous terminated container "main" in pod "pod-a" not found'


def test_a_followed_log_goes_on_until_it_is_removed(live_plane: Plane, kubelet: Kubelet, log: Path) -> None:
    with ThreadPoolExecutor() as pool:
        followed = pool.submit(_read, live_plane, "&follow=true&tailLines=1")
        kubelet.wait_sent(len("line 4\n"))
        with log.open("a") as file:
            file.write("2026-10-12T09:00:09Z half")
            file.flush()
            file.write(" and half\n")
        log.unlink()
        assert followed.result(10) == "line 4\nhalf and half\n"


def test_a_frozen_kubelet_sends_nothing(live_plane: Plane, kubelet: Kubelet, log: Path) -> None:
    kubelet.freeze()
    with ThreadPoolExecutor() as pool:
        asked = pool.submit(_read, live_plane)
        kubelet.wait_for(MAIN)
        with pytest.raises(TimeoutError):
            asked.result(0.1)
        kubelet.thaw()
        assert asked.result(10) == PLAIN


def test_one_answer_is_cut(live_plane: Plane, kubelet: Kubelet, log: Path) -> None:
    kubelet.cut(after_bytes=10)
    with pytest.raises(http.client.IncompleteRead) as raised:
        _read(live_plane)
    assert raised.value.partial.decode() == PLAIN[:10]
    assert _read(live_plane) == PLAIN


def test_a_followed_log_is_cut_while_it_waits(live_plane: Plane, kubelet: Kubelet, log: Path) -> None:
    with ThreadPoolExecutor() as pool:
        followed = pool.submit(_read, live_plane, "&follow=true")
        kubelet.wait_sent(len(PLAIN))
        kubelet.cut(after_bytes=len(PLAIN))
        with pytest.raises(http.client.IncompleteRead) as raised:
            followed.result(10)
    assert raised.value.partial.decode() == PLAIN


def test_a_refusal_reaches_the_client(live_plane: Plane, kubelet: Kubelet, log: Path) -> None:
    kubelet.refuse(MAIN, 500, "no space left on device")
    with pytest.raises(urllib.error.HTTPError, match="500"):
        _read(live_plane)
    kubelet.allow(MAIN)
    assert _read(live_plane) == PLAIN


def test_the_logs_of_a_world_are_served_from_its_folder(live_plane: Plane, world: LoadWorld) -> None:
    pods = [obj for obj in world("degraded") if obj["kind"] == "Pod"]
    kubelet = Kubelet(live_plane, ROOT / "mocks" / "degraded" / "logs")
    try:
        path = next(iter(sorted(kubelet.root.glob("*/*/*.log"))))
        namespace, name = path.parts[-3:-1]
        pod = next(obj for obj in pods if obj["metadata"]["name"] == name)
        kubelet.register(pod["spec"]["nodeName"])
        query = f"container={path.stem}&timestamps=true"
        assert live_plane.send("GET", f"/api/v1/namespaces/{namespace}/pods/{name}/log?{query}") == path.read_bytes()
    finally:
        kubelet.close()


def test_nobody_reads_without_the_servers_certificate(live_plane: Plane, kubelet: Kubelet) -> None:
    login = Login({**live_plane.login.cluster, "server": f"https://127.0.0.1:{kubelet.port}"}, {})
    with pytest.raises((urllib.error.URLError, ssl.SSLError, ConnectionError)):
        Access(live_plane.folder, login, owned=False).send("GET", "/containerLogs/team/pod-a/main")
    assert kubelet.requests == []
