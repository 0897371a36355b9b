"""Objects as lines of YAML that differ where they differ in meaning, and nowhere else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mtop_core.api import as_yaml, safe
from mtop_snapshot.diff.compare import Difference
from mtop_snapshot.diff.normal import DELETING, prepared
from mtop_snapshot.diff.patch import apply, patch
from mtop_snapshot.diff.shapes import SERVER_META
from mtop_snapshot.redact.masks import MASK

Object = Mapping[str, Any]
_NAMES = ("name", "namespace", DELETING)


def texts(difference: Difference, *, status: bool) -> tuple[list[str], list[str]]:
    """The lines of an object before and after; what does not count reads the same on both sides."""
    before = _shown(difference.before, status=status)
    after = _shown(difference.after, status=status)
    if before is not None and after is not None:
        name = after["metadata"]
        after = apply(before, patch(before, after, status=status))
        after["metadata"].pop(DELETING, None)
        after["metadata"] = {**after["metadata"], **{key: name[key] for key in _NAMES if key in name}}
    return _lines(before), _lines(after)


def _shown(obj: Object | None, *, status: bool) -> dict[str, Any] | None:
    """An object without what the server keeps for itself."""
    if obj is None:
        return None
    obj = prepared(obj)
    meta = {
        key: value for key, value in obj["metadata"].items() if key not in SERVER_META or (status and key == DELETING)
    }
    return {key: value for key, value in {**obj, "metadata": meta}.items() if key != "status" or status}


def _lines(obj: dict[str, Any] | None) -> list[str]:
    if obj is None:
        return []
    ordered = {key: obj[key] for key in ("apiVersion", "kind", "metadata") if key in obj}
    return [safe(line) for line in as_yaml({**_sorted(ordered), **_sorted(obj)}).splitlines()]


def _sorted(value: Any) -> Any:
    """Mappings by their keys, names first: two objects line up whatever order their fields came in."""
    if isinstance(value, dict):
        names = sorted(value, key=lambda key: (key not in ("apiVersion", "kind", "metadata", "name"), key))
        return {key: _sorted(value[key]) for key in names}
    return [_sorted(part) for part in value] if isinstance(value, list) else value


def is_secret(value: Any) -> bool:
    """Whether a value is, or holds, a mask."""
    return isinstance(value, str) and MASK.search(value) is not None


def short(value: Any) -> str:
    """A value in one line."""
    import json

    if isinstance(value, str):
        text = safe(MASK.sub("<secret>", value))
        return json.dumps(text, ensure_ascii=False) if not text or text != text.strip() or "\n" in text else text
    return "-" if value is None else safe(MASK.sub("<secret>", json.dumps(value, ensure_ascii=False)))
