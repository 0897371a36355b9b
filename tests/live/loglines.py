"""What of a container's log file a request asks for, as a kubelet reads its query."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

_STAMP = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)")


class Wanted(NamedTuple):
    """The query of a log request; -1 is no limit."""

    follow: bool = False
    previous: bool = False
    timestamps: bool = False
    tail: int = -1
    limit: int = -1
    since: datetime | None = None

    @classmethod
    def of(cls, query: Mapping[str, str], now: datetime) -> Wanted:
        """What a query asks for; raises ValueError for what a kubelet refuses."""
        since = None
        if "sinceTime" in query:
            since = moment(query["sinceTime"])
        elif "sinceSeconds" in query:
            since = now - timedelta(seconds=int(query["sinceSeconds"]))
        return cls(
            query.get("follow") == "true",
            query.get("previous") == "true",
            query.get("timestamps") == "true",
            int(query.get("tailLines", -1)),
            int(query.get("limitBytes", -1)),
            since,
        )

    def of_lines(self, lines: list[bytes]) -> Iterator[bytes]:
        """The lines that were there when the request came: the last of them, and of these the young ones."""
        yield from self.later(lines if self.tail < 0 else lines[len(lines) - min(self.tail, len(lines)) :])

    def later(self, lines: list[bytes]) -> Iterator[bytes]:
        """The lines that are young enough, in the form asked for."""
        for line in lines:
            stamp, _, rest = line.partition(b" ")
            if self.since is None or moment(stamp.decode()) >= self.since:
                yield line if self.timestamps else rest


def moment(text: str) -> datetime:
    """A time as a kubelet writes it, to the microsecond; raises ValueError for another form."""
    match = _STAMP.fullmatch(text)
    if match is None:
        raise ValueError(f"not a time: {text}")
    whole, fraction, zone = match.groups()
    micro = int((fraction or "0").ljust(6, "0")[:6])
    return datetime.fromisoformat(whole + zone.replace("Z", "+00:00")).replace(microsecond=micro).astimezone(UTC)
