"""LLMInferenceServices: the CR with its status and everything KServe makes of it."""

from __future__ import annotations

from collections.abc import Sequence

from . import lifecycle, templates
from .base import Obj, merged, stamp, without_none
from .cluster import Cluster
from .conditions import Outcome, conditions
from .llmstatus import status
from .model import Model, Role
from .networking import backend, pool, route, workload_service
from .scaling import autoscaler
from .scheduler import endpoint_picker
from .workloads import workload


def add_group(cluster: Cluster, *models: Model) -> list[Obj]:
    """Add the members of a routing group (or one service on its own)."""
    return [add_model(cluster, model, models) for model in models]


def add_model(cluster: Cluster, model: Model, peers: Sequence[Model] = ()) -> Obj:
    """Add one LLMInferenceService and all its objects."""
    cr = cluster.add(_resource(model), model.created)
    outcomes: list[Outcome] = []
    if not model.stopped:
        outcomes = _workloads(cluster, model, cr)
        _router(cluster, model, cr, peers)
    cr["status"] = status(model, outcomes, conditions(model, outcomes), peers)
    lifecycle.not_ready(cluster, cr)
    return cr


def _workloads(cluster: Cluster, model: Model, cr: Obj) -> list[Outcome]:
    outcomes = [workload(cluster, model, model.role, cr, "")]
    if model.prefill is not None:
        outcomes.append(workload(cluster, model, model.prefill, cr, "prefill"))
    workload_service(cluster, model, cr)
    autoscaler(cluster, model, cr)
    return outcomes


def _router(cluster: Cluster, model: Model, cr: Obj, peers: Sequence[Model]) -> None:
    if model.scheduler:
        pool(cluster, model, cr)
        endpoint_picker(cluster, model, cr)
    members = [backend(peer, peer.weight) for peer in peers if peer.group and not _left_out(model, peer)]
    route(cluster, model, cr, members)


def _left_out(model: Model, peer: Model) -> bool:
    return peer is not model and (peer.stopped or peer.served != model.served or peer.lora != model.lora)


def _resource(model: Model) -> Obj:
    meta: Obj = {
        "name": model.name,
        "namespace": model.namespace,
        "finalizers": ["serving.kserve.io/llmisvc-finalizer"],
        "generation": model.generation,
    }
    if model.deleted is not None:
        meta |= {"deletionGracePeriodSeconds": 0, "deletionTimestamp": stamp(model.deleted)}
    if model.stopped:
        meta["annotations"] = {"serving.kserve.io/stop": "true"}
    if model.group:
        meta["labels"] = {"serving.kserve.io/routing-group": model.group}
    return {
        "apiVersion": f"serving.kserve.io/{model.version}",
        "kind": "LLMInferenceService",
        "metadata": meta,
        "spec": _spec(model),
    }


def _spec(model: Model) -> Obj:
    spec: Obj = {"model": {"name": model.served, "uri": model.uri}}
    if model.lora:
        adapters = [{"name": name, "uri": f"hf://acme/{model.name}-{name}"} for name in model.lora]
        spec["model"]["lora"] = {"adapters": adapters, "maxRank": 16}
    if model.base_refs:
        spec["baseRefs"] = [{"name": name} for name in model.base_refs]
    spec |= _workload_spec(model, model.role)
    if model.scaling:
        spec.pop("replicas", None)
        spec["scaling"] = model.scaling
    if model.prefill is not None:
        spec["prefill"] = _workload_spec(model, model.prefill)
    return spec | {"router": _router_spec(model)}


def _workload_spec(model: Model, role: Role) -> Obj:
    pod = {k: v for k, v in (templates.placement(model, role) | role.pod).items() if v != []}
    main: Obj = {"name": "main", "resources": templates.resources(model, role)}
    if role.args:
        main["env"] = [{"name": "VLLM_ADDITIONAL_ARGS", "value": role.args}]
    main = merged(main, role.container)
    template = {"containers": [main], **pod}
    spec = without_none({"parallelism": dict(role.parallelism)})
    spec |= {"replicas": role.replicas, "template": template}
    if role.size > 1:
        spec["worker"] = {"containers": [main], **pod}
    return spec


def _router_spec(model: Model) -> Obj:
    route_spec: Obj = {"group": model.group, "weight": model.weight} if model.group else {}
    router: Obj = {"gateway": {}, "route": route_spec}
    if model.internal:
        names = ("kserve-ingress-gateway", "kserve-internal-gateway")
        router["gateway"] = {"refs": [{"name": name, "namespace": "kserve"} for name in names]}
    if model.scheduler:
        router["scheduler"] = {}
    return router
