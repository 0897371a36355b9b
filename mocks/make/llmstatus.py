"""Status of LLMInferenceServices apart from the conditions."""

from __future__ import annotations

from collections.abc import Sequence

from .base import Obj
from .conditions import Outcome
from .model import Model
from .networking import GATEWAY_GROUP, POOL_GROUP, backend, parent_refs

_HOSTS = {"kserve-ingress-gateway": "llm.example.com", "kserve-internal-gateway": "10.0.200.14"}


def status(model: Model, outcomes: list[Outcome], conditions: list[Obj], peers: Sequence[Model]) -> Obj:
    """Return the status of a CR."""
    out: Obj = {"conditions": conditions, "observedGeneration": model.generation}
    out["url"] = f"http://{_HOSTS['kserve-ingress-gateway']}/{model.namespace}/{model.name}"
    if not model.stopped:
        out["addresses"] = _addresses(model)
    if model.version == "v1alpha1":
        return out
    out["annotations"] = {f"serving.kserve.io/{suffix}": f"kserve-{suffix}" for suffix in _presets(model)}
    out["appliedConfigs"] = _applied(model)
    if not model.stopped:
        out["workloads"] = _workloads(model, outcomes)
        out["router"] = _router(model, peers)
    return out


def _addresses(model: Model) -> list[Obj]:
    out: list[Obj] = []
    for ref in parent_refs(model):
        side = "external" if "ingress" in ref["name"] else "internal"
        entry: Obj = {"name": f"gateway-{side}"}
        entry["url"] = f"http://{_HOSTS[ref['name']]}/{model.namespace}/{model.name}"
        if model.version != "v1alpha1":
            entry["origin"] = ref
            entry["models"] = [{"name": name} for name in (model.served, *model.lora)]
        out.append(entry)
    return out


def _presets(model: Model) -> list[str]:
    main = "config-llm-decode-template" if model.prefill else "config-llm-template"
    if model.role.size > 1:
        main = "config-llm-decode-worker-data-parallel" if model.prefill else "config-llm-worker-data-parallel"
    out = [main]
    if model.prefill:
        out.append("config-llm-prefill-template")
    if model.scheduler:
        out.append("config-llm-scheduler")
    return [*out, "config-llm-router-route"]


def _applied(model: Model) -> list[Obj]:
    out = [{"name": f"kserve-{n}", "namespace": "kserve", "source": "Preset"} for n in _presets(model)]
    for name in model.base_refs:
        namespace = "kserve" if name.startswith("kserve-") else model.namespace
        out.append({"name": name, "namespace": namespace, "source": "UserRef"})
    return out


def _workloads(model: Model, outcomes: list[Outcome]) -> Obj:
    out: Obj = {"primary": _workload(outcomes[0])}
    if len(outcomes) > 1:
        out["prefill"] = _workload(outcomes[1])
    if model.scheduler:
        name = model.child("-kserve-router-scheduler")
        out["scheduler"] = {"apiGroup": "apps", "kind": "Deployment", "name": name, "readyReplicas": 1}
    return out | {"service": {"kind": "Service", "name": model.child("-kserve-workload-svc")}}


def _workload(outcome: Outcome) -> Obj:
    group = "apps" if outcome.kind == "Deployment" else "leaderworkerset.x-k8s.io"
    return {"apiGroup": group, "kind": outcome.kind, "name": outcome.name, "readyReplicas": outcome.ready}


def _router(model: Model, peers: Sequence[Model]) -> Obj:
    route = {"group": GATEWAY_GROUP, "kind": "HTTPRoute", "name": model.child("-kserve-route")}
    route["namespace"] = model.namespace
    gateways = [{**ref, "httpRoutes": [route], "listeners": ["http"]} for ref in parent_refs(model)]
    out: Obj = {"gateways": gateways}
    if model.scheduler:
        where = {"namespace": model.namespace}
        pool = {"group": POOL_GROUP, "kind": "InferencePool", "name": model.child("-inference-pool")}
        service = {"group": "", "kind": "Service", "name": model.child("-epp-service")}
        out["scheduler"] = {"inferencePool": pool | where, "service": service | where}
    if model.group:
        out["group"] = {"name": model.group, "members": [_member(peer) for peer in peers]}
    return out


def _member(peer: Model) -> Obj:
    out: Obj = {"name": peer.name, "weight": peer.weight}
    if peer.stopped:
        return out | {"stopped": True}
    return out | {"backendRef": {key: value for key, value in backend(peer).items() if key != "weight"}}
