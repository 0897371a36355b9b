"""Objects of a side as they may be shown: redacted, and comparable with those of the other side."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from mtop_snapshot.diff.compare import Side
from mtop_snapshot.redact.masks import MASK, Masker
from mtop_snapshot.redact.objects import redacted

Object = dict[str, Any]
UNKNOWN = "<redacted>"


class Cleaner:
    """Redacts what was never redacted; masks of another salt say nothing and become all alike.

    `managed` keeps who wrote the fields of what was redacted, by the id of the result.
    """

    def __init__(
        self, sides: Mapping[str, Side], masker: Masker, prepare: Callable[[Object, str], Object] | None = None
    ) -> None:
        self._sides = sides
        self._masker = masker
        self._prepare = prepare
        salts = {side.salt or masker.salt_id for side in sides.values()}
        self.comparable = len(salts) == 1
        self.managed: dict[int, Object] = {}
        self._kept: list[Object] = []

    def __call__(self, obj: Object, side: str) -> Object:
        """An object of one side, ready to be compared and shown."""
        original = obj
        if self._prepare is not None:
            obj = self._prepare(obj, side)
        if not self._sides[side].salt:
            obj = redacted(obj, self._masker)
        if not self.comparable:
            obj = json.loads(MASK.sub(UNKNOWN, json.dumps(obj)))
        if "managedFields" in original["metadata"]:
            self._kept.append(obj)
            self.managed[id(obj)] = original
        return obj
