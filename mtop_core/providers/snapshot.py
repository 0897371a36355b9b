"""A snapshot as a source like any other: every command runs on it as it ran when it was taken."""

from __future__ import annotations

import io
import os
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from functools import cached_property
from typing import IO

from mtop_core.errors import DataError, NotFoundError
from mtop_core.objects.kinds import Kind, kind_of
from mtop_core.objects.text import plain
from mtop_core.objects.times import parse_time
from mtop_core.places import state_dir
from mtop_core.providers.base import EVERYTHING, Listing, Narrow, Object, Provider, ReadOnly, Source, in_namespace
from mtop_core.providers.bundle import MANIFEST, Bundle, Folder
from mtop_core.providers.load import SUFFIXES, LoadedFile, place_of

SUFFIX = ".tar.gz"


class SnapshotProvider(ReadOnly):
    """A saved snapshot; now is the time it was taken."""

    read_only_reason = "a snapshot cannot be changed"

    def __init__(self, bundle: Bundle, at: datetime | None = None) -> None:
        self.bundle = bundle
        self._at = at
        self._kinds = {kind["resource"]: kind for kind in bundle.manifest["kinds"]}
        self._files: dict[Kind, LoadedFile] = {}

    @cached_property
    def source(self) -> Source:
        """The snapshot, by its name or path, as of when it was taken."""
        moment = self._at or parse_time(self.bundle.manifest["captured"]["end"])
        assert moment is not None, "the manifest was checked"
        return Source("snapshot", plain(self.bundle.name), moment)

    @property
    def server_version(self) -> str:
        """The version of the API server it was taken from."""
        return str(self.bundle.manifest["source"]["server"])

    def now(self) -> datetime:
        """The time it was taken."""
        return self.source.time

    def look(
        self, kinds: Collection[Kind], namespace: str = "", narrow: Narrow = EVERYTHING
    ) -> dict[Kind, Listing]:
        """The objects of each kind; what could not be read when it was taken is the same gap now."""
        return {kind: self._listing(kind, namespace) for kind in kinds}

    def place(self, obj: Object, path: tuple[str | int, ...] = ()) -> str:
        """`FILE:LINE` of a field."""
        return place_of(list(self._files.values()), obj, path)

    def logs(
        self, namespace: str, pod: str, container: str, previous: bool = False, tail: int = 0,
        since: datetime | None = None, follow: bool = False,
    ) -> Iterator[bytes]:
        """The lines of one container run as far as they were saved."""  # fmt: skip
        name = f"logs/{namespace}/{pod}/{container}{'.previous' if previous else ''}.log"
        if name not in self.bundle.files:
            run = "previous run" if previous else "log"
            raise NotFoundError(plain(f"no {run} of container {container} of pod {namespace}/{pod} in this snapshot"))
        return _lines(self.bundle.open(name))

    def _listing(self, kind: Kind, namespace: str) -> Listing:
        entry = self._kinds.get(kind.resource)
        if entry is None:
            return Listing((), f"no {kind.plural} in this snapshot")
        if entry.get("gap"):
            return Listing((), entry["gap"])
        return Listing(in_namespace(self._file(kind).objects, kind, namespace))

    def _file(self, kind: Kind) -> LoadedFile:
        if kind not in self._files:
            name = f"objects/{kind.resource}.jsonl"
            shown = f"{plain(self.bundle.name)}/{name}"
            from mtop_core.providers.reading import decode

            file = LoadedFile(shown, decode(shown, self.bundle.read(name)))
            if any(kind_of(obj) is not kind for obj in file.objects):
                raise DataError(f"{shown}: not every object in it is a {kind.name}")
            self._files[kind] = file
        return self._files[kind]


def _lines(stream: IO[bytes]) -> Iterator[bytes]:
    with stream:
        yield from stream


def snapshots_dir() -> str:
    """Where snapshots are kept that were saved by name."""
    return os.path.join(state_dir(), "snapshots")


def kept(name: str) -> str:
    """The path of the snapshot kept under a name, empty where there is none."""
    if not name or os.sep in name or name.startswith("."):
        return ""
    stem = os.path.join(snapshots_dir(), name)
    return next((path for path in (stem, stem + SUFFIX) if os.path.exists(path)), "")


def open_bundle(path: str, name: str = "") -> Bundle | None:
    """The snapshot at a path, None where something else is; DataError where it is damaged."""
    if os.path.isdir(path):
        return Bundle(name or path, Folder(path)) if os.path.lexists(os.path.join(path, MANIFEST)) else None
    from mtop_core.providers.archive import GZIP, Archive

    if path.endswith(SUFFIXES):
        return None
    try:
        with open(path, "rb") as stream:
            if not stream.seekable() or stream.read(2) != GZIP:
                return None
            stream.seek(0)
            return Bundle(name or path, Archive(name or path, stream))
    except OSError as error:
        if isinstance(error, FileNotFoundError):
            raise NotFoundError(f"{plain(path)}: no such file or folder") from None
        raise DataError(f"{plain(path)}: {(error.strerror or 'cannot be read').lower()}") from None


def bundle_of(data: bytes, name: str) -> Bundle:
    """The snapshot that the bytes of an archive are."""
    from mtop_core.providers.archive import Archive

    return Bundle(name, Archive(name, io.BytesIO(data)))


def open_files(argument: str, at: datetime | None = None) -> Provider:
    """What `--snapshot` names: a path, a snapshot kept by name, `-` for standard input, or a URL of fsspec's."""
    if argument == "-":
        return _from_stdin(at)
    if "://" in argument:
        from mtop_core.providers.remote import fetch

        return of_bytes(fetch(argument), argument, at)
    path = argument if os.path.lexists(argument) else kept(argument) or argument
    bundle = open_bundle(path, argument)
    if bundle is not None:
        return SnapshotProvider(bundle, at)
    from mtop_core.providers.dump import DumpProvider

    return DumpProvider([path], at)


def of_bytes(data: bytes, name: str, at: datetime | None = None) -> Provider:
    """A snapshot's archive, or a dump, that is already in memory."""
    from mtop_core.providers.archive import GZIP
    from mtop_core.providers.dump import DumpProvider

    if data[:2] == GZIP:
        return SnapshotProvider(bundle_of(data, name), at)
    return DumpProvider([name], at, {name: data})


def of_files(files: Mapping[str, bytes], name: str, at: datetime | None = None) -> Provider:
    """Manifests that are already in memory, by their names."""
    from mtop_core.providers.dump import DumpProvider

    return DumpProvider(list(files), at, files, name)


def _from_stdin(at: datetime | None) -> Provider:
    from mtop_core.providers.archive import GZIP
    from mtop_core.providers.dump import DumpProvider
    from mtop_core.providers.reading import STANDARD_INPUT, read_stdin

    data = read_stdin()
    if data[:2] == GZIP:
        return SnapshotProvider(bundle_of(data, STANDARD_INPUT), at)
    return DumpProvider(["-"], at, {"-": data})
