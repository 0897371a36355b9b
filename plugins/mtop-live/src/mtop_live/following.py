"""One kind in one place followed: a list, a watch from its revision, the next watch, for as long as it takes."""

from __future__ import annotations

import json
import random
import threading
import time
from collections.abc import Callable
from typing import Any, NamedTuple

from mtop_core.api import DataError, MtopError, plain
from mtop_live.asking import Request
from mtop_live.listing import Found, Lister, Where, doing, whole
from mtop_live.looking import Part
from mtop_live.refusals import Refusal
from mtop_live.transport import Transport
from mtop_live.wire import Line

LONGEST_EVENT = 64 << 20
SERVER_ENDS_AFTER = (240, 480)  # seconds; spread, so that not all watches are opened anew at once
ANSWER_WITHIN = 15.0
FIRST_PAUSE, LONGEST_PAUSE = 0.25, 10.0
GAP_PAUSE = 60.0  # seconds until what is forbidden or absent is asked for again
LIVED = 5.0  # seconds after which a connection that ends has worked
MOST_401 = 8  # so often credentials may be refused in a row before the watch ends
MOST_DENIALS = 4  # so often in a row a kind may be forbidden or absent, as it is while a server starts

Key = tuple[str, str]


class Changed(NamedTuple):
    """An object was added or changed, or (None) is gone."""

    part: Part
    key: Key
    obj: dict[str, Any] | None


class Replaced(NamedTuple):
    """All objects of a part, listed anew."""

    part: Part
    found: Found


class Heard(NamedTuple):
    """The server was heard of."""

    part: Part | None


class Lost(NamedTuple):
    """The server is not heard of, and why; `fatal` ends the watch."""

    part: Part | None
    error: MtopError
    fatal: bool = False


class _Denied(DataError):
    """A list is forbidden, or its kind is no longer there."""


Event = Changed | Replaced | Heard | Lost


class Follower:
    """Follows one part in a thread of its own and posts what happens."""

    def __init__(
        self, transport: Transport, lister: Lister, part: Part, found: Found, post: Callable[[Event], None]
    ) -> None:
        self._transport = transport
        self._lister = lister
        self._part = part
        self._revision = found.revision
        self._post = post
        self._line: Line | None = None
        self._stopped = threading.Event()
        self._failures = 0
        self._refused = 0
        self._denials = MOST_DENIALS if found.denied or found.absent else 0  # it is a gap already

    def start(self) -> None:
        """Begins to follow."""
        threading.Thread(target=self._run, daemon=True).start()

    def hang_up(self) -> None:
        """Gives the present connection up; another is opened at once."""
        if self._line is not None:
            self._line.hang_up()

    def stop(self) -> None:
        """Ends it."""
        self._stopped.set()
        self.hang_up()

    def _run(self) -> None:
        if self._denials:
            self._pause()
        while not self._stopped.is_set():
            began = time.monotonic()
            try:
                if not self._revision:
                    self._list()
                self._watch()
                if time.monotonic() - began < LIVED:
                    self._pause()  # a server that ends every watch at once must not be asked in a loop
            except Exception as error:
                if self._stopped.is_set():
                    return
                self._tell(error)
                self._pause()

    def _pause(self) -> None:
        longest = min(FIRST_PAUSE * 2**self._failures, LONGEST_PAUSE)
        if self._denials >= MOST_DENIALS:
            longest = GAP_PAUSE
        self._failures = min(self._failures + 1, 10)
        self._stopped.wait(random.uniform(longest / 2, longest))  # noqa: S311 - spread, no secret

    def _tell(self, error: Exception) -> None:
        """Tells why the watch broke: the server is lost, or what stays denied is a gap."""
        ours = error if isinstance(error, MtopError) else DataError(f"watch {self._part.kind.plural}: {error!r}")
        denied = isinstance(error, _Denied) or (isinstance(error, Refusal) and error.status in (403, 404, 405))
        self._denials = self._denials + 1 if denied else 0
        self._refused = self._refused + 1 if isinstance(error, Refusal) and error.status == 401 else 0
        if self._denials < MOST_DENIALS:
            self._post(Lost(self._part, ours, fatal=self._refused >= MOST_401))
        elif self._denials == MOST_DENIALS:
            more = "" if isinstance(error, _Denied) else "; it was read once, and cannot be watched"
            self._post(Replaced(self._part, Found([], gap=f"{ours.message}{more}")))

    def _list(self) -> None:
        found = self._lister.find(self._part.kind, Where(self._part.namespace))
        if found.denied or found.absent:
            raise _Denied(found.gap)
        if found.gap:
            raise DataError(found.gap)
        self._post(Replaced(self._part, found))
        self._denials = 0
        self._revision = found.revision

    def _watch(self) -> None:
        """Watches until the connection ends; a revision that is too old is forgotten."""
        kind, namespace = self._part
        seconds = random.randint(*SERVER_ENDS_AFTER)  # noqa: S311 - spread, no secret
        query = [("watch", "1"), ("resourceVersion", self._revision), ("allowWatchBookmarks", "true"),
                 ("timeoutSeconds", str(seconds))]  # fmt: skip
        request = Request("GET", self._lister.path(kind, namespace), doing("watch", kind, namespace), query,
                          seconds=ANSWER_WITHIN)  # fmt: skip
        try:
            with self._transport.stream(request, self._opened, LONGEST_EVENT) as lines:
                if self._denials >= MOST_DENIALS:
                    self._revision = ""  # it was a gap: what is there is listed anew
                    return
                self._post(Heard(self._part))
                self._denials = 0
                for line in lines:
                    self._take(line)
        except Refusal as refusal:
            if refusal.status != 410:
                raise
            self._revision = ""

    def _opened(self, line: Line) -> None:
        self._line = line
        if self._stopped.is_set():
            line.hang_up()

    def _take(self, line: bytes) -> None:
        """Posts the event of one line."""
        kind = self._part.kind
        try:
            event = json.loads(line)
            word, obj = event["type"], event["object"]
            if word == "ERROR":
                self._revision = ""  # 410 or worse: what is there now is listed again
                raise DataError(f"watch {kind.plural}: the server ended it: {plain(str(obj.get('message')))[:300]}")
            revision = obj["metadata"]["resourceVersion"]
            if word == "BOOKMARK":
                self._post(Heard(self._part))
            else:
                obj = whole(obj, kind, self._lister.version(kind))
                key = (obj["metadata"].get("namespace") or "", obj["metadata"]["name"])
                self._post(Changed(self._part, key, None if word == "DELETED" else obj))
            self._revision = str(revision)
            self._failures = self._refused = 0
        except (ValueError, RecursionError, KeyError, TypeError, AttributeError):
            raise DataError(f"watch {kind.plural}: the server sent something that is no event") from None
