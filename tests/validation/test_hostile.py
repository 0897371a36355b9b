"""Whatever the document is, there is an answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mtop_core.schema import Problem, check, dotted
from mtop_core.validation import KINDS, validate

LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.dates()
HEAD = {"apiVersion": "serving.kserve.io/v1alpha2", "kind": "LLMInferenceService"}
WORDS = st.sampled_from(
    (
        *("model", "uri", "name", "lora", "adapters", "confidential", "resourceId", "baseRefs", "prefill"),
        *("replicas", "scaling", "minReplicas", "maxReplicas", "wva", "keda", "hpa", "idleReplicaCount"),
        *("advanced", "horizontalPodAutoscalerConfig", "scalingModifiers", "formula", "parallelism", "data"),
        *("worker", "template", "containers", "rolloutStrategy", "maxSurge", "maxUnavailable", "router"),
        *("route", "http", "refs", "spec", "gateway", "group", "weight", "scheduler", "config", "inline"),
        *("ref", "predictor", "canary", "trafficPercent", "annotations", "namespace"),
    )
)
TREES = st.recursive(
    LEAVES | st.sampled_from(["0%", "101%", "hf://a/b", "main", "\x1b[2J"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS | st.text(max_size=4), inner, max_size=6),
    max_leaves=40,
)
VERSIONS = st.sampled_from([(kind, version) for kind, versions in KINDS.items() for version in versions])


@settings(max_examples=300, deadline=None)
@given(VERSIONS, TREES, TREES)
def test_never_raises(version: tuple[str, str], spec: object, metadata: object) -> None:
    document = {
        "apiVersion": f"serving.kserve.io/{version[1]}",
        "kind": version[0],
        "metadata": metadata,
        "spec": spec,
    }
    problems = validate(document)
    assert problems == validate(document)
    for problem in problems:
        shown = dotted(problem.path) + problem.message + problem.suggestion
        assert shown.isprintable(), shown
        assert len(problem.message) < 400


@settings(max_examples=100, deadline=None)
@given(TREES)
def test_any_document(document: Any) -> None:
    validate(document)


def nested(depth: int, step: Callable[[object], object]) -> object:
    found: object = "end"
    for _ in range(depth):
        found = step(found)
    return found


@pytest.mark.parametrize("step", [lambda inner: {"spec": inner}, lambda inner: [inner]])
def test_deep(step: Callable[[object], object]) -> None:
    too_deep = [Problem((), "is nested too deeply to check")]
    assert check(nested(5000, step), "llminferenceservice.v1alpha2") == too_deep
    document = {
        "apiVersion": "serving.kserve.io/v1alpha2",
        "kind": "LLMInferenceService",
        "spec": nested(5000, step),
    }
    assert validate(document) == too_deep
    validate({**document, "spec": nested(900, step)})


def test_huge_and_odd(edited: Callable[..., Any]) -> None:
    document = edited("llm-single", {"spec/replicas": 16**5000, "spec/model/name": "x" * 10**6})
    document["spec"]["template"]["hostname"] = 7 * 10**5
    document["spec"][3] = document["spec"][None] = 1
    document["spec"]["x" * 10**5] = document["spec"]["\x1b]0;"] = 1
    shown = [(dotted(path), message, suggestion) for path, message, suggestion in validate(document)]
    assert shown == [
        ("spec", "keys must be strings, got the integer 3", ""),
        ("spec", "keys must be strings, got null", ""),
        ("spec.replicas", "expected an integer, got a number that is too large", ""),
        ("spec.template.hostname", "expected a string, got the integer 700000", ""),
        (f'spec["{"x" * 60}..."]', "unknown field", ""),
        (r'spec["\u001b]0;"]', "unknown field", ""),
    ]


def test_aliases_are_walked_once() -> None:
    bomb: object = ["x"] * 10
    for _ in range(60):
        bomb = [bomb, bomb]
    document = {
        "apiVersion": "serving.kserve.io/v1alpha2",
        "kind": "LLMInferenceService",
        "spec": {"model": bomb},
    }
    assert validate(document) == [
        Problem(("spec", "model"), "expected an object, got a list"),
        Problem(("metadata",), "required field is missing"),
    ]
