"""The section of this plugin in `.ldconfig`."""

from __future__ import annotations

from typing import Any

SCHEMA: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "mutable_tags": {"type": "array", "items": {"type": "string"}},
    },
}
