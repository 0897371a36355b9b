"""Times as the user writes and wants to read them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo

from mtop_core.api import UsageError, parse_duration, parse_time, plain
from mtop_logs.stamps import moment_of


def moment(option: str, value: str, now: datetime) -> datetime:
    """The moment an option means: so long ago, or an RFC 3339 time; UsageError for anything else."""
    seconds = parse_duration(value)
    if seconds is not None:
        try:
            return now - timedelta(seconds=seconds)
        except OverflowError:
            raise UsageError(f'{option} "{plain(value)}" is longer ago than there were calendars') from None
    if found := parse_time(value):
        return found
    also = ", restart or rollout" if option == "--since" else ""
    raise UsageError(f'{option} "{plain(value)}" is no time', f"write 90s, 5m, 2h, 1d, 2026-10-12T09:30:00Z{also}")


def zone(name: str) -> tzinfo:
    """A time zone by name, `local` for that of this machine; UsageError where there is none."""
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    if name.lower() == "utc":
        return UTC
    if name.lower() == "local":
        found = datetime.now(UTC).astimezone().tzinfo
        assert found is not None
        return found
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise UsageError(f'--timezone "{plain(name)}" is not known', "write local, UTC or Europe/Berlin") from None


def clock(form: str, where: tzinfo) -> Callable[[str], str]:
    """What shows the time of a line: `default` in full, `short` without year and fraction; a dash for no time."""
    if form == "default" and where is UTC:
        return lambda key: key or "-"

    def show(key: str) -> str:
        at = moment_of(key)
        if at is None:
            return "-"
        at = at.astimezone(where)
        if form == "short":
            return f"{at:%m-%d %H:%M:%S}"
        offset = f"{at:%z}"
        return f"{at:%Y-%m-%dT%H:%M:%S}{key[19:29]}{offset[:3]}:{offset[3:5]}"

    return show
