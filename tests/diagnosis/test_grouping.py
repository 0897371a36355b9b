"""What follows from what: findings are merged over models and grouped by cause, whatever order they come in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtop_core.api import Evidence, Finding, Ref
from mtop_core.diagnosis import grouped, merged

NOON = datetime(2026, 10, 12, 12, tzinfo=UTC)
MODEL, OTHER = Ref("LLMInferenceService", "chat", "llama"), Ref("LLMInferenceService", "code", "qwen")
POD, PEER = Ref("Pod", "chat", "llama-0"), Ref("Pod", "chat", "llama-1")
NODE, ROUTE = Ref("Node", "", "gpu-1"), Ref("HTTPRoute", "chat", "llama-kserve-route")
DEPLOYMENT = Ref("Deployment", "chat", "llama-kserve")


def finding(rule: str, stage: str, subject: Ref, **more: Any) -> Finding:
    proof = Evidence(subject, "status", rule)
    given = {"severity": "error", "models": (MODEL,), **more}
    return Finding(subject, f"{rule}.", (proof,), "Mend it.", rule=rule, stage=stage, **given)


def tree(*findings: Finding) -> dict[str, list[str]]:
    """The rules of the causes, in order, each with those of its symptoms."""
    return {cause.rule: [symptom.rule for symptom in cause.symptoms] for cause in grouped(merged(findings))}


IMAGE = finding("image-not-found", "image", POD)


@pytest.mark.parametrize("other", [
    finding("httproute-not-accepted", "route", ROUTE),
    finding("group-degraded", "route", MODEL, severity="warning"),
    finding("quota-exceeded", "rollout", DEPLOYMENT),
    finding("cuda-oom", "engine", PEER),
    finding("cuda-oom", "engine", PEER, explains=(POD,)),
    finding("cuda-oom", "engine", POD, explains=(PEER,)),
    finding("image-unauthorized", "image", POD),
    finding("stuck", "rollout", OTHER, models=(OTHER,), consequence=True),
    finding("stuck", "rollout", OTHER, models=(MODEL, OTHER), consequence=True),
], ids=lambda other: f"{other.rule}, {other.subject.kind}")  # fmt: skip
def test_what_has_a_cause_of_its_own_is_no_symptom(other: Finding) -> None:
    assert tree(IMAGE, other) in ({"image-not-found": [], other.rule: []}, {other.rule: [], "image-not-found": []})


@pytest.mark.parametrize("symptom", [
    finding("late", "probe", POD),
    finding("late", "rollout", MODEL, consequence=True),
    finding("late", "endpoint", ROUTE, severity="warning", consequence=True),
    finding("late", "engine", PEER),
    finding("late", "engine", PEER, explains=(POD,)),
], ids=lambda symptom: f"{symptom.stage}, {symptom.subject.kind}")  # fmt: skip
def test_what_follows_stands_below_its_cause(symptom: Finding) -> None:
    assert tree(symptom, IMAGE._replace(explains=(PEER,))) == {"image-not-found": ["late"]}


def test_two_findings_on_a_service_are_two_causes() -> None:
    config = finding("base-config-not-found", "config", MODEL)
    assert tree(config, finding("group-degraded", "route", MODEL, severity="warning")) == {
        "base-config-not-found": [], "group-degraded": [],
    }  # fmt: skip
    assert tree(config, finding("stuck", "rollout", MODEL, consequence=True)) == {"base-config-not-found": ["stuck"]}


def test_a_warning_explains_an_error_only_where_its_rule_vouches_for_it() -> None:
    claim = finding("pvc-pending", "volume", Ref("PersistentVolumeClaim", "chat", "w"), severity="warning")
    crash = finding("crash", "engine", POD)
    stuck = finding("stuck", "rollout", MODEL, consequence=True)
    assert tree(claim, stuck) == {"stuck": [], "pvc-pending": []}
    assert tree(claim._replace(subject=POD), crash) == {"crash": [], "pvc-pending": []}
    assert tree(claim._replace(explains=(POD,)), crash) == {"pvc-pending": ["crash"]}


def test_the_earliest_cause_takes_a_symptom_and_all_below_it() -> None:
    lost = finding("node-not-ready", "node", NODE, explains=(POD, PEER))
    group = finding("lws-group-partial", "rollout", DEPLOYMENT, explains=(PEER,), consequence=True)
    after = finding("after", "endpoint", PEER)
    assert tree(after, group, finding("gpu-insufficient", "scheduling", POD), lost) == {
        "node-not-ready": ["gpu-insufficient", "lws-group-partial", "after"],
    }  # fmt: skip
    late = finding("late", "endpoint", Ref("Pod", "chat", "x"))
    assert tree(IMAGE, group._replace(explains=(late.subject,)), late) == {
        "image-not-found": ["lws-group-partial", "late"],
    }  # fmt: skip


def test_a_shared_cause_takes_the_models_of_all_it_explains() -> None:
    lost = finding("node-not-ready", "node", NODE, explains=(POD,))
    far = Ref("Pod", "code", "qwen-0")
    same = lost._replace(models=(OTHER,), explains=(far,), since=NOON)
    waits = finding("gpu-insufficient", "scheduling", far, models=(OTHER,))
    (cause,) = grouped(merged([waits, same, lost]))
    assert (cause.models, cause.explains, cause.since) == ((MODEL, OTHER), (POD, far), NOON)
    assert [symptom.rule for symptom in cause.symptoms] == ["gpu-insufficient"]
    (cause,) = grouped([lost._replace(explains=(far,)), waits])
    assert cause.models == (MODEL, OTHER)


def test_merged_findings_keep_the_gravest_words_every_proof_and_the_earliest_time() -> None:
    one = finding("r", "engine", POD, severity="warning", since=NOON, confidence="proved")
    two = one._replace(severity="error", confidence="likely", summary="Worse.", since=NOON - timedelta(hours=1),
                       evidence=(Evidence(PEER, "status", "x"),))  # fmt: skip
    assert merged([one, two]) == [two._replace(evidence=two.evidence + one.evidence)]
    assert len(merged([one, one, one._replace(subject=PEER), one._replace(rule="s")])) == 3


def test_causes_are_ordered_by_severity_then_by_how_many_models_they_hit() -> None:
    found = [
        finding("info", "node", NODE, severity="info", models=(MODEL, OTHER)),
        finding("late", "route", ROUTE), finding("early", "image", POD),
        finding("warns", "admission", PEER, severity="warning"),
        finding("wide", "route", DEPLOYMENT, models=(MODEL, OTHER)),
    ]  # fmt: skip
    assert list(tree(*found)) == ["wide", "early", "late", "warns", "info"]


REFS = st.sampled_from([MODEL, OTHER, POD, PEER, NODE, ROUTE, DEPLOYMENT])
STAGES = {"a": "node", "b": "image", "c": "engine", "d": "rollout", "e": "route"}


@st.composite
def findings(draw: st.DrawFn) -> Finding:
    rule = draw(st.sampled_from(sorted(STAGES)))
    return finding(
        rule, STAGES[rule], draw(REFS), severity=draw(st.sampled_from(["error", "warning", "info"])),
        models=(draw(st.sampled_from([MODEL, OTHER])),), explains=tuple(draw(st.lists(REFS, max_size=2, unique=True))),
        confidence=draw(st.sampled_from(["proved", "likely"])), consequence=draw(st.booleans()),
        since=draw(st.sampled_from([None, NOON, NOON + timedelta(hours=1)])),
    )  # fmt: skip


@given(st.lists(findings(), max_size=8), st.randoms(use_true_random=False))
def test_the_order_of_findings_does_not_matter(found: list[Finding], random: Random) -> None:
    expected = grouped(merged(found))
    random.shuffle(found)
    assert grouped(merged(found)) == expected


@given(st.lists(findings(), max_size=8))
def test_every_finding_is_shown_exactly_once(found: list[Finding]) -> None:
    shown = [(f.rule, f.subject) for cause in grouped(merged(found)) for f in (cause, *cause.symptoms)]
    assert sorted(shown) == sorted({(f.rule, f.subject) for f in found})
