"""One look at a cluster: every kind at once, no wider than needed, and what may not be read said by name."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from mtop_core.api import Narrow, ShapeError, SourceError, kinds, plain, text
from mtop_live.asking import Request
from mtop_live.listing import Found, Lister, Where
from mtop_live.parallel import in_parallel
from mtop_live.transport import Transport

FEW_NAMESPACES = 3  # so many are read one by one rather than the whole cluster
MOST_NAMESPACES = 50  # so many are tried where the cluster as a whole may not be read


class Part(NamedTuple):
    """What one list is of: a kind, in one namespace or (empty) in all."""

    kind: kinds.Kind
    namespace: str


Parts = dict[Part, Found]


class Look(NamedTuple):
    """What was found, list by list, and what the user should know of it."""

    parts: Parts
    notes: tuple[str, ...]

    def of(self, wanted: Iterable[kinds.Kind]) -> dict[kinds.Kind, Found]:
        """What was found of each kind."""
        return by_kind(self.parts, wanted)


class Looker:
    """Looks at one cluster."""

    def __init__(self, transport: Transport, lister: Lister) -> None:
        self._transport = transport
        self._endpoint = transport.endpoint
        self._lister = lister

    def look(self, wanted: Collection[kinds.Kind], namespace: str, narrow: Narrow) -> Look:
        """Every kind wanted, in one namespace or (empty) in all; SourceError where no service can be read at all."""
        if (narrow.labels or narrow.fields) and any(kind not in kinds.CR_KINDS for kind in wanted):
            parts = self._narrowed(wanted, namespace, narrow)
        else:
            parts = self._read(wanted, [namespace], narrow)
        notes = () if namespace else self._fall_back(parts, narrow)
        self._refuse_nothing(by_kind(parts, [kind for kind in wanted if kind in kinds.CR_KINDS]))
        return Look(parts, notes)

    def _read(self, wanted: Iterable[kinds.Kind], namespaces: Sequence[str], narrow: Narrow) -> Parts:
        """Every kind in every one of the namespaces (an empty one is all), all requests at once."""
        parts = [Part(kind, name) for kind in wanted for name in (namespaces if kind.namespaced else ("",))]
        tasks = [partial(self._find, part, narrow) for part in parts]
        return dict(zip(parts, in_parallel(tasks, self._transport.trace.slow), strict=True))

    def _find(self, part: Part, narrow: Narrow) -> Found:
        bare = part.kind in narrow.bare
        if part.kind in kinds.CR_KINDS:
            return self._lister.find(part.kind, Where(part.namespace, narrow.labels, narrow.fields, bare))
        return self._lister.find(part.kind, Where(part.namespace, bare=bare))

    def _narrowed(self, wanted: Collection[kinds.Kind], namespace: str, narrow: Narrow) -> Parts:
        """The services that match first, then the rest where they live, and whoever shares traffic with them."""
        services = [kind for kind in wanted if kind in kinds.CR_KINDS]
        rest = [kind for kind in wanted if kind not in kinds.CR_KINDS]
        found = self._read(services, [namespace], narrow)
        if any(part.denied for part in found.values()):
            return {**found, **self._read(rest, [namespace], narrow)}
        matching = [obj for part in found.values() for obj in part.objects]
        places = sorted({text(obj, "metadata", "namespace") for obj in matching})
        if not places:  # nothing matches, so nothing belongs to it
            return {**found, **{Part(kind, namespace): Found([]) for kind in rest}}
        where = places if len(places) <= FEW_NAMESPACES else [namespace]
        if any(obj["kind"] == kinds.LLM_SERVICE.name and _group(obj) for obj in matching):
            found.pop(Part(kinds.LLM_SERVICE, namespace))
            rest.append(kinds.LLM_SERVICE)
        return {**found, **self._read(rest, where, Narrow(bare=narrow.bare))}

    def _fall_back(self, parts: Parts, narrow: Narrow) -> tuple[str, ...]:
        """Reads the namespaces one by one that may be read, where the cluster as a whole may not."""
        denied = [part.kind for part, found in parts.items() if found.denied and part.kind.namespaced]
        services = [part.kind for part, found in parts.items() if part.kind in kinds.CR_KINDS and not found.absent]
        if not services or not set(services) <= set(denied):
            return ()  # services that are seen everywhere must not lack their pods in some places unsaid
        names, rest = self._namespaces()
        tried = self._read(services, names, narrow)
        places = [name for name in names if not all(tried[Part(kind, name)].denied for kind in services)]
        if not places:
            return ()
        why = parts[Part(services[0], "")].gap
        for kind in denied:
            del parts[Part(kind, "")]
        parts.update({part: found for part, found in tried.items() if part.namespace in places})
        parts.update(self._read([kind for kind in denied if kind not in services], places, narrow))
        others = f", {len(names) - len(places)} more may not be read" if len(places) < len(names) else ""
        return (f"{why}; only {_listed(places)} can be seen{others}{rest}",)

    def _namespaces(self) -> tuple[list[str], str]:
        """The namespaces to try, and what to say of the others."""
        there = self._lister.find(kinds.NAMESPACE, Where(bare=True))
        if there.gap:
            return [self._endpoint.namespace], "; which others there are is not known"
        names = sorted(text(obj, "metadata", "name") for obj in there.objects)
        more = len(names) - MOST_NAMESPACES
        return names[:MOST_NAMESPACES], f"; {more} more were not tried" if more > 0 else ""

    def _refuse_nothing(self, services: Mapping[kinds.Kind, Found]) -> None:
        """SourceError where none of the services can be read: there is nothing to answer with."""
        if not services or not all(found.gap and not found.partly for found in services.values()):
            return
        if all(found.absent for found in services.values()):
            raise self._no_kserve([kind.resource for kind in services])
        worst = next(found for found in services.values() if not found.absent)
        raise SourceError(worst.gap, worst.hint)

    def _no_kserve(self, resources: Sequence[str]) -> SourceError:
        self._transport.json(Request("GET", "/version", "ask for its version"))  # an error where it is no API server
        where = f"context {self._endpoint.context}" if self._endpoint.context else self._endpoint.server
        return SourceError(
            plain(f"no KServe in the cluster of {where}: it lacks {', '.join(resources)}"),
            "install KServe's CRDs, or look at another cluster: --context NAME",
        )


def by_kind(parts: Parts, wanted: Iterable[kinds.Kind]) -> dict[kinds.Kind, Found]:
    """What was found of each kind, from all its parts."""
    found: dict[kinds.Kind, Found] = {}
    for kind in wanted:
        pieces = [piece for part, piece in parts.items() if part.kind is kind]
        found[kind] = pieces[0] if len(pieces) == 1 else merged(pieces)
    return found


def merged(pieces: Sequence[Found]) -> Found:
    """What was found in several places, as one; each reason why something was not is kept once."""
    gaps = list(dict.fromkeys(piece.gap for piece in pieces if piece.gap))
    more = [f"and {len(gaps) - FEW_NAMESPACES} more such"] if len(gaps) > FEW_NAMESPACES else []
    return Found(
        [obj for piece in pieces for obj in piece.objects],
        gap="; ".join([*gaps[:FEW_NAMESPACES], *more]),
        denied=any(piece.denied for piece in pieces),
        absent=bool(pieces) and all(piece.absent for piece in pieces),
        hint=next((piece.hint for piece in pieces if piece.hint), ""),
        partly=bool(gaps) and not all(piece.gap for piece in pieces),
    )


def _group(obj: Mapping[str, object]) -> str:
    try:
        return text(obj, "spec", "router", "route", "group")
    except ShapeError:
        return ""


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
    return plain(f"namespace {shown}" if len(names) == 1 else f"namespaces {shown}")
