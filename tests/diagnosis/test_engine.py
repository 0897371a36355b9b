"""The engine: it runs every rule it can, and a rule or an object that is broken costs only its own answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from itertools import permutations
from typing import Any

import pytest

from mtop_core.api import Diagnosis, Evidence, Finding, Inventory, Model, PluginError, Ref, RuleSpec, diagnose
from mtop_core.api import kinds as k
from mtop_core.diagnosis import Rule, as_row, needed_kinds
from mtop_core.objects.access import items, number, text
from mtop_core.testing import inventory, pod, service

GOOD = RuleSpec("good", "Fires.", "x:good", "error", "engine")


def fires(model: Model, look: Inventory) -> Iterator[Finding]:
    yield made(model)


def made(model: Model, **more: Any) -> Finding:
    return Finding(model.ref, "It is so.", (Evidence(model.ref, "spec", "x"),), "Mend it.")._replace(**more)


def run(rule: Callable[..., Any], *objects: dict[str, Any], needs: tuple[str, ...] = (), **more: Any) -> Diagnosis:
    """What a rule called `tried` and the rule `good` find."""
    look = inventory(*(objects or (service(),)), **more)
    rules = {"tried": rule, "good": fires}
    specs = [RuleSpec("tried", "Tried.", "x:tried", "warning", "image", needs), GOOD]
    return diagnose(look, look.models, specs, lambda spec: rules[spec.id])


def test_the_engine_fills_in_what_it_knows() -> None:
    (found,) = run(lambda model, look: ()).findings
    assert (found.rule, found.stage, found.severity) == ("good", "engine", "error")
    assert found.models == (Ref("LLMInferenceService", "chat", "llama"),)


@pytest.mark.parametrize("severity", ["error", "warning", "info"])
def test_a_finding_may_have_a_severity_of_its_own(severity: str) -> None:
    found = run(lambda model, look: [made(model, severity=severity)]).findings
    assert [finding.severity for finding in found if finding.rule == "tried"] == [severity]


def nothing(model: Model, look: Inventory) -> None:
    return None


def breaks(model: Model, look: Inventory) -> Iterable[Finding]:
    raise ZeroDivisionError("oh\x1b[2J")


@pytest.mark.parametrize(("rule", "says"), [
    (breaks, "ZeroDivisionError: oh"),
    (nothing, "TypeError: 'NoneType' object is not iterable"),
    (lambda: (), "TypeError: "),
    ("no rule", "TypeError: 'str' object is not callable"),
    (lambda model, look: [None], "it yielded NoneType, expected a Finding"),
    (lambda model, look: ["words"], "it yielded str, expected a Finding"),
    (lambda model, look: [made(model, severity="fatal")], "severity fatal, expected one of error, warning, info"),
    (lambda model, look: [made(model, confidence="sure")], "confidence sure, expected one of proved, likely, possible"),
    (lambda model, look: [made(model, severity=["error"])], "severity ['error']"),
    (lambda model, look: [made(model, subject="Pod x")], "the field subject of a finding is malformed"),
    (lambda model, look: [made(model, subject=Ref("Pod", None, "x"))], "the field subject"),  # type: ignore[arg-type]
    (lambda model, look: [made(model, explains=("x",))], "the field explains of a finding is malformed"),
    (lambda model, look: [made(model, evidence=None)], "the field evidence of a finding is malformed"),
    (lambda model, look: [made(model, evidence=("x",))], "the field evidence of a finding is malformed"),
    (lambda model, look: [made(model, summary=7)], "the field summary of a finding is malformed"),
    (lambda model, look: [made(model, since="now")], "since of a finding is no time with a zone"),
    (lambda model, look: [made(model, since=datetime(2026, 1, 1))], "since of a finding is no time with a zone"),
])  # fmt: skip
def test_a_rule_that_breaks_or_yields_rubbish_is_a_failure_and_the_others_go_on(rule: Any, says: str) -> None:
    diagnosis = run(rule)
    (failure,) = diagnosis.failures
    assert failure.startswith("rule tried failed on LLMInferenceService chat/llama: ")
    assert says in failure
    assert "\x1b" not in failure
    assert [finding.rule for finding in diagnosis.findings] == ["good"]


def test_what_a_rule_said_before_and_after_its_rubbish_counts() -> None:
    def mixed(model: Model, look: Inventory) -> Iterator[Any]:
        yield made(model, subject=Ref("Pod", "chat", "a"), evidence=[])
        yield None
        yield made(model, subject=Ref("Pod", "chat", "b"))
        raise ValueError("late")

    diagnosis = run(mixed)
    assert [finding.subject.name for finding in diagnosis.findings] == ["llama", "a", "b"]
    assert len(diagnosis.failures) == 2
    assert [as_row(finding)["evidence"] for finding in diagnosis.findings][1] == []


def test_a_rule_that_cannot_be_loaded_is_a_failure_and_the_others_go_on() -> None:
    look = inventory(service())

    def load(spec: RuleSpec) -> Rule:
        if spec.id == "gone":
            raise PluginError("the rule gone cannot be loaded: ModuleNotFoundError")
        return fires

    gone = RuleSpec("gone", "Gone.", "x:gone", "error", "engine")
    diagnosis = diagnose(look, look.models, [gone, GOOD], load)
    assert diagnosis.failures == ("the rule gone cannot be loaded: ModuleNotFoundError",)
    assert [finding.rule for finding in diagnosis.findings] == ["good"]


def test_rules_without_what_they_need_are_skipped_and_gaps_are_said() -> None:
    diagnosis = run(breaks, service(), needs=("pods", "nodes", "logs"), without=["nodes"])
    assert diagnosis.skipped == ("tried: not checked without nodes",)
    assert [(gap.kind, gap.reason) for gap in diagnosis.gaps] == [(k.NODE, "forbidden")]
    assert (diagnosis.failures, len(diagnosis.findings)) == ((), 1)


def test_kinds_are_read_once_and_logs_are_no_kind() -> None:
    specs = [RuleSpec("a", "", "", "", "", ("pods", "logs")), RuleSpec("b", "", "", "", "", ("nodes", "pods"))]
    assert needed_kinds(specs, (k.LLM_SERVICE, k.POD)) == (k.LLM_SERVICE, k.POD, k.NODE)


def odd_pod(**spec: Any) -> dict[str, Any]:
    return pod("llama-0", service(), spec={"containers": [{"name": "main", **spec}]})


def reads_pods(model: Model, look: Inventory) -> Iterator[Finding]:
    for entry in model.pods:
        for container in items(entry.raw, "spec", "containers"):
            text(container, "image")
    yield from ()


def reads_routes(model: Model, look: Inventory) -> Iterator[Finding]:
    for raw in look.all(k.HTTP_ROUTE):
        for parent in items(raw, "status", "parents"):
            number(parent, "generation")
    yield from ()


def test_a_malformed_field_is_named_by_its_object_and_its_whole_path() -> None:
    diagnosis = run(reads_pods, service(), odd_pod(image=7))
    assert diagnosis.failures == (
        "Pod chat/llama-0: spec.containers[0].image: expected a string, got the number 7 "
        "(rule tried could not be checked)",
    )


def test_a_malformed_field_of_an_object_beside_the_model_is_named_too() -> None:
    route = {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "HTTPRoute",
        "metadata": {"name": "r", "namespace": "chat"},
        "status": {"parents": [{}, {"generation": "x"}]},
    }
    diagnosis = run(reads_routes, service("a"), service("b"), route, needs=("httproutes",))
    assert diagnosis.failures == (
        'HTTPRoute chat/r: status.parents[1].generation: expected an integer, got the string "x" '
        "(rule tried could not be checked)",
    )


def test_the_order_of_models_does_not_matter() -> None:
    look = inventory(*(service(name) for name in "abc"))
    shared = Ref("Node", "", "gpu-1")

    def rule(model: Model, look: Inventory) -> Iterator[Finding]:
        yield made(model, subject=shared, summary=f"{model.name} is hit.")
        if model.name != "b":
            raise ValueError("x")

    found = [diagnose(look, models, [GOOD], lambda spec: rule) for models in permutations(look.models)]
    assert all(diagnosis == found[0] for diagnosis in found)
    assert [model.name for model in found[0].findings[0].models] == ["a", "b", "c"]
