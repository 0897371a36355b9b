"""What is stored behind an API server, through etcd's HTTP gateway."""

from __future__ import annotations

import json
import urllib.request
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

_OPERATIONS = 100  # etcd takes 128 in one transaction,
_BYTES = 700_000  # and a request of 1.5 MiB
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Removed(NamedTuple):
    """How many keys a removal took, and the revision it made."""

    keys: int
    revision: int


class Etcd:
    """A store of bytes under paths."""

    def __init__(self, url: str) -> None:
        self.url = url

    def put(self, values: Mapping[str, bytes]) -> int:
        """Stores every value under its key; returns the revision of the last one."""
        revision = self.revision()
        for batch in _batches(values):
            puts = [{"requestPut": {"key": _word(key), "value": _text(value)}} for key, value in batch.items()]
            revision = int(self._ask("kv/txn", {"success": puts})["header"]["revision"])
        return revision

    def under(self, prefix: str) -> dict[str, bytes]:
        """Every value whose key starts with `prefix`."""
        found = self._ask("kv/range", _range(prefix)).get("kvs", [])
        return {b64decode(one["key"]).decode(): b64decode(one.get("value", "")) for one in found}

    def remove(self, prefix: str) -> Removed:
        """Removes every key that starts with `prefix`."""
        answer = self._ask("kv/deleterange", _range(prefix))
        return Removed(int(answer.get("deleted", 0)), int(answer["header"]["revision"]))

    def revision(self) -> int:
        """The newest revision."""
        return int(self._ask("kv/range", {"key": _word("/"), "count_only": True})["header"]["revision"])

    def compact(self, revision: int = 0) -> int:
        """Forgets all that was before `revision` (0: the newest), which it returns."""
        revision = revision or self.revision()
        self._ask("kv/compaction", {"revision": str(revision), "physical": True})
        return revision

    def _ask(self, path: str, body: object) -> Any:
        with _OPENER.open(f"{self.url}/v3/{path}", json.dumps(body).encode(), timeout=30) as answer:
            return json.load(answer)


def _word(key: str) -> str:
    return _text(key.encode())


def _text(value: bytes) -> str:
    return b64encode(value).decode()


def _range(prefix: str) -> dict[str, str]:
    return {"key": _word(prefix), "range_end": _word(prefix[:-1] + chr(ord(prefix[-1]) + 1))}


def _batches(values: Mapping[str, bytes]) -> Iterator[dict[str, bytes]]:
    batch: dict[str, bytes] = {}
    size = 0
    for key, value in values.items():
        if batch and (len(batch) == _OPERATIONS or size + len(value) > _BYTES):
            yield batch
            batch, size = {}, 0
        batch[key] = value
        size += len(value)
    if batch:
        yield batch
