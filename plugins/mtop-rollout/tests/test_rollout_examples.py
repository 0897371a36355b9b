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
from mtop_rollout.machine.maths import apportioned, exp, sine
from mtop_rollout.machine.noise import normal
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
