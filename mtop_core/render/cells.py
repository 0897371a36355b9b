"""How typed values look in a table cell."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mtop_core.objects.times import short_age

_COLOURS = {
    "ready": "good", "rolling": "busy", "loading": "busy", "degraded": "warn", "broken": "bad", "deleting": "quiet",
    "stopped": "quiet", "scaled-to-zero": "quiet", "unknown": "warn",
}  # fmt: skip


def ready(value: Mapping[str, Any]) -> str:
    """`2/3`, with `-` for a side nobody knows."""
    if value["ready"] is None:
        return f"-/{value['desired']}" if value["desired"] else "-"
    return f"{value['ready']}/{value['desired']}"


def gpus(value: Mapping[str, Any]) -> str:
    """`8xH100`, `8` where no node says which."""
    if not value["count"]:
        return "-"
    return f"{value['count']}x{value['product']}" if value["product"] else str(value["count"])


def share(value: Mapping[str, Any] | None) -> str:
    """A share of traffic in percent, the raw weight where there is no whole to compare with."""
    if value is None:
        return "-"
    return f"{value['share']:.0%}" if value["share"] is not None else str(value["weight"])


def age(value: float | None) -> str:
    """A duration as kubectl shows it."""
    return short_age(value)


def labels(value: Mapping[str, str]) -> str:
    """Labels as kubectl shows them."""
    return ",".join(f"{key}={value[key]}" for key in sorted(value)) or "<none>"


def word_colour(label: str) -> str:
    """The style of a status word."""
    return _COLOURS.get(label.partition(" ")[0], "")
