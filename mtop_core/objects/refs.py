"""Names of objects: what an answer, an error or another object points at."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from mtop_core.objects.access import mapping, text
from mtop_core.objects.kinds import Kind, kind_of
from mtop_core.objects.text import plain


class Ref(NamedTuple):
    """One object by kind, namespace (empty for cluster-scoped ones) and name."""

    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        where = f"{self.namespace}/{self.name}" if self.namespace else self.name
        return plain(f"{self.kind} {where}")


def ref_of(obj: Mapping[str, Any]) -> Ref:
    """The Ref of a raw object; raises ShapeError where its metadata is malformed."""
    meta = mapping(obj, "metadata")
    return Ref(text(obj, "kind"), text(meta, "namespace"), text(meta, "name"))


def full_name(obj: Mapping[str, Any]) -> str:
    """What `-o name` prints: `llminferenceservice.serving.kserve.io/NAME`."""
    kind: Kind | None = kind_of(obj)
    prefix = kind.prefix if kind else text(obj, "kind").lower()
    return plain(f"{prefix}/{text(obj, 'metadata', 'name')}")
