"""Lists of one kind: paged, raw, in the newest version that both sides know; what cannot be read becomes a gap."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator, Sequence
from marshal import dumps
from typing import Any, NamedTuple

from mtop_core.api import DataError, MtopError, Record, UsageError, kinds, plain
from mtop_live.asking import JSON, Request
from mtop_live.refusals import Refusal, Trouble
from mtop_live.transport import Transport

PAGE = 500
FEW = 100  # objects: of fewer it is not worth the while to look for equal parts
MAX_OBJECTS = 500_000
MAX_BYTES = 1 << 29
MAX_PAGES = 2_000
RESTARTS = 3
METADATA = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io"
ABSENT = "the cluster does not serve it"


class Where(Record):
    """Which objects of a kind: in one namespace or (empty) in all, with these label and field selectors."""

    namespace: str = ""
    labels: str = ""
    fields: str = ""
    bare: bool = False


class Page(NamedTuple):
    """Some objects of a list, the revision it is of, and the token of the next page (empty for the last)."""

    objects: list[dict[str, Any]]
    revision: str
    token: str


class Found(NamedTuple):
    """A whole list and the revision it is of; `gap` says why it could not be read, `denied` that it is forbidden."""

    objects: list[dict[str, Any]]
    revision: str = ""
    gap: str = ""
    denied: bool = False
    absent: bool = False
    hint: str = ""
    partly: bool = False


class Lister:
    """Reads lists, and remembers which version of each kind the cluster serves."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._versions: dict[kinds.Kind, str] = {}
        self._documents: dict[str, dict[str, Any] | None] = {}
        self._lock = threading.Lock()

    def find(self, kind: kinds.Kind, where: Where) -> Found:
        """All objects of a kind there, or why they cannot be read; raises Trouble where no answer comes."""
        known = self._versions.get(kind)
        denial: Refusal | None = None
        for version in (known,) if known else kind.versions:
            try:
                return self._all(kind, version, where)
            except Refusal as refusal:
                if refusal.status == 401:
                    raise  # it would be the same for every kind
                if refusal.status == 403:
                    denial = denial or refusal
                elif refusal.status != 404:
                    return Found([], gap=refusal.message, hint=refusal.hint)
            except DataError as error:
                return Found([], gap=error.message, hint=error.hint)
        return self._unread(kind, denial)

    def _unread(self, kind: kinds.Kind, denial: Refusal | None) -> Found:
        """Why a kind could not be read in any version: whoever may read little is refused what does not exist, too."""
        if denial is None and not kind.group:
            return Found([], gap="not found, though every cluster has it: is that an API server?")
        served = self._served(kind)
        if served and denial:
            return Found([], gap=denial.message, denied=True, hint=denial.hint)
        if served:
            return Found([], gap=f"the cluster serves it as {', '.join(served)}, which mtop does not read", absent=True)
        return Found([], gap=ABSENT, absent=True)

    def version(self, kind: kinds.Kind) -> str:
        """The version to ask for: the one that answered before, else the preferred one."""
        return self._versions.get(kind, kind.versions[0])

    def path(self, kind: kinds.Kind, namespace: str) -> str:
        """The path of a collection in the version to ask for."""
        return collection(kind, self.version(kind), namespace)

    def _all(self, kind: kinds.Kind, version: str, where: Where) -> Found:
        for attempt in range(RESTARTS):
            try:
                objects: list[dict[str, Any]] = []
                revision = ""
                for page in self._pages(kind, version, where):
                    objects += page.objects
                    revision = page.revision
                    if len(objects) > MAX_OBJECTS:
                        raise _too_many(f"more than {MAX_OBJECTS:,} objects")
                self._versions[kind] = version
                return Found(objects, revision)
            except Refusal as refusal:
                if refusal.status != 410 or attempt == RESTARTS - 1:
                    raise
                self._transport.trace.say(1, f"{kind.plural}: the list grew too old while it was read; once more")
        raise AssertionError("the last attempt returns or raises")

    def _pages(self, kind: kinds.Kind, version: str, where: Where) -> Iterator[Page]:
        token, size = "", 0
        known: dict[int, Any] = {}
        for _ in range(MAX_PAGES):
            body = self._transport.ask(request_of(kind, version, where, token)).body
            page = page_of(body, kind, version, known)
            yield page
            if page.token == token and token:
                raise DataError("the same page comes again and again: is that an API server?")
            token, size = page.token, size + len(body)
            if not token:
                return
            if size > MAX_BYTES:
                break
        raise _too_many(f"more than {MAX_BYTES >> 20} MiB or {MAX_PAGES:,} pages")

    def _served(self, kind: kinds.Kind) -> list[str]:
        """The versions in which the cluster serves a kind, known to us or not."""
        if not kind.group:
            return list(kind.versions)  # every cluster does
        group = self._discovered(f"/apis/{kind.group}")
        versions = [str(entry.get("version")) for entry in _dicts(group, "versions")]
        return [
            version for version in versions
            if any(entry.get("name") == kind.plural
                   for entry in _dicts(self._discovered(f"/apis/{kind.group}/{version}"), "resources"))
        ]  # fmt: skip

    def _discovered(self, path: str) -> dict[str, Any] | None:
        """A document of discovery, None where there is none; each is asked for once."""
        with self._lock:
            if path not in self._documents:
                try:
                    self._documents[path] = self._transport.json(Request("GET", path, f"ask what is served at {path}"))
                except Trouble:
                    raise
                except MtopError:
                    self._documents[path] = None
            return self._documents[path]


