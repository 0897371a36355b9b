"""The collector that completes and keeps the objects of one world."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from . import kinds
from .base import NOW, Lines, Obj, digest, stamp
from .capacity import Capacity

_SPACE = uuid.UUID("6f1f4f0e-3c0b-5c56-9a53-2f6d8f0a7c11")
Key = tuple[str, str, str]


@dataclass
class Cluster:
    """One world: its objects, logs, metrics and free capacity."""

    name: str
    summary: str
    objects: dict[Key, Obj] = field(default_factory=dict)
    logs: dict[str, str] = field(default_factory=dict)
    metrics: dict[str, str] = field(default_factory=dict)
    capacity: Capacity = field(default_factory=Capacity)

    def uid(self, kind: str, namespace: str, name: str) -> str:
        """Return the uid that an object of this name has in this world."""
        return str(uuid.uuid5(_SPACE, f"{self.name}/{kind}/{namespace}/{name}"))

    def add(self, obj: Obj, created: datetime, owner: Obj | None = None) -> Obj:
        """Complete the metadata of an object and keep it."""
        meta: Obj = obj["metadata"]
        key = (f"{obj['apiVersion']}/{obj['kind']}", meta.get("namespace", ""), meta["name"])
        if key in self.objects:
            raise ValueError(f"{self.name}: two objects {key}")
        meta["uid"] = self.uid(*key)
        meta["resourceVersion"] = str(88_120_411 + 137 * len(self.objects))
        meta["creationTimestamp"] = stamp(created)
        if kinds.has_generation(obj):
            meta.setdefault("generation", 1)
        if owner is not None:
            meta["ownerReferences"] = [owner_reference(owner)]
        self.objects[key] = obj
        return obj

    def find(self, kind: str, name: str, namespace: str = "") -> Obj:
        """Return a kept object by its kind and name."""
        for (full, where, called), obj in self.objects.items():
            if full.endswith(f"/{kind}") and (where, called) == (namespace, name):
                return obj
        raise KeyError(f"{kind} {namespace}/{name}")

    def log(self, pod: Obj, container: str, start: datetime, lines: Lines, previous: bool = False) -> None:
        """Keep the log of one container run, in kubelet form."""
        meta = pod["metadata"]
        suffix = ".previous.log" if previous else ".log"
        path = f"{meta['namespace']}/{meta['name']}/{container}{suffix}"
        rows = [
            _line(start, index, offset, text)
            for index, (offset, text) in enumerate(lines)
            if start + timedelta(seconds=offset + 1) < NOW
        ]
        self.logs[path] = "".join(rows)

    def measure(self, pod: Obj, text: str) -> None:
        """Keep the Prometheus exposition of a pod."""
        self.metrics[f"{pod['metadata']['namespace']}/{pod['metadata']['name']}"] = text


def _line(start: datetime, index: int, offset: float, text: str) -> str:
    moment = start + timedelta(seconds=offset)
    jitter = int(digest(start, length=6), 16) % 90_000
    moment += timedelta(microseconds=jitter)
    inner = text.replace("{t}", moment.strftime("%m-%d %H:%M:%S"))
    return f"{moment:%Y-%m-%dT%H:%M:%S.%f}{index * 7 % 1000:03d}Z {inner}\n"


def owner_reference(owner: Obj) -> dict[str, Any]:
    """Return the controller reference to an object."""
    return {
        "apiVersion": owner["apiVersion"],
        "blockOwnerDeletion": True,
        "controller": True,
        "kind": owner["kind"],
        "name": owner["metadata"]["name"],
        "uid": owner["metadata"]["uid"],
    }
