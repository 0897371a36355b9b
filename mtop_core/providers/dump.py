"""A dump: what `kubectl get -o yaml` wrote, one file or many, as a source like any other."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from mtop_core.errors import NotFoundError
from mtop_core.objects.kinds import Kind, kind_of
from mtop_core.objects.text import plain
from mtop_core.objects.times import parse_time
from mtop_core.providers.base import Listing, Object, ReadOnly, Source, in_namespace
from mtop_core.providers.load import LoadedFile, load, place_of


class DumpProvider(ReadOnly):
    """Objects from files, folders or standard input; now is `at`, or else the newest time they mention."""

    read_only_reason = "a snapshot cannot be changed"

    def __init__(self, paths: Sequence[str], at: datetime | None = None) -> None:
        self._paths = tuple(paths)
        self._at = at
        self._files = load(paths)

    @cached_property
    def source(self) -> Source:
        """The dump, by its path."""
        name = plain(", ".join("standard input" if path == "-" else path for path in self._paths))
        return Source("snapshot", name, self._at or newest_time(self._objects()))

    def now(self) -> datetime:
        """The time the dump was taken, as far as it tells."""
        return self.source.time

    def look(self, kinds: Collection[Kind], namespace: str = "") -> dict[Kind, Listing]:
        """The objects of each kind; a kind the dump holds none of is a gap, for nobody knows if it was asked."""
        return {kind: self._listing(kind, namespace) for kind in kinds}

    def place(self, obj: Object, path: tuple[str | int, ...] = ()) -> str:
        """`FILE:LINE` of a field."""
        return place_of(self._files, obj, path)

    def logs(self, namespace: str, pod: str, container: str, previous: bool = False) -> Iterator[bytes]:
        """The lines of `logs/NAMESPACE/POD/CONTAINER[.previous].log` beside the objects."""
        for path in self._paths:
            if path != "-" and os.path.isdir(path):
                return log_lines(path, namespace, pod, container, previous)
        raise NotFoundError(f"{self.source.name} holds no logs")

    def _listing(self, kind: Kind, namespace: str) -> Listing:
        objects = self._by_kind.get(kind)
        if objects is None:
            return Listing((), f"no {kind.plural} in this dump")
        return Listing(in_namespace(objects, kind, namespace))

    @cached_property
    def _by_kind(self) -> Mapping[Kind, list[dict[str, Any]]]:
        return group_by_kind(self._files)

    def _objects(self) -> Iterator[dict[str, Any]]:
        return (obj for file in self._files for obj in file.objects)


def group_by_kind(files: Iterable[LoadedFile]) -> dict[Kind, list[dict[str, Any]]]:
    """The objects of all files by kind; kinds mtop does not know are left out."""
    found: dict[Kind, list[dict[str, Any]]] = {}
    for file in files:
        for obj in file.objects:
            kind = kind_of(obj)
            if kind is not None:
                found.setdefault(kind, []).append(obj)
    return found


def log_lines(root: str, namespace: str, pod: str, container: str, previous: bool) -> Iterator[bytes]:
    """The lines of one container's log below `root/logs`; NotFoundError where there is none."""
    name = f"{container}.previous.log" if previous else f"{container}.log"
    path = os.path.join(root, "logs", namespace, pod, name)
    outside = any(part in ("", ".", "..") or "/" in part for part in (namespace, pod, container))
    if outside or not os.path.isfile(path):
        run = "previous run" if previous else "log"
        raise NotFoundError(plain(f"no {run} of container {container} of pod {namespace}/{pod}"))
    return _lines(path)


def _lines(path: str) -> Iterator[bytes]:
    with open(path, "rb") as stream:
        yield from stream


def newest_time(objects: Iterable[Mapping[str, Any]]) -> datetime:
    """The newest time that objects mention of themselves: created, changed, started, last seen."""
    newest = ""
    for obj in objects:
        for value in _times(obj):
            # RFC 3339 in UTC sorts as text; anything else is not what a cluster writes here
            if isinstance(value, str) and value > newest and value.endswith("Z") and parse_time(value):
                newest = value
    return parse_time(newest) or datetime.fromtimestamp(0, UTC)


def _times(obj: Mapping[str, Any]) -> Iterator[Any]:
    meta, status = obj.get("metadata") or {}, obj.get("status")
    yield from (meta.get("creationTimestamp"), obj.get("lastTimestamp"), obj.get("eventTime"))
    if isinstance(series := obj.get("series"), dict):
        yield series.get("lastObservedTime")
    for entry in _dicts(meta.get("managedFields")):
        yield entry.get("time")
    if isinstance(status, dict):
        for entry in _dicts(status.get("conditions")):
            yield entry.get("lastTransitionTime")
            yield entry.get("lastUpdateTime")
        for entry in _dicts(status.get("containerStatuses")):
            for state in (entry.get("state"), entry.get("lastState")):
                for run in state.values() if isinstance(state, dict) else ():
                    if isinstance(run, dict):
                        yield run.get("startedAt")
                        yield run.get("finishedAt")


def _dicts(value: object) -> Iterator[dict[str, Any]]:
    return (entry for entry in value if isinstance(entry, dict)) if isinstance(value, list) else iter(())
