"""Where two objects part: each difference with its path and both values, and what was passed over, with the reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher
from typing import Any, NamedTuple

from mtop_snapshot.diff.flags import flag_map, has_flags
from mtop_snapshot.diff.normal import (
    ABSENT,
    DELETING,
    entry,
    injected,
    keys_of,
    member,
    prepared,
    same,
    server_field,
    text_of,
)
from mtop_snapshot.diff.versions import LOST, is_old
from mtop_snapshot.diff.where import Where, root

ADDED, REMOVED, CHANGED, MOVED = "added", "removed", "changed", "moved"


class Key(str):
    """A step into a list by what tells its entries apart."""


Step = str | int | Key


class Change(NamedTuple):
    """One difference: where (`pointer` is the same with positions, in the side that has it), what kind, both values."""

    path: tuple[Step, ...]
    pointer: tuple[str | int, ...]
    kind: str
    before: Any
    after: Any


class Ignored(NamedTuple):
    """A difference in writing that is none in meaning, and why."""

    path: tuple[Step, ...]
    reason: str
    before: Any
    after: Any


class Walk:
    """The walk through one pair of objects."""

    def __init__(self, *, status: bool = False, owned_replicas: bool = False) -> None:
        self._status = status
        self._owned = owned_replicas
        self._lost: tuple[tuple[str, ...], ...] = ()
        self.ignored: list[Ignored] = []

    def changes(self, a: Mapping[str, Any], b: Mapping[str, Any]) -> list[Change]:
        """Every difference between two objects, in the order of their fields."""
        if is_old(a) != is_old(b):
            self.ignored.append(
                Ignored(("apiVersion",), "versions of one API", a.get("apiVersion"), b.get("apiVersion"))
            )
            self._lost = LOST
        if (one := _own_name(a)) != (other := _own_name(b)) and None in (one, other):
            self.ignored.append(Ignored(("spec", "model", "name"), "defaults", one, other))
        a, b = prepared(a), prepared(b)
        return list(self._mapping(a, b, root(a.get("kind")), (), ()))

    def counted(self) -> Counter[str]:
        """How much was passed over, by reason."""
        return Counter(ignored.reason for ignored in self.ignored)

    def _mapping(
        self,
        a: Mapping[str, Any],
        b: Mapping[str, Any],
        at: Where,
        path: tuple[Step, ...],
        pointer: tuple[str | int, ...],
    ) -> Iterator[Change]:
        at = at.of(a, b)
        for key in sorted(a.keys() | b.keys()):
            x, y = a.get(key), b.get(key)
            if type(x) is type(y) and x == y and (key in a) == (key in b):
                continue
            here = (*path, key)
            reason = self._reason(key, at, a, b, here)
            if reason:
                self.ignored.append(Ignored(here, reason, x, y))
            else:
                yield from self._member(x, y, at.inside(key), here, (*pointer, key), (a, b))

    def _reason(self, key: str, at: Where, a: Mapping[str, Any], b: Mapping[str, Any], path: tuple[Step, ...]) -> str:
        """Why a field that differs does not count; empty where it may."""
        if len(path) == 1:
            if key == "status" and not self._status:
                return "status"
            if key == "apiVersion":
                same = str(a.get(key)).rpartition("/")[0] == str(b.get(key)).rpartition("/")[0]
                return "versions of one API" if same else ""
        if path == ("metadata", DELETING):
            return "" if self._status and bool(a.get(key)) != bool(b.get(key)) else "status"
        if path in self._lost and (key not in a or key not in b):
            return "lost in v1alpha1"
        if self._owned and path == ("spec", "replicas"):
            return "replicas set by their owner"
        sides = [side for side in (a, b) if key in side]
        reasons = [server_field(key, at, side) for side in sides]
        return reasons[0] if all(reasons) else ""

    def _member(
        self, x: Any, y: Any, at: Where, path: tuple[Step, ...], pointer: tuple[str | int, ...],
        holders: tuple[Mapping[str, Any], Mapping[str, Any]],
    ) -> Iterator[Change]:  # fmt: skip
        one, other = member(x, at, holders[0]), member(y, at, holders[1])
        if type(x) is dict and type(y) is dict:
            yield from self._mapping(x, y, at, path, pointer)
        elif same(one, other):
            self._pass_over(x, y, at, path, pointer)
        elif type(x) is list and type(y) is list:
            yield from self._list(x, y, at, path, pointer)
        elif one is ABSENT or other is ABSENT:
            yield from self._one_sided(x, y, one is ABSENT, at, path, pointer)
        else:
            yield Change(path, pointer, CHANGED, x, y)

    def _pass_over(self, x: Any, y: Any, at: Where, path: tuple[Step, ...], pointer: tuple[str | int, ...]) -> None:
        """Says why two values that mean the same are written differently, as closely as can be said."""
        known = len(self.ignored)
        if type(x) is list and type(y) is list:
            for _ in self._list(x, y, at, path, pointer):
                pass
        if len(self.ignored) == known:
            self.ignored.append(Ignored(path, _why(x, y), x, y))

    def _one_sided(
        self, x: Any, y: Any, added: bool, at: Where, path: tuple[Step, ...], pointer: tuple[str | int, ...]
    ) -> Iterator[Change]:
        """A field that only one side has; where the other has an empty or default one, it changed from that."""
        written = x if added else y
        kind = CHANGED if written is not None and type(written) not in (dict, list) else ADDED if added else REMOVED
        yield Change(path, pointer, kind, x, y)

    def _list(
        self, x: list[Any], y: list[Any], at: Where, path: tuple[Step, ...], pointer: tuple[str | int, ...]
    ) -> Iterator[Change]:
        if at.field in ("args", "command") and has_flags(x) and has_flags(y):
            yield from _flags(x, y, path, pointer)
            return
        pairs = paired(x, y, at)
        for i, j in pairs.both:
            if x[i] != y[j]:
                step: Step = Key(pairs.keys[i]) if pairs.keys else i
                yield from self._entry(x[i], y[j], at, (*path, step), (*pointer, i))
        for i in pairs.removed:
            yield Change((*path, Key(pairs.keys[i]) if pairs.keys else i), (*pointer, i), REMOVED, x[i], None)
        for j in pairs.added:
            yield Change((*path, Key(pairs.new_keys[j]) if pairs.keys else j), (*pointer, j), ADDED, None, y[j])
        if pairs.moved:
            yield Change(path, pointer, MOVED, list(pairs.keys), list(pairs.new_keys))

    def _entry(
        self, x: Any, y: Any, at: Where, path: tuple[Step, ...], pointer: tuple[str | int, ...]
    ) -> Iterator[Change]:
        if type(x) is dict and type(y) is dict:
            yield from self._mapping(x, y, at, path, pointer)
        elif same(entry(x, at), entry(y, at)):
            self.ignored.append(Ignored(path, _why(x, y), x, y))
        else:
            yield Change(path, pointer, CHANGED, x, y)


class Pairs(NamedTuple):
    """Which entries of two lists are one and the same, by position; `moved` where their order differs and matters."""

    both: list[tuple[int, int]]
    removed: list[int]
    added: list[int]
    keys: list[str]
    new_keys: list[str]
    moved: bool


def paired(x: list[Any], y: list[Any], at: Where) -> Pairs:
    """The entries of two lists paired: by key, as sets by content, else by the longest run they share."""
    keys, new_keys = keys_of(x, at), keys_of(y, at)
    if x and y and keys is not None and new_keys is not None:
        return _by_key(x, y, keys, new_keys, at)
    if (not x and new_keys is not None) or (not y and keys is not None):
        return _by_key(x, y, keys or [], new_keys or [], at)
    one, other = ([text_of(entry(part, at)) for part in side] for side in (x, y))
    if at.set:
        return _as_sets(x, y, one, other, at)
    return _in_order(one, other)


def _by_key(x: list[Any], y: list[Any], keys: list[str], new_keys: list[str], at: Where) -> Pairs:
    where = {key: j for j, key in enumerate(new_keys)}
    both = [(i, where[key]) for i, key in enumerate(keys) if key in where]
    known = set(keys)
    removed = [i for i, key in enumerate(keys) if key not in where and not injected(x[i], at)]
    added = [j for j, key in enumerate(new_keys) if key not in known and not injected(y[j], at)]
    order = [j for _, j in both]
    return Pairs(both, removed, added, keys, new_keys, at.ordered and order != sorted(order))


def _as_sets(x: list[Any], y: list[Any], one: list[str], other: list[str], at: Where) -> Pairs:
    places: dict[str, list[int]] = {}
    for j, text in enumerate(other):
        places.setdefault(text, []).append(j)
    both, removed = [], []
    for i, text in enumerate(one):
        if places.get(text):
            both.append((i, places[text].pop(0)))
        elif not injected(x[i], at):
            removed.append(i)
    added = sorted(j for rest in places.values() for j in rest if not injected(y[j], at))
    return Pairs(both, removed, added, [], [], False)


def _in_order(one: list[str], other: list[str]) -> Pairs:
    both: list[tuple[int, int]] = []
    removed: list[int] = []
    added: list[int] = []
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, one, other, autojunk=False).get_opcodes():
        common = min(i2 - i1, j2 - j1) if tag in ("equal", "replace") else 0
        both += [(i1 + n, j1 + n) for n in range(common)]
        removed += range(i1 + common, i2)
        added += range(j1 + common, j2)
    return Pairs(both, removed, added, [], [], False)


def _flags(x: list[str], y: list[str], path: tuple[Step, ...], pointer: tuple[str | int, ...]) -> Iterator[Change]:
    """The differences between two command lines, flag by flag."""
    one, other = flag_map(x), flag_map(y)
    for flag in sorted(one.keys() | other.keys()):
        before, after = one.get(flag), other.get(flag)
        if before != after:
            kind = ADDED if before is None else REMOVED if after is None else CHANGED
            yield Change((*path, Key(flag or "words")), pointer, kind, _shown(before), _shown(after))


def _shown(values: list[Any] | None) -> Any:
    if values is None:
        return None
    return values[0] if len(values) == 1 else values


def _own_name(obj: Mapping[str, Any]) -> Any:
    """The name a service gives its model where that is its own, None where it gives none or another."""
    model = (obj.get("spec") or {}).get("model") if isinstance(obj.get("spec"), dict) else None
    name = model.get("name") if isinstance(model, dict) else None
    return name if name == (obj.get("metadata") or {}).get("name") else None


def _why(x: Any, y: Any) -> str:
    """Why two values that are written differently are the same."""
    if x is None or y is None:
        return "defaults"
    if type(x) is list and type(y) is list:
        return "order" if len(x) == len(y) and sorted(map(text_of, x)) == sorted(map(text_of, y)) else "spelling"
    if type(x) is dict:
        return "defaults"
    return "spelling" if x and y else "defaults"
