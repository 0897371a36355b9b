"""The schemas say the same as the CustomResourceDefinitions of KServe, where these are at hand."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from mtop_core.data import data_path

CRDS = Path(os.environ.get("MTOP_KSERVE_CRDS") or data_path("schemas").parent.parent / "shared/data/kserve")
FULL = CRDS / "full"
KINDS = [
    ("llminferenceservice", "v1alpha1"),
    ("llminferenceservice", "v1alpha2"),
    ("llminferenceserviceconfig", "v1alpha1"),
    ("llminferenceserviceconfig", "v1alpha2"),
    ("inferenceservice", "v1beta1"),
]
# The API server knows apiVersion, kind and metadata without the CRD, so only ours spells them out.
ENVELOPE = {"apiVersion", "kind", "metadata"}
# A document without spec is of no use except as a Config; the API server would take it.
EXTRA_REQUIRED = ENVELOPE | {"spec"}
PLAIN = ("enum", "minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems", "minProperties")

pytestmark = pytest.mark.skipif(
    not FULL.is_dir(), reason=f"no CRDs at {CRDS}: set MTOP_KSERVE_CRDS to a folder that has full/*.yaml"
)


@cache
def crd(kind: str) -> dict[str, Any]:
    text = (FULL / f"serving.kserve.io_{kind}s.yaml").read_text(encoding="utf-8")
    loaded = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return {item["name"]: item["schema"]["openAPIV3Schema"] for item in loaded["spec"]["versions"]}


@cache
def document(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((data_path("schemas") / f"{name}.json").read_text(encoding="utf-8"))
    return loaded


def resolved(node: dict[str, Any], name: str) -> tuple[dict[str, Any], str]:
    while "$ref" in node:
        target, _, pointer = node["$ref"].partition("#/$defs/")
        name = target.removesuffix(".json") or name
        node = document(name)["$defs"][pointer]
    return node, name


def types(node: dict[str, Any]) -> set[str]:
    if node.get("x-kubernetes-int-or-string"):
        return {"integer", "string"}
    found = node.get("type", [])
    return {found} if isinstance(found, str) else set(found)


def pattern(node: dict[str, Any]) -> str | None:
    found = node.get("pattern")
    # One spelling of a digit, one of the label characters: the same languages.
    return found and found.replace(r"\d", "[0-9]").replace("[a-z0-9-]", "[-a-z0-9]")


def differences(ours: dict[str, Any], name: str, theirs: dict[str, Any], path: str) -> Iterator[str]:
    """Every difference of two schemas that describe the same field."""
    ours, name = resolved(ours, name)
    if types(ours) != types(theirs):
        yield f"{path}: type {sorted(types(ours))} against {sorted(types(theirs))}"
    for word in PLAIN:
        if (ours.get(word) or None) != (theirs.get(word) or None):
            yield f"{path}: {word} {ours.get(word)} against {theirs.get(word)}"
    if pattern(ours) != pattern(theirs):
        yield f"{path}: pattern {pattern(ours)} against {pattern(theirs)}"
    if ours.get("format") != theirs.get("format"):
        yield f"{path}: format {ours.get('format')} against {theirs.get('format')}"
    if set(ours.get("required", [])) != set(theirs.get("required", [])):
        yield f"{path}: required {ours.get('required')} against {theirs.get('required')}"
    yield from openness(ours, theirs, path)
    yield from children(ours, name, theirs, path)


def openness(ours: dict[str, Any], theirs: dict[str, Any], path: str) -> Iterator[str]:
    keeps = bool(theirs.get("x-kubernetes-preserve-unknown-fields")) or "additionalProperties" in theirs
    if types(ours) == {"object"} and (ours.get("additionalProperties") is not False) != keeps:
        yield f"{path}: unknown fields are {'kept' if keeps else 'dropped'} by the API"


def children(ours: dict[str, Any], name: str, theirs: dict[str, Any], path: str) -> Iterator[str]:
    mine, other = ours.get("properties", {}), theirs.get("properties", {})
    yield from (f"{path}.{field}: only in the CRD" for field in sorted(other.keys() - mine.keys()))
    yield from (f"{path}.{field}: only in the schema" for field in sorted(mine.keys() - other.keys()))
    for field in sorted(mine.keys() & other.keys()):
        yield from differences(mine[field], name, other[field], f"{path}.{field}")
    for word, mark in (("items", "[]"), ("additionalProperties", "{}")):
        if isinstance(ours.get(word), dict) or isinstance(theirs.get(word), dict):
            yield from differences(ours.get(word) or {}, name, theirs.get(word) or {}, path + mark)


@pytest.mark.parametrize(("kind", "version"), KINDS)
def test_schema_equals_crd(kind: str, version: str) -> None:
    name = f"{kind}.{version}"
    ours, theirs = document(name), crd(kind)[version]
    assert set(ours["properties"]) == set(theirs["properties"])
    assert set(ours["required"]) - set(theirs.get("required", [])) <= EXTRA_REQUIRED
    found = [
        line
        for part in ("spec", "status")
        for line in differences(ours["properties"][part], name, theirs["properties"][part], part)
    ]
    assert found == []
