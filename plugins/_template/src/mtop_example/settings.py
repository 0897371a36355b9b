"""The section of this plugin in `.ldconfig`: its schema, and its values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mtop_core.api import App, ConfigError

from mtop_example.images import MOVING

SCHEMA: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "mutable_tags": {"type": "array", "items": {"type": "string"}},
    },
}


def moving_tags(app: App) -> Sequence[str]:
    """The tags that move; raises ConfigError with file and line where they are no list."""
    tags: object = app.config.section("example").get("mutable_tags", list(MOVING))
    if not isinstance(tags, list):
        place = app.config.place(("example", "mutable_tags"))
        raise ConfigError(f"{place}: expected a list of tags", "mtop config validate checks the whole file")
    return tags
