"""The normal form of objects: two of them are the same to Kubernetes where their normal forms are equal.

Everything else here is built on it: a digest of it is what snapshots compare before they parse anything, and the walk
explains where two of them part. So a difference is shown, or it does not count; there is no third thing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from mtop_snapshot.diff.flags import flag_map, has_flags
from mtop_snapshot.diff.scalars import plain, variable
from mtop_snapshot.diff.shapes import DEFAULTS
from mtop_snapshot.diff.versions import current
from mtop_snapshot.diff.where import NOTHING, Where, root

SEMANTICS = "2"  # changes whenever the normal form of anything does: digests of different ones say nothing


class _Absent:
    """What stands for a field that is not there, or says no more than if it were not."""

    def __repr__(self) -> str:
        return "absent"


ABSENT = _Absent()
DELETING = "deletionTimestamp"
_OF_NODES = ("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable")


def normal(obj: Mapping[str, Any], *, status: bool = False) -> dict[str, Any]:
    """The normal form of an object without its name; its status, and whether it is being deleted, only where asked."""
    obj = prepared(obj)
    at = root(obj.get("kind"))
    found: dict[str, Any] = {}
    for key in sorted(obj):
        if key == "apiVersion":
            found[key] = str(obj[key]).rpartition("/")[0]
        elif key != "status" or status:
            value = member(obj[key], at.inside(key), obj)
            if value is not ABSENT:
                found[key] = value
    if status and deleting(obj):
        found[DELETING] = True
    return found


def deleting(obj: Mapping[str, Any]) -> bool:
    """Whether an object is being deleted."""
    return bool((obj.get("metadata") or {}).get(DELETING))


def digests(obj: Mapping[str, Any]) -> tuple[str, str]:
    """The digest of an object's normal form without its status, and that of its status."""
    status = member(obj.get("status"), root(obj.get("kind")).inside("status"), obj)
    return _digest(normal(obj)), _digest([None if status is ABSENT else status, deleting(obj)])


