"""Puts objects into an API server just as they are: uid, times, generation and status included.

An API server sets uid and creationTimestamp itself, so the objects go straight into its etcd.
"""

from __future__ import annotations

import json
import urllib.error
from collections.abc import Iterable, Mapping
from typing import Any

from mtop_core.objects.kinds import NAMESPACE, Kind
from tests.live.kinds import ALL, built_in, collection, kind
from tests.live.plane import Plane
from tests.live.waiting import until
from tests.mocks.world import load

Obj = dict[str, Any]

WORLDS = ("degraded", "empty", "healthy", "rollout")
SERVER_SIDE = ("resourceVersion", "managedFields")  # what is never stored as it was written
_NOT_YET = (429, 504)  # a cache that is being filled, and one that is behind
_MOVED = {"nodes": "minions", "services": "services/specs"}  # where a kube-apiserver keeps them


def load_world(plane: Plane, name: str) -> list[Obj]:
    """Puts every object of a mock world into the server, and returns them once the server shows them all."""
    objects = load(name).objects
    load_objects(plane, objects)
    return objects


def load_objects(plane: Plane, objects: Iterable[Mapping[str, Any]]) -> None:
    """Puts objects into the server, over those of the same name; returns once the server shows them all."""
    values: dict[Kind, dict[str, bytes]] = {}
    for obj in objects:
        which = kind(obj)
        values.setdefault(which, {})[_key(plane, which, obj["metadata"])] = stored(obj)
    revisions = {which: plane.etcd.put(of_kind) for which, of_kind in values.items()}
    for which, revision in revisions.items():
        _seen(plane, which, revision)


def clear(plane: Plane) -> None:
    """Removes every object of every kind that tests load, but for what the server itself made at its start."""
    removals = {which: plane.etcd.remove(_prefix(plane, which)) for which in ALL}
    for which, removed in removals.items():
        if removed.keys:
            _seen(plane, which, removed.revision)
    _seen(plane, NAMESPACE, plane.etcd.put(plane.base))


def _prefix(plane: Plane, kind: Kind) -> str:
    """Where the server keeps the objects of a kind."""
    if built_in(kind) and plane.real:
        return f"/registry/{_MOVED.get(kind.plural, kind.plural)}/"
    return f"/registry/{kind.group}/{kind.plural}/" if kind.group else f"/registry/{kind.plural}/"


def _key(plane: Plane, kind: Kind, meta: Mapping[str, Any]) -> str:
    inside = f"{meta['namespace']}/" if kind.namespaced else ""
    return f"{_prefix(plane, kind)}{inside}{meta['name']}"


def stored(obj: Mapping[str, Any]) -> bytes:
    """What is kept of an object: all but what a server writes itself."""
    meta = {key: value for key, value in obj["metadata"].items() if key not in SERVER_SIDE}
    return json.dumps({**obj, "metadata": meta}, separators=(",", ":"), ensure_ascii=False).encode()


def _seen(plane: Plane, kind: Kind, revision: int) -> None:
    """Waits until the server's own cache of a kind is as new as `revision`; it says so while it is not."""
    query = f"?fieldSelector=metadata.name=none&resourceVersion={revision}&resourceVersionMatch=NotOlderThan"

    def answers() -> bool:
        try:
            return bool(plane.send("GET", collection(kind) + query))
        except urllib.error.HTTPError as error:
            if error.code not in _NOT_YET:
                raise
            return False

    until(answers, f"the server shows {kind.plural} of revision {revision}")
