"""The section `cost` of `.ldconfig`: its schema, and its values checked."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from mtop_core.api import App, ConfigError, mapping

SCHEMA: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "prices": {"type": "object", "additionalProperties": {"type": "number", "minimum": 0}},
        "discount": {"type": "number", "minimum": 0, "maximum": 1},
    },
}


class Settings(NamedTuple):
    """The user's own prices per GPU-hour by product, and the part taken off every other price."""

    prices: Mapping[str, Decimal]
    discount: Decimal
    file: str = ""


def settings_of(app: App) -> Settings:
    """What `.ldconfig` says; raises ConfigError with file and line for a value that is no sensible number."""
    section = app.config.section("cost")
    prices = {
        str(product): _number(app, ("cost", "prices", str(product)), price)
        for product, price in mapping(section, "prices").items()
    }
    discount = _number(app, ("cost", "discount"), section.get("discount", 0))
    if discount > 1:
        raise _wrong(app, ("cost", "discount"), "a part of one, such as 0.1 for ten percent")
    return Settings(prices, discount, str(app.config.path or ""))


def _number(app: App, path: tuple[str, ...], value: object) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < float("inf"):
        raise _wrong(app, path, "a number that is not negative")
    return Decimal(str(value))


def _wrong(app: App, path: tuple[str, ...], expected: str) -> ConfigError:
    message = f"{app.config.place(path)}: {'.'.join(path)}: expected {expected}"
    return ConfigError(message, "mtop config validate checks the whole file")
