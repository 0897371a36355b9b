"""The files of a snapshot while it is written: in a folder nobody sees until it is whole."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import IO, Any

from mtop_core.api import SNAPSHOT_MANIFEST, SNAPSHOT_SUFFIX, cannot_write, sealed
from mtop_snapshot.diff.normal import digests


class Files:
    """Writes files below a folder and keeps account of their sizes and digests."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.entries: dict[str, dict[str, Any]] = {}

    def write(self, name: str, pieces: Iterable[bytes]) -> None:
        """Writes one file, piece by piece."""
        digest, size = hashlib.sha256(), 0
        with self._made(name) as stream:
            for piece in pieces:
                stream.write(piece)
                digest.update(piece)
                size += len(piece)
        self.entries[name] = {"bytes": size, "sha256": digest.hexdigest()}

    @contextmanager
    def _made(self, name: str) -> Iterator[IO[bytes]]:
        """A new file; SourceError where the disk has no room for it."""
        path = os.path.join(self.folder, name)
        try:
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "wb") as stream:
                yield stream
        except OSError as error:
            raise cannot_write(os.path.dirname(self.folder), error) from None

    def lines(self, name: str) -> Iterator[bytes]:
        """The lines of a file that was written."""
        with open(os.path.join(self.folder, name), "rb") as stream:
            yield from stream

    def seal(self, manifest: dict[str, Any]) -> None:
        """Writes the manifest, which names every file with its digest and has one itself."""
        with self._made(SNAPSHOT_MANIFEST) as stream:
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
    """A new folder beside `path`, hidden, gone at the end unless it was moved away.

    It is locked while it is in use, so that the next one finds and removes what a killed process left.
    """
    import shutil

    above, name = os.path.split(os.path.abspath(path))
    prefix = f".{name[:40]}."
    try:
        os.makedirs(above, exist_ok=True)
        _sweep(above, prefix)
        folder, lock = _made_and_locked(above, prefix)
    except OSError as error:
        raise cannot_write(above, error) from None
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        if lock is not None:
            os.close(lock)


def _made_and_locked(above: str, prefix: str) -> tuple[str, int | None]:
    import tempfile

    while True:
        folder = tempfile.mkdtemp(prefix=prefix, dir=above)
        with suppress(BlockingIOError):  # another one took it for left behind, before it was locked
            return folder, _locked(folder)


def _locked(folder: str) -> int | None:
    """A lock on a folder, as a descriptor to close; None where there are no locks, BlockingIOError where it is held."""
    try:
        import fcntl
    except ImportError:  # Windows
        return None
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(handle)
        if isinstance(error, BlockingIOError):
            raise
        return None
    return handle


def in_use(folder: str) -> bool:
    """Whether a process works on a folder of this kind now; one that is not there is not in use."""
    try:
        lock = _locked(folder)
    except BlockingIOError:
        return True
    except OSError:
        return False
    if lock is not None:
        os.close(lock)
    return False


def _sweep(above: str, prefix: str) -> None:
    """Removes the hidden folders (and archives) of a name that nobody works on any more."""
    import shutil

    shape = re.compile(re.escape(prefix) + r"[a-z0-9_]{8}")
    for entry in filter(shape.fullmatch, os.listdir(above)):
        path = os.path.join(above, entry)
        with suppress(OSError):  # in use, or no folder
            lock = _locked(path)
            if lock is not None:
                with suppress(FileNotFoundError):
                    os.unlink(f"{path}{SNAPSHOT_SUFFIX}")
                shutil.rmtree(path, ignore_errors=True)
                os.close(lock)
