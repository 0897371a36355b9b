"""Conditions: what a controller says of an object, with the polarity each type really has."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from mtop_core.objects.access import ShapeError, items
from mtop_core.objects.text import plain
from mtop_core.objects.times import parse_time
from mtop_core.record import Record

# True is the bad answer of these; of the last group neither answer is bad.
BAD_WHEN_TRUE = frozenset({
    "GroupDegraded", "ReplicaFailure", "DiskPressure", "MemoryPressure", "PIDPressure", "NetworkUnavailable",
    "KernelDeadlock", "ReadonlyFilesystem",
})  # fmt: skip
_FIELDS = ("type", "status", "reason", "message", "lastTransitionTime")
NEUTRAL = frozenset({"Stopped", "ScalingLimited", "ConfigInUse", "OciImageVolumeCompatible"})


class Condition(Record):
    """One condition; `position` is its place in `status.conditions`."""

    type: str
    status: str
    reason: str
    message: str
    changed: str
    position: int

    @property
    def bad(self) -> bool:
        """Whether this answer is the unwanted one."""
        if self.status == "True":
            return self.type in BAD_WHEN_TRUE
        return self.status == "False" and self.type not in BAD_WHEN_TRUE and self.type not in NEUTRAL

    @property
    def since(self) -> datetime | None:
        """When it last changed."""
        return parse_time(self.changed)

    @property
    def text(self) -> str:
        """Reason and message in one line."""
        return plain(f"{self.reason or self.type}: {self.message}" if self.message else self.reason or self.type)

    @property
    def path(self) -> str:
        """Where it stands in its object."""
        return f"status.conditions[{self.position}]"


def conditions_of(obj: Mapping[str, Any]) -> dict[str, Condition]:
    """The conditions of an object by type, in its order."""
    found = (_condition(obj, entry, index) for index, entry in enumerate(items(obj, "status", "conditions")))
    return {condition.type: condition for condition in found}


def condition_of(obj: Mapping[str, Any], kind: str) -> Condition | None:
    """One condition of an object, None where it says nothing of it."""
    entries = enumerate(items(obj, "status", "conditions"))
    return next((_condition(obj, entry, index) for index, entry in entries if entry.get("type") == kind), None)


def poor_conditions(obj: Mapping[str, Any]) -> list[Condition]:
    """Those conditions of an object that are bad or still Unknown, in its order; the others are only glanced at."""
    found: list[Condition] = []
    for index, entry in enumerate(items(obj, "status", "conditions")):
        kind = entry.get("type")
        if entry.get("status") == "True" and type(kind) is str and kind not in BAD_WHEN_TRUE:
            continue
        condition = _condition(obj, entry, index)
        if condition.bad or condition.status == "Unknown":
            found.append(condition)
    return found


def _condition(obj: Mapping[str, Any], entry: Mapping[str, Any], index: int) -> Condition:
    get = entry.get
    kind, status, reason = get("type") or "", get("status") or "", get("reason") or ""
    message, changed = get("message") or "", get("lastTransitionTime") or ""
    try:
        "".join((kind, status, reason, message, changed))
    except TypeError:
        field = next(field for field in _FIELDS if not isinstance(get(field) or "", str))
        raise ShapeError(("status", "conditions", index, field), "a string", entry[field], obj) from None
    return Condition(kind, status, reason, message, changed, index)
