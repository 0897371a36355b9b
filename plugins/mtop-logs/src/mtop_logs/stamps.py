"""The kubelet's timestamps as keys that sort as text: UTC, nine digits, always thirty characters."""

from __future__ import annotations

import re
from datetime import UTC, datetime

WIDTH = 30
_STAMP = re.compile(
    r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9})\d*)?(Z|[+-]\d\d:\d\d)(?: |$)", re.ASCII
)


def split(line: str) -> tuple[str, str]:
    """The key of a line and its text; the key is empty where the line has no timestamp."""
    found = _STAMP.match(line)
    if found is None:
        return "", line
    whole, fraction, zone = found.groups()
    if zone != "Z" and (moved := _in_utc(whole, zone)) is None:
        return "", line
    seconds = whole if zone == "Z" else moved
    return f"{seconds}.{(fraction or '').ljust(9, '0')}Z", line[found.end() :]


def _in_utc(whole: str, zone: str) -> str | None:
    try:
        moment = datetime.fromisoformat(whole + zone)
        return moment.astimezone(UTC).replace(tzinfo=None).isoformat()
    except (ValueError, OverflowError):
        return None


def key_of(moment: datetime) -> str:
    """The key of a moment."""
    at = moment.astimezone(UTC)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond:06d}000Z"


def moment_of(key: str) -> datetime | None:
    """The moment of a key to the microsecond, None for the empty one or one that no calendar has."""
    try:
        return datetime.fromisoformat(f"{key[:26]}+00:00") if key else None
    except ValueError:
        return None
