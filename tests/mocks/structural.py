"""Converts the structural schema of a CRD to a strict JSON Schema."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator

Schema = dict[str, Any]
_COPIED = (
    "enum",
    "pattern",
    "required",
    "minimum",
    "maximum",
    "minItems",
    "maxItems",
    "minLength",
    "maxLength",
    "minProperties",
    "maxProperties",
    "uniqueItems",
    "oneOf",
    "anyOf",
    "allOf",
    "not",
    "format",
)


def strict(schema: Schema, root: bool = False) -> Schema:
    """Return a JSON Schema that refuses what the API server would prune or reject."""
    out: Schema = {key: schema[key] for key in _COPIED if key in schema}
    if schema.get("x-kubernetes-int-or-string"):
        out["type"] = ["integer", "string"]
    elif "type" in schema:
        out["type"] = [schema["type"], "null"] if schema.get("nullable") else schema["type"]
    if "items" in schema:
        out["items"] = strict(schema["items"])
    properties = dict(schema.get("properties", {}))
    if root or schema.get("x-kubernetes-embedded-resource"):
        properties = {"apiVersion": {"type": "string"}, "kind": {"type": "string"}, **properties}
        properties["metadata"] = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    if properties:
        out["properties"] = {name: strict(child) for name, child in properties.items()}
    extra = schema.get("additionalProperties")
    if isinstance(extra, dict):
        out["additionalProperties"] = strict(extra)
    elif extra is None and not _open(schema) and schema.get("type") == "object":
        out["additionalProperties"] = False
    return out


def _open(schema: Schema) -> bool:
    return bool(schema.get("x-kubernetes-preserve-unknown-fields"))


def validators(file: Path) -> dict[tuple[str, str], Draft202012Validator]:
    """Return a validator per (apiVersion, kind) of the CRDs in a file."""
    out = {}
    with file.open(encoding="utf-8") as stream:
        for document in yaml.load_all(stream, Loader=yaml.CSafeLoader):
            if not document or document.get("kind") != "CustomResourceDefinition":
                continue
            spec = document["spec"]
            for version in spec["versions"]:
                schema = strict(version["schema"]["openAPIV3Schema"], root=True)
                key = (f"{spec['group']}/{version['name']}", spec["names"]["kind"])
                out[key] = Draft202012Validator(schema)
    return out
