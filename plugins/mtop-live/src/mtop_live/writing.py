"""Creating and deleting on a cluster: checked by the server first, all or nothing as far as an API server allows it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mtop_core.api import ConflictError, MtopError, NotFoundError, Ref, SourceError, kinds, plain, text
from mtop_live.asking import Request
from mtop_live.listing import Lister, Where, collection, doing
from mtop_live.refusals import Refusal, Trouble
from mtop_live.transport import Transport

MANAGER = "mtop"
TAKE_BACK_WITHIN = 5.0
_KINDS = {kind.name: kind for kind in kinds.CR_KINDS}
# What a server alone sets: an object saved with `get -o yaml` has it, and one created from that must not.
_SERVER_SIDE = frozenset((
    "uid", "resourceVersion", "generation", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds",
    "managedFields", "selfLink",
))  # fmt: skip


class Writer:
    """Writes to one cluster."""

    def __init__(self, transport: Transport, lister: Lister) -> None:
        self._transport = transport
        self._lister = lister

    def create(self, objects: Sequence[Mapping[str, Any]], dry_run: str, strict: bool) -> list[dict[str, Any]]:
        """Creates all objects or none; the error names the one that stands in the way."""
        clean = [_clean(obj, self._transport.endpoint.namespace) for obj in objects]
        if dry_run == "client":
            return clean
        stored: list[dict[str, Any]] = []
        try:
            if dry_run or len(clean) > 1:  # what the server would refuse must not stop us half way
                checked = [self._create(obj, strict, dry=True) for obj in clean]
                if dry_run:
                    return checked
            for obj in clean:
                stored.append(self._create(obj, strict))
        except BaseException as error:
            left = list(self._taken_back(stored))
            if isinstance(error, MtopError):
                error.message += _outcome(error, left, several=len(clean) > 1)
            raise
        return stored

    def delete(self, refs: Sequence[Ref], dry_run: str, wait: float) -> None:
        """Deletes all objects named; the cluster collects what they own. With `wait` it returns when they are gone."""
        if dry_run == "client":
            return
        if dry_run or len(refs) > 1:
            for ref in refs:
                self._delete(ref, dry=True)
            if dry_run:
                return
        gone: dict[Ref, str] = {}
        for ref in refs:
            try:
                gone[ref] = self._delete(ref)
            except MtopError as error:
                unsure = f"it is not known whether {ref} is deleted; " if _unsure(error) else ""
                error.message += f"; {unsure}{_deleted(gone, also=bool(unsure))}"
                raise
        if wait:
            self._until_gone(gone, wait)

    def _taken_back(self, stored: Sequence[dict[str, Any]]) -> Iterator[str]:
        """Deletes what was just created, soon or not at all, and names what would not go."""
        for obj in reversed(stored):
            ref = Ref(obj["kind"], text(obj, "metadata", "namespace"), text(obj, "metadata", "name"))
            try:
                self._delete(ref, uid=text(obj, "metadata", "uid"), seconds=TAKE_BACK_WITHIN)
            except MtopError:
                yield str(ref)

    def _create(self, obj: dict[str, Any], strict: bool, *, dry: bool = False) -> dict[str, Any]:
        kind, meta = _KINDS[obj["kind"]], obj["metadata"]
        version, namespace = obj["apiVersion"].rpartition("/")[2], meta["namespace"]
        query = [("fieldManager", MANAGER), ("fieldValidation", "Strict" if strict else "Ignore")]
        if dry:
            query.append(("dryRun", "All"))
        path = collection(kind, version, namespace)
        request = Request("POST", path, doing("create", kind, namespace), query, json.dumps(obj).encode())
        try:
            return self._transport.json(request)
        except Refusal as refusal:
            raise self._why_not(refusal, kind, obj) from None
        except Trouble as trouble:
            trouble.message = f"{plain(kind.prefix)}/{plain(meta['name'])}: {trouble.message}"
            raise trouble if dry else _Unsure(trouble.message, _look_for(meta)) from None

    def _why_not(self, refusal: Refusal, kind: kinds.Kind, obj: Mapping[str, Any]) -> MtopError:
        """Why an object could not be created, by its name."""
        namespace = plain(text(obj, "metadata", "namespace"))
        name = plain(f"{kind.prefix}/{text(obj, 'metadata', 'name')}")
        if refusal.status == 409 and refusal.reason == "AlreadyExists":
            return ConflictError(f"{name} already exists in namespace {namespace}",
                                 "delete it first, or give the new one another name")  # fmt: skip
        if refusal.status == 404:
            if refusal.details.get("kind") == "namespaces":
                return NotFoundError(f"{name}: there is no namespace {namespace}",
                                     f"kubectl create namespace {namespace}")  # fmt: skip
            return NotFoundError(f"{name}: the cluster does not serve {kind.plural} as {plain(obj['apiVersion'])}",
                                 f"kubectl api-resources --api-group={kind.group} shows what it serves")  # fmt: skip
        if refusal.unsure:
            return _Unsure(f"{name}: {refusal.message}", _look_for(obj["metadata"]))
        refusal.error.message = f"{name}: {refusal.message}"
        return refusal.error

    def _delete(self, ref: Ref, *, dry: bool = False, uid: str = "", seconds: float = 0.0) -> str:
        """Deletes one object; its uid."""
        kind = _KINDS[ref.kind]
        path = f"{self._lister.path(kind, ref.namespace)}/{ref.name}"
        # all of it in the body: where there is one, a server does not look at the query
        options: dict[str, Any] = {"propagationPolicy": "Background"}
        if dry:
            options["dryRun"] = ["All"]
        if uid:
            options["preconditions"] = {"uid": uid}
        request = Request("DELETE", path, doing("delete", kind, ref.namespace), (), json.dumps(options).encode(),
                          seconds=seconds)  # fmt: skip
        try:
            answer = self._transport.json(request)
        except Refusal as refusal:
            if refusal.status == 404:
                raise NotFoundError(f"there is no {ref}") from None
            raise _Unsure(refusal.message, refusal.hint) if refusal.unsure and not dry else refusal.error from None
        return text(answer, "details", "uid") or text(answer, "metadata", "uid")

    def _until_gone(self, gone: Mapping[Ref, str], seconds: float) -> None:
        """Waits until the objects of those uids are gone; SourceError names those that are not in time."""
        from tenacity import RetryError, Retrying, retry_if_result, stop_after_delay, wait_exponential

        left = dict(gone)

        def there() -> bool:
            for ref, uid in list(left.items()):
                if not self._is_there(ref, uid):
                    del left[ref]
            return bool(left)

        try:
            Retrying(retry=retry_if_result(bool), stop=stop_after_delay(seconds),
                     wait=wait_exponential(multiplier=0.1, max=2))(there)  # fmt: skip
        except RetryError:
            first = next(iter(left))
            raise SourceError(
                f"{', '.join(map(str, left))} {'is' if len(left) == 1 else 'are'} being deleted, "
                f"and still there after {seconds:g} s",
                plain(f"what holds it: kubectl get {_KINDS[first.kind].resource} {first.name} -n {first.namespace} "
                      "-o jsonpath='{.metadata.finalizers}'"),
            ) from None  # fmt: skip

    def _is_there(self, ref: Ref, uid: str) -> bool:
        where = Where(ref.namespace, fields=f"metadata.name={ref.name}", bare=True)
        found = self._lister.find(_KINDS[ref.kind], where)
        if found.gap:
            raise SourceError(f"{ref} is being deleted, and whether it is gone cannot be seen: {found.gap}")
        return any(not uid or text(obj, "metadata", "uid") == uid for obj in found.objects)


class _Unsure(SourceError):
    """A write got no answer that says whether it was done."""


def _look_for(meta: Mapping[str, Any]) -> str:
    return plain(f"see whether it is there: mtop get {meta['name']} -n {meta['namespace']}")


def _unsure(error: MtopError) -> bool:
    return isinstance(error, _Unsure | Trouble)


def _outcome(error: MtopError, left: Sequence[str], *, several: bool) -> str:
    """What a create that failed leaves behind."""
    parts = ["it is not known whether it was created"] if isinstance(error, _Unsure) else []
    if left:
        parts.append(f"created and not taken back: {', '.join(left)}")
    elif not parts:
        parts.append("nothing was created")
    elif several:
        parts.append("none of the others is left")
    return f"; {'; '.join(parts)}"


def _clean(obj: Mapping[str, Any], namespace: str) -> dict[str, Any]:
    """An object without what only a server sets, in a namespace."""
    meta = {key: value for key, value in obj["metadata"].items() if key not in _SERVER_SIDE}
    meta["namespace"] = meta.get("namespace") or namespace
    return {**{key: value for key, value in obj.items() if key != "status"}, "metadata": meta}


def _deleted(gone: Mapping[Ref, str], *, also: bool) -> str:
    """Which objects were deleted before one could not be."""
    if gone:
        return f"deleted before: {', '.join(map(str, gone))}"
    return "no other was deleted" if also else "nothing was deleted"
