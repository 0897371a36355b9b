"""Who changed a field, and when, as managedFields have it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mtop_snapshot.diff.walk import Change, Key


def blame(obj: Mapping[str, Any], change: Change) -> tuple[str, str]:
    """Manager and time of the last writer of a field; empty where the object does not say."""
    entries = (obj.get("metadata") or {}).get("managedFields")
    if not isinstance(entries, list):
        return "", ""
    best: tuple[int, str, str] = (0, "", "")
    for entry in entries:
        if isinstance(entry, dict) and isinstance(fields := entry.get("fieldsV1"), dict):
            depth = _depth(fields, change.path)
            found = (depth, str(entry.get("time") or ""), str(entry.get("manager") or ""))
            if depth and found > best:
                best = found
    return best[2], best[1]


def _depth(fields: Mapping[str, Any], path: Sequence[str | int]) -> int:
    """How far into a path somebody owns fields; zero where they own none of it, or only parents of others' fields."""
    here: Any = fields
    for depth, step in enumerate(path):
        below = _step(here, step)
        if below is None:
            return depth if depth and (not here or "." in here or set(here) <= {"."}) else 0
        here = below
    return len(path)


def _step(fields: Mapping[str, Any], step: str | int) -> Any:
    if not isinstance(fields, dict):
        return None
    if isinstance(step, Key):
        import json

        for name, below in fields.items():
            if name.startswith("k:"):
                try:
                    keys = json.loads(name[2:])
                except ValueError:
                    continue
                if isinstance(keys, dict) and "/".join(map(str, keys.values())) in (step, *_halves(step)):
                    return below
        return None
    return fields.get(f"f:{step}")


def _halves(step: str) -> tuple[str, ...]:
    """A key of several parts in another order."""
    parts = step.split("/")
    return ("/".join(reversed(parts)), parts[0])
