"""What every source of objects can do: a cluster, a snapshot, a dump and a mock world are all Providers."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from mtop_core.objects.kinds import Kind
from mtop_core.objects.refs import Ref
from mtop_core.record import Record

Object = Mapping[str, Any]


class Source(Record):
    """Where an answer comes from: the mode (`mock`, `snapshot`, `live`), which one, and as of when."""

    mode: str
    name: str
    time: datetime


class Listing(Record):
    """The objects of one kind, or in `gap` why they could not be read (empty when they could)."""

    objects: Sequence[dict[str, Any]]
    gap: str = ""


class Narrow(Record):
    """What of a look the caller will use, so that a source need not read the rest.

    `labels` and `fields` are selectors of the CRs wanted; of the kinds in `bare` nothing but the metadata.
    It is a hint: a source may leave out CRs that do not match (but never a member of a matching one's routing
    group, for weights are shares of the group) and what belongs to none; callers select from what they get.
    """

    labels: str = ""
    fields: str = ""
    bare: tuple[Kind, ...] = ()


EVERYTHING = Narrow()


class LogLines(Iterator[bytes]):
    """The lines of a log, one of more than `longest` bytes in pieces, made of blocks of bytes that end anywhere.

    `blocks` are the same lines many at a time, which is ten times as fast; who takes them asks for no single line.
    """

    LONGEST = 1 << 20

    def __init__(self, blocks: Iterable[bytes], longest: int = LONGEST) -> None:
        self._longest = longest
        self.blocks = self._whole(blocks)
        self._lines: Iterator[bytes] = iter(())

    def __next__(self) -> bytes:
        for line in self._lines:
            return line
        self._lines = _split(next(self.blocks))
        return next(self)

    def __iter__(self) -> Iterator[bytes]:
        yield from self._lines
        for block in self.blocks:
            yield from _split(block)

    def _whole(self, blocks: Iterable[bytes]) -> Iterator[bytes]:
        """The blocks cut behind a line end, but for a line that grows too long and for the last."""
        waiting: list[bytes] = []  # of a line whose end is still to come; joined once, however long it grows
        size = 0
        for block in blocks:
            end = block.rfind(b"\n") + 1
            if end:
                yield b"".join((*waiting, block[:end]))
                waiting, size, block = [], 0, block[end:]
            if block:
                waiting.append(block)
                size += len(block)
            if size > self._longest:
                yield b"".join(waiting)
                waiting, size = [], 0
        if size:
            yield b"".join(waiting)


def _split(block: bytes) -> Iterator[bytes]:
    *lines, rest = block.split(b"\n")
    for line in lines:
        yield line + b"\n"
    if rest:
        yield rest


class Provider(Protocol):
    """One source of objects; every method may raise a MtopError and nothing else."""

    @property
    def source(self) -> Source:
        """Which source this is and the time that counts as now."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What the user should know of this source as a whole, one sentence each."""

    @property
    def server_version(self) -> str:
        """The version of the API server behind it, empty where nobody knows."""

    def now(self) -> datetime:
        """The time that counts as now: the clock for a cluster, the capture time for everything else."""

    @property
    def namespace(self) -> str:
        """The namespace to look in where the user names none; empty, which is all, for files."""

    def look(
        self, kinds: Collection[Kind], namespace: str = "", narrow: Narrow = EVERYTHING
    ) -> dict[Kind, Listing]:
        """One consistent look: every kind asked for, in one namespace or (empty) in all."""

    def watch(
        self, kinds: Collection[Kind], namespace: str = "", every: float = 0.0
    ) -> Iterator[Mapping[Kind, Listing]]:
        """A look, and another after each change, also where nothing changed for `every` seconds (zero: never).

        It ends when nothing can change any more: for files at once. `now` goes with the look given last.
        """

    def place(self, obj: Object, path: tuple[str | int, ...] = ()) -> str:
        """`FILE:LINE` of a field where the source is a file, empty elsewhere."""

    def logs(
        self, namespace: str, pod: str, container: str, previous: bool = False, tail: int = 0,
        since: datetime | None = None, follow: bool = False,
    ) -> Iterator[bytes]:
        """The lines of one container run with the kubelet's timestamps; NotFoundError where there is none.

        With `tail` the caller needs that many of the last ones only, with `since` those from that time on; a source
        may give more. With `follow` lines come as they are written, until the container ends; a SourceError in their
        midst is a connection that was cut. A line of more than a MiB comes in pieces. A source that can gives LogLines.
        """  # fmt: skip

    def create(self, objects: Sequence[Object], dry_run: str = "", strict: bool = True) -> list[dict[str, Any]]:
        """Adds all objects or none; returns them as stored. ConflictError where one exists.

        `dry_run` is empty, `client` (nothing is asked of a server) or `server` (it checks, and stores nothing).
        `strict`: a server refuses fields that it does not know.
        """

    def delete(self, refs: Sequence[Ref], dry_run: str = "", wait: float = 0.0) -> None:
        """Deletes all objects named and what they own, or none; NotFoundError where one is absent.

        With `wait` it returns when they are gone; SourceError where they are not after so many seconds.
        """


class Static:
    """What a source of files has in common with every other: it names no namespace, and nothing in it changes."""

    @property
    def namespace(self) -> str:
        """None: all namespaces."""
        return ""

    @property
    def notes(self) -> tuple[str, ...]:
        """None."""
        return ()

    @property
    def server_version(self) -> str:
        """Unknown."""
        return ""

    def watch(
        self: Provider, kinds: Collection[Kind], namespace: str = "", every: float = 0.0
    ) -> Iterator[Mapping[Kind, Listing]]:
        """The one look there is."""
        yield self.look(kinds, namespace)


class ReadOnly(Static):
    """The writing half of a Provider for sources that cannot be written, and what few have to say."""

    read_only_reason = "this source cannot be changed"

    def create(self, objects: Sequence[Object], dry_run: str = "", strict: bool = True) -> list[dict[str, Any]]:
        """Refuses."""
        raise self._refusal()

    def delete(self, refs: Sequence[Ref], dry_run: str = "", wait: float = 0.0) -> None:
        """Refuses."""
        raise self._refusal()

    def _refusal(self) -> Exception:
        from mtop_core.errors import UsageError

        return UsageError(self.read_only_reason, "use --mock WORLD, or --live for a cluster")


def in_namespace(objects: Sequence[dict[str, Any]], kind: Kind, namespace: str) -> Sequence[dict[str, Any]]:
    """The objects in one namespace; all of them where it is empty or the kind has none."""
    if not namespace or not kind.namespaced:
        return objects
    return [obj for obj in objects if (obj["metadata"].get("namespace") or "default") == namespace]
