"""The scripted server says what it is told, and keeps what it was asked."""

from __future__ import annotations

import http.client
import json
import threading
import urllib.error
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.live.access import Access
from tests.live.kubeconfigs import read
from tests.live.scripted import Answer, Scripted, status


@pytest.fixture
def client(scripted: Scripted, tmp_path: Path) -> Access:
    return Access(tmp_path, read(scripted.kubeconfig()), owned=False)


def test_answers_come_in_their_order_and_the_last_stays(scripted: Scripted, client: Access) -> None:
    scripted.script("/api", Answer(429, {"Retry-After": "1"}), Answer(503), Answer(body={"kind": "APIVersions"}))
    for code in (429, 503):
        with pytest.raises(urllib.error.HTTPError) as raised:
            client.request("GET", "/api")
        assert raised.value.code == code
        assert json.load(raised.value) == status(code)
    assert [client.request("GET", "/api?x=1") for _ in range(2)] == [{"kind": "APIVersions"}] * 2
    assert [(seen.method, seen.query) for seen in scripted.asked("/api")] == [("GET", "")] * 2 + [("GET", "x=1")] * 2
    assert scripted.requests[0].headers["Authorization"] == "Bearer scripted-token"


def test_what_has_no_script_is_not_found(scripted: Scripted, client: Access) -> None:
    with pytest.raises(urllib.error.HTTPError, match="404"):
        client.request("POST", "/nowhere", {"a": 1})
    assert (scripted.requests[0].method, scripted.requests[0].body) == ("POST", b'{"a": 1}')


def test_a_body_can_end_early(scripted: Scripted, client: Access) -> None:
    scripted.script("/api", Answer(body=b"0123456789", only=4))
    with pytest.raises(http.client.IncompleteRead) as raised:
        client.send("GET", "/api")
    assert raised.value.partial == b"0123"


def test_a_body_can_be_of_any_type(scripted: Scripted, client: Access) -> None:
    scripted.script("/api", Answer(200, {"Content-Type": "text/html"}, b"<html>"))
    assert client.send("GET", "/api") == b"<html>"


def test_an_answer_hangs_until_it_is_released(scripted: Scripted, client: Access) -> None:
    scripted.script("/api", Answer(hangs=True))
    done = threading.Event()
    with ThreadPoolExecutor() as pool:
        asked = pool.submit(client.send, "GET", "/api")
        asked.add_done_callback(lambda _: done.set())
        scripted.wait_for("/api")
        assert not done.wait(0.1)
        scripted.release()
        with pytest.raises((http.client.HTTPException, urllib.error.URLError, OSError)):
            asked.result(10)