def request_of(kind: kinds.Kind, version: str, where: Where, token: str = "") -> Request:
    """The request for one page of a list."""
    query = [("limit", str(PAGE))]
    for name, value in (("labelSelector", where.labels), ("fieldSelector", where.fields), ("continue", token)):
        if value:
            query.append((name, value))
    accept = f"{METADATA},{JSON}" if where.bare else JSON
    return Request("GET", collection(kind, version, where.namespace), doing("list", kind, where.namespace), query,
                   accept=accept)  # fmt: skip


def _checked(namespace: str) -> str:
    """A namespace as a part of a path; UsageError for what no namespace is called."""
    if namespace and not re.fullmatch(r"[a-z0-9]([-a-z0-9]{0,251}[a-z0-9])?", namespace):
        raise UsageError(f'"{plain(namespace)}" is no name of a namespace', "small letters, digits and dashes")
    return namespace


def collection(kind: kinds.Kind, version: str, namespace: str) -> str:
    """The path of a collection, such as `/apis/apps/v1/namespaces/chat/deployments`."""
    root = f"/apis/{kind.group}/{version}" if kind.group else f"/api/{version}"
    inside = f"/namespaces/{_checked(namespace)}" if namespace and kind.namespaced else ""
    return f"{root}{inside}/{kind.plural}"


def doing(verb: str, kind: kinds.Kind, namespace: str) -> str:
    """A verb on a kind in words, such as `list deployments.apps in namespace chat`."""
    if not kind.namespaced:
        return f"{verb} {kind.resource}"
    return f"{verb} {kind.resource} in {f'namespace {plain(namespace)}' if namespace else 'all namespaces'}"


def page_of(body: bytes, kind: kinds.Kind, version: str, known: dict[int, Any]) -> Page:
    """A page as objects that say what they are; DataError where it is no list of objects with names.

    Parts that are equal to one in `known` (by hash) are taken from there: the pods of a Deployment differ in little.
    """
    try:
        found = json.loads(body)
        meta = found["metadata"]
        items = found.get("items") or ()
        objects = [whole(item, kind, version) for item in items]
        if len(objects) > FEW or known:
            for obj in objects:
                _share(obj, known)
        return Page(objects, meta.get("resourceVersion") or "", meta.get("continue") or "")
    except (ValueError, RecursionError, KeyError, TypeError, AttributeError):
        raise DataError(f"the answer is no list of {kind.plural}: is that an API server?") from None


def _too_many(what: str) -> DataError:
    return DataError(f"{what}; look at one namespace: -n NS")


def _share(obj: dict[str, Any], known: dict[int, Any]) -> None:
    """Puts parts that are known already in the place of equal ones."""
    for part in (obj["metadata"], obj.get("spec"), obj.get("status")):
        if type(part) is dict:
            for key, value in part.items():
                if type(value) in (dict, list):
                    digest = hash(dumps(value, 2))
                    if (same := known.setdefault(digest, value)) is not value and same == value:
                        part[key] = same


def whole(item: dict[str, Any], kind: kinds.Kind, version: str) -> dict[str, Any]:
    """An object with its apiVersion and kind, which the items of typed lists leave out; TypeError without a name."""
    meta = item["metadata"]
    if type(meta) is not dict or type(meta["name"]) is not str or not meta["name"]:
        raise TypeError("an object without a name")
    if type(meta.get("namespace", "")) is not str:
        raise TypeError("an object without a usable namespace")
    if kind not in kinds.CR_KINDS:
        meta.pop("managedFields", None)  # a third of a pod, and of use to none who reads it here
    if item.get("kind") == kind.name:
        return item
    named = {"apiVersion": f"{kind.group}/{version}" if kind.group else version, "kind": kind.name}
    return {**named, **item, **named} if "kind" in item else {**named, **item}


def _dicts(holder: dict[str, Any] | None, field: str) -> Sequence[dict[str, Any]]:
    entries = holder.get(field) if holder else None
    return [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else ()
