"""Times and ages as Kubernetes writes and kubectl shows them."""

from __future__ import annotations

from datetime import UTC, datetime

_MINUTE, _HOUR, _DAY, _YEAR = 60, 3600, 86400, 86400 * 365
_UNITS = {"ms": 0.001, "s": 1, "m": _MINUTE, "h": _HOUR, "d": _DAY}


def parse_time(value: object) -> datetime | None:
    """An RFC 3339 time in UTC, None where the value is none."""
    if not isinstance(value, str) or not value:
        return None
    try:
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is UTC:
            return moment
        return moment.astimezone(UTC) if moment.tzinfo else None
    except (ValueError, OverflowError):
        return None


def parse_duration(value: str) -> float | None:
    """A duration such as `90s`, `1m30s`, `2h` or `1d`, or a number of seconds, in seconds; None where it is none."""
    import re

    if re.fullmatch(r"[0-9]{1,9}", value):
        return float(value)
    parts = re.findall(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)(ms|s|m|h|d)", value)
    if not parts or "".join(number + unit for number, unit in parts) != value:
        return None
    return sum(float(number) * _UNITS[unit] for number, unit in parts)


def rfc3339(moment: datetime) -> str:
    """A time in UTC to the second, as Kubernetes writes it."""
    return f"{moment.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat()}Z"


def seconds_between(start: datetime | None, end: datetime) -> float | None:
    """How long `end` is after `start`, in seconds; None where there is no start."""
    return None if start is None else (end - start).total_seconds()


def short_age(seconds: float | None) -> str:
    """A duration in kubectl's short form (`45s`, `3m20s`, `5d3h`), `<unknown>` for None."""
    if seconds is None:
        return "<unknown>"
    total = int(seconds)
    if total < -1:
        return "<invalid>"
    total = max(total, 0)
    for limit, unit, name, below, below_name, mixed_until in _STEPS:
        if total < limit:
            big, rest = divmod(total, unit)
            small = rest // below if below and big < mixed_until else 0
            return f"{big}{name}{small}{below_name}" if small else f"{big}{name}"
    raise AssertionError("the last step has no limit")


# limit, unit, its letter, the unit below and its letter, and up to how many units both are shown:
# the same steps kubectl takes, so that a column of ages reads the same in both tools.
_STEPS = (
    (2 * _MINUTE, 1, "s", 0, "", 0),
    (3 * _HOUR, _MINUTE, "m", 1, "s", 10),
    (2 * _DAY, _HOUR, "h", _MINUTE, "m", 8),
    (2 * _YEAR, _DAY, "d", _HOUR, "h", 8),
    (float("inf"), _YEAR, "y", _DAY, "d", 8),
)
