"""The CRDs made of our own schemas: structural, and as strict with the worlds as KServe's own."""

from __future__ import annotations

import json
import urllib.error
from collections.abc import Iterator
from typing import Any

import pytest

from tests.live.crds import generated, structural
from tests.live.crdsource import SCHEMAS, load_crds
from tests.live.kinds import path_of
from tests.live.plane import Plane, running
from tests.live.worlds import WORLDS, load_objects, stored
from tests.mocks.world import load

Obj = dict[str, Any]


@pytest.fixture(scope="module")
def ours(plane: Plane, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plane]:
    """A server with the CRDs made of our schemas, whatever the others have."""
    plane.need_control()
    with running(tmp_path_factory.mktemp("ours")) as server:
        load_crds(server, SCHEMAS)
        yield server


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"type": "string", "examples": ["a"], "const": "a"}, {"type": "string", "enum": ["a"]}),
        ({"type": ["string", "null"]}, {"type": "string", "nullable": True}),
        ({"type": ["integer", "string"]}, {"x-kubernetes-int-or-string": True}),
        ({"type": ["boolean", "string"]}, {"x-kubernetes-preserve-unknown-fields": True}),
        ({"type": "object"}, {"type": "object", "x-kubernetes-preserve-unknown-fields": True}),
        ({"type": "object", "additionalProperties": False}, {"type": "object"}),
        (
            {"type": "object", "additionalProperties": {"type": "string"}},
            {"type": "object", "additionalProperties": {"type": "string"}},
        ),
        (
            {"type": "object", "additionalProperties": False, "properties": {"a": {"type": "integer"}, "b": False}},
            {"type": "object", "properties": {"a": {"type": "integer"}}},
        ),
        (
            {"type": "array", "items": {"$ref": "pod.json#/$defs/NameRef", "description": "x"}, "minItems": 1},
            {"type": "array", "minItems": 1, "items": structural({"$ref": "#/$defs/NameRef"}, "pod.json")},
        ),
    ],
)  # fmt: skip
def test_a_json_schema_becomes_structural(given: Obj, expected: Obj) -> None:
    assert structural(given, "pod.json") == expected


def test_every_custom_kind_has_a_crd_that_etcd_can_hold() -> None:
    crds = generated()
    assert {"llminferenceservices.serving.kserve.io", "revisions.serving.knative.dev"} <= crds.keys()
    assert max(len(json.dumps(crd)) for crd in crds.values()) < 1_000_000


@pytest.mark.live
@pytest.mark.parametrize("world", WORLDS)
def test_every_cr_passes_the_strict_validation_of_our_schemas(ours: Plane, world: str) -> None:
    objects = load(world).objects
    load_objects(ours, [obj for obj in objects if obj["kind"] == "Namespace"])
    crs = [obj for obj in objects if obj["apiVersion"].startswith("serving.kserve.io/")]
    assert crs
    assert {path_of(obj): refusal for obj in crs if (refusal := _refusal(ours, obj))} == {}


@pytest.mark.live
@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"replicas": "two"}, "spec.replicas: Invalid value"),
        ({"replica": 2}, 'unknown field "spec.replica"'),
        ({"model": {"name": "x"}}, "spec.model.uri: Required value"),
    ],
)
def test_our_schemas_refuse_what_is_wrong(ours: Plane, change: Obj, expected: str) -> None:
    objects = load("healthy").objects
    load_objects(ours, [obj for obj in objects if obj["kind"] == "Namespace"])
    service = next(obj for obj in objects if obj["kind"] == "LLMInferenceService")
    assert expected in _refusal(ours, {**service, "spec": {**service["spec"], **change}})


def _refusal(plane: Plane, obj: Obj) -> str:
    """Why a server would not make the object; empty when it would."""
    collection = path_of(obj).rpartition("/")[0]
    new = json.loads(stored(obj))
    for field in ("uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds"):
        new["metadata"].pop(field, None)
    try:
        plane.request("POST", f"{collection}?dryRun=All&fieldValidation=Strict", new)
    except urllib.error.HTTPError as error:
        return str(json.load(error)["message"])
    return ""
