"""A stand-in kubelet: serves the logs under a folder to an API server, and to nobody without its certificate.

The log of container C of pod P in namespace N is ROOT/N/P/C.log, each line with its time; the one before the last
restart is C.previous.log. A log that is followed ends when its file is removed.
"""

from __future__ import annotations

import urllib.error
import urllib.parse
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from tests.live.https import Handler, HttpsServer
from tests.live.loglines import Wanted
from tests.live.logstream import Knobs, LogStream
from tests.live.plane import Plane
from tests.live.waiting import until

Container = tuple[str, str, str]  # namespace, pod, container


class Asked(NamedTuple):
    """One request for a log."""

    container: Container
    query: dict[str, str]


class Kubelet:
    """Serves the logs under `root`; `now` is what sinceSeconds counts back from."""

    def __init__(self, plane: Plane, root: Path, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        plane.need_control()
        self.plane = plane
        self.root = root
        self.now = now
        self.requests: list[Asked] = []
        self._refusals: dict[Container, tuple[int, str]] = {}
        self._knobs = Knobs()
        self._server = HttpsServer(plane.folder, _handler(self), client_ca=plane.folder / "ca.crt")
        self.port = self._server.port

    def register(self, *nodes: str) -> None:
        """Makes the API server ask this kubelet for the logs of pods on `nodes`, which are made where missing."""
        endpoint = {"kubeletEndpoint": {"Port": self.port}}
        addresses = [{"type": "InternalIP", "address": "127.0.0.1"}]
        change = {"status": {"addresses": addresses, "daemonEndpoints": endpoint}}
        for name in nodes:
            path = f"/api/v1/nodes/{name}"
            try:
                self.plane.request("GET", path)
            except urllib.error.HTTPError as error:
                if error.code != 404:
                    raise
                node = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": name}}
                self.plane.request("POST", "/api/v1/nodes", node)
            self.plane.request("PATCH", f"{path}/status", change, "application/merge-patch+json")

    def cut(self, after_bytes: int = 0) -> None:
        """Breaks off one answer, under way or the next, as soon as it has sent so many bytes; the others go on."""
        self._knobs.cut(after_bytes)

    def freeze(self) -> None:
        """Sends nothing from now on, and keeps every connection."""
        self._knobs.flows.clear()

    def thaw(self) -> None:
        """Sends again."""
        self._knobs.flows.set()

    def refuse(self, container: Container, status: int, text: str) -> None:
        """Answers requests for one container's log with an error."""
        self._refusals[container] = (status, text)

    def allow(self, container: Container) -> None:
        """Answers them again."""
        self._refusals.pop(container, None)

    def wait_for(self, container: Container, requests: int = 1) -> None:
        """Waits until so many requests for a container's log have come."""
        until(lambda: len(self.asked(container)) >= requests, f"{requests} requests for the log of {container}")

    def wait_sent(self, size: int) -> None:
        """Waits until so many bytes of logs have been sent in all."""
        until(lambda: self._knobs.sent >= size, f"{size} bytes of logs")

    def asked(self, container: Container) -> list[Asked]:
        """The requests for one container's log so far."""
        return [one for one in self.requests if one.container == container]

    def close(self) -> None:
        """Ends the kubelet and the answers under way."""
        self._knobs.closed = True
        self.thaw()
        self._server.close()

    def _say(self, to: Handler) -> None:
        url = urllib.parse.urlsplit(to.path)
        parts = url.path.strip("/").split("/")
        if len(parts) != 4 or parts[0] != "containerLogs":
            return to.answer(404, {}, b"404 page not found\n")
        container = (parts[1], parts[2], parts[3])
        query = dict(urllib.parse.parse_qsl(url.query))
        self.requests.append(Asked(container, query))
        if container in self._refusals:
            status, text = self._refusals[container]
            return to.answer(status, {}, text.encode())
        try:
            wanted = Wanted.of(query, self.now())
        except ValueError as error:
            return to.answer(400, {}, str(error).encode())
        path = self.root / parts[1] / parts[2] / f"{parts[3]}{'.previous' if wanted.previous else ''}.log"
        if not path.is_file():
            which = "previous terminated container" if wanted.previous else "container"
            return to.answer(400, {}, f'{which} "{parts[3]}" in pod "{parts[2]}" not found'.encode())
        return LogStream(to, wanted, self._knobs).send(path)


def _handler(kubelet: Kubelet) -> type[Handler]:
    class Says(Handler):
        def do_GET(self) -> None:
            kubelet._say(self)

    return Says
