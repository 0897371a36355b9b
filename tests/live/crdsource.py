"""Where the CRDs of the live tests come from, and how an API server gets them."""

from __future__ import annotations

import os
import urllib.error
from pathlib import Path
from typing import Any

import yaml

from mtop_core.objects.kinds import Kind
from tests.live.crds import generated
from tests.live.kinds import ALL, collection
from tests.live.plane import Plane
from tests.live.waiting import until

Crd = dict[str, Any]

ROOT = Path(__file__).parent.parent.parent
SHARED = ROOT.parent / "shared" / "data" / "kserve"
SCHEMAS = "schemas"  # the value of MTOP_KSERVE_CRDS that asks for the CRDs made of our own schemas
_TRIMMED = "services.serving.knative.dev"  # KServe's copy leaves out when a condition changed
_CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"


def source() -> str:
    """The folder of KServe's CRDs, or `schemas` where there is none."""
    wanted = os.environ.get("MTOP_KSERVE_CRDS") or str(SHARED)
    return wanted if wanted != SCHEMAS and Path(wanted).is_dir() else SCHEMAS


def load_crds(plane: Plane, where: str = "") -> None:
    """Gives the server every kind it does not have, from `where` (default: `source()`); waits until it serves them."""
    crds = generated()
    theirs = from_folder(Path(where or source()))
    crds |= {name: crd for name, crd in theirs.items() if name in crds and name != _TRIMMED}
    wanted = {kind.resource: kind for kind in ALL if kind.resource in crds and not _served(plane, kind)}
    for name in wanted:
        plane.request("POST", _CRDS, crds[name])
    until(lambda: all(_served(plane, kind) for kind in wanted.values()), f"the server serves {', '.join(wanted)}", 90)


def from_folder(folder: Path) -> dict[str, Crd]:
    """The CRDs in the files of full/ and deps/ by their names; of two with one name the last file's."""
    if not folder.is_dir():
        return {}
    found = {}
    for path in sorted(folder.glob("full/*.yaml")) + sorted(folder.glob("deps/*.yaml")):
        for document in yaml.load_all(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader):
            if document and document["kind"] == "CustomResourceDefinition":
                found[document["metadata"]["name"]] = _without_controllers(document)
    return found


def _without_controllers(crd: Crd) -> Crd:
    """A CRD without its conversion webhook: no controller runs here, and versions differ in schema only."""
    crd["spec"]["conversion"] = {"strategy": "None"}
    crd.pop("status", None)
    return crd


def _served(plane: Plane, kind: Kind) -> bool:
    """Whether the server answers for the kind in each version mtop knows."""
    try:
        for version in kind.versions:
            plane.send("GET", f"{collection(kind, version)}?limit=1")
    except urllib.error.HTTPError as error:
        if error.code not in (404, 503):
            raise
        return False
    return True