def _digest(value: Any) -> str:
    return hashlib.sha256(text_of(value).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def prepared(obj: Mapping[str, Any]) -> Mapping[str, Any]:
    """An object in the newest version of its API, without what a webhook fills in from its own name."""
    obj = current(obj)
    spec = obj.get("spec")
    if obj.get("kind") == "LLMInferenceService" and isinstance(spec, dict):
        model = spec.get("model")
        if isinstance(model, dict) and model.get("name") == (obj.get("metadata") or {}).get("name"):
            return {**obj, "spec": {**spec, "model": {key: value for key, value in model.items() if key != "name"}}}
    return obj


def server_field(key: str, at: Where, holder: Mapping[str, Any]) -> str:
    """Why a field of a mapping is the server's own and no state of the object; empty where it is."""
    if key in at.server:
        return "times" if at.top == "status" else "server fields"
    if at.prefixes and key.startswith(at.prefixes):
        return "server fields"
    if key == "replicas" and at.owner_sets_replicas(holder):
        return "replicas set by their owner"
    if key == "serviceAccount" and holder.get("serviceAccountName") == holder[key]:
        return "server fields"
    return ""


def member(value: Any, at: Where, holder: Mapping[str, Any]) -> Any:
    """The normal form of a field's value; ABSENT where it says as much as no field."""
    kind = type(value)
    if kind is str:
        return _string(value, at, holder)
    if value is None:
        return ABSENT
    if kind is dict:
        found = mapping(value, at)
        if not found and at.empty:
            return ABSENT
        return ABSENT if type(at.default) is dict and found == _normal_default(at) else found
    if kind is list:
        if not value or (at.injects and all(injected(part, at) for part in value)):
            return ABSENT
        return sequence(value, at)
    if not value and (at.falsy if kind is bool else at.zero):
        return ABSENT
    found = at.code(value) if at.code else plain(value)
    return ABSENT if type(found) is type(at.default) and found == at.default else found


def _string(value: str, at: Where, holder: Mapping[str, Any]) -> Any:
    if not value:
        return value if at.kept_empty else ABSENT
    if at.field == "value" and at.around == "env":
        return variable(holder.get("name"), value)
    if at.free and at.code is None:
        return value
    found = at.code(value) if at.code else plain(value) if "\n" in value else value
    if type(at.default) is str and found == at.default:
        return ABSENT
    if at.field == "imagePullPolicy":
        return ABSENT if value == _pull_policy(str(holder.get("image", ""))) else value
    return ABSENT if at.field == "targetPort" and value == holder.get("port") else found


def _normal_default(at: Where) -> Any:
    return at.default if not at.default else {**mapping(at.default, at)}


def _pull_policy(image: str) -> str:
    """What a server fills in: what may have changed under the same name is pulled each time."""
    name = image.rpartition("/")[2]
    return "Always" if "@" not in name and (":" not in name or name.endswith(":latest")) else "IfNotPresent"


def mapping(value: Mapping[str, Any], at: Where) -> dict[str, Any]:
    """The normal form of a mapping: without the server's own fields and what it fills in."""
    at = at.of(value)
    found = {}
    inside = at.inside
    guarded = bool(at.server or at.prefixes or at.owned or "serviceAccount" in value)
    for key, part in value.items():
        if guarded and server_field(key, at, value):
            continue
        fresh = member(part, inside(key), value)
        if fresh is not ABSENT:
            found[key] = fresh
    return found


def sequence(value: list[Any], at: Where) -> Any:
    """The normal form of a list: a mapping where its entries have keys, sorted where it is a set."""
    if at.field in ("args", "command") and has_flags(value):
        return flag_map(value)
    keys = keys_of(value, at)
    entries = [entry(part, at) for part in value]
    if keys is not None:
        found = {key: part for key, part, raw in zip(keys, entries, value, strict=True) if not injected(raw, at)}
        return [list(found), found] if at.ordered else found
    if at.set:
        return sorted((part for part, raw in zip(entries, value, strict=True) if not injected(raw, at)), key=text_of)
    return entries


def entry(value: Any, at: Where) -> Any:
    """The normal form of an entry of a list."""
    if type(value) is dict:
        return mapping(value, at)
    if type(value) is list:
        return [entry(part, at) for part in value]
    return value


def keys_of(value: list[Any], at: Where) -> list[str] | None:
    """What tells the entries of a list apart, None where nothing does: they are no mappings, or two are alike."""
    if not value or not at.keys:
        return None
    for part in value:
        if type(part) is not dict:
            return None
    for names in at.keys:
        required = "name" if "name" in names else names[0]
        if all(part.get(required) is not None for part in value):
            keys = [_key(part, names, at.field) for part in value]
            if len(set(keys)) == len(keys):
                return keys
    return None


def _key(part: Mapping[str, Any], names: tuple[str, ...], field: str) -> str:
    if len(names) == 1:
        value = part.get(names[0])
        return value if type(value) is str else text_of(value)
    return "/".join(_key_part(part, name, field) for name in names).strip("/")


def _key_part(part: Mapping[str, Any], name: str, field: str) -> str:
    value = part.get(name)
    if value is None:
        value = DEFAULTS.get((field, name), DEFAULTS.get(("", name), ""))
    if type(value) is dict and type(value.get("name")) is str:  # a reference, by the name in it
        value = f"{value.get('namespace') or ''}/{value['name']}/{value.get('sectionName') or ''}".strip("/")
    return value if type(value) is str else text_of(value)


def injected(part: Any, at: Where) -> bool:
    """Whether an entry is one that a server puts into every pod: its own token, and two tolerations."""
    if not at.injects or type(part) is not dict:
        return False
    if at.field == "volumes":
        return str(part.get("name", "")).startswith("kube-api-access-")
    if at.field == "volumeMounts":
        return part.get("mountPath") == "/var/run/secrets/kubernetes.io/serviceaccount"
    return part.get("key") in _OF_NODES and part.get("tolerationSeconds") == 300


def same(one: Any, other: Any) -> bool:
    """Whether two normal forms are equal; a number is no boolean."""
    if one is ABSENT or other is ABSENT:
        return one is other
    if type(one) is not type(other):
        return False
    return text_of(one) == text_of(other) if type(one) in (dict, list) else bool(one == other)


def text_of(value: Any) -> str:
    """A value as canonical JSON."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


__all__ = [
    "ABSENT",
    "DELETING",
    "NOTHING",
    "SEMANTICS",
    "deleting",
    "digests",
    "entry",
    "injected",
    "keys_of",
    "mapping",
    "member",
    "normal",
    "prepared",
    "same",
    "sequence",
    "server_field",
    "text_of",
]  # fmt: skip
