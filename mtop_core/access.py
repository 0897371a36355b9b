"""What a command asks of a cluster: verbs on kinds, from which `mtop rbac` makes roles."""

from __future__ import annotations

from collections.abc import Iterable

from mtop_core.objects.kinds import Kind
from mtop_core.record import Record


class Access(Record):
    """Some verbs of the Kubernetes API on one kind."""

    kind: Kind
    verbs: tuple[str, ...]


def reads(kinds: Iterable[Kind]) -> tuple[Access, ...]:
    """Listing every one of some kinds."""
    return tuple(Access(kind, ("list",)) for kind in kinds)
