"""A dump: what `kubectl get -o yaml` wrote, one file or many, as a source like any other."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import Any

from mtop_core.errors import DataError, NotFoundError
from mtop_core.objects.access import Step
from mtop_core.objects.kinds import EVENT, Kind, group_of, kind_of
from mtop_core.objects.text import plain
from mtop_core.objects.times import parse_time
from mtop_core.providers.base import EVERYTHING, Listing, LogLines, Narrow, Object, ReadOnly, Source, in_namespace
from mtop_core.providers.load import LoadedFile, load, place_of

_BLOCK = 1 << 16


class DumpProvider(ReadOnly):
    """Objects from files, folders or standard input; now is `at`, or else the newest time they mention.

    Where they mention none it is the time the files were last modified, and for a stream, which has no
    such time, the clock.
    """

    read_only_reason = "a snapshot cannot be changed"

    def __init__(
        self, paths: Sequence[str], at: datetime | None = None, given: Mapping[str, bytes] | None = None, name: str = ""
    ) -> None:
        self._paths = tuple(paths)
        self._called = name
        self._at = at
        self._files = load(paths, given)
        if all(file.blank for file in self._files):
            raise DataError(f"{self._name}: empty, there is no object in it")

    @cached_property
    def source(self) -> Source:
        """The dump, by its path; its name says where the time is none of its objects'."""
        if moment := self._at or newest_time(self._objects()):
            return Source("snapshot", self._name, moment)
        modified = [file.modified for file in self._files]
        if modified and None not in modified:
            note, moment = "as of its modification", max(moment for moment in modified if moment)
        else:
            from mtop_core.builtin import clock

            note, moment = "as of now", clock()
        return Source("snapshot", f"{self._name} (no time in it: taken {note})", moment)

    @property
    def notes(self) -> tuple[str, ...]:
        """How many objects stand in it more than once."""
        twins = sum(count for _, count in self._unique.values())
        if not twins:
            return ()
        stand = "objects stand" if twins > 1 else "object stands"
        return (f"{twins} {stand} in it more than once; the newest of each counts",)

    def now(self) -> datetime:
        """The time the dump was taken, as far as it tells."""
        return self.source.time

    def look(
        self, kinds: Collection[Kind], namespace: str = "", narrow: Narrow = EVERYTHING
    ) -> dict[Kind, Listing]:
        """The objects of each kind; a kind the dump holds none of is a gap, for nobody knows if it was asked."""
        return {kind: self._listing(kind, namespace) for kind in kinds}

    def place(self, obj: Object, path: tuple[str | int, ...] = ()) -> str:
        """`FILE:LINE` of a field; of an event under its name in the file."""
        if found := self._new_events.get(id(obj)):
            return place_of(self._files, found[1], (_NEW_NAMES.get(path[0], path[0]), *path[1:]) if path else ())
        return place_of(self._files, obj, path)

    def logs(
        self, namespace: str, pod: str, container: str, previous: bool = False, tail: int = 0,
        since: datetime | None = None, follow: bool = False,
    ) -> Iterator[bytes]:
        """The lines of `logs/NAMESPACE/POD/CONTAINER[.previous].log` beside the objects."""  # fmt: skip
        for path in self._paths:
            if path != "-" and os.path.isdir(path):
                return log_lines(path, namespace, pod, container, previous)
        raise NotFoundError(f"{self._name} holds no logs")

    @property
    def _name(self) -> str:
        from mtop_core.providers.reading import STANDARD_INPUT

        return plain(self._called) or plain(", ".join(STANDARD_INPUT if path == "-" else path for path in self._paths))

    def _listing(self, kind: Kind, namespace: str) -> Listing:
        if kind not in self._unique:
            return Listing((), f"no {kind.plural} in this dump")
        return Listing(in_namespace(self._unique[kind][0], kind, namespace))

    @cached_property
    def _unique(self) -> Mapping[Kind, tuple[list[dict[str, Any]], int]]:
        found = group_by_kind(self._files)
        if self._new_events:
            found.setdefault(EVENT, []).extend(core for core, _ in self._new_events.values())
        return {kind: without_twins(kind, objects) for kind, objects in found.items()}

    @cached_property
    def _new_events(self) -> Mapping[int, tuple[dict[str, Any], dict[str, Any]]]:
        """The events in the shape of events.k8s.io: in core's shape and as they were read, by the id of the first."""
        pairs = [
            (core_event(obj), obj)
            for obj in self._objects()
            if obj["kind"] == EVENT.name and group_of(obj["apiVersion"]) == "events.k8s.io"
        ]
        return {id(core): (core, obj) for core, obj in pairs}

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


