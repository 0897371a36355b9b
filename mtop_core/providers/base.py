"""What every source of objects can do: a cluster, a snapshot, a dump and a mock world are all Providers."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
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


class Provider(Protocol):
    """One source of objects; every method may raise a MtopError and nothing else."""

    @property
    def source(self) -> Source:
        """Which source this is and the time that counts as now."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What the user should know of this source as a whole, one sentence each."""

    def now(self) -> datetime:
        """The time that counts as now: the clock for a cluster, the capture time for everything else."""

    def look(self, kinds: Collection[Kind], namespace: str = "") -> dict[Kind, Listing]:
        """One consistent look: every kind asked for, in one namespace or (empty) in all."""

    def place(self, obj: Object, path: tuple[str | int, ...] = ()) -> str:
        """`FILE:LINE` of a field where the source is a file, empty elsewhere."""

    def logs(self, namespace: str, pod: str, container: str, previous: bool = False) -> Iterator[bytes]:
        """The lines of one container run with the kubelet's timestamps; NotFoundError where there is none."""

    def create(self, objects: Sequence[Object], dry_run: bool = False) -> list[dict[str, Any]]:
        """Adds all objects or none; returns them as stored. ConflictError where one exists."""

    def delete(self, refs: Sequence[Ref], dry_run: bool = False) -> None:
        """Deletes all objects named and what they own, or none; NotFoundError where one is absent."""


class ReadOnly:
    """The writing half of a Provider for sources that cannot be written, and what few have to say."""

    read_only_reason = "this source cannot be changed"

    @property
    def notes(self) -> tuple[str, ...]:
        """None."""
        return ()

    def create(self, objects: Sequence[Object], dry_run: bool = False) -> list[dict[str, Any]]:
        """Refuses."""
        raise self._refusal()

    def delete(self, refs: Sequence[Ref], dry_run: bool = False) -> None:
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
