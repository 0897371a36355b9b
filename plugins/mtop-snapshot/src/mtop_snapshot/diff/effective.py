"""Services as the controller sees them: presets and baseRefs merged below the CR's own spec."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mtop_core.api import ShapeError, items, mapping, text
from mtop_snapshot.diff.normal import keys_of
from mtop_snapshot.diff.where import Where, root

Object = dict[str, Any]
Configs = Mapping[str, Object]  # by "NAMESPACE/NAME"
_PRESETS = "kserve"


def effective(obj: Object, configs: Configs) -> Object:
    """A service with the specs of its presets, then of its baseRefs, below its own; Go templates stay as they are.

    A config that was not found is left out, as an annotation of the result says.
    """
    if obj.get("kind") != "LLMInferenceService":
        return obj
    try:
        names = list(_configs_of(obj))
    except ShapeError:
        return obj
    at = root(obj["kind"]).inside("spec")
    merged: Any = {}
    missing = []
    for places in names:
        config = next((configs[place] for place in places if place in configs), None)
        if config is None:
            missing.append(places[0])
        elif isinstance(spec := config.get("spec"), dict):
            merged = _merged(merged, spec, at)
    own_spec = obj.get("spec")
    spec = {key: value for key, value in own_spec.items() if key != "baseRefs"} if isinstance(own_spec, dict) else {}
    found = {**obj, "spec": _merged(merged, spec, at)}
    if missing:
        meta = obj["metadata"]
        own = meta.get("annotations")
        notes = {**(own if isinstance(own, dict) else {}), "mtop.dev/configs-not-found": ",".join(missing)}
        found["metadata"] = {**meta, "annotations": notes}
    return found


def _configs_of(obj: Object) -> Iterator[tuple[str, ...]]:
    """Where each config of a service may be, in the order in which they are merged."""
    here = text(obj, "metadata", "namespace") or "default"
    for applied in items(obj, "status", "appliedConfigs"):
        if text(applied, "source") == "Preset":
            yield (f"{text(applied, 'namespace') or _PRESETS}/{text(applied, 'name')}",)
    for reference in items(mapping(obj, "spec"), "baseRefs"):
        name = text(reference, "name")
        yield (f"{here}/{name}", f"{_PRESETS}/{name}")


def _merged(base: Any, over: Any, at: Where) -> Any:
    """A strategic merge: mappings by field, lists by what tells their entries apart, anything else replaced."""
    if isinstance(base, dict) and isinstance(over, dict):
        found = dict(base)
        for key, value in over.items():
            found[key] = _merged(base[key], value, at.inside(key)) if key in base else value
        return found
    if isinstance(base, list) and isinstance(over, list):
        return _merged_list(base, over, at)
    return base if over is None else over


def _merged_list(base: list[Any], over: list[Any], at: Where) -> list[Any]:
    keys, new_keys = keys_of(base, at), keys_of(over, at)
    if keys is None or new_keys is None:
        return over
    fresh = dict(zip(new_keys, over, strict=True))
    kept = [_merged(part, fresh.pop(key), at) if key in fresh else part for key, part in zip(keys, base, strict=True)]
    return [*kept, *fresh.values()]
