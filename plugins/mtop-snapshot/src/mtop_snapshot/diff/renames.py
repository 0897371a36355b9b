"""Objects that went and came again under another name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mtop_core.api import kinds
from mtop_snapshot.diff.normal import normal, text_of

Object = dict[str, Any]
_NAMED_BY_HAND = frozenset((*kinds.CR_KINDS, kinds.HTTP_ROUTE, kinds.GATEWAY, kinds.SERVING_RUNTIME,
                            kinds.CLUSTER_SERVING_RUNTIME, kinds.PVC))  # fmt: skip
_MOST = 200
_ALIKE = 0.75
_NEVER_OTHER = ("/spec/model/uri=", "/spec/predictor/model/storageUri=")  # another model is no renamed one


def renamed(kind: kinds.Kind, gone: Mapping[str, Object], fresh: Mapping[str, Object]) -> Iterator[tuple[str, str]]:
    """Pairs of keys of one object under its old and its new name: those that are the same, then those much alike.

    Names that a controller makes up (of pods, of ReplicaSets) are no renames.
    """
    if kind not in _NAMED_BY_HAND or not gone or not fresh or len(gone) > _MOST or len(fresh) > _MOST:
        return
    old = {key: _leaves(obj) for key, obj in gone.items()}
    new = {key: _leaves(obj) for key, obj in fresh.items()}
    ranked = sorted(
        ((-_likeness(one, other), a.partition("/")[0] != b.partition("/")[0], a, b)
         for a, one in old.items() for b, other in new.items()),
    )  # fmt: skip
    used: set[str] = set()
    taken: set[str] = set()
    for likeness, _, a, b in ranked:
        if -likeness < _ALIKE:
            return
        if a not in used and b not in taken:
            used.add(a)
            taken.add(b)
            yield a, b


def _leaves(obj: Object) -> frozenset[str]:
    """Every field of an object with its value, but for its name."""
    name = str(obj["metadata"]["name"])
    form = normal(obj)
    form.pop("metadata", None)
    return frozenset(_flat(form, "", name))


def _flat(value: Any, path: str, name: str) -> Iterator[str]:
    if isinstance(value, dict) and value:
        for key, part in value.items():
            yield from _flat(part, f"{path}/{key}", name)
    elif isinstance(value, list) and value:
        for part in value:
            yield from _flat(part, path, name)
    else:
        yield f"{path}={text_of(value).replace(name, '@')}"


def _likeness(one: frozenset[str], other: frozenset[str]) -> float:
    """From 0 to 1: how much of both is in both; too little to tell is no likeness, and neither is another model."""
    if any(leaf.startswith(_NEVER_OTHER) for leaf in one ^ other):
        return 0.0
    whole = one | other
    return len(one & other) / len(whole) if len(whole) > 3 else float(one == other and len(one) > 2)
