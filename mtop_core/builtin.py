"""The providers that come with the core, offered through the same specs as a plugin's."""

from __future__ import annotations

from datetime import UTC, datetime

from mtop_core.errors import UsageError
from mtop_core.objects.text import plain
from mtop_core.objects.times import parse_time
from mtop_core.providers.base import Provider
from mtop_core.specs import ProviderSpec, SourceRequest

PROVIDERS = (
    ProviderSpec("mock", "A mock world: a whole cluster in files", "mtop_core.builtin:mock"),
    ProviderSpec("snapshot", "Files: kubectl's output, manifests or a snapshot", "mtop_core.builtin:snapshot"),
)


def mock(request: SourceRequest) -> Provider:
    """The mock world named, the current one where none is."""
    from mtop_core.providers.mock import MockProvider
    from mtop_core.providers.worlds import find_world

    if request.at:
        raise UsageError("--at goes with --snapshot; a mock world has its own time")
    return MockProvider(find_world(request.argument))


def snapshot(request: SourceRequest) -> Provider:
    """The snapshot or dump of that name or at that path, `-` for standard input."""
    from mtop_core.providers.snapshot import open_files

    if not request.argument:
        raise UsageError("a snapshot needs a name or a path", "mtop --snapshot PATH, or - for standard input")
    return open_files(request.argument, _moment(request.at))


def _moment(at: str) -> datetime | None:
    if not at:
        return None
    if at == "now":
        return clock()
    moment = parse_time(at)
    if moment is None:
        raise UsageError(f'--at "{plain(at)}": expected an RFC 3339 time such as 2026-10-12T09:30:00Z, or "now"')
    return moment


def clock() -> datetime:
    """The time by the clock: the one place that reads it, for answers that have no time of their own."""
    return datetime.now(UTC)
