"""Turns a cluster into the files of a world, and compares or writes them."""

from __future__ import annotations

import json
from pathlib import Path

from . import kinds
from .base import NOW, Obj, stamp
from .cluster import Cluster


def render(cluster: Cluster) -> dict[str, str]:
    """Return the text of every file of a world by its relative path."""
    out = {"world.json": _pretty(_world(cluster))}
    lists: dict[str, list[Obj]] = {name: [] for name in kinds.files()}
    for obj in cluster.objects.values():
        if kinds.is_resource(obj):
            meta = obj["metadata"]
            path = f"crs/{meta['namespace']}/{meta['name']}.json"
            if path in out:
                raise ValueError(f"two CRs {path}")
            out[path] = _pretty(obj)
        else:
            lists[kinds.file_of(obj)].append(obj)
    for name, objects in lists.items():
        out[f"cluster/{name}.jsonl"] = "".join(_compact(obj) for obj in sorted(objects, key=_order))
    out |= {f"logs/{path}": text for path, text in cluster.logs.items()}
    return out | {f"metrics/{path}.prom": text for path, text in cluster.metrics.items()}


def differences(folder: Path, files: dict[str, str]) -> list[str]:
    """Return the relative paths whose content on disk is not the generated one."""
    present = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    wrong = present ^ set(files)
    wrong |= {path for path in present & set(files) if (folder / path).read_bytes() != files[path].encode()}
    return sorted(wrong)


def write(folder: Path, files: dict[str, str]) -> None:
    """Make the folder hold exactly these files."""
    for path in differences(folder, files) if folder.exists() else sorted(files):
        target = folder / path
        if path not in files:
            target.unlink()
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(files[path].encode())
    for empty in sorted((p for p in folder.rglob("*") if p.is_dir()), reverse=True):
        if not any(empty.iterdir()):
            empty.rmdir()


def _world(cluster: Cluster) -> Obj:
    return {
        "apiVersion": "mtop.dev/v1alpha1",
        "kind": "World",
        "metadata": {"name": cluster.name},
        "spec": {"capturedAt": stamp(NOW), "kubernetesVersion": "v1.34.1", "summary": cluster.summary},
    }


def _order(obj: Obj) -> tuple[str, str]:
    return (obj["metadata"].get("namespace", ""), obj["metadata"]["name"])


def _pretty(obj: Obj) -> str:
    return json.dumps(obj, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _compact(obj: Obj) -> str:
    return json.dumps(obj, separators=(",", ":"), sort_keys=True, ensure_ascii=False) + "\n"
