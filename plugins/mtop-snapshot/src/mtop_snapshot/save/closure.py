"""What belongs to some models: everything that a command may look at to say how they are and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from mtop_core.api import Inventory, Listing, Model, Provider, ShapeError, items, kinds, mapping, text

KINDS: tuple[kinds.Kind, ...] = kinds.KINDS
_OWNED = (
    kinds.DEPLOYMENT, kinds.LEADER_WORKER_SET, kinds.REPLICA_SET, kinds.STATEFUL_SET, kinds.POD, kinds.SERVICE,
    kinds.PVC,
    kinds.HTTP_ROUTE, kinds.INFERENCE_POOL, kinds.AUTOSCALER, kinds.SCALED_OBJECT, kinds.DISRUPTION_BUDGET,
)  # fmt: skip
# Few, and read as a whole by whoever asks why something in a namespace does not come up.
_OF_NAMESPACE = (kinds.LLM_CONFIG, kinds.SERVING_RUNTIME, kinds.RESOURCE_QUOTA, kinds.DISRUPTION_BUDGET, kinds.PVC)
_CLUSTER_WIDE = (kinds.CLUSTER_SERVING_RUNTIME, kinds.STORAGE_CLASS)
Object = dict[str, Any]
Name = tuple[str, str, str]


def looked(provider: Provider, namespace: str) -> Inventory:
    """One look at everything in a namespace, and at the configs and gateways elsewhere that it refers to."""
    listings = dict(provider.look(KINDS, namespace))
    inventory = Inventory(listings, provider.now())
    if not namespace:
        return inventory
    elsewhere = sorted(
        {place for model in inventory.models for _, place, _ in _safely(_named_by, model)} - {namespace, ""}
    )
    for place in elsewhere[:_MOST_PLACES]:
        for kind, found in provider.look(_ELSEWHERE, place).items():
            here = listings[kind]
            if not (found.gap or here.gap):
                listings[kind] = Listing([*here.objects, *found.objects])
    return Inventory(listings, provider.now())


_ELSEWHERE = (kinds.LLM_CONFIG, kinds.GATEWAY)
_MOST_PLACES = 8


class Closure:
    """The objects that belong to some models, by kind; `whole` takes all that was read, `chosen` says they are not all.

    Configs are there to be used: where the models are all there are, so are the configs.
    """

    def __init__(
        self, inventory: Inventory, models: Sequence[Model], *, whole: bool = False, chosen: bool = False
    ) -> None:
        self._inventory = inventory
        self._kept: dict[kinds.Kind, dict[int, Object]] = {}
        self.models = list(_with_their_groups(models))
        if whole:
            for kind in KINDS:
                self._keep(kind, inventory.all(kind))
        else:
            self._gather()
            if not chosen:
                self._keep(kinds.LLM_CONFIG, inventory.all(kinds.LLM_CONFIG))

    def of(self, kind: kinds.Kind) -> list[Object]:
        """The objects of a kind that belong, by namespace and name."""
        return sorted(self._kept.get(kind, {}).values(), key=_place)

    def _gather(self) -> None:
        for model in self.models:
            self._keep(model.kind, [model.raw])
            for kind in _OWNED:
                self._keep(kind, self._inventory.owned(model, kind))
        spaces = {model.namespace for model in self.models}
        for kind in _OF_NAMESPACE:
            self._keep(kind, (obj for obj in self._inventory.all(kind) if _place(obj)[0] in spaces))
        for kind in _CLUSTER_WIDE if spaces else ():
            self._keep(kind, self._inventory.all(kind))
        self._references()
        self._nodes()
        self._keep(kinds.NAMESPACE, (obj for obj in self._inventory.all(kinds.NAMESPACE) if _place(obj)[1] in spaces))
        self._events()

    def _references(self) -> None:
        """Configs, routes and gateways that the models name, and what scales their workloads."""
        for model in self.models:
            for kind, namespace, name in _safely(_named_by, model):
                found = self._inventory.find(kind, namespace, name)
                self._keep(kind, [found] if found else [])
        for route in self.of(kinds.HTTP_ROUTE):
            for namespace, name in _safely(_parents, route):
                gateway = self._inventory.find(kinds.GATEWAY, namespace, name)
                self._keep(kinds.GATEWAY, [gateway] if gateway else [])
        targets = {_place(obj) for kind in (kinds.DEPLOYMENT, kinds.LEADER_WORKER_SET) for obj in self.of(kind)}
        for kind in (kinds.AUTOSCALER, kinds.SCALED_OBJECT):
            scalers = (obj for obj in self._inventory.all(kind) if next(_safely(_target, obj), None) in targets)
            self._keep(kind, scalers)

    def _nodes(self) -> None:
        """The nodes that pods run on; all of them where a pod waits for one, for any might have been it."""
        names = {_node(pod) for pod in self.of(kinds.POD)}
        everything = self._inventory.all(kinds.NODE)
        self._keep(kinds.NODE, everything if "" in names else (node for node in everything if _place(node)[1] in names))

    def _events(self) -> None:
        known: set[Name] = {(kind.name, *_place(obj)) for kind in self._kept for obj in self.of(kind)}
        events = self._inventory.all(kinds.EVENT)
        self._keep(kinds.EVENT, (event for event in events if next(_safely(_about, event), None) in known))

    def _keep(self, kind: kinds.Kind, objects: Iterable[Mapping[str, Any]]) -> None:
        self._kept.setdefault(kind, {}).update((id(obj), dict_of(obj)) for obj in objects)


def dict_of(obj: Mapping[str, Any]) -> Object:
    """A raw object as what it is."""
    assert isinstance(obj, dict)
    return obj


def _place(obj: Mapping[str, Any]) -> tuple[str, str]:
    meta = obj["metadata"]
    return str(meta.get("namespace") or ""), str(meta["name"])


def _with_their_groups(models: Iterable[Model]) -> Iterator[Model]:
    """The models and whoever shares traffic with them: a weight is a share of its group."""
    seen = set()
    for model in models:
        members = model.inventory.members(model.namespace, model.safe_group) if model.safe_group else [model]
        for member in (model, *members):
            if member.key not in seen:
                seen.add(member.key)
                yield member


def _safely(read: Any, value: Any) -> Iterator[Any]:
    """What is found in a value before anything malformed."""
    try:
        yield from read(value)
    except ShapeError:
        return


def _named_by(model: Model) -> Iterator[tuple[kinds.Kind, str, str]]:
    """What a model refers to, by kind, namespace and name."""
    raw, here = model.raw, model.namespace
    for reference in items(raw, "spec", "baseRefs"):
        for namespace in (here, "kserve"):
            yield kinds.LLM_CONFIG, namespace, text(reference, "name")
    for applied in items(raw, "status", "appliedConfigs"):
        yield kinds.LLM_CONFIG, text(applied, "namespace") or here, text(applied, "name")
    for name in mapping(raw, "status", "annotations").values():
        yield kinds.LLM_CONFIG, "kserve", str(name)
    for reference in items(raw, "spec", "router", "route", "http", "refs"):
        yield kinds.HTTP_ROUTE, here, text(reference, "name")
    for path in (("spec", "router", "gateway", "refs"), ("status", "router", "gateways")):
        for reference in items(raw, *path):
            yield kinds.GATEWAY, text(reference, "namespace") or here, text(reference, "name")
    yield kinds.INFERENCE_POOL, here, text(raw, "spec", "router", "scheduler", "pool", "ref", "name")


def _parents(route: Object) -> Iterator[tuple[str, str]]:
    for parent in items(route, "spec", "parentRefs"):
        yield text(parent, "namespace") or _place(route)[0], text(parent, "name")


def _target(scaler: Object) -> Iterator[tuple[str, str]]:
    yield _place(scaler)[0], text(scaler, "spec", "scaleTargetRef", "name")


def _node(pod: Object) -> str:
    spec = pod.get("spec")
    name = spec.get("nodeName") if isinstance(spec, dict) else None
    return name if isinstance(name, str) else ""


def _about(event: Object) -> Iterator[Name]:
    about = mapping(event, "involvedObject")
    yield text(about, "kind"), text(about, "namespace"), text(about, "name")
