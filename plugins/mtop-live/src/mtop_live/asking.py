"""One request and one answer, as data."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote, urlencode

from mtop_core.api import Record

JSON = "application/json"
Query = Sequence[tuple[str, str]]


class Request(Record):
    """One request; `doing` says it in words, such as "list pods in namespace chat"."""

    method: str
    path: str
    doing: str
    query: Query = ()
    body: bytes = b""
    accept: str = JSON
    content: str = JSON
    seconds: float = 0.0

    @property
    def target(self) -> str:
        """Path and query as they go over the wire."""
        path = quote(self.path, safe="/%")
        return f"{path}?{urlencode(self.query)}" if self.query else path


class Answer(Record):
    """What came back: status, body (unpacked), what it says to be, and how many seconds to wait before the next."""

    status: int
    body: bytes
    kind: str = ""
    after: float = 0.0
