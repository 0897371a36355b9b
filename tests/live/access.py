"""Requests to an API server by whom a kubeconfig, a token or a certificate stands for."""

from __future__ import annotations

import json
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from tests.live.kubeconfigs import Login, opener

TOKEN = "admin-token"
NOT_OURS = "this test needs an API server of its own, and MTOP_LIVE_KUBECONFIG names a cluster that is not"


class Access:
    """The way to an API server; `owned` says whether the server is the tests' own, to stop, freeze and fill."""

    def __init__(self, folder: Path, login: Login, owned: bool) -> None:
        self.folder = folder
        self.owned = owned
        self.login = login
        self._opener = opener(login, folder)

    @property
    def url(self) -> str:
        """Where the API server listens."""
        return str(self.login.cluster["server"])

    @property
    def port(self) -> int:
        """The port the API server listens on, for a relay in front of it."""
        return int(self.url.rpartition(":")[2])

    def send(self, method: str, path: str, body: bytes | None = None, token: str = TOKEN, **headers: str) -> bytes:
        """One request; the bytes of the answer. `Content_Type="..."` is a header."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()} | self._authorization(token)
        request = urllib.request.Request(self.url + path, body, sent, method=method)
        with self._opener.open(request, timeout=60) as answer:
            return bytes(answer.read())

    def request(
        self, method: str, path: str, body: object = None, content: str = "application/json", token: str = TOKEN
    ) -> Any:
        """One request, JSON both ways; raises urllib.error.HTTPError for a status of 400 or more."""
        data = None if body is None else json.dumps(body).encode()
        return json.loads(self.send(method, path, data, token, Content_Type=content))

    def need_control(self) -> None:
        """Skips the test when the server is not the tests' own."""
        if not self.owned:
            pytest.skip(NOT_OURS)

    def _authorization(self, token: str) -> dict[str, str]:
        if token != TOKEN:
            self.need_control()
        token = token if self.owned else self.login.user.get("token", "")
        return {"Authorization": f"Bearer {token}"} if token else {}
