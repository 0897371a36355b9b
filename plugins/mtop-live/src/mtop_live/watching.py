"""A cluster watched: the objects of every kind kept up to date, and a look at them after each change."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import datetime
from queue import Empty, Queue
from threading import Thread
from typing import Any

from mtop_core.api import Listing, MtopError, Narrow, kinds
from mtop_live.asking import Request
from mtop_live.following import Changed, Event, Follower, Heard, Key, Lost, Replaced
from mtop_live.listing import Found, Lister
from mtop_live.looking import Looker, Part, merged
from mtop_live.losing import Losses
from mtop_live.transport import Transport

TOGETHER = 0.05  # seconds: changes that come this close after each other are one look
AT_LATEST = 0.5  # seconds: and however many come, there is a look this often
SILENCE = 30.0  # seconds without a word from the server before it is asked whether it is still there
PROBE_WITHIN = 5.0
BREATHS = (4, 20)  # times as long as showing a look takes until the next: after changes, and where only time went by
MOST_WAITING = 10_000  # events; beyond them the server has to wait


class Watcher:
    """Watches some kinds; `seen` is when the server was last heard of, `notes` says why that may be long ago."""

    def __init__(
        self, transport: Transport, lister: Lister, looker: Looker, clock: Callable[[], datetime]
    ) -> None:
        self._transport = transport
        self._lister = lister
        self._looker = looker
        self._clock = clock
        self._events: Queue[Event] = Queue(MOST_WAITING)
        self._stores: dict[Part, dict[Key, dict[str, Any]]] = {}
        self._gaps: dict[Part, Found] = {}
        self._listings: dict[kinds.Kind, Listing] = {}
        self._followers: list[Follower] = []
        self._losses = Losses()
        self._heard = time.monotonic()
        self._probing = False
        self._took = 0.0
        self._look_notes: tuple[str, ...] = ()
        self.seen = clock()

    @property
    def notes(self) -> tuple[str, ...]:
        """What part could not be reached, and since when nothing is heard."""
        return (*self._look_notes, *self._losses.notes())

    def looks(
        self, wanted: Collection[kinds.Kind], namespace: str, every: float
    ) -> Iterator[Mapping[kinds.Kind, Listing]]:
        """A look, and another after each change, when the server is lost or back, and every so many seconds."""
        try:
            self._begin(wanted, namespace)
            due, changed, told = 0.0, True, self.notes
            while True:
                if changed or told != self.notes or (due and time.monotonic() >= due):
                    told = self.notes
                    began = time.monotonic()
                    yield dict(self._listings)
                    # a large cluster takes long to show: it must not keep a core busy
                    self._took = time.monotonic() - began
                    due = time.monotonic() + max(every, BREATHS[1] * self._took) if every else 0.0
                changed = self._gather(due)
                if not self._losses.silent:
                    self.seen = self._clock()
        finally:
            for follower in self._followers:
                follower.stop()

    def _begin(self, wanted: Collection[kinds.Kind], namespace: str) -> None:
        look = self._looker.look(wanted, namespace, Narrow())
        self._look_notes = look.notes
        for part, found in look.parts.items():
            self._replace(part, found)
            self._followers.append(Follower(self._transport, self._lister, part, found, self._events.put))
        for kind in wanted:
            self._renew(kind)
        self.seen = self._clock()
        self._losses.parts = len(self._followers)
        for follower in self._followers:
            follower.start()

    def _gather(self, due: float) -> bool:
        """Takes in what happens until there is something to show or it is `due`; whether objects changed."""
        dirty: set[kinds.Kind] = set()
        first = 0.0
        while True:
            now = time.monotonic()
            try:
                event = self._events.get(timeout=self._patience(now, due, first))
            except Empty:
                break
            first = first or now
            if (kind := self._take(event)) is not None:
                dirty.add(kind)
            if now - first >= max(AT_LATEST, BREATHS[0] * self._took):
                break
        self._probe()
        self._losses.settle()
        for kind in dirty:
            self._renew(kind)
        return bool(dirty)

    def _patience(self, now: float, due: float, first: float) -> float:
        """How long to wait for the next event."""
        if first:  # more of the same may come; a look that takes long waits for more of it
            return max(TOGETHER, min(BREATHS[0] * self._took, first + BREATHS[0] * self._took - now))
        ends = [self._heard + SILENCE if not self._probing else now + PROBE_WITHIN, *self._losses.moments()]
        if due:
            ends.append(due)
        return max(min(ends) - now, 0.01)

    def _take(self, event: Event) -> kinds.Kind | None:
        """Takes one event in; the kind whose objects it changed."""
        if isinstance(event, Lost):
            if event.fatal:
                raise event.error
            self._losses.lose(event.part, event.error, self._clock())
            if event.part is None:
                self._probing = False
                self._heard = time.monotonic()  # it was asked now: not again at once
                for follower in self._followers:
                    follower.hang_up()
            return None
        self._heard = time.monotonic()
        self._losses.hear(event.part, surely=not isinstance(event, Heard))
        match event:
            case Changed(part, key, obj):
                if obj is None:
                    self._stores[part].pop(key, None)
                else:
                    self._stores[part][key] = obj
            case Replaced(part, found):
                self._replace(part, found)
            case Heard(part):
                self._probing = self._probing and part is not None
                return None
        return event.part.kind if event.part else None

    def _replace(self, part: Part, found: Found) -> None:
        meta = [(obj["metadata"].get("namespace") or "", obj["metadata"]["name"]) for obj in found.objects]
        self._stores[part] = dict(zip(meta, found.objects, strict=True))
        self._gaps[part] = Found([], gap=found.gap)

    def _renew(self, kind: kinds.Kind) -> None:
        """Makes the listing of a kind from its parts, sorted as a server lists it."""
        parts = [part for part in self._stores if part.kind is kind]
        objects = [self._stores[part][key] for part in parts for key in sorted(self._stores[part])]
        self._listings[kind] = Listing(objects, merged([self._gaps[part] for part in parts]).gap)

    def _probe(self) -> None:
        """Asks a server that has been silent for long whether it is still there; half a connection says nothing."""
        if self._probing or time.monotonic() - self._heard < SILENCE:
            return
        self._probing = True
        Thread(target=self._ask, daemon=True).start()

    def _ask(self) -> None:
        request = Request("GET", "/version", "ask whether the server is there", seconds=PROBE_WITHIN)
        try:
            self._transport.ask(request)
        except MtopError as error:
            if not hasattr(error, "status"):  # any answer at all is a sign of life
                self._events.put(Lost(None, error))
                return
        self._events.put(Heard(None))
