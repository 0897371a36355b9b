"""The objects of one side of a comparison, parsed or not: by key, with the digests that spare a look inside."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from typing import IO, Any, NamedTuple, Protocol

from mtop_core.api import Bundle, DataError, kinds, plain

Object = dict[str, Any]
Key = str  # "NAMESPACE/NAME"


class Table(Protocol):
    """The objects of one kind on one side."""

    def keys(self) -> Iterable[Key]:
        """The keys of all of them."""

    def get(self, key: Key) -> Object:
        """One object."""


class Parsed:
    """Objects that are in memory."""

    def __init__(self, objects: Sequence[Object], namespace: str = "") -> None:
        self._objects = {key_of(obj, namespace): obj for obj in objects}

    def keys(self) -> Iterable[Key]:
        """The keys of all of them."""
        return self._objects.keys()

    def get(self, key: Key) -> Object:
        """One object."""
        return self._objects[key]


class Saved:
    """Objects in the file of a snapshot, read one by one when asked for."""

    def __init__(self, bundle: Bundle, kind: kinds.Kind) -> None:
        self._name = f"objects/{kind.resource}.jsonl"
        self._bundle = bundle
        self.lines = bundle.read(f"objects/{kind.resource}.index").split(b"\n")[:-1]
        self._stream: IO[bytes] | None = None
        self._places: dict[Key, tuple[int, int]] | None = None

    def keys(self) -> Iterable[Key]:
        """The keys of all of them."""
        return self._index.keys()

    def get(self, key: Key) -> Object:
        """One object, parsed now."""
        if self._stream is None:
            self._stream = self._bundle.open(self._name)
        start, size = self._index[key]
        self._stream.seek(start)
        try:
            found = json.loads(self._stream.read(size))
            meta = found["metadata"]
            if f"{meta.get('namespace') or ''}/{meta['name']}" != key or not isinstance(found.get("kind"), str):
                raise ValueError(key)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise DataError(f"{plain(self._bundle.name)}: {self._name} and its index disagree", _VERIFY) from None
        checked: Object = found
        return checked

    def drop(self) -> None:
        """Closes the file."""
        if self._stream is not None:
            self._stream.close()
            self._stream = None

    @property
    def _index(self) -> dict[Key, tuple[int, int]]:
        if self._places is None:
            sizes = [self._size(line) for line in self.lines]
            starts = accumulate([0, *sizes])
            names = (line.partition(b"\t")[0].decode("utf-8", "replace") for line in self.lines)
            self._places = {name: (start, size) for name, start, size in zip(names, starts, sizes, strict=False)}
        return self._places

    def _size(self, line: bytes) -> int:
        size = line.rpartition(b"\t")[2]
        if not size.isdigit() or len(size) > 12 or line.count(b"\t") != 4:
            raise DataError(f"{plain(self._bundle.name)}: a damaged index of {self._name}", _VERIFY)
        return int(size)


_VERIFY = "mtop snapshot verify says more"


def key_of(obj: Mapping[str, Any], namespace: str = "") -> Key:
    """Namespace and name of an object; an object of a namespace that does not say which is in `namespace`."""
    meta = obj["metadata"]
    place = meta.get("namespace")
    if not place:
        kind = kinds.kind_of(obj)
        place = (namespace or "default") if kind is None or kind.namespaced else ""
    return f"{place}/{meta['name']}"


class Differing(NamedTuple):
    """Keys of objects that changed, are gone, are new, and that differ in bytes alone; and how many are the same."""

    changed: list[Key]
    removed: list[Key]
    added: list[Key]
    alike: list[Key]
    same: int


def differing(a: Saved, b: Saved, *, status: bool) -> Differing:
    """What two snapshots of one kind have in common, by their indexes alone: nothing is parsed.

    Lines of the indexes that both have are skipped as they are.
    """
    one, other = set(a.lines), set(b.lines)
    left = {line.split(b"\t")[0]: line.split(b"\t") for line in one - other}
    right = {line.split(b"\t")[0]: line.split(b"\t") for line in other - one}
    changed: list[bytes] = []
    alike: list[bytes] = []
    for key in left.keys() & right.keys():
        x, y = left[key], right[key]
        means_same = len(x) == len(y) == 5 and x[2] == y[2] and (not status or x[3] == y[3])
        (alike if means_same else changed).append(key)
    gone, fresh = left.keys() - right.keys(), right.keys() - left.keys()
    return Differing(_texts(changed), _texts(gone), _texts(fresh), _texts(alike), len(one & other))


def _texts(keys: Iterable[bytes]) -> list[Key]:
    return sorted(key.decode("utf-8", "replace") for key in keys)