# How events.k8s.io calls what core/v1 calls otherwise; a cluster serves every event under both.
_NEW_NAMES: Mapping[Step, str] = {
    "involvedObject": "regarding",
    "message": "note",
    "count": "deprecatedCount",
    "firstTimestamp": "deprecatedFirstTimestamp",
    "lastTimestamp": "deprecatedLastTimestamp",
    "source": "deprecatedSource",
    "reportingComponent": "reportingController",
}
_CORE_NAMES: Mapping[str, Any] = {new: core for core, new in _NEW_NAMES.items()}


def core_event(event: Mapping[str, Any]) -> dict[str, Any]:
    """An event of events.k8s.io as the core/v1 object that the API server serves for the same event."""
    return {_CORE_NAMES.get(key, key): value for key, value in event.items()} | {"apiVersion": EVENT.api_version}


def without_twins(kind: Kind, objects: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], int]:
    """The objects of one kind, each once, in order of first appearance; and how many stood there more than once.

    Of several the one of the preferred apiVersion counts, then that of the highest resourceVersion, then the last.
    """
    if kind.namespaced:
        keys = [f"{(meta := obj['metadata']).get('namespace') or 'default'}/{meta['name']}" for obj in objects]
    else:
        keys = [obj["metadata"]["name"] for obj in objects]
    if len(set(keys)) == len(objects):
        return objects, 0
    best: dict[str, dict[str, Any]] = {}
    twins: set[str] = set()
    for key, obj in zip(keys, objects, strict=True):
        if key not in best:
            best[key] = obj
            continue
        twins.add(key)
        if _rank(kind, obj) >= _rank(kind, best[key]):
            best[key] = obj
    return list(best.values()), len(twins)


def _rank(kind: Kind, obj: Mapping[str, Any]) -> tuple[int, int]:
    """How much an object counts among those of its name: by its apiVersion, then by its resourceVersion."""
    version = obj["apiVersion"].rpartition("/")[2]
    preference = -kind.versions.index(version) if version in kind.versions else -len(kind.versions)
    written = obj["metadata"].get("resourceVersion")
    number = isinstance(written, str) and len(written) < 40 and written.isascii() and written.isdigit()
    return preference, int(written) if number else -1


def log_lines(root: str, namespace: str, pod: str, container: str, previous: bool) -> Iterator[bytes]:
    """The lines of one container's log below `root/logs`; NotFoundError where there is none."""
    name = f"{container}.previous.log" if previous else f"{container}.log"
    path = os.path.join(root, "logs", namespace, pod, name)
    outside = any(part in ("", ".", "..") or "/" in part for part in (namespace, pod, container))
    if outside or not os.path.isfile(path):
        run = "previous run" if previous else "log"
        raise NotFoundError(plain(f"no {run} of container {container} of pod {namespace}/{pod}"))
    return LogLines(_blocks(path))


def _blocks(path: str) -> Iterator[bytes]:
    with open(path, "rb") as stream:
        while block := stream.read(_BLOCK):
            yield block


def newest_time(objects: Iterable[Mapping[str, Any]]) -> datetime | None:
    """The newest time that objects mention of themselves (created, changed, started, last seen), None for none."""
    newest = ""
    for obj in objects:
        for value in _times(obj):
            # RFC 3339 in UTC sorts as text; anything else is not what a cluster writes here
            if isinstance(value, str) and value > newest and value.endswith("Z") and parse_time(value):
                newest = value
    return parse_time(newest)


def _times(obj: Mapping[str, Any]) -> Iterator[Any]:
    meta, status = obj.get("metadata") or {}, obj.get("status")
    yield meta.get("creationTimestamp")
    for entry in _dicts(meta.get("managedFields")):
        yield entry.get("time")
    if obj.get("kind") == "Event":
        yield from (obj.get("lastTimestamp"), obj.get("deprecatedLastTimestamp"), obj.get("eventTime"))
        if isinstance(series := obj.get("series"), dict):
            yield series.get("lastObservedTime")
    if isinstance(status, dict):
        yield from _times_of_status(status)


def _times_of_status(status: Mapping[str, Any]) -> Iterator[Any]:
    yield status.get("startTime")
    for entry in _dicts(status.get("conditions")):
        yield entry.get("lastTransitionTime")
        if "lastHeartbeatTime" in entry or "lastUpdateTime" in entry:
            yield from (entry.get("lastHeartbeatTime"), entry.get("lastUpdateTime"))
    for field in ("containerStatuses", "initContainerStatuses"):
        for entry in _dicts(status.get(field)):
            for state in (entry.get("state"), entry.get("lastState")):
                for run in state.values() if isinstance(state, dict) else ():
                    if isinstance(run, dict):
                        yield from (run.get("startedAt"), run.get("finishedAt"))


def _dicts(value: object) -> Iterator[dict[str, Any]]:
    return (entry for entry in value if isinstance(entry, dict)) if isinstance(value, list) else iter(())
