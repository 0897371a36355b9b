"""A snapshot as files: a folder or a `.tar.gz` of JSON lines, logs and a manifest, each checked before it is used."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Iterator, Mapping
from typing import IO, Any, Protocol

from mtop_core.errors import DataError, NotFoundError
from mtop_core.objects.text import plain

MANIFEST = "snapshot.json"
FORMAT = 1
MAX_MANIFEST = 64 << 20
_NO_DIGEST = "0" * 64
_PART = r"[A-Za-z0-9][A-Za-z0-9._-]{0,252}"
_FILE = re.compile(rf"objects/{_PART}\.(?:jsonl|index)|logs/(?:{_PART}/){{2}}{_PART}\.log")
_CHUNK = 1 << 16


class Store(Protocol):
    """Where the files of a snapshot lie."""

    def open(self, name: str) -> IO[bytes]:
        """One file, to read and to seek in; NotFoundError where it is absent."""

    def names(self) -> Iterator[str]:
        """Every file there is, in no order."""


class Folder:
    """A snapshot in a folder."""

    def __init__(self, root: str) -> None:
        self.root = root

    def open(self, name: str) -> IO[bytes]:
        """One regular file below the folder; what a link leads to is never read."""
        path = self.root
        try:
            for part in name.split("/"):
                path = os.path.join(path, part)
                mode = os.lstat(path).st_mode
                if stat.S_ISLNK(mode):
                    raise DataError(f"{plain(path)}: a link, which no snapshot has")
            if not stat.S_ISREG(mode):
                raise DataError(f"{plain(path)}: no regular file")
            return open(path, "rb")
        except FileNotFoundError:
            raise NotFoundError(f"{plain(path)}: no such file") from None
        except OSError as error:
            raise DataError(f"{plain(path)}: {(error.strerror or 'unreadable').lower()}") from None

    def names(self) -> Iterator[str]:
        """Every file below the folder, links and hidden files included."""
        for here, folders, files in os.walk(self.root):
            links = [name for name in folders if os.path.islink(os.path.join(here, name))]
            for name in (*files, *links):
                yield os.path.relpath(os.path.join(here, name), self.root).replace(os.sep, "/")


class Bundle:
    """An opened snapshot: its manifest, already checked, and its files, each checked when it is read first."""

    def __init__(self, name: str, store: Store) -> None:
        self.name = name
        self._store = store
        self._fine: set[str] = set()
        self.manifest = _manifest(name, store)
        self.files: Mapping[str, Any] = self.manifest["files"]

    def open(self, name: str) -> IO[bytes]:
        """One file at its start; NotFoundError where the snapshot has none, DataError where it was changed."""
        if name not in self.files:
            raise NotFoundError(f"{plain(self.name)} holds no {plain(name)}")
        try:
            stream = self._store.open(name)
        except NotFoundError:
            raise DataError(f"{plain(self.name)}: {plain(name)} is missing", _DAMAGED) from None
        if name not in self._fine:
            try:
                self._check(name, stream)
            except BaseException:
                stream.close()
                raise
            self._fine.add(name)
        return stream

    def read(self, name: str) -> bytes:
        """A whole file."""
        with self.open(name) as stream:
            return stream.read()

    def problems(self) -> list[str]:
        """What is wrong with any file, one line each; what does not belong to it counts too."""
        found = []
        for name in self.files:
            try:
                self.open(name).close()
            except DataError as error:
                found.append(error.message)
        there = set(self._store.names())
        extra = sorted(there - self.files.keys() - {MANIFEST})
        return [*found, *(f"{plain(self.name)}: {plain(name)} does not belong to it" for name in extra)]

    def _check(self, name: str, stream: IO[bytes]) -> None:
        wanted = self.files[name]
        digest, size = hashlib.sha256(), 0
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
            size += len(chunk)
        if size != wanted["bytes"] or digest.hexdigest() != wanted["sha256"]:
            how = "cut short" if size < wanted["bytes"] else "changed"
            raise DataError(f"{plain(self.name)}: {plain(name)} was {how} since it was saved", _DAMAGED)
        stream.seek(0)


_DAMAGED = "mtop snapshot verify names all that is damaged"


def sealed(manifest: Mapping[str, Any]) -> bytes:
    """A manifest as it is written; its digest is that of the same text with a digest of zeros."""
    text = _text({**manifest, "digest": _NO_DIGEST})
    return text.replace(_NO_DIGEST, hashlib.sha256(text.encode()).hexdigest(), 1).encode()


def _text(manifest: Mapping[str, Any]) -> str:
    import json

    return json.dumps(manifest, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def _manifest(name: str, store: Store) -> dict[str, Any]:
    """The manifest, checked; DataError in one line for what is none, is newer, or was changed."""
    import json

    name = plain(name)
    try:
        with store.open(MANIFEST) as stream:
            data = stream.read(MAX_MANIFEST + 1)
    except NotFoundError:
        raise DataError(f"{name}: no snapshot, it has no {MANIFEST}") from None
    try:
        found = json.loads(data) if len(data) <= MAX_MANIFEST else None
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict) or found.get("kind") != "Snapshot":
        raise DataError(f"{name}: {MANIFEST} is no manifest of a snapshot", "it was cut short, changed or never one")
    number = found.get("format")
    if type(number) is int and number > FORMAT:
        raise DataError(f"{name}: format {number} is newer than this mtop reads ({FORMAT})", "upgrade mtop")
    try:
        genuine = sealed(found) == data
    except (ValueError, RecursionError):
        genuine = False
    if not genuine or number != FORMAT or not _is_sound(found):
        raise DataError(f"{name}: {MANIFEST} was changed since it was saved", "take the snapshot anew")
    return found


_Shape = type | list[Any] | dict[str, Any]
_COUNTS = {"*": int}
# What reading a manifest relies on: types, lists of something, fields, and under `*` any field.
_SHAPE: _Shape = {
    "mtop": str,
    "normal": str,
    "source": {"mode": str, "name": str, "server": str},
    "captured": {"start": str, "end": str},
    "scope": {"namespace": str, "names": [str], "selector": str, "cluster": bool, "models": int},
    "kinds": [{"resource": str, "apiVersions": [str], "objects": int, "seen": int}],
    "logs": {"files": int, "lines": int, "bytes": int, "cut": [str], "gaps": [str]},
    "redaction": {"salt": str, "rules": _COUNTS, "files": {"*": _COUNTS}},
    "files": {"*": {"bytes": int, "sha256": str}},
}


def _is_sound(manifest: Mapping[str, Any]) -> bool:
    """Whether a manifest has the parts that reading it relies on, each of its type."""
    from mtop_core.objects.times import parse_time

    return (
        _fits(manifest, _SHAPE)
        and all(parse_time(manifest["captured"][end]) for end in ("start", "end"))
        and all(_FILE.fullmatch(name) for name in manifest["files"])
        and all(type(kind.get("gap", "")) is str for kind in manifest["kinds"])
    )


def _fits(value: Any, shape: _Shape) -> bool:
    if isinstance(shape, list):
        return type(value) is list and all(_fits(part, shape[0]) for part in value)
    if isinstance(shape, dict):
        if type(value) is not dict:
            return False
        if "*" in shape:
            return all(_fits(part, shape["*"]) for part in value.values())
        return all(_fits(value.get(field), part) for field, part in shape.items())
    return type(value) is shape
