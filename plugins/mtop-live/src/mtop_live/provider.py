"""A cluster as a source like any other."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from mtop_core.api import Listing, LogLines, Narrow, NotFoundError, Ref, Source, SourceRequest, kinds, plain
from mtop_live.asking import Request
from mtop_live.kubeconfig import endpoint
from mtop_live.listing import Lister, collection
from mtop_live.looking import Looker
from mtop_live.refusals import Refusal
from mtop_live.trace import Trace
from mtop_live.transport import Transport

if TYPE_CHECKING:
    from mtop_live.writing import Writer

EVERYTHING = Narrow()


def clock() -> datetime:
    """The time: what counts as now on a cluster."""
    return datetime.now(UTC)


def live(request: SourceRequest) -> LiveProvider:
    """The cluster that the flags and the kubeconfig mean; `live=CONTEXT` names its context."""
    connection = request.connection
    if request.argument:
        connection = connection.replaced(context=request.argument)
    where = endpoint(connection)
    return LiveProvider(Transport(where, connection.request_timeout, Trace(connection.verbosity)))


class LiveProvider:
    """One cluster; nothing is asked of it before the first look."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._lister = Lister(transport)
        self._at = clock()
        self._notes: tuple[str, ...] = ()

    @property
    def source(self) -> Source:
        """The cluster, by its context, as of the last look."""
        where = self._transport.endpoint
        return Source("live", str(plain(where.context or where.server)), self._at)

    @property
    def notes(self) -> tuple[str, ...]:
        """What part of the cluster the last look could not reach."""
        return self._notes

    @property
    def namespace(self) -> str:
        """The namespace of the context."""
        return self._transport.endpoint.namespace

    @property
    def server_version(self) -> str:
        """The version of the API server, empty where it does not say."""
        found = self._transport.json(Request("GET", "/version", "ask for its version"))
        return str(plain(str(found.get("gitVersion") or "")))

    def now(self) -> datetime:
        """The time of the last look."""
        return self._at

    def place(self, obj: Mapping[str, Any], path: tuple[str | int, ...] = ()) -> str:
        """Nowhere: a cluster is no file."""
        return ""

    def look(
        self, wanted: Collection[kinds.Kind], namespace: str = "", narrow: Narrow = EVERYTHING
    ) -> dict[kinds.Kind, Listing]:
        """One look: one paged list for each kind, all at once."""
        look = self._looker.look(wanted, namespace, narrow)
        self._at, self._notes = clock(), look.notes
        return {kind: Listing(found.objects, found.gap) for kind, found in look.of(wanted).items()}

    def watch(
        self, wanted: Collection[kinds.Kind], namespace: str = "", every: float = 0.0
    ) -> Iterator[Mapping[kinds.Kind, Listing]]:
        """A look, and another after each change; it goes on through cuts and restarts of the server."""
        from mtop_live.watching import Watcher

        watcher = Watcher(self._transport, self._lister, self._looker, clock)
        for listings in watcher.looks(wanted, namespace, every):
            self._at, self._notes = watcher.seen, watcher.notes
            yield listings

    def logs(
        self, namespace: str, pod: str, container: str, previous: bool = False, tail: int = 0,
        since: datetime | None = None, follow: bool = False,
    ) -> Iterator[bytes]:
        """The lines of one container run; NotFoundError where there is none, also of one that has not started."""
        query = [("container", container), ("timestamps", "true")]
        query += [(name, "true") for name, wanted in (("previous", previous), ("follow", follow)) if wanted]
        if tail:
            query.append(("tailLines", str(tail)))
        if since is not None:  # the server takes whole seconds
            query.append(("sinceTime", f"{since.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"))
        path = f"{collection(kinds.POD, 'v1', namespace)}/{quote(pod, safe='')}/log"
        request = Request("GET", path, f"get pods/log in namespace {plain(namespace)}", query)
        stack = ExitStack()
        try:
            lines = stack.enter_context(self._transport.stream(request))
        except Refusal as refusal:
            if refusal.status in (400, 404):
                raise NotFoundError(plain(refusal.said) or refusal.message) from None
            raise refusal.error from None
        return LogLines(_until_the_end(lines, stack))

    def create(
        self, objects: Sequence[Mapping[str, Any]], dry_run: str = "", strict: bool = True
    ) -> list[dict[str, Any]]:
        """Creates all objects or none, each checked strictly by the server."""
        return self._writer.create(objects, dry_run, strict)

    def delete(self, refs: Sequence[Ref], dry_run: str = "", wait: float = 0.0) -> None:
        """Deletes the objects; with `wait` returns when they are gone."""
        self._writer.delete(refs, dry_run, wait)

    @cached_property
    def _looker(self) -> Looker:
        return Looker(self._transport, self._lister)

    @cached_property
    def _writer(self) -> Writer:
        from mtop_live.writing import Writer

        return Writer(self._transport, self._lister)


def _until_the_end(lines: LogLines, stack: ExitStack) -> Iterator[bytes]:
    with stack:
        yield from lines.blocks
