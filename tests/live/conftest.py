"""The API server of the live tests, with KServe's CRDs loaded; skipped where there is none."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.live.plane import MISSING, Plane, available, running

ROOT = Path(__file__).parent.parent.parent
CRDS = Path(os.environ.get("MTOP_KSERVE_CRDS") or ROOT.parent / "shared" / "data" / "kserve")


def _skip(reason: str) -> None:
    if os.environ.get("MTOP_REQUIRE_LIVE"):
        pytest.fail(f"the live tests must run here, but there is {reason}")
    pytest.skip(reason)


@pytest.fixture(scope="session")
def plane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plane]:
    """A running API server that knows KServe's kinds."""
    if not available():
        _skip(MISSING)
    if not CRDS.is_dir():
        _skip("no folder of KServe's CRDs: set MTOP_KSERVE_CRDS")
    with running(tmp_path_factory.mktemp("plane")) as server:
        for path in sorted(CRDS.glob("full/*.yaml")):
            server.request("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", _crd(path))
        _until_served(server)
        yield server


def _crd(path: Path) -> Any:
    """A CRD without its conversion webhook: no controller runs here, and versions differ in schema only."""
    crd = yaml.load(path.read_text(), Loader=yaml.CSafeLoader)
    crd["spec"]["conversion"] = {"strategy": "None"}
    crd.pop("status", None)
    return crd


def _until_served(server: Plane) -> None:
    """Waits until discovery lists the kinds the tests use."""
    wanted = {("v1alpha2", "llminferenceservices"), ("v1alpha1", "llminferenceservices"),
              ("v1alpha2", "llminferenceserviceconfigs"), ("v1beta1", "inferenceservices")}  # fmt: skip
    import time
    import urllib.error

    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            served = {
                (version, resource["name"])
                for version in ("v1alpha1", "v1alpha2", "v1beta1")
                for resource in server.request("GET", f"/apis/serving.kserve.io/{version}")["resources"]
            }
        except urllib.error.HTTPError:
            served = set()
        if wanted <= served:
            return
        time.sleep(0.1)
    raise RuntimeError("the API server does not serve KServe's kinds")
