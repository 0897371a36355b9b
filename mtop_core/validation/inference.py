"""Rules for an InferenceService."""

from __future__ import annotations

from collections.abc import Iterator

from mtop_core.schema import Problem, quoted
from mtop_core.validation.model import resource_id
from mtop_core.validation.node import Node

FRAMEWORKS = (
    *("huggingface", "lightgbm", "onnx", "paddle", "pmml", "pytorch"),
    *("sklearn", "tensorflow", "triton", "xgboost"),
)
_MODE = "serving.kserve.io/deploymentMode"
_NOT_IN_CANARY = ("maxReplicas", "scaleMetric", "scaleMetricType", "scaleTarget", "workerSpec")


def one_implementation(spec: Node) -> Iterator[Problem]:
    """A predictor runs one thing: a model, one framework, or containers of its own."""
    predictor = spec.at("predictor")
    found = [name for name in ("model", *FRAMEWORKS) if predictor.has(name)]
    for name in found[1:]:
        yield predictor.at(name).problem(f"cannot be set together with {found[0]}")
    if isinstance(predictor.value, dict) and not found and not predictor.has("containers"):
        yield predictor.problem("model is required (or containers)")


def canary_names(spec: Node) -> Iterator[Problem]:
    """Each canary has a name of its own: its objects carry it."""
    seen: set[str] = set()
    for canary in spec.at("canary").items:
        name = canary.at("predictor", "name")
        if isinstance(canary.at("predictor").value, dict) and not name.present:
            yield name.problem("required field is missing")
        elif name.text is not None and name.text in seen:
            yield name.problem(f"{quoted(name.text)} is the name of another canary already")
        seen.add(name.text or "")


def canary_traffic(spec: Node) -> Iterator[Problem]:
    """What the canaries do not take goes to the stable predictor."""
    shares = [canary.at("trafficPercent").number or 0 for canary in spec.at("canary").items]
    if sum(shares) > 100:
        yield spec.at("canary").problem(f"trafficPercent must be at most 100 in total, got {sum(shares)}")


def canary_fields(spec: Node) -> Iterator[Problem]:
    """A canary is not scaled by itself."""
    for canary in spec.at("canary").items:
        for name in _NOT_IN_CANARY:
            field = canary.at("predictor", name)
            if field.present:
                yield field.problem("cannot be set in a canary")


def canary_replicas(spec: Node) -> Iterator[Problem]:
    """A canary is not larger than the stable predictor."""
    stable = spec.at("predictor", "minReplicas").number
    for canary in spec.at("canary").items:
        node = canary.at("predictor", "minReplicas")
        if node.number is not None and stable is not None and node.number > stable:
            yield node.problem(f"must be at most spec.predictor.minReplicas ({stable}), got {node.number}")


def canary_mode(root: Node) -> Iterator[Problem]:
    """Canaries exist in Standard mode only, and only when it is asked for by name."""
    mode = root.at("metadata", "annotations", _MODE)
    if root.at("spec", "canary").items and mode.value != "Standard":
        yield root.at("spec", "canary").problem(f"requires the annotation {_MODE}: Standard")


def _components(spec: Node) -> list[Node]:
    return [spec.at(name) for name in ("predictor", "transformer", "explainer")]


def canary_percent(spec: Node) -> Iterator[Problem]:
    """A share of the traffic."""
    for component in _components(spec):
        node = component.at("canaryTrafficPercent")
        if node.number is not None and not 0 <= node.number <= 100:
            yield node.problem(f"must be from 0 to 100, got {node.number}")


def replica_limits(spec: Node) -> Iterator[Problem]:
    """The lower limit is not negative and not above the upper one; a maximum of 0 means no limit."""
    for component in _components(spec):
        least, most = component.at("minReplicas"), component.at("maxReplicas")
        for node in (least, most):
            if node.number is not None and node.number < 0:
                yield node.problem(f"must be at least 0, got {node.number}")
        if least.number is not None and most.number and least.number > most.number > 0:
            yield least.problem(f"must be at most maxReplicas ({most.number}), got {least.number}")


def model_resource_ids(spec: Node) -> Iterator[Problem]:
    """The keys of confidential models."""
    for name in ("model", *FRAMEWORKS):
        yield from resource_id(spec.at("predictor", name))
