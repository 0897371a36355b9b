"""One form for all versions of an API: v1alpha1 of KServe's LLM kinds as the v1alpha2 object it is stored as."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

_KINDS = ("LLMInferenceService", "LLMInferenceServiceConfig")
CRITICALITY = "internal.serving.kserve.io/model-criticality"
ADAPTERS = "internal.serving.kserve.io/lora-criticalities"
NEW = "serving.kserve.io/v1alpha2"
# What v1alpha1 cannot hold: its absence there is no difference.
LOST = (("spec", "kvCacheOffloading"), ("spec", "model", "confidential"), ("spec", "prefill", "kvCacheOffloading"))


def is_old(obj: Mapping[str, Any]) -> bool:
    """Whether an object is of v1alpha1."""
    return obj.get("kind") in _KINDS and obj.get("apiVersion") == "serving.kserve.io/v1alpha1"


def current(obj: Mapping[str, Any]) -> Mapping[str, Any]:
    """An object of v1alpha1 as v1alpha2; any other as it is."""
    if not is_old(obj):
        return obj
    found = {**obj, "apiVersion": NEW}
    spec = found.get("spec")
    if isinstance(spec, dict):
        found["spec"], notes = _spec(spec)
        if notes:
            meta = found.get("metadata") or {}
            own = meta.get("annotations")
            found["metadata"] = {**meta, "annotations": {**notes, **(own if isinstance(own, dict) else {})}}
    return found


def _spec(spec: dict[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """A spec of v1alpha2, and the annotations that keep what it has no field for."""
    spec, notes = dict(spec), {}
    model = spec.get("model")
    if isinstance(model, dict):
        if "criticality" in model:
            notes[CRITICALITY] = str(model["criticality"])
            model = {key: value for key, value in model.items() if key != "criticality"}
        model, adapters = _adapters(model)
        if adapters:
            notes[ADAPTERS] = json.dumps(adapters, sort_keys=True, separators=(",", ":"))
        spec["model"] = model
    router = spec.get("router")
    if isinstance(router, dict) and isinstance(scheduler := router.get("scheduler"), dict):
        pool = scheduler.get("pool")
        if isinstance(pool, dict) and isinstance(old := pool.get("spec"), dict):
            spec["router"] = {**router, "scheduler": {**scheduler, "pool": {**pool, "spec": _pool(old)}}}
    return spec, notes


def _adapters(model: dict[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    lora = model.get("lora")
    if not isinstance(lora, dict) or not isinstance(lora.get("adapters"), list):
        return model, {}
    kept, found = [], {}
    for adapter in lora["adapters"]:
        if isinstance(adapter, dict) and "criticality" in adapter:
            found[str(adapter.get("name"))] = str(adapter["criticality"])
            adapter = {key: value for key, value in adapter.items() if key != "criticality"}
        kept.append(adapter)
    return {**model, "lora": {**lora, "adapters": kept}}, found


def _pool(old: dict[str, Any]) -> dict[str, Any]:
    """An InferencePool's spec of inference.networking.x-k8s.io as that of v1."""
    spec = dict(old)
    if isinstance(spec.get("selector"), dict) and "matchLabels" not in spec["selector"]:
        spec["selector"] = {"matchLabels": spec["selector"]}
    if "targetPortNumber" in spec:
        spec["targetPorts"] = [{"number": spec.pop("targetPortNumber")}]
    if "extensionRef" in spec:
        reference = spec.pop("extensionRef")
        if isinstance(reference, dict) and "portNumber" in reference:
            reference = {**reference, "port": {"number": reference["portNumber"]}}
            del reference["portNumber"]
        spec["endpointPickerRef"] = reference
    return spec
