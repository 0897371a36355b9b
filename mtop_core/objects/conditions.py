"""Conditions: what a controller says of an object, with the polarity each type really has."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from mtop_core.objects.access import ShapeError, items
from mtop_core.objects.text import plain
from mtop_core.objects.times import parse_time

# True is the bad answer of these; of the last group neither answer is bad.
BAD_WHEN_TRUE = frozenset({"GroupDegraded", "ReplicaFailure", "DiskPressure", "MemoryPressure", "PIDPressure"})
_FIELDS = ("type", "status", "reason", "message", "lastTransitionTime")
NEUTRAL = frozenset({"Stopped", "ScalingLimited", "ConfigInUse", "OciImageVolumeCompatible"})


class Condition(NamedTuple):
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
        if self.type in NEUTRAL:
            return False
        return self.status == ("True" if self.type in BAD_WHEN_TRUE else "False")

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
    found: dict[str, Condition] = {}
    for index, entry in enumerate(items(obj, "status", "conditions")):
        get = entry.get
        condition = Condition(
            get("type") or "", get("status") or "", get("reason") or "", get("message") or "",
            get("lastTransitionTime") or "", index,
        )  # fmt: skip
        for field, value in zip(_FIELDS, condition[:5], strict=True):
            if type(value) is not str:
                raise ShapeError(("status", "conditions", index, field), "a string", value)
        found[condition.type] = condition
    return found
