"""Turn the field tables into JSON Schemas: one document per kind and version, and the parts they share."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from schemas.make.notation import INCLUDE, Schema, parse

TABLES = Path(__file__).parent / "tables"
_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_ID = "https://mtop.dev/schemas/{}.json"
# Shared documents and the table files they are made of.
_SHARED = {
    "pod": ("metadata", "pod", "scheduling", "container", "volume"),
    "route": ("route",),
    "kserve": ("kserve",),
}
_TITLES = {
    "pod": ("Kubernetes objects", "Pods, containers, volumes, claims and metadata for the other schemas."),
    "route": ("Routes", "Gateway API routes and inference pools for the other schemas."),
    "kserve": ("KServe objects", "Objects that the kinds of KServe share."),
    "templated": ("Templated objects", "Pods and routes of a Config: values may be Go template expressions."),
}
_LOCAL = ("llm", "isvc", "versions", "topology")
_TEMPLATED_ROOT = "llminferenceserviceconfig."
# A Config is checked before its templates are rendered, so the API has no formats and lower bounds there.
_UNRENDERED = ("pattern", "examples", "minLength", "minItems", "minProperties")


def documents() -> dict[str, Schema]:
    """Every schema document by name."""
    made = {name: _shared(name) for name in _SHARED}
    made["templated"] = _templated()
    roots = [name for name in _tables() if name[0].islower()]
    return made | {name: _root(name) for name in roots}


@cache
def _homes() -> dict[str, str]:
    """The shared document of each shared object."""
    return {name: home for home, files in _SHARED.items() for file in files for name in _file(file)}


@cache
def _file(name: str) -> dict[str, Schema]:
    return parse((TABLES / f"{name}.txt").read_text(encoding="utf-8"))


@cache
def _tables() -> dict[str, Schema]:
    files = [file for files in _SHARED.values() for file in files] + list(_LOCAL)
    return {name: schema for file in files for name, schema in _file(file).items()}


def _shared(name: str) -> Schema:
    objects = [other for other, home in _homes().items() if home == name]
    return _head(name, *_TITLES[name]) | {"$defs": {key: _object(key, name) for key in sorted(objects)}}


def _templated() -> Schema:
    objects = [name for name, home in _homes().items() if home != "kserve"]
    defs = {name: _unrendered(_object(name, "templated")) for name in sorted(objects)}
    return _head("templated", *_TITLES["templated"]) | {"$defs": defs}


def _root(name: str) -> Schema:
    """One document with the local objects it reaches."""
    body = _object(name, name)
    defs: dict[str, Schema] = {}
    waiting = list(_local_refs(body))
    while waiting:
        key = waiting.pop(0)
        if key not in defs:
            defs[key] = _object(key, name)
            waiting += _local_refs(defs[key])
    properties = body["properties"]
    title = f"{properties['kind']['const']} {properties['apiVersion']['const']}"
    return _head(name, title, body.pop("description")) | body | {"$defs": dict(sorted(defs.items()))}


def _head(name: str, title: str, description: str) -> Schema:
    return {"$schema": _DIALECT, "$id": _ID.format(name), "title": title, "description": description}


def _object(name: str, document: str) -> Schema:
    found = _resolved(_tables()[name], document)
    assert isinstance(found, dict)
    return found


def _resolved(node: Any, document: str) -> Any:
    """A copy with includes taken in and references that hold inside `document`."""
    if isinstance(node, list):
        return [_resolved(item, document) for item in node]
    if not isinstance(node, dict):
        return node
    if isinstance(node.get(INCLUDE), list):
        node = _flat(node)
    made = {key: _resolved(value, document) for key, value in node.items()}
    if isinstance(node.get("$ref"), str):
        made["$ref"] = _reference(node["$ref"], document)
    return made


def _flat(node: Schema) -> Schema:
    """An object with the fields of its includes; its own fields win."""
    properties: dict[str, Schema] = {}
    required: set[str] = set()
    for name, without in node[INCLUDE]:
        other = _flat(_tables()[name])
        properties |= {key: value for key, value in other["properties"].items() if key not in without}
        required |= set(other.get("required", ())) - set(without)
    required = (required - set(node["properties"])) | set(node["required"])
    properties |= node["properties"]
    made = {key: value for key, value in node.items() if key not in (INCLUDE, "properties", "required")}
    made["properties"] = dict(sorted(properties.items()))
    return made | ({"required": sorted(required)} if required else {})


def _reference(name: str, document: str) -> str:
    home = _homes().get(name)
    if name not in _tables():
        raise KeyError(f"no table has the object {name}")
    if home in ("pod", "route") and document.startswith(_TEMPLATED_ROOT):
        home = "templated" if name != "Metadata" else home
    if home is None or home == document or (document == "templated" and home != "kserve"):
        return f"#/$defs/{name}"
    return f"{home}.json#/$defs/{name}"


def _local_refs(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        ref = node.get("$ref")
        if isinstance(ref, str) and ref.startswith("#"):
            yield ref.rpartition("/")[2]
        node = list(node.values())
    if isinstance(node, list):
        for item in node:
            yield from _local_refs(item)


def _unrendered(node: Any, *, names: bool = False) -> Any:
    """A copy without formats and lower bounds; the keys of `properties` are names, never constraints."""
    if isinstance(node, list):
        return [_unrendered(item) for item in node]
    if not isinstance(node, dict):
        return node
    kept = {key: value for key, value in node.items() if names or key not in _UNRENDERED}
    return {key: _unrendered(value, names=not names and key == "properties") for key, value in kept.items()}
