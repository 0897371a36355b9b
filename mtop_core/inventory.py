"""The objects of one look, indexed once: by name, by owner, by model."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from mtop_core.errors import MtopError, NotFoundError
from mtop_core.objects.access import ShapeError, items, mapping, strings, text
from mtop_core.objects.cached import cached_property
from mtop_core.objects.kinds import (
    DEPLOYMENT,
    EVENT,
    INFERENCE_SERVICE,
    LEADER_WORKER_SET,
    LLM_SERVICE,
    MODEL_KINDS,
    NODE,
    POD,
    POD_LOG,
    Kind,
)  # fmt: skip
from mtop_core.objects.model import Model
from mtop_core.objects.node import Node
from mtop_core.objects.pod import Pod
from mtop_core.objects.refs import Ref
from mtop_core.objects.workload import Workload
from mtop_core.providers.base import Listing, Narrow, Provider
from mtop_core.record import Record

Object = Mapping[str, Any]
LogReader = Callable[[str, str, str, bool], Iterable[bytes]]
MAX_LOG_LINES = 5000
MAX_LOG_LINE = 16 * 1024
MAX_KEPT_LOGS = 32
_LOG_TIME = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d) "
_LLM_PART = "llminferenceservice"
_LWS_NAME = "leaderworkerset.sigs.k8s.io/name"


class Gap(Record):
    """A kind that could not be read, and why: what depends on it is unknown, never healthy."""

    kind: Kind
    reason: str

    @property
    def resource(self) -> str:
        """The resource that was not read, as a user would name it: `deployments.apps`."""
        return self.kind.resource

    @property
    def forbidden(self) -> bool:
        """Whether the user may not read it, so that it may be there all the same: the words providers say it with."""
        return self.reason.startswith("forbidden: ")


class Inventory:
    """What one look found; `at` is the time that counts as now."""

    def __init__(self, listings: Mapping[Kind, Listing], at: datetime, logs: LogReader | None = None) -> None:
        self.at = at
        self._listings = listings
        self._logs = logs
        self._kept_logs: dict[tuple[str, str, str, bool], Sequence[str]] = {}
        self._unread_logs: dict[str, None] = {}  # why, each reason once

    @classmethod
    def look(
        cls, provider: Provider, kinds: Collection[Kind], namespace: str = "", narrow: Narrow | None = None
    ) -> Inventory:
        """One consistent look at the kinds, in one namespace or (empty) in all."""
        listings = provider.look(kinds, namespace, narrow) if narrow else provider.look(kinds, namespace)
        return cls(listings, provider.now(), log_reader(provider))

    @property
    def gaps(self) -> list[Gap]:
        """What was asked for and could not be read: kinds, and logs as far as any were looked for."""
        gaps = [Gap(kind, listing.gap) for kind, listing in self._listings.items() if listing.gap]
        return [*gaps, *(Gap(POD_LOG, reason) for reason in self._unread_logs)]

    def read(self, kind: Kind) -> bool:
        """Whether the objects of this kind are known."""
        listing = self._listings.get(kind)
        return listing is not None and not listing.gap

    def all(self, kind: Kind) -> Sequence[dict[str, Any]]:
        """Every object of a kind, none where it could not be read."""
        listing = self._listings.get(kind)
        return listing.objects if listing else ()

    def find(self, kind: Kind, namespace: str, name: str) -> dict[str, Any] | None:
        """One object by name, None where it is absent."""
        return self._named(kind).get((namespace if kind.namespaced else "", name))

    def node(self, name: str) -> Node | None:
        """A node by name, None where it is absent."""
        return self._nodes.get(name)

    @cached_property
    def models(self) -> list[Model]:
        """Every LLM service found, by namespace and name."""
        found = [Model(raw, kind, self) for kind in MODEL_KINDS for raw in self.all(kind)]
        return sorted(found, key=lambda model: (model.namespace, model.name, model.kind.name))

    def pods_of(self, model: Model) -> Sequence[Pod]:
        """The pods that belong to a model, by name."""
        return self._pods.get(model.key, ())

    def workloads_of(self, model: Model) -> Sequence[Workload]:
        """The Deployments and LeaderWorkerSets that belong to a model."""
        return self._workloads.get(model.key, ())

    def owned(self, model: Model, kind: Kind) -> list[dict[str, Any]]:
        """The objects of a kind that belong to a model, through owners or labels."""
        if kind not in self._owners:
            self._owners[kind] = {}
            for raw in self.all(kind):
                if (owner := self._owner(raw)) is not None:
                    self._owners[kind].setdefault(owner, []).append(raw)
        return self._owners[kind].get(model.key, [])

    def events_of(self, obj: Object) -> Sequence[Object]:
        """The events about an object, oldest first."""
        meta = mapping(obj, "metadata")
        name = (text(obj, "kind"), _namespace(meta), text(meta, "name"))
        return self._events.get(name, ())

    def log(self, pod: Pod, container: str, *, previous: bool = False) -> Sequence[str]:
        """The last lines of one container run, without the kubelet's timestamps; none where there is no log.

        Several rules read the same log, so the last few are kept; one that may not be read becomes a gap.
        """
        key = (pod.namespace, pod.name, container, previous)
        if key not in self._kept_logs:
            if len(self._kept_logs) >= MAX_KEPT_LOGS:
                self._kept_logs.pop(next(iter(self._kept_logs)))
            self._kept_logs[key] = self._read_log(*key)
        return self._kept_logs[key]

    def _read_log(self, namespace: str, pod: str, container: str, previous: bool) -> Sequence[str]:
        if self._logs is None:
            return ()
        try:
            lines = deque(self._logs(namespace, pod, container, previous), maxlen=MAX_LOG_LINES)
        except NotFoundError:
            return ()
        except MtopError as error:
            self._unread_logs.setdefault(error.message)
            return ()
        return [re.sub(_LOG_TIME, "", line[:MAX_LOG_LINE].decode("utf-8", "replace").rstrip("\r\n")) for line in lines]

    def members(self, namespace: str, group: str) -> list[Model]:
        """The models that share the traffic of one routing group."""
        return self._groups.get((namespace, group), [])

    @cached_property
    def _owners(self) -> dict[Kind, dict[Ref, list[dict[str, Any]]]]:
        return {}

    def rooted(self, error: ShapeError, model: Model) -> ShapeError:
        """An error met while looking at a model, with its path from the root of the object that holds the field.

        That object, the CR or one that belongs to it, is the error's `holder` then.
        """
        workloads = (workload.raw for workload in self.workloads_of(model))
        pods = (pod.raw for pod in self.pods_of(model))
        for raw in (model.raw, *workloads, *pods, *self.all(NODE), *self.all(LLM_SERVICE)):
            if found := error.within(raw):
                return found
        return error

    @cached_property
    def _index(self) -> dict[Kind, dict[tuple[str, str], dict[str, Any]]]:
        return {}

    def _named(self, kind: Kind) -> dict[tuple[str, str], dict[str, Any]]:
        if kind not in self._index:
            self._index[kind] = {
                (_namespace(raw["metadata"]) if kind.namespaced else "", raw["metadata"]["name"]): raw
                for raw in self.all(kind)
            }
        return self._index[kind]

    @cached_property
    def _nodes(self) -> dict[str, Node]:
        return {raw["metadata"]["name"]: Node(raw) for raw in self.all(NODE)}

    @cached_property
    def _groups(self) -> dict[tuple[str, str], list[Model]]:
        found: dict[tuple[str, str], list[Model]] = {}
        for model in self.models:
            if model.kind is LLM_SERVICE and (group := model.safe_group):
                found.setdefault((model.namespace, group), []).append(model)
        return found

    @cached_property
    def _pods(self) -> dict[Ref, list[Pod]]:
        found: dict[Ref, list[Pod]] = {}
        for raw in self.all(POD):
            key = self._owner(raw)
            if key is not None:
                found.setdefault(key, []).append(Pod(raw))
        for pods in found.values():
            pods.sort(key=lambda pod: pod.name)
        return found

    @cached_property
    def _workloads(self) -> dict[Ref, list[Workload]]:
        found: dict[Ref, list[Workload]] = {}
        for raw in (*self.all(DEPLOYMENT), *self.all(LEADER_WORKER_SET)):
            key = self._owner(raw)
            if key is not None:
                found.setdefault(key, []).append(Workload(raw))
        return found

    @cached_property
    def _events(self) -> dict[tuple[str, str, str], list[Object]]:
        found: dict[tuple[str, str, str], list[Object]] = {}
        seen: list[tuple[str, tuple[str, str, str], Object]] = []
        for raw in self.all(EVENT):
            try:
                about = mapping(raw, "involvedObject")
                key = (text(about, "kind"), _namespace(about), text(about, "name"))
                seen.append((last_seen(raw), key, raw))
            except ShapeError:
                continue  # an event that does not say what it is about is about nothing
        for _, key, event in sorted(seen, key=lambda entry: entry[0]):
            found.setdefault(key, []).append(event)
        return found

    @cached_property
    def _by_uid(self) -> dict[str, dict[str, Any]]:
        return {
            uid: raw
            for kind, listing in self._listings.items()
            if kind not in (EVENT, NODE)
            for raw in listing.objects
            if type(uid := raw["metadata"].get("uid")) is str
        }

    def _owner(self, raw: Object) -> Ref | None:
        """The model an object belongs to: up the owners as far as they were read, then by label.

        Labels alone are no proof: `spec.labels` of a service can override them so that its pods
        carry another service's name. Owners that are malformed say nothing, and labels that are leave
        an object to nobody.
        """
        for way in (self._owned_by, self._labelled):
            try:
                if (owner := way(raw)) is not None:
                    return owner
            except ShapeError:
                continue
        return None

    def _owned_by(self, raw: Object) -> Ref | None:
        """The model at the end of an object's owners."""
        here: Object = raw
        for _ in range(8):
            above = _controller(here)
            if above is None:
                return None
            if text(above, "kind") in _MODEL_KINDS and text(above, "apiVersion").startswith("serving.kserve.io/"):
                return Ref(text(above, "kind"), _namespace(mapping(raw, "metadata")), text(above, "name"))
            parent = self._by_uid.get(text(above, "uid")) or self._deployment_of(here, above)
            if parent is None:
                return None
            here = parent
        return None

    def _deployment_of(self, pod: Object, above: Object) -> Object | None:
        """The Deployment behind a ReplicaSet that was not read: its name without the hash the pod carries."""
        suffix = f"-{strings(pod, 'metadata', 'labels').get('pod-template-hash', '')}"
        name = text(above, "name")
        if text(above, "kind") != "ReplicaSet" or not name.endswith(suffix):
            return None
        return self.find(DEPLOYMENT, _namespace(mapping(pod, "metadata")), name.removesuffix(suffix))

    def _labelled(self, raw: Object) -> Ref | None:
        meta = mapping(raw, "metadata")
        labels = strings(meta, "labels")
        namespace = _namespace(meta)
        group = labels.get(_LWS_NAME)
        if group and raw.get("kind") != "LeaderWorkerSet":
            parent = self.find(LEADER_WORKER_SET, namespace, group)
            if parent is not None:
                return self._owner(parent)
        if name := labels.get("serving.kserve.io/inferenceservice"):
            return Ref(INFERENCE_SERVICE.name, namespace, name)
        if labels.get("app.kubernetes.io/part-of") == _LLM_PART and (name := labels.get("app.kubernetes.io/name")):
            return Ref(LLM_SERVICE.name, namespace, name)
        return None


def log_reader(provider: Provider) -> LogReader:
    """What reads the end of a container's log from a provider."""
    return lambda namespace, pod, container, previous: provider.logs(
        namespace, pod, container, previous, MAX_LOG_LINES
    )


_MODEL_KINDS = frozenset(kind.name for kind in MODEL_KINDS)


def last_seen(event: Object) -> str:
    """When an event was last seen, as written: kubelet and scheduler events keep it in different fields."""
    times = (
        mapping(event, "series").get("lastObservedTime"), event.get("lastTimestamp"),
        event.get("eventTime"), event.get("firstTimestamp"), mapping(event, "metadata").get("creationTimestamp"),
    )  # fmt: skip
    return next((when for when in times if isinstance(when, str) and when), "")


def _controller(raw: Object) -> Object | None:
    owners: Iterable[Object] = items(raw, "metadata", "ownerReferences")
    return next((owner for owner in owners if owner.get("controller") is True), None)


def _namespace(meta: Object) -> str:
    return text(meta, "namespace") or "default"
