"""The kinds the live tests put into a server: those of mtop and a few more that the mock worlds hold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mtop_core.objects.kinds import KINDS, Kind, kind_of

_EXTRA = (
    Kind("GatewayClass", "gateway.networking.k8s.io", ("v1",), "gatewayclasses", ("gc",), namespaced=False),
    Kind("Service", "serving.knative.dev", ("v1",), "services", ("kservice", "ksvc")),
    Kind("Revision", "serving.knative.dev", ("v1",), "revisions", ("rev",)),
)
ALL: tuple[Kind, ...] = (*KINDS, *_EXTRA)
_BUILT_IN = ("", "apps", "autoscaling", "policy", "storage.k8s.io")
_MORE = {(kind.group, kind.name): kind for kind in _EXTRA}


def kind(obj: Mapping[str, Any]) -> Kind:
    """The kind of a raw object; raises LookupError for one that tests do not load."""
    found = kind_of(obj) or _MORE.get((str(obj["apiVersion"]).rpartition("/")[0], str(obj["kind"])))
    if found is None:
        raise LookupError(f"no kind of the live tests: {obj['apiVersion']} {obj['kind']}")
    return found


def built_in(kind: Kind) -> bool:
    """Whether a Kubernetes API server has the kind without a CRD."""
    return kind.group in _BUILT_IN


def collection(kind: Kind, version: str = "", namespace: str = "") -> str:
    """The path of a kind's list: `/apis/apps/v1/namespaces/NS/deployments`; all namespaces without one."""
    root = f"/apis/{kind.group}" if kind.group else "/api"
    inside = f"/namespaces/{namespace}" if namespace else ""
    return f"{root}/{version or kind.versions[0]}{inside}/{kind.plural}"


def path_of(obj: Mapping[str, Any]) -> str:
    """The path of one object, in the version it is written in."""
    meta = obj["metadata"]
    version = str(obj["apiVersion"]).rpartition("/")[2]
    return f"{collection(kind(obj), version, meta.get('namespace', ''))}/{meta['name']}"
