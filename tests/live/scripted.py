"""An HTTPS server that says what a test scripts: the answers a real API server cannot easily be made to give."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from tests.live.certificates import Authority
from tests.live.https import Handler, HttpsServer
from tests.live.kubeconfigs import Login, write
from tests.live.waiting import until


class Answer(NamedTuple):
    """One answer. A `body` that is no bytes is sent as JSON, and None as the Status of `status`.

    `only`: so many bytes of the body are sent, then the connection ends. `hangs`: nothing is sent, until `release`.
    """

    status: int = 200
    headers: Mapping[str, str] = {}
    body: object = None
    only: int | None = None
    hangs: bool = False

    def data(self) -> bytes:
        """The bytes of the body."""
        if isinstance(self.body, bytes):
            return self.body
        return json.dumps(status(self.status) if self.body is None else self.body).encode()


class Seen(NamedTuple):
    """One request that came; `path` is without the query."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes


class Scripted:
    """The server, its certificates and its kubeconfigs in `folder`; a path that has no script is not found."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.requests: list[Seen] = []
        Authority(folder).server("tls")
        self._scripts: dict[str, list[Answer]] = {}
        self._lock = threading.Lock()
        self._released = threading.Event()
        self._server = HttpsServer(folder, _handler(self))
        self.port = self._server.port
        self.url = f"https://127.0.0.1:{self.port}"

    def script(self, path: str, *answers: Answer) -> None:
        """What to say to requests for `path`, one after the other; the last answer stays."""
        with self._lock:
            self._scripts[path] = list(answers)

    def kubeconfig(self, token: str = "scripted-token", namespace: str = "default") -> Path:
        """A new kubeconfig file for the server."""
        cluster = {"server": self.url, "certificate-authority": str(self.folder / "ca.crt")}
        return write(self.folder, Login(cluster, {"token": token}), namespace)

    def asked(self, path: str) -> list[Seen]:
        """The requests for one path so far."""
        return [seen for seen in self.requests if seen.path == path]

    def wait_for(self, path: str, requests: int = 1) -> None:
        """Waits until so many requests for `path` have come."""
        until(lambda: len(self.asked(path)) >= requests, f"{requests} requests for {path}")

    def release(self) -> None:
        """Ends every answer that hangs, now and later, by closing its connection."""
        self._released.set()

    def close(self) -> None:
        """Ends the server."""
        self.release()
        self._server.close()

    def _next(self, path: str) -> Answer:
        with self._lock:
            answers = self._scripts.get(path) or [Answer(404)]
            return answers.pop(0) if len(answers) > 1 else answers[0]

    def _say(self, to: Handler) -> None:
        path, _, query = to.path.partition("?")
        body = to.rfile.read(int(to.headers.get("Content-Length") or 0))
        self.requests.append(Seen(to.command, path, query, dict(to.headers.items()), body))
        answer = self._next(path)
        if answer.hangs:
            self._released.wait()
            to.close_connection = True
            return
        data = answer.data()
        to.send_response(answer.status)
        headers = {"Content-Type": "application/json", "Content-Length": str(len(data)), **answer.headers}
        for name, value in headers.items():
            to.send_header(name, value)
        to.end_headers()
        to.wfile.write(data if answer.only is None else data[: answer.only])
        to.close_connection = to.close_connection or answer.only is not None


def status(code: int, message: str = "", reason: str = "") -> dict[str, Any]:
    """The Status object an API server sends with an error."""
    return {
        "apiVersion": "v1",
        "kind": "Status",
        "metadata": {},
        "status": "Failure",
        "message": message or f"scripted {code}",
        "reason": reason,
        "code": code,
    }


def _handler(scripted: Scripted) -> type[Handler]:
    class Says(Handler):
        def do_GET(self) -> None:
            scripted._say(self)

        do_POST = do_PUT = do_PATCH = do_DELETE = do_GET

    return Says
