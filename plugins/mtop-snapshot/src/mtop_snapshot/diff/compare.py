"""Two sides compared, kind by kind: what was added, removed, changed and renamed, and what only looks it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from mtop_core.api import Gap, kinds
from mtop_snapshot.diff.normal import SEMANTICS, deleting
from mtop_snapshot.diff.objects import Key, Object, Parsed, Saved, Table, differing
from mtop_snapshot.diff.renames import renamed
from mtop_snapshot.diff.shapes import SERVER_META
from mtop_snapshot.diff.walk import Change, Ignored, Walk

ADDED, REMOVED, CHANGED, RENAMED = "added", "removed", "changed", "renamed"


class Side(NamedTuple):
    """One side: its tables by kind, why a kind could not be read, and whether it is `partial`: what people wrote."""

    tables: Mapping[kinds.Kind, Table]
    gaps: Mapping[kinds.Kind, str]
    semantics: str = ""
    salt: str = ""
    partial: bool = False


class Options(NamedTuple):
    """What counts: status too, every change or only those at some paths, and whether what is ignored is listed."""

    status: bool = False
    counts: Callable[[Change], bool] = lambda change: True
    show_ignored: bool = False
    merged: bool = False
    clean: Callable[[Object, str], Object] = lambda obj, side: obj
    scaled: Callable[[kinds.Kind, Key], bool] = lambda kind, key: False
    wanted: Callable[[kinds.Kind, Key], bool] = lambda kind, key: True


class Difference(NamedTuple):
    """One object that differs: what happened, both forms (None for none), its fields, and what was ignored."""

    kind: kinds.Kind
    key: Key
    what: str
    before: Object | None
    after: Object | None
    changes: Sequence[Change]
    ignored: Sequence[Ignored] = ()
    new_key: Key = ""


class Comparison:
    """What a comparison found: differences one by one, then counts."""

    def __init__(self, a: Side, b: Side, options: Options) -> None:
        self._a, self._b, self._options = a, b, options
        self.ignored: Counter[str] = Counter()
        self.listed: list[tuple[kinds.Kind, Key, Ignored]] = []
        self.compared = 0
        self.alike = 0
        self.unmanaged = 0
        self.gaps: list[Gap] = []

    def differences(self, wanted: Sequence[kinds.Kind]) -> Iterator[Difference]:
        """Every difference in some kinds, in the order of the kinds and of the keys."""
        for kind in wanted:
            a, b = self._tables(kind)
            if a is not None and b is not None:
                yield from self._of_kind(kind, a, b)
                continue
            reasons = [side.gaps[kind] for side in (self._a, self._b) if kind in side.gaps]
            self.gaps.append(Gap(kind, "; ".join(dict.fromkeys(reasons)) or "neither side holds any"))

    def _tables(self, kind: kinds.Kind) -> tuple[Table | None, Table | None]:
        """The tables of a kind; where people wrote both sides, a kind that one lacks is a kind it has none of."""
        a, b = self._a.tables.get(kind), self._b.tables.get(kind)
        if self._a.partial and self._b.partial and (a is None) != (b is None):
            return (Parsed((), "") if a is None else a), (Parsed((), "") if b is None else b)
        return a, b

    def _of_kind(self, kind: kinds.Kind, a: Table, b: Table) -> Iterator[Difference]:
        keep = self._options.wanted
        if isinstance(a, Saved) and isinstance(b, Saved) and self._digests_fit():
            both, removed, added, alike, same = differing(a, b, status=self._options.status)
            self.alike += sum(keep(kind, key) for key in alike)
            self.compared += same + len(alike) + len(both)
        else:
            left, right = set(a.keys()), set(b.keys())
            both, removed, added = sorted(left & right), sorted(left - right), sorted(right - left)
            self.compared += len(both)
        both, removed, added = ([key for key in keys if keep(kind, key)] for keys in (both, removed, added))
        found = [*self._changed(kind, both, a, b), *self._one_sided(kind, removed, added, a, b)]
        for table in (a, b):
            if isinstance(table, Saved):
                table.drop()
        yield from sorted(found, key=lambda difference: difference.key)

    def _digests_fit(self) -> bool:
        """Whether digests of both sides mean the same, and nobody wants to see what they pass over."""
        return self._a.semantics == self._b.semantics == SEMANTICS and not self._options.show_ignored

    def _changed(self, kind: kinds.Kind, keys: Sequence[Key], a: Table, b: Table) -> Iterator[Difference]:
        for key in keys:
            x, y = a.get(key), b.get(key)
            if x == y and not self._options.merged:
                continue
            if not self._options.show_ignored and not self._options.merged and self._plainly_alike(x, y):
                self.alike += 1
                continue
            x, y = self._options.clean(x, "a"), self._options.clean(y, "b")
            difference = self._pair(kind, key, x, y)
            if difference.changes:
                yield difference

    def _plainly_alike(self, x: Object, y: Object) -> bool:
        """Whether two objects are equal but for what a server keeps for itself: seen without a closer look."""
        if x.keys() != y.keys():
            return False
        for key, value in x.items():
            if key == "metadata":
                one, other = ({k: v for k, v in obj[key].items() if k not in SERVER_META} for obj in (x, y))
                if one != other or (self._options.status and deleting(x) != deleting(y)):
                    return False
            elif value != y[key] and (key != "status" or self._options.status):
                return False
        return True

    def _pair(self, kind: kinds.Kind, key: Key, x: Object, y: Object, new_key: Key = "") -> Difference:
        walk = Walk(status=self._options.status, owned_replicas=self._options.scaled(kind, key))
        changes = [change for change in walk.changes(x, y) if self._options.counts(change)]
        self.ignored.update(walk.counted())
        if self._options.show_ignored:
            self.listed += [(kind, key, ignored) for ignored in walk.ignored]
        return Difference(kind, key, RENAMED if new_key else CHANGED, x, y, changes, walk.ignored, new_key)

    def _one_sided(
        self, kind: kinds.Kind, removed: list[Key], added: list[Key], a: Table, b: Table
    ) -> Iterator[Difference]:
        if self._a.partial != self._b.partial:
            self.unmanaged += len(added) if self._a.partial else len(removed)
            removed, added = ([] if self._b.partial else removed), ([] if self._a.partial else added)
        gone = {key: self._options.clean(a.get(key), "a") for key in removed}
        fresh = {key: self._options.clean(b.get(key), "b") for key in added}
        for key, new_key in renamed(kind, gone, fresh):
            yield self._pair(kind, key, gone.pop(key), fresh.pop(new_key), new_key)
        for key, obj in gone.items():
            yield Difference(kind, key, REMOVED, obj, None, ())
        for key, obj in fresh.items():
            yield Difference(kind, key, ADDED, None, obj, ())


def count_of(differences: Sequence[Difference]) -> dict[str, int]:
    """How many of each there are."""
    counts = Counter(difference.what for difference in differences)
    return {what: counts[what] for what in (ADDED, REMOVED, CHANGED, RENAMED) if counts[what]}


def identity(difference: Difference) -> dict[str, Any]:
    """What an object is called."""
    namespace, _, name = difference.key.partition("/")
    return {"group": difference.kind.group, "kind": difference.kind.name, "namespace": namespace, "name": name}
