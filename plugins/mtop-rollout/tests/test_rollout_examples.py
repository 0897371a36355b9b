"""The worked examples of Kubernetes' rolling update, and the arithmetic that everything else stands on."""

from __future__ import annotations

import ast
import math
from pathlib import Path
from typing import Any

import mtop_rollout.machine
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mtop_rollout.machine.engine import Simulation
from mtop_rollout.machine.maths import apportioned, exp, log, sine
from mtop_rollout.machine.noise import normal
from mtop_rollout.machine.slowstart import factor
from mtop_rollout.topology.files import Source
from mtop_rollout.topology.loading import Given, scenario


def simulation(spec: dict[str, Any]) -> Simulation:
    document = {"apiVersion": "mtop.dev/v1alpha1", "kind": "Topology", "metadata": {"name": "test"}, "spec": spec}
    return Simulation(scenario(document, Source("test", ""), Given()))


def rolling(replicas: int, surge: int, unavailable: int) -> Simulation:
    return simulation({
        "strategy": "rolling",
        "models": [{"name": "a", "replicas": replicas, "gpu": {"class": "H100"}, "startup": {"load": 90}}],
        "rollout": {"maxSurge": surge, "maxUnavailable": unavailable},
    })  # fmt: skip


# N, S, U; then when the count of new ready replicas changes and to what; the end, the least and the most replicas
EXAMPLES = [
    ((4, 1, 0), {90: 1, 180: 2, 270: 3, 360: 4}, 360, 4, 5),
    ((4, 1, 1), {90: 2, 180: 4}, 180, 3, 5),
    ((4, 0, 1), {90: 1, 180: 2, 270: 3, 360: 4}, 360, 3, 4),
    ((1, 1, 0), {90: 1}, 90, 1, 2),
]


