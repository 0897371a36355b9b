"""The mock worlds as a real API server sees them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import urllib.error
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mtop_core.objects.kinds import kind_of
from mtop_core.testing import run
from tests.live.conftest import ROOT, _skip
from tests.live.plane import Plane

pytestmark = pytest.mark.live

WORLDS = ("degraded", "empty", "healthy", "rollout")
SERVER_SIDE = ("uid", "resourceVersion", "creationTimestamp", "generation", "deletionTimestamp",
               "deletionGracePeriodSeconds", "managedFields")  # fmt: skip


def _crs(world: str) -> Iterator[tuple[Path, dict[str, Any]]]:
    for path in sorted((ROOT / "mocks" / world / "crs").rglob("*.json")):
        yield path, json.loads(path.read_text())


def _submitted(obj: dict[str, Any]) -> dict[str, Any]:
    meta = {key: value for key, value in obj["metadata"].items() if key not in SERVER_SIDE}
    return {**obj, "metadata": meta}


def _collection(obj: dict[str, Any]) -> str:
    kind = kind_of(obj)
    assert kind is not None
    return f"/apis/{obj['apiVersion']}/namespaces/{obj['metadata']['namespace']}/{kind.plural}"


def _namespaces(plane: Plane, objects: list[dict[str, Any]]) -> None:
    for name in sorted({obj["metadata"]["namespace"] for obj in objects}):
        body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
        try:
            plane.request("POST", "/api/v1/namespaces", body)
        except urllib.error.HTTPError as error:
            if error.code != 409:
                raise


@pytest.mark.parametrize("world", WORLDS)
def test_every_cr_passes_strict_validation(plane: Plane, world: str) -> None:
    objects = list(_crs(world))
    _namespaces(plane, [obj for _, obj in objects])
    refused = {}
    for path, obj in objects:
        try:
            plane.request("POST", _collection(obj) + "?dryRun=All&fieldValidation=Strict", _submitted(obj))
        except urllib.error.HTTPError as error:
            refused[path.name] = json.load(error).get("message")
    assert refused == {}


def test_what_kubectl_prints_is_what_mtop_lists(plane: Plane, tmp_path: Path) -> None:
    kubectl = shutil.which("kubectl")
    if kubectl is None:
        _skip("no kubectl")
    objects = [obj for _, obj in _crs("healthy") if obj["apiVersion"] != "serving.kserve.io/v1alpha1"]
    _namespaces(plane, objects)
    for obj in objects:
        made = plane.request("POST", _collection(obj) + "?fieldValidation=Strict", _submitted(obj))
        path = f"{_collection(obj)}/{obj['metadata']['name']}/status"
        plane.request("PATCH", path, {"status": obj.get("status", {})}, "application/merge-patch+json")
        assert made["metadata"]["uid"]
    environment = {**os.environ, "KUBECONFIG": str(plane.kubeconfig()), "HOME": str(tmp_path)}
    command = [str(kubectl), "get", "llminferenceservices,inferenceservices", "-A", "-o"]
    for form in ("yaml", "json"):
        dump = subprocess.run([*command, form], env=environment, check=True, capture_output=True).stdout
        assert _rows(run("list", "--snapshot", "-", "-o", "json", stdin=dump).stdout) == _rows(
            run("list", "--snapshot", str(ROOT / "mocks/healthy/crs"), "-o", "json").stdout
        )


def _rows(text: str) -> list[dict[str, Any]]:
    """The rows but for what only the server knows; the one v1alpha1 service was not loaded."""
    own = ("apiVersion", "metadata", "ageSeconds")
    rows: list[dict[str, Any]] = json.loads(text)["items"]
    return [{key: row[key] for key in row if key not in own} for row in rows if row["name"] != "phi-4"]
