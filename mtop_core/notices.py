"""What notifiers receive; the notifiers themselves are plugins."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple


class Message(NamedTuple):
    """One message: a title, its lines, and the same as data. Control characters are already spelled out."""

    title: str
    lines: tuple[str, ...]
    data: Mapping[str, Any]
