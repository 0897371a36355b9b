"""Whether a custom resource of KServe is what the API and its webhooks accept."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from mtop_core.schema import TOO_DEEP, Path, Problem, check, ordered, quoted
from mtop_core.validation.node import Node
from mtop_core.validation.rules import broken

__all__ = ["GROUP", "KINDS", "validate"]

GROUP = "serving.kserve.io"
KINDS: dict[str, tuple[str, ...]] = {
    "LLMInferenceService": ("v1alpha2", "v1alpha1"),
    "LLMInferenceServiceConfig": ("v1alpha2", "v1alpha1"),
    "InferenceService": ("v1beta1",),
}
_PRUNED = "unknown field, an API server drops it silently"
# Fields that people write and that never existed, with what they mean.
_KNOWN_MISTAKES: dict[tuple[str, Path], tuple[str, str]] = {
    ("LLMInferenceService", ("spec", "workload")): (
        f"{_PRUNED}; template, replicas, parallelism and worker are written directly under spec",
        "spec.template",
    ),
    ("InferenceService", ("spec", "predictor", "model", "modelName")): (
        "not a field of v1beta1: the name of the format is spec.predictor.model.modelFormat.name, "
        "and the served name is the name of the InferenceService",
        "spec.predictor.model.modelFormat.name",
    ),
}


def validate(obj: Mapping[str, Any]) -> list[Problem]:
    """Everything that is wrong with one custom resource, in the order of the document."""
    unknown = _unknown_kind(obj)
    if unknown:
        return [unknown]
    kind, version = str(obj["kind"]), str(obj["apiVersion"]).partition("/")[2]
    found = check(obj, f"{kind.lower()}.{version}")
    if [problem.message for problem in found] == [TOO_DEEP]:
        return found
    found = [_explained(problem, kind) for problem in _versioned(found, obj, kind, version)]
    refused = {problem.path for problem in found}
    found += [problem for problem in broken(Node(obj)) if problem.path not in refused]
    return ordered(found, obj)


def _unknown_kind(obj: object) -> Problem | None:
    """Why there is no schema for this object."""
    if not isinstance(obj, Mapping):
        return Problem((), "expected an object with apiVersion and kind")
    kind, api_version = obj.get("kind"), obj.get("apiVersion")
    for name, value in (("apiVersion", api_version), ("kind", kind)):
        if not isinstance(value, str):
            return Problem((name,), "required field is missing" if value is None else "expected a string")
    if kind not in KINDS:
        folded = {known.lower(): known for known in KINDS}
        near = get_close_matches(str(kind)[:100].lower(), folded, 1)
        message = f"{quoted(str(kind))} is not one of {', '.join(KINDS)}"
        return Problem(("kind",), message, folded[near[0]] if near else "")
    served = [f"{GROUP}/{version}" for version in KINDS[kind]]
    if api_version not in served:
        message = f"{quoted(str(api_version))} is not a version of {kind}: {' and '.join(served)}"
        return Problem(("apiVersion",), message, served[0])
    return None


def _versioned(found: list[Problem], obj: Mapping[str, Any], kind: str, version: str) -> list[Problem]:
    """The problems; fields that only the other version of the kind has say so."""
    others = [other for other in KINDS[kind] if other != version]
    if not others or not any(_is_unknown(problem) for problem in found):
        return found
    other = others[0]
    unknown = {problem.path for problem in check(obj, f"{kind.lower()}.{other}") if _is_unknown(problem)}

    def explained(problem: Problem) -> Problem:
        if not _is_unknown(problem) or problem.path in unknown:
            return problem
        return Problem(problem.path, f"unknown field in {version}, only {other} has it", f"{GROUP}/{other}")

    return [explained(problem) for problem in found]


def _is_unknown(problem: Problem) -> bool:
    return problem.message.startswith("unknown field")


def _explained(problem: Problem, kind: str) -> Problem:
    message, suggestion = _KNOWN_MISTAKES.get((kind, problem.path), (problem.message, problem.suggestion))
    return Problem(problem.path, message, suggestion)
