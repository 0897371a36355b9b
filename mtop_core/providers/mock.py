"""A mock world as a source: read by kind, written through one file of changes in the user's copy."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import Any

from mtop_core.errors import ConflictError, DataError, NotFoundError
from mtop_core.objects.access import items, mapping, text
from mtop_core.objects.kinds import CR_KINDS, LLM_SERVICE, Kind, kind_of
from mtop_core.objects.refs import Ref, full_name
from mtop_core.objects.text import plain
from mtop_core.objects.times import rfc3339
from mtop_core.places import write_atomically
from mtop_core.providers.base import EVERYTHING, Listing, Narrow, Object, Source, Static, in_namespace
from mtop_core.providers.dump import group_by_kind, log_lines
from mtop_core.providers.load import SUFFIXES, LoadedFile, ShippedFile, load_file, manifests_in, place_of
from mtop_core.providers.worlds import World
from mtop_core.record import Record

CHANGES = "changes.json"

# What a server alone sets: an object saved with `get -o yaml` has it, and one created from that must not.
_SERVER_SIDE = frozenset((
    "uid", "resourceVersion", "generation", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds",
    "managedFields", "selfLink",
))  # fmt: skip


class Changes(Record):
    """What the user did to a world: the keys of deleted objects, and the objects created since."""

    deleted: frozenset[str]
    created: tuple[dict[str, Any], ...]


class MockProvider(Static):
    """One mock world; its files are read when a kind of theirs is asked for."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._files: dict[str, LoadedFile] = {}

    @cached_property
    def source(self) -> Source:
        """The world, at its capture time."""
        return Source("mock", self._world.name, self._world.captured_at)

    @property
    def server_version(self) -> str:
        """The version of the API server the world pretends to be of."""
        return self._world.kubernetes_version

    def now(self) -> datetime:
        """The world's capture time."""
        return self._world.captured_at

    def look(
        self, kinds: Collection[Kind], namespace: str = "", narrow: Narrow = EVERYTHING
    ) -> dict[Kind, Listing]:
        """The objects of each kind; a kind without a file is a gap."""
        return {kind: self._listing(kind, namespace) for kind in kinds}

    def place(self, obj: Object, path: tuple[str | int, ...] = ()) -> str:
        """`FILE:LINE` of a field."""
        return place_of(list(self._files.values()), obj, path)

    def logs(
        self, namespace: str, pod: str, container: str, previous: bool = False, tail: int = 0,
        since: datetime | None = None, follow: bool = False,
    ) -> Iterator[bytes]:
        """The lines of `logs/NAMESPACE/POD/CONTAINER[.previous].log` in the world."""  # fmt: skip
        return log_lines(self._root, namespace, pod, container, previous)

    def create(self, objects: Sequence[Object], dry_run: str = "", strict: bool = True) -> list[dict[str, Any]]:
        """Adds all objects or none, as an API server would store them."""
        stored = [self._stored(obj) for obj in objects]
        if dry_run:
            self._refuse_existing(stored)
            return stored
        with self._world.writing() as folder:
            self._reload()
            self._refuse_existing(stored)
            changes = _changes(folder)
            _save(folder, Changes(changes.deleted, (*changes.created, *stored)))
        self._reload()
        return stored

    def delete(self, refs: Sequence[Ref], dry_run: str = "", wait: float = 0.0) -> None:
        """Deletes the objects and all they own, directly or through others."""
        if dry_run:
            self._doomed(refs)
            return
        with self._world.writing() as folder:
            self._reload()
            doomed = self._doomed(refs)
            changes = _changes(folder)
            kept = tuple(obj for obj in changes.created if _key(obj) not in doomed)
            _save(folder, Changes(changes.deleted | doomed, kept))
        self._reload()

    def _reload(self) -> None:
        self._files.clear()
        for name in ("_crs", "_changed", "_root", "_trusted"):
            self.__dict__.pop(name, None)

    @cached_property
    def _root(self) -> str:
        return self._world.root

    @cached_property
    def _trusted(self) -> bool:
        return self._world.trusted

    @cached_property
    def _changed(self) -> Changes:
        return _changes(self._root)

    @cached_property
    def _crs(self) -> Mapping[Kind, list[dict[str, Any]]]:
        files = [self._file(path) for path in manifests_in(os.path.join(self._root, "crs"))]
        for file in files:
            for obj in file.objects:
                if kind_of(obj) not in CR_KINDS:
                    raise DataError(
                        f"{file.place(obj, ('kind',))}: {plain(text(obj, 'kind'))} is no kind of KServe's"
                    )
        return group_by_kind(files)

    def _file(self, path: str) -> LoadedFile:
        if path not in self._files:
            name = plain(self._world.name + path.removeprefix(self._root))
            shipped = self._trusted and path.endswith((".json", ".jsonl"))
            self._files[path] = ShippedFile(name, path) if shipped else load_file(path, name)
        return self._files[path]

    def _listing(self, kind: Kind, namespace: str = "") -> Listing:
        if kind in CR_KINDS:
            objects: Sequence[dict[str, Any]] = self._crs.get(kind, ())
        else:
            path = self._path(kind)
            if path is None:
                return Listing((), f"no {kind.plural} in this world")
            objects = self._file(path).objects
        deleted, created = self._changed
        if deleted:
            objects = [obj for obj in objects if _key(obj) not in deleted]
        objects = [*objects, *(obj for obj in created if kind_of(obj) == kind)]
        return Listing(in_namespace(objects, kind, namespace))

    def _path(self, kind: Kind) -> str | None:
        stem = os.path.join(self._root, "cluster", kind.resource)
        return next((stem + suffix for suffix in (".jsonl", *SUFFIXES) if os.path.isfile(stem + suffix)), None)

    def _stored(self, obj: Object) -> dict[str, Any]:
        import uuid

        names = uuid.uuid5(uuid.NAMESPACE_URL, "https://mtop.dev/mock")
        meta = mapping(obj, "metadata")
        server_side = {
            "namespace": text(meta, "namespace") or "default",
            "uid": str(uuid.uuid5(names, _key(obj))),
            "generation": 1,
            "creationTimestamp": rfc3339(self.now()),
        }
        stored = {key: value for key, value in obj.items() if key != "status"}
        given = {key: value for key, value in meta.items() if key not in _SERVER_SIDE}
        stored["metadata"] = {**given, **server_side}
        if kind_of(obj) == LLM_SERVICE:
            _default_model_name(stored)
        return stored

    def _refuse_existing(self, stored: Sequence[Object]) -> None:
        taken = {_key(obj) for kind in CR_KINDS for obj in self._listing(kind).objects}
        for obj in stored:
            if _key(obj) in taken:
                where = text(obj, "metadata", "namespace")
                raise ConflictError(
                    f"{full_name(obj)} already exists in namespace {plain(where)}; nothing was created",
                    "delete it first, or give the new one another name",
                )
            taken.add(_key(obj))

    def _doomed(self, refs: Sequence[Ref]) -> frozenset[str]:
        """The keys of the objects named and of everything they own."""
        known = {kind.name: kind for kind in CR_KINDS}
        doomed: set[str] = set()
        uids: set[str] = set()  # a hand-written world need not give any; its objects own nothing then
        for ref in refs:
            found = [
                obj
                for obj in self._listing(known[ref.kind], ref.namespace).objects
                if text(obj, "metadata", "name") == ref.name
            ]
            if not found:
                raise NotFoundError(f"there is no {ref}; nothing was deleted")
            doomed.update(_key(obj) for obj in found)
            uids.update(uid for obj in found if (uid := text(obj, "metadata", "uid")))
        children = list(self._owned())
        grown = True
        while grown:
            more = [(uid, key) for uid, key, owners in children if key not in doomed and owners & uids]
            doomed.update(key for _, key in more)
            uids.update(uid for uid, _ in more if uid)
            grown = bool(more)
        return frozenset(doomed)

    def _owned(self) -> Iterator[tuple[str, str, frozenset[str]]]:
        """The uid, the key and the owners' uids of every object that names an owner by uid."""
        for path in manifests_in(os.path.join(self._root, "cluster")):
            for obj in self._file(path).objects:
                owners = frozenset(
                    uid for owner in items(obj, "metadata", "ownerReferences") if (uid := text(owner, "uid"))
                )
                if owners:
                    yield text(obj, "metadata", "uid"), _key(obj), owners


