"""Reads a world from disk for the tests."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2] / "mocks"
Obj = dict[str, Any]


@dataclass
class World:
    name: str
    objects: list[Obj] = field(default_factory=list)

    @property
    def folder(self) -> Path:
        return ROOT / self.name

    def kind(self, kind: str, group: str | None = None) -> list[Obj]:
        found = [o for o in self.objects if o["kind"] == kind]
        return found if group is None else [o for o in found if group_of(o) == group]

    def find(self, kind: str, namespace: str, name: str) -> Obj | None:
        for obj in self.objects:
            meta = obj["metadata"]
            if obj["kind"] == kind and (meta.get("namespace", ""), meta["name"]) == (namespace, name):
                return obj
        return None

    def services(self) -> list[Obj]:
        return self.kind("LLMInferenceService") + self.kind("InferenceService")


def load(name: str) -> World:
    world = World(name)
    for path in sorted(world.folder.glob("crs/*/*.json")):
        world.objects.append(json.loads(path.read_text("utf-8")))
    for path in sorted(world.folder.glob("cluster/*.jsonl")):
        world.objects += [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    return world


def group_of(obj: Obj) -> str:
    return str(obj["apiVersion"]).rpartition("/")[0]


def selects(selector: dict[str, str], obj: Obj) -> bool:
    labels = obj["metadata"].get("labels", {})
    return all(labels.get(key) == value for key, value in selector.items())


def is_ready(pod: Obj) -> bool:
    return any(c["type"] == "Ready" and c["status"] == "True" for c in pod["status"]["conditions"])


_UNITS = {"m": 0.001, "Ki": 2**10, "Mi": 2**20, "Gi": 2**30}


def quantity(text: str) -> float:
    for unit, factor in _UNITS.items():
        if text.endswith(unit):
            return float(text.removesuffix(unit)) * factor
    return float(text)


def requests(spec: Obj) -> dict[str, float]:
    out: dict[str, float] = {}
    sidecars = [c for c in spec.get("initContainers", []) if c.get("restartPolicy") == "Always"]
    for container in spec["containers"] + sidecars:
        for key, value in container.get("resources", {}).get("requests", {}).items():
            out[key] = out.get(key, 0.0) + quantity(value)
    return out


def gpus(spec: Obj) -> dict[str, int]:
    out: dict[str, int] = {}
    for container in spec["containers"]:
        for key, value in container.get("resources", {}).get("requests", {}).items():
            if key.endswith("/gpu"):
                out[key] = out.get(key, 0) + int(value)
    return out
