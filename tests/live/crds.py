"""CRDs of KServe's kinds made from our own JSON Schemas, for where KServe's own are not at hand.

A JSON Schema becomes the structural schema an API server takes: references are replaced by what they name, unknown
fields are refused by the server anyway, and a choice of types becomes int-or-string or no type at all.
"""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

from mtop_core.objects.kinds import Kind
from tests.live.kinds import ALL, built_in

Schema = dict[str, Any]
SCHEMAS = Path(__file__).parent.parent.parent / "schemas"
_ANYTHING: Schema = {"x-kubernetes-preserve-unknown-fields": True}
_OBJECT: Schema = {"type": "object", **_ANYTHING}
_COPIED = (
    "enum", "format", "maxItems", "maxLength", "maxProperties", "maximum", "minItems", "minLength", "minProperties",
    "minimum", "pattern", "required",
)  # fmt: skip
_ENVELOPE = ("apiVersion", "kind", "metadata")  # the server's own to check


def generated() -> dict[str, dict[str, Any]]:
    """A CRD by its name for every kind that no Kubernetes API server has of its own, and for StorageClass."""
    return {kind.resource: _crd(kind) for kind in ALL if not built_in(kind) or kind.group == "storage.k8s.io"}


def _crd(kind: Kind) -> dict[str, Any]:
    versions = []
    for index, version in enumerate(kind.versions):
        one: dict[str, Any] = {"name": version, "served": True, "storage": index == 0}
        one["schema"] = {"openAPIV3Schema": _of_kind(kind, version)}
        one["subresources"] = {"status": {}}
        versions.append(one)
    names = {"kind": kind.name, "listKind": f"{kind.name}List", "plural": kind.plural, "singular": kind.name.lower()}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": kind.resource, "annotations": {"api-approved.kubernetes.io": "unapproved, for tests"}},
        "spec": {
            "group": kind.group,
            "names": {**names, "shortNames": [name for name in kind.short if name != "config"]},
            "scope": "Namespaced" if kind.namespaced else "Cluster",
            "versions": versions,
        },
    }


def _of_kind(kind: Kind, version: str) -> Schema:
    file = f"{kind.name.lower()}.{version}.json"
    if not (SCHEMAS / file).is_file():
        return _OBJECT
    schema = structural(_document(file), file)
    schema["required"] = [name for name in schema.get("required", []) if name not in _ENVELOPE]
    schema["properties"] |= {"apiVersion": {"type": "string"}, "kind": {"type": "string"}}
    schema["properties"]["metadata"] = {"type": "object"}
    return schema


def structural(schema: Schema, file: str) -> Schema:
    """The structural form of a JSON Schema that stands in `file`; raises ValueError for what has none."""
    if "$ref" in schema:
        target, _, pointer = str(schema["$ref"]).partition("#")
        file = target or file
        return structural(_at(file, pointer) | {key: schema[key] for key in schema if key != "$ref"}, file)
    out = _typed(schema) | {key: schema[key] for key in _COPIED if key in schema}
    if "const" in schema:
        out["enum"] = [schema["const"]]
    if isinstance(schema.get("items"), dict):
        out["items"] = structural(schema["items"], file)
    fields = schema.get("properties", {})
    if fields:
        out["properties"] = {name: structural(child, file) for name, child in fields.items() if child is not False}
    return out | _further(schema, file)


def _typed(schema: Schema) -> Schema:
    """What the `type` of a JSON Schema becomes."""
    given = schema.get("type", [])
    types = {given} if isinstance(given, str) else set(given)
    nullable: Schema = {"nullable": True} if "null" in types else {}
    types.discard("null")
    if len(types) == 1:
        return {"type": types.pop(), **nullable}
    if types == {"integer", "string"}:
        return {"x-kubernetes-int-or-string": True, **nullable}
    return {**_ANYTHING, **nullable}


def _further(schema: Schema, file: str) -> Schema:
    """What becomes of the fields a JSON Schema does not name."""
    further = schema.get("additionalProperties")
    if isinstance(further, dict) and "properties" not in schema:
        return {"additionalProperties": structural(further, file)}
    closed = further is False or schema.get("type") != "object"
    return {} if closed else _ANYTHING


def _at(file: str, pointer: str) -> Schema:
    found: Any = _document(file)
    for step in pointer.strip("/").split("/"):
        found = found[step]
    return dict(found)


@functools.cache
def _document(file: str) -> Any:
    return json.loads((SCHEMAS / file).read_text(encoding="utf-8"))