def _default_model_name(stored: dict[str, Any]) -> None:
    """What KServe's defaulting webhook does: the model is served under the service's own name."""
    spec = stored.get("spec")
    if isinstance(spec, dict) and isinstance(model := spec.get("model"), dict) and "name" not in model:
        stored["spec"] = {**spec, "model": {**model, "name": text(stored, "metadata", "name")}}


def _key(obj: Object) -> str:
    group = text(obj, "apiVersion").rpartition("/")[0]
    meta = mapping(obj, "metadata")
    return f"{group}/{text(obj, 'kind')}/{text(meta, 'namespace') or 'default'}/{text(meta, 'name')}"


def _changes(folder: str) -> Changes:
    import json

    path = os.path.join(folder, CHANGES)
    try:
        with open(path, "rb") as stream:
            data = json.load(stream)
        created = LoadedFile(CHANGES, json.dumps({"kind": "List", "items": data["created"]})).objects
        return Changes(frozenset(data["deleted"]), tuple(created))
    except FileNotFoundError:
        return Changes(frozenset(), ())
    except (OSError, ValueError, KeyError, TypeError, RecursionError, DataError):
        raise DataError(f"{plain(path)} cannot be read", "mtop mock reset goes back") from None


def _save(folder: str, changes: Changes) -> None:
    import json

    content = {"deleted": sorted(changes.deleted), "created": changes.created}
    write_atomically(os.path.join(folder, CHANGES), json.dumps(content, indent=1) + "\n")
