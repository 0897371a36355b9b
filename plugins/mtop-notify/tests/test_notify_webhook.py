"""The webhook notifier against a server on this machine."""

from __future__ import annotations

import base64
import json
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from mtop_notify import webhook

from mtop_core.api import Message, SourceError, UsageError

MESSAGE = Message("title", ("one", "two"), {"findings": []})


class Server(HTTPServer):
    """Answers with `status` and remembers what it was sent."""

    status = 204

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.requests: list[tuple[str, str, dict[str, str], Any]] = []

    @property
    def host(self) -> str:
        """Where it listens."""
        return f"127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    """One request."""

    server: Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.requests.append((self.command, self.path, dict(self.headers), json.loads(body)))
        self.send_response(self.server.status)
        self.send_header("Location", f"http://{self.server.host}/elsewhere")
        self.end_headers()

    do_GET = do_POST

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as found:
        threading.Thread(target=found.serve_forever, args=(0.01,), daemon=True).start()
        yield found
        found.shutdown()


def test_it_posts_the_message(server: Server) -> None:
    webhook.post(f"http://{server.host}/hook?key=1", MESSAGE)
    ((method, path, headers, body),) = server.requests
    assert (method, path, headers["Content-Type"]) == ("POST", "/hook?key=1", "application/json")
    assert body == {"title": "title", "text": "title\none\ntwo", "data": {"findings": []}}
    assert "Authorization" not in headers


def test_user_and_password_become_basic_authentication(server: Server) -> None:
    webhook.post(f"http://me:p%40ss@{server.host}/hook", MESSAGE)
    ((_, path, headers, _),) = server.requests
    assert path == "/hook"
    assert headers["Authorization"] == f"Basic {base64.b64encode(b'me:p@ss').decode()}"
    assert headers["Host"] == server.host


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed(server: Server, status: int) -> None:
    server.status = status
    with pytest.raises(SourceError) as caught:
        webhook.post(f"http://u:secret@{server.host}/secret?secret", MESSAGE)
    assert caught.value.message == f"http://{server.host} answered {status}: redirects are not followed"
    assert len(server.requests) == 1


def test_any_other_status_is_an_error_without_the_secret(server: Server) -> None:
    server.status = 404
    with pytest.raises(SourceError) as caught:
        webhook.post(f"http://u:secret@{server.host}/secret?secret#secret", MESSAGE)
    assert caught.value.message == f"http://{server.host} answered 404"
    assert caught.value.__cause__ is None


def test_nobody_listens(server: Server) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        host = f"127.0.0.1:{unused.getsockname()[1]}"
        with pytest.raises(SourceError) as caught:
            webhook.post(f"http://{host}/secret", MESSAGE)
    assert caught.value.message == f"http://{host} did not answer: connection refused"


@pytest.mark.parametrize("answer", [b"", b"secret\r\n\r\n", b"HTTP/1.1 abc secret\r\n\r\n"])
def test_an_answer_that_is_no_http(answer: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(answer)

        threading.Thread(target=serve, daemon=True).start()
        with pytest.raises(SourceError) as caught:
            webhook.post(f"http://127.0.0.1:{listening.getsockname()[1]}/secret", MESSAGE)
    assert "did not answer: " in caught.value.message
    assert "secret" not in caught.value.message


def test_a_server_that_never_answers_times_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook, "TIMEOUT", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        host = f"127.0.0.1:{listening.getsockname()[1]}"
        with pytest.raises(SourceError) as caught:
            webhook.post(f"http://{host}/secret", MESSAGE)
    assert caught.value.message == f"http://{host} did not answer: timed out"


def test_no_encryption_where_it_was_asked_for(server: Server) -> None:
    with pytest.raises(SourceError) as caught:
        webhook.post(f"https://{server.host}/secret", MESSAGE)
    assert caught.value.message == f"https://{server.host} did not answer: no encrypted connection"
    assert server.requests == []


@pytest.mark.parametrize(
    "url",
    [
        "https:",
        "https:///secret",
        "https://host:port/secret",
        "https://host:99999/secret",
        "https://[secret/",
        "https://host/sec ret",
        "https://host/sec\nret",
        "https://host/sécret",
    ],
)
def test_a_malformed_url_never_shows(url: str) -> None:
    with pytest.raises(UsageError) as caught:
        webhook.post(url, MESSAGE)
    assert caught.value.message == "the URL of the webhook is malformed"
