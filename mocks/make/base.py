"""Clock, names and small helpers shared by every builder."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from typing import Any

Obj = dict[str, Any]
Lines = tuple[tuple[float, str], ...]

NOW = datetime(2026, 10, 12, 9, 30, tzinfo=UTC)
_POD_LETTERS = "bcdfghjklmnpqrstvwxz2456789"


def ago(days: float = 0, hours: float = 0, minutes: float = 0, seconds: float = 0) -> datetime:
    """Return the moment that lies this long before the capture time."""
    return NOW - timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)


def later(moment: datetime, seconds: float) -> datetime:
    """Return a moment some seconds later, never after the capture time."""
    return min(moment + timedelta(seconds=seconds), NOW)


def stamp(moment: datetime) -> str:
    """Return a Kubernetes metav1.Time."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def micro(moment: datetime) -> str:
    """Return a Kubernetes metav1.MicroTime."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def digest(*parts: object, length: int = 64) -> str:
    """Return a stable hexadecimal digest of the parts."""
    text = "/".join(str(part) for part in parts)
    return hashlib.sha256(text.encode()).hexdigest()[:length]


def letters(*parts: object, length: int = 5) -> str:
    """Return the random-looking letters that end generated names."""
    number = int(digest(*parts), 16)
    out = ""
    for _ in range(length):
        number, rest = divmod(number, len(_POD_LETTERS))
        out += _POD_LETTERS[rest]
    return out


def child(parent: str, suffix: str) -> str:
    """Return the child name that KServe derives from a parent name."""
    if len(parent) + len(suffix) <= 63:
        return parent + suffix
    head = hashlib.md5(parent.encode()).hexdigest()
    return parent[: 31 - len(suffix)] + head + suffix


def merged(low: Obj, high: Mapping[str, Any]) -> Obj:
    """Merge two objects, named lists by their name, like a strategic merge."""
    out = deepcopy(low)
    for key, value in high.items():
        out[key] = _merged_value(out.get(key), deepcopy(value))
    return out


def _merged_value(low: Any, high: Any) -> Any:
    if isinstance(low, dict) and isinstance(high, dict):
        return merged(low, high)
    if isinstance(low, list) and isinstance(high, list) and _named(low) and _named(high):
        return _merged_list(low, high)
    return high


def _named(items: list[Any]) -> bool:
    return all(isinstance(item, dict) and "name" in item for item in items)


def _merged_list(low: list[Obj], high: list[Obj]) -> list[Obj]:
    given = {item["name"]: item for item in high}
    kept = [merged(item, given.pop(item["name"], {})) for item in low]
    return kept + list(given.values())


def without_none(values: Mapping[str, Any]) -> Obj:
    """Return the mapping without its None and empty values."""
    return {key: value for key, value in values.items() if value not in (None, "", [], {}, ())}