@pytest.mark.parametrize(("given_", "expected", "end", "least", "peak"), EXAMPLES)
def test_worked_examples(
    given_: tuple[int, int, int], expected: dict[int, int], end: int, least: int, peak: int
) -> None:
    run = rolling(*given_)
    seen: dict[int, int] = {}
    ready = 0
    for frame in run.frames():
        old, new = frame.models
        if new["ready"] != ready:
            ready = seen[frame.t // 1000] = new["ready"]
        assert old["ready"] + new["ready"] >= least
    summary = run.summary()
    assert seen == expected
    assert summary["verdict"] == f"succeeds after {end} s"
    assert (summary["minimumReady"], summary["peakGpus"]) == (least, peak)


def test_two_start_at_once_where_one_may_be_missing() -> None:
    first = next(rolling(4, 1, 1).frames())
    assert [(row["ready"], row["pods"]) for row in first.models] == [(3, {"Ready": 3}), (0, {"Loading": 2})]


def test_the_check_value_of_the_latency_model() -> None:
    """A100-80, 8B, 500 prompt and 200 output tokens: at 4.66 of 9.32 requests per second."""
    run = simulation({
        "strategy": "rolling",
        "load": {"requestsPerSecond": 4.66, "promptTokens": 500, "outputTokens": 200},
        "models": [{"name": "a", "replicas": 1, "gpu": {"class": "A100-80"}, "startup": {"load": 90}}],
    })  # fmt: skip
    row = next(run.frames()).models[0]
    assert (row["ttftP50Ms"], row["itlP50Ms"], row["utilisation"]) == (109.6, 21.4, 0.5)
    assert row["inFlight"] == 20.0


@pytest.mark.parametrize(
    ("strategy", "pods", "drain", "outage"),
    [("recreate", 1, 20, 110), ("multinode", 2, 20, 110), ("recreate", 1, 0, 90)],
)
def test_outages_by_design(strategy: str, pods: int, drain: int, outage: int) -> None:
    """Drain and load, one after the other: nothing is ready meanwhile, and every request fails."""
    run = simulation({
        "strategy": strategy,
        "cluster": {"gpus": {"H100": 8 * pods}},
        "load": {"requestsPerSecond": 2},
        "models": [{"name": "a", "replicas": 1, "podsPerReplica": pods, "gpu": {"class": "H100", "count": 8},
                    "startup": {"load": 90}, "drainSeconds": drain}],
    })  # fmt: skip
    *_, last = run.frames()
    assert last.t == outage * 1000
    assert run.summary()["requests"] == {"arrived": 2.0 * outage, "served": 0.0, "failed": 2.0 * outage, "waiting": 0.0}


def test_groups_that_wait_for_each_other() -> None:
    """Without gang scheduling two groups each hold one node of the three there are, and neither starts."""
    run = simulation({
        "strategy": "canary",
        "cluster": {"gpus": {"H100": 32}},
        "models": [
            {"name": "old", "replicas": 1, "podsPerReplica": 1, "gpu": {"class": "H100", "count": 8}},
            {"name": "new", "role": "candidate", "podsPerReplica": 4},
        ],
        "rollout": {"steps": [{"scale": {"new": 1}}, {"waitReady": {"new": "all"}, "timeoutSeconds": 60}]},
    })  # fmt: skip
    *_, last = run.frames()
    assert run.summary()["verdict"] == "is rolled back after 60 s: waitReady: not ready within 60 s"
    assert last.models[1]["gpus"] == 0


# seconds since ready, aggression, and the weight by hand, in a window of 32 seconds
@pytest.mark.parametrize(("age", "aggression", "weight"), [
    (0, 1, 0.1), (2, 1, 0.1), (8, 1, 0.25), (16, 1, 0.5), (24, 1, 0.75), (32, 1, 1), (99, 1, 1),
    (2, 2, 0.25), (8, 2, 0.5), (8, 0.5, 0.1), (16, 0.5, 0.25), (24, 0.5, 0.5625), (4, 3, 0.5), (0, 3, 0.1),
])  # fmt: skip
def test_the_weight_in_a_slow_start(age: int, aggression: float, weight: float) -> None:
    assert factor(age * 1000, 32_000, float(aggression)) == round(weight * 1_000_000)


def test_a_slow_start() -> None:
    """A second replica has a tenth of the weight of the first, 0.3125 of it after 10 s, all of it after 32."""
    run = simulation({
        "strategy": "canary",
        "load": {"requestsPerSecond": 6},
        "models": [
            {"name": "a", "replicas": 1, "gpu": {"class": "A100-80"}, "startup": {"load": 10},
             "capacity": {"slowStart": {"windowSeconds": 32}}},
            {"name": "b", "role": "candidate"},
        ],
        "rollout": {"steps": [{"scale": {"a": 2}}, {"pause": 60}]},
    })  # fmt: skip
    frames = {frame.t // 1000: frame for frame in run.frames()}
    one, two, three, four = (frames[at].models[0] for at in (0, 10, 20, 42))
    # the old replica alone takes 6, then 6 / 1.1, 6 / 1.3125 and 3 requests per second of the 9.317 that it can
    found = [row["utilisation"] for row in (one, two, three, four)]
    assert found == [round(6 / (128 / 13.74) / width, 3) for width in (1, 1.1, 1.3125, 2)]
    assert one["ttftP50Ms"] > two["ttftP50Ms"] > three["ttftP50Ms"] > four["ttftP50Ms"]
    assert frames[42].events == (("a", "slow start of a-1 over"),)


def test_a_slow_start_beside_the_old_revision() -> None:
    run = simulation({
        "strategy": "rolling",
        "load": {"requestsPerSecond": 6},
        "models": [{"name": "a", "replicas": 3, "startup": {"load": 10},
                    "capacity": {"slowStart": {"windowSeconds": 20}}}],
        "rollout": {"maxSurge": 0, "maxUnavailable": 1},
    })  # fmt: skip
    shares = {frame.t // 1000: [row["rps"] for row in frame.models] for frame in run.frames()}
    # old to new: two replicas; one and a tenth; a half and a tenth; then the first new one alone is past it
    assert shares[0] == [6, 0]
    assert shares[10] == [round(6 / 1.1, 2), round(0.6 / 1.1, 2)]
    assert shares[20] == [0, 6]


@pytest.mark.parametrize(("grace", "drain", "gone", "cut"), [
    (60, 0, 60, 4.0), (60, 90, 60, 4.0), (75, 30, 75, 2.5), (0, 30, 0, 10.0), (120, 0, 100, 0.0), (120, 110, 110, 0.0),
    (None, 30, 30, 0.0),
])  # fmt: skip
def test_requests_that_outlive_the_grace_period(grace: int | None, drain: int, gone: int, cut: float) -> None:
    """2000 tokens of 50 ms: a request stays 100 s, each of two replicas works on 0.1 * 100 = 10 of them.

    After 60 s 40 of 100 are left of the ten, so 4 fail.
    """
    model: dict[str, Any] = {
        "name": "a", "replicas": 2, "drainSeconds": drain,
        "capacity": {"prefillTokensPerSecond": 100_000_000, "itlBaseMs": 50, "itlPerRequestMs": 0},
    }  # fmt: skip
    if grace is not None:
        model["terminationGracePeriodSeconds"] = grace
    run = simulation({
        "strategy": "canary",
        "load": {"requestsPerSecond": 0.2, "outputTokens": 2000},
        "models": [model, {"name": "b", "role": "candidate"}],
        "rollout": {"steps": [{"pause": 120}, {"scale": {"a": 1}}, {"pause": 180}]},
    })  # fmt: skip
    frames = {frame.t // 1000: frame for frame in run.frames()}
    drains = [t for t, frame in frames.items() if "Draining" in frame.models[0]["pods"]]
    assert [t for t in sorted(frames) if t >= 120][len(drains)] == 120 + gone
    found = {t: frame.events for t, frame in frames.items() if any("killed" in text for _, text in frame.events)}
    assert found == ({120 + gone: found[120 + gone]} if cut else {})
    if cut:
        assert ("a", f"a-1 killed with {cut:g} requests in flight") in found[120 + gone]
        assert frames[120 + gone].models[0]["errorPercent"] == round(100 * cut / (cut + 0.2), 2)
        assert sum(frame.models[0]["errorPercent"] > 0 for frame in frames.values()) == 1
    assert run.summary()["requests"] == {"arrived": 60.0, "served": 60.0 - cut, "failed": cut, "waiting": 0.0}


@given(st.integers(1, 10**7), st.integers(1, 10**7), st.floats(0.1, 100))
def test_the_weight_grows(age: int, window: int, aggression: float) -> None:
    weight = factor(age, window, aggression)
    assert 100_000 <= weight <= factor(age + 1, window, aggression) <= 1_000_000
    expected = 1.0 if age >= window else max(0.1, math.pow(age / window, 1 / aggression))
    assert weight == pytest.approx(expected * 1_000_000, abs=1)


@given(st.floats(1e-9, 1e3))
def test_log(x: float) -> None:
    assert log(x) == pytest.approx(math.log(x), rel=1e-14, abs=1e-15)


@given(st.floats(-700, 700))
def test_exp(x: float) -> None:
    assert exp(x) == pytest.approx(math.exp(x), rel=1e-14)


@given(st.floats(-1e6, 1e6))
def test_sine(turns: float) -> None:
    assert sine(turns) == pytest.approx(math.sin(2 * math.pi * math.fmod(turns, 1.0)), abs=1e-11)


@given(st.integers(0, 10**15), st.lists(st.integers(0, 10**9), min_size=1, max_size=30))
def test_apportioned(total: int, parts: list[int]) -> None:
    shares = apportioned(total, parts)
    assert sum(shares) == (total if sum(parts) else 0)
    for share, part in zip(shares, parts, strict=True):
        assert abs(share * sum(parts) - total * part) < max(sum(parts), 1)


def test_noise_is_normal() -> None:
    values = [normal(7, at) for at in range(4000)]
    mean = math.fsum(values) / len(values)
    assert abs(mean) < 0.05
    assert math.fsum((value - mean) ** 2 for value in values) / len(values) == pytest.approx(1, abs=0.06)
    assert normal(7, 1) == normal(7, 1) != normal(7, 2)


MACHINE = sorted(Path(mtop_rollout.machine.__path__[0]).glob("*.py"))
# What gives other bits on another machine or Python, or another answer at another time.
_FORBIDDEN = {"sum", "pow", "hash", "id", "set.pop", "open", "print"}


@pytest.mark.parametrize("path", MACHINE, ids=lambda path: path.name)
def test_the_simulator_uses_nothing_that_differs(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import | ast.ImportFrom):
            module = node.module or "" if isinstance(node, ast.ImportFrom) else node.names[0].name
            assert module.split(".")[0] in ("__future__", "mtop_rollout", "collections", "typing", "bisect", "heapq",
                                            "math"), f"{path.name}:{node.lineno}"  # fmt: skip
            if module == "math":
                assert isinstance(node, ast.ImportFrom)
                assert [name.name for name in node.names] == ["ldexp"]  # exact
        if isinstance(node, ast.Call):
            assert ast.unparse(node.func) not in _FORBIDDEN, f"{path.name}:{node.lineno}"
        if isinstance(node, ast.BinOp):
            assert not isinstance(node.op, ast.Pow), f"{path.name}:{node.lineno}"
