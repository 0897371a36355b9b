"""Every custom resource of the worlds is strictly valid against the real CRDs."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.mocks.structural import validators

ROOT = Path(__file__).resolve().parents[2]
CRDS = Path(os.environ.get("MTOP_KSERVE_CRDS", str(ROOT.parent / "shared" / "data" / "kserve")))
WORLDS = ("healthy", "degraded", "rollout", "empty")
_KSERVE = "serving.kserve.io_{0}.yaml"
FILES = {
    "LLMInferenceService": "full/" + _KSERVE.format("llminferenceservices"),
    "LLMInferenceServiceConfig": "full/" + _KSERVE.format("llminferenceserviceconfigs"),
    "InferenceService": "full/" + _KSERVE.format("inferenceservices"),
    "ClusterServingRuntime": "full/" + _KSERVE.format("clusterservingruntimes"),
    "LeaderWorkerSet": "deps/leaderworkerset.x-k8s.io_leaderworkersets.yaml",
    "HTTPRoute": "deps/gatewayapi_httproute.yaml",
    "Gateway": "deps/gatewayapi_gateway.yaml",
    "GatewayClass": "deps/gatewayapi_gatewayclasses.yaml",
    "InferencePool": "deps/inference.networking.k8s.io_inferencepools.yaml",
    "ScaledObject": "deps/keda.yaml",
}
SOURCES = {
    "ClusterServingRuntime": "cluster/clusterservingruntimes.serving.kserve.io.jsonl",
    "LeaderWorkerSet": "cluster/leaderworkersets.leaderworkerset.x-k8s.io.jsonl",
    "HTTPRoute": "cluster/httproutes.gateway.networking.k8s.io.jsonl",
    "Gateway": "cluster/gateways.gateway.networking.k8s.io.jsonl",
    "GatewayClass": "cluster/gatewayclasses.gateway.networking.k8s.io.jsonl",
    "InferencePool": "cluster/inferencepools.inference.networking.k8s.io.jsonl",
    "ScaledObject": "cluster/scaledobjects.keda.sh.jsonl",
}
pytestmark = pytest.mark.skipif(
    not CRDS.is_dir(), reason="set MTOP_KSERVE_CRDS to a folder with the KServe CRDs (full/ and deps/)"
)
Check = Callable[[dict[str, Any]], list[str]]


@pytest.fixture(scope="session")
def check() -> Check:
    cache: dict[str, Any] = {}

    def errors(obj: dict[str, Any]) -> list[str]:
        kind = obj["kind"]
        if kind not in cache:
            cache[kind] = validators(CRDS / FILES[kind])
        validator = cache[kind][(obj["apiVersion"], kind)]
        return [f"{error.json_path}: {error.message[:300]}" for error in validator.iter_errors(obj)]

    return errors


def _objects(world: str, kind: str) -> list[dict[str, Any]]:
    folder = ROOT / "mocks" / world
    if kind in SOURCES:
        return [json.loads(line) for line in (folder / SOURCES[kind]).read_text("utf-8").splitlines()]
    every = [json.loads(path.read_text("utf-8")) for path in sorted(folder.glob("crs/*/*.json"))]
    return [obj for obj in every if obj["kind"] == kind]


@pytest.mark.parametrize("kind", sorted(FILES))
def test_objects_are_strictly_valid(kind: str, check: Check) -> None:
    wrong = {}
    for world in WORLDS:
        for obj in _objects(world, kind):
            found = check(obj)
            if found:
                wrong[f"{world} {obj['metadata'].get('namespace', '')}/{obj['metadata']['name']}"] = found
    assert wrong == {}


def test_the_check_refuses_unknown_fields(check: Check) -> None:
    obj = _objects("healthy", "LLMInferenceService")[0]
    obj["spec"]["template"]["containers"][0]["gpus"] = 4
    assert any("gpus" in text for text in check(obj))
