"""The files of a snapshot while it is written: in a folder nobody sees until it is whole."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from mtop_core.api import SNAPSHOT_MANIFEST, cannot_write, sealed
from mtop_snapshot.diff.normal import digests


class Files:
    """Writes files below a folder and keeps account of their sizes and digests."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.entries: dict[str, dict[str, Any]] = {}

    def write(self, name: str, pieces: Iterable[bytes]) -> None:
        """Writes one file, piece by piece."""
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        digest, size = hashlib.sha256(), 0
        with open(path, "wb") as stream:
            for piece in pieces:
                stream.write(piece)
                digest.update(piece)
                size += len(piece)
        self.entries[name] = {"bytes": size, "sha256": digest.hexdigest()}

    def lines(self, name: str) -> Iterator[bytes]:
        """The lines of a file that was written."""
        with open(os.path.join(self.folder, name), "rb") as stream:
            yield from stream

    def seal(self, manifest: dict[str, Any]) -> None:
        """Writes the manifest, which names every file with its digest and has one itself."""
        with open(os.path.join(self.folder, SNAPSHOT_MANIFEST), "wb") as stream:
            stream.write(sealed({**manifest, "files": self.entries}))

    @property
    def names(self) -> list[str]:
        """All files in the order in which an archive holds them, the manifest first."""
        return [SNAPSHOT_MANIFEST, *sorted(self.entries)]


def canonical(obj: dict[str, Any]) -> str:
    """An object as one line of JSON, the same for the same object whatever the order of its fields."""
    return json.dumps(obj, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def index_line(obj: dict[str, Any], line: bytes) -> bytes:
    """What a diff needs of an object to pass it over unread: key, digests of the line, its meaning and status, size."""
    meta = obj["metadata"]
    key = f"{meta.get('namespace') or ''}/{meta['name']}"
    meaning, status = digests(obj)
    return f"{key}\t{hashlib.sha256(line).hexdigest()[:32]}\t{meaning}\t{status}\t{len(line)}\n".encode()


@contextmanager
def folder_beside(path: str) -> Iterator[str]:
    """A new folder beside `path`, hidden, gone at the end unless it was moved away."""
    import shutil
    import tempfile

    above, name = os.path.split(os.path.abspath(path))
    try:
        os.makedirs(above, exist_ok=True)
        folder = tempfile.mkdtemp(prefix=f".{name[:40]}.", dir=above)
    except OSError as error:
        raise cannot_write(above, error) from None
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
