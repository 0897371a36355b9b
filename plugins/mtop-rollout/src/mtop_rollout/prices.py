"""Prices per GPU-hour, from the cost model that is installed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from mtop_core.api import App, CostModelSpec, Ref, Usage, load_target

_MODEL = "list-price"


def prices_of(app: App, classes: Iterable[str]) -> dict[str, float]:
    """Dollars per hour of one GPU of each class that has a list price; none where no cost model is installed."""
    spec: CostModelSpec | None = app.plugins.find(CostModelSpec, _MODEL)
    wanted = sorted({name for name in classes if name})
    if spec is None or not wanted:
        return {}
    usages = [Usage(Ref("", "", ""), 1, name) for name in wanted]
    costs = load_target(spec.target, f"cost model {spec.name}")(usages)
    return {name: cost.per_hour for name, cost in zip(wanted, costs, strict=True) if cost.per_hour is not None}


def classes_of(document: Any) -> list[str]:
    """The GPU classes a document names, whatever else is wrong with it."""
    spec = document.get("spec") if isinstance(document, dict) else None
    models = spec.get("models") if isinstance(spec, dict) else None
    found = []
    for model in models if isinstance(models, list) else ():
        gpu = model.get("gpu") if isinstance(model, dict) else None
        name = gpu.get("class") if isinstance(gpu, dict) else None
        if isinstance(name, str):
            found.append(name)
    return found
