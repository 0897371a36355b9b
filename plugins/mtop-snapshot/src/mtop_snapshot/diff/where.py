"""Where a value stands in an object, and what is known of that place: worked out once a place, not once a value."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mtop_snapshot.diff.scalars import coder
from mtop_snapshot.diff.shapes import (
    DEFAULTS,
    EMPTY,
    FALSE,
    FREE,
    KEPT_EMPTY,
    KEYS,
    ORDERED,
    OWNED_REPLICAS,
    SERVER_ANNOTATIONS,
    SERVER_LABELS,
    SERVER_META,
    SERVER_SPEC,
    SETS,
    TIMES,
    ZERO,
)

NOTHING: Any = object()
_MAX_CHILDREN = 512
_COUNTS_IN_STATUS = ("weight", "percent")
_PLAIN_KEY = "\0"


class Where:
    """The place of a value: its field, the field around it, the kind of its object, the part of the object it is below.

    Entries of a list stand in the field of the list. Below `free` the keys are the user's own.
    """

    __slots__ = (
        "_children", "_pod", "around", "code", "default", "empty", "falsy", "field", "free", "injects", "kept_empty",
        "keys",
        "kind", "ordered", "owned", "prefixes", "server", "set", "top", "zero",
    )  # fmt: skip

    def __init__(self, field: str, around: str, kind: str, top: str = "", free: bool = False) -> None:
        self.field, self.around, self.kind, self.top, self.free = field, around, kind, top, free
        self._children: dict[str, Where] = {}
        self._pod: Where | None = None
        self.code: Callable[[Any], Any] | None = coder(field, around)
        known = not free and top != "status"
        default = DEFAULTS.get((around, field), DEFAULTS.get(("", field), NOTHING)) if known else NOTHING
        self.default = self.code(default) if self.code and type(default) in (int, str) else default
        self.empty = field in EMPTY
        self.kept_empty = free or field in KEPT_EMPTY
        self.falsy = field in FALSE and not free
        self.zero = not free and (field in ZERO or (top == "status" and field not in _COUNTS_IN_STATUS))
        self.keys = KEYS.get(field) or (() if field in SETS else (("name",),))
        self.ordered, self.set = field in ORDERED, field in SETS
        self.injects = kind == "Pod" and field in ("volumes", "volumeMounts", "tolerations")
        self.server: frozenset[str] = _server_fields(field, around, kind, top)
        self.prefixes = _server_prefixes(field, around, top)
        self.owned = field == "spec" and around == ""

    def inside(self, field: str) -> Where:
        """The place of a member of the mapping here."""
        free = self.free or self.field in FREE
        name = _PLAIN_KEY if free else field
        found = self._children.get(name)
        if found is None:
            found = Where(field, self.field, self.kind, self.top or field, free)
            if len(self._children) < _MAX_CHILDREN:
                self._children[name] = found
        return found

    def of(self, *holders: object) -> Where:
        """The place with a pod's own rules where the mapping here is the spec of one, whatever its field is called."""
        if not any(type(holder) is dict and "containers" in holder for holder in holders):
            return self
        if self._pod is None:
            self._pod = Where("pod", self.around, self.kind, self.top, self.free)
            self._pod.server, self._pod.owned = self.server, self.owned
        return self._pod

    def owner_sets_replicas(self, holder: object) -> bool:
        """Whether `replicas` in the spec here is for somebody else to say: an owner, or autoscaling."""
        return self.owned and (self.kind in OWNED_REPLICAS or (type(holder) is dict and "scaling" in holder))


_ROOTS: dict[str, Where] = {}


def root(kind: object) -> Where:
    """The place of a whole object of a kind."""
    name = kind if type(kind) is str else ""
    if name not in _ROOTS:
        if len(_ROOTS) >= _MAX_CHILDREN:
            _ROOTS.clear()
        _ROOTS[name] = Where("", "", name)
    return _ROOTS[name]


def _server_fields(field: str, around: str, kind: str, top: str) -> frozenset[str]:
    if field == "metadata" and around == "":
        return SERVER_META | {"name", "namespace"}
    if field == "spec" and around == "":
        return SERVER_SPEC.get(kind, frozenset())
    if top == "status":
        return TIMES
    return frozenset(("uid",)) if field in ("ownerReferences", "involvedObject", "claimRef") else frozenset()


def _server_prefixes(field: str, around: str, top: str) -> tuple[str, ...]:
    if around != "metadata" or top != "metadata":
        return ()
    return {"annotations": SERVER_ANNOTATIONS, "labels": SERVER_LABELS}.get(field, ())
