"""What holds in every frame of every rollout, whatever the document says."""

from __future__ import annotations

from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st
from mtop_rollout.machine.engine import Simulation
from mtop_rollout.machine.rows import Frame
from mtop_rollout.machine.scenario import WEIGHTED, Scenario
from mtop_rollout.topology.files import Source
from mtop_rollout.topology.loading import Given, scenario

from mtop_core.api import InvalidObjectError

STRATEGIES = ("canary", "bluegreen", "rolling", "recreate", "shadow", "ab", "progressive", "multiregion",
              "disaggregated", "multinode")  # fmt: skip
seconds = st.integers(0, 60)
startup = st.fixed_dictionaries({}, optional={
    "schedule": st.integers(0, 5), "imagePull": seconds, "download": st.floats(0, 60).map(lambda x: round(x, 3)),
    "load": seconds, "compile": seconds, "warmup": st.integers(0, 5), "probe": st.sampled_from([0, 30, 600]),
})  # fmt: skip

slow_start = st.sampled_from([{}, {"slowStart": {"windowSeconds": 30}},
                              {"slowStart": {"windowSeconds": 87.5, "aggression": 3}},
                              {"slowStart": {"windowSeconds": 10, "aggression": 0.5}}])  # fmt: skip

grace = st.fixed_dictionaries({}, optional={"terminationGracePeriodSeconds": st.sampled_from([0, 1, 2.5, 15, 60])})


def fault(names: list[str], regions: list[str]) -> st.SearchStrategy[dict[str, Any]]:
    def one(kind: str, value: Any = None) -> st.SearchStrategy[dict[str, Any]]:
        fields: dict[str, Any] = {"at": st.integers(0, 300), "kind": st.just(kind), "model": st.sampled_from(names)}
        if value is not None:
            fields["value"] = value
        return st.fixed_dictionaries(fields, optional={"seconds": st.integers(1, 200), "count": st.integers(1, 4)})

    return st.one_of(
        one("crashloop"), one("imagePullFail"), one("gpuLoss"), one("nodeLoss"), one("oom", st.integers(1, 40)),
        one("slowLoad", st.floats(0.5, 30)), one("latency", st.floats(0.5, 5)), one("errorRate", st.floats(0.01, 1)),
        one("eppDown", st.sampled_from(["failOpen", "failClose"])),
        *([one("regionDown")] if regions else []),
    )  # fmt: skip


@st.composite
def specs(draw: st.DrawFn, faults: bool = True) -> dict[str, Any]:
    strategy = draw(st.sampled_from(STRATEGIES))
    gpu = {"class": draw(st.sampled_from(["H100", "L4"])), "count": draw(st.integers(1, 4))}
    pods = draw(st.integers(2, 3)) if strategy == "multinode" else 1

    def model(name: str, role: str, region: str = "") -> dict[str, Any]:
        found: dict[str, Any] = {
            "name": name, "role": role, "replicas": draw(st.integers(1, 6)), "gpu": gpu, "podsPerReplica": pods,
            "startup": draw(startup), "drainSeconds": draw(st.integers(0, 40)),
            "cache": {"steadyHitRatio": draw(st.sampled_from([0, 0.5, 0.9])),
                      "warmRequests": draw(st.sampled_from([0, 20, 500]))},
            "capacity": draw(slow_start), **draw(grace),
        }  # fmt: skip
        return {**found, "region": region} if region else found

    if strategy == "multiregion":
        models = [model(name, "stable", name) for name in ("eu", "us", "edge")[: draw(st.integers(2, 3))]]
    elif strategy == "disaggregated":
        models = [model("p", "prefill"), model("d", "decode")]
    else:
        models = [model("a", "stable")]
    if strategy in WEIGHTED:
        models.append({"name": "b", "role": "shadow" if strategy == "shadow" else "candidate"})
    held = sum(one.get("replicas", 0) for one in models) * gpu["count"] * pods
    surge = draw(st.sampled_from([0, 1, 2, "25%", "100%"]))
    unavailable = draw(st.sampled_from([0, 1, "25%", "50%"]))
    spec: dict[str, Any] = {
        "strategy": strategy, "models": models, "maxSeconds": draw(st.sampled_from([120, 600, 1500])),
        "tickSeconds": draw(st.sampled_from([1, 1, 1, 0.5, 3, 7])), "noise": draw(st.sampled_from([0, 0, 0.1])),
        "load": {"requestsPerSecond": draw(st.sampled_from([0, 0.3, 5, 80])),
                 "timeoutSeconds": draw(st.sampled_from([0, 0, 10])),
                 "outputTokens": draw(st.sampled_from([200, 4000])),
                 "users": draw(st.sampled_from([0, 0, 50])) if strategy == "ab" else 0},
        "rollout": {"maxSurge": surge, "maxUnavailable": unavailable,
                    "progressDeadlineSeconds": draw(st.sampled_from([60, 600]))},
    }  # fmt: skip
    if draw(st.booleans()):
        spec["cluster"] = {"gpus": {gpu["class"]: held + draw(st.integers(0, 12))}}
    if strategy in WEIGHTED and draw(st.booleans()):
        spec["gates"] = [{"name": "g", "metric": "errorRate", "model": "b", "max": 0.05, "failures": 3}]
    if draw(st.booleans()):
        spec["onFailure"] = draw(st.sampled_from(["rollback", "pause", "continue"]))
    if faults:
        names, regions = [one["name"] for one in models], [one["region"] for one in models if "region" in one]
        spec["faults"] = draw(st.lists(fault(names, regions), max_size=3))
    return spec


def made(spec: dict[str, Any]) -> Scenario:
    document = {"apiVersion": "mtop.dev/v1alpha1", "kind": "Topology", "metadata": {"name": "test"}, "spec": spec}
    try:
        return scenario(document, Source("test", ""), Given())
    except InvalidObjectError:
        assume(False)
        raise


class Plodding(Simulation):
    """The same without leaps: every tick is gone through."""

    def _next(self) -> int:
        return self.world.t + self.scenario.tick


@settings(max_examples=150, deadline=None)
@given(specs())
def test_every_frame(spec: dict[str, Any]) -> None:
    run = Simulation(made(spec))
    before = -1
    for frame in run.frames():
        assert frame.t > before
        before = frame.t
        _weights(frame)
        _gpus(run)
        for row in frame.models:
            assert 0 <= row["ready"] == row["pods"].get("Ready", 0) // run.scenario.models[0].pods
            if row["weightPercent"] >= 0.1 and not row["ready"] and row["rps"] > 0 and row["role"] != "prefill":
                assert row["errorPercent"] == 100
    run.summary()
    for pool in run.world.pools:
        assert min(pool.served, pool.failed, pool.queue) >= 0
        assert pool.arrived == pool.served + pool.failed + pool.queue_at(run.world.tick)
    if run.world.phase == "RolledBack" and run.scenario.weighted:
        assert run.world.weights == list(run.scenario.traffic)
        assert [pool.share for pool in run.world.pools] == run.world.weights
        assert [len(pool.replicas) for pool in run.world.pools] == [spec.replicas for spec in run.scenario.models]


def _weights(frame: Frame) -> None:
    total = sum(row["weightPercent"] for row in frame.models)
    assert abs(total - 100) <= 0.05 * len(frame.models) + 1e-9


def _gpus(run: Simulation) -> None:
    for name, limit in run.scenario.gpus.items():
        assert 0 <= run.world.gpus.used.get(name, 0) <= limit
    held: dict[str, int] = {}
    for pool in run.world.pools:
        for replica in pool.replicas:
            held[pool.spec.gpu_class] = held.get(pool.spec.gpu_class, 0) + replica.held * pool.spec.gpus
    assert {name: used for name, used in run.world.gpus.used.items() if used} == {k: v for k, v in held.items() if v}


@settings(max_examples=100, deadline=None)
@given(specs(faults=False))
def test_bounds_of_rolling_updates(spec: dict[str, Any]) -> None:
    """Never more than N + S (those that drain not counted), never fewer ready than N - U."""
    assume(spec["strategy"] in ("rolling", "multinode", "multiregion", "disaggregated"))
    run = Simulation(made(spec))
    for _ in run.frames():
        for unit, pair in zip(run.units, run.scenario.pairs, strict=True):
            if unit.active:
                assert unit.old.total + unit.new.total <= unit.size + pair.surge
                assert unit.old.ready + unit.new.ready >= unit.size - pair.unavailable


@settings(max_examples=60, deadline=None)
@given(specs())
def test_leaps_change_nothing(spec: dict[str, Any]) -> None:
    """Passing over ticks in which nothing happens gives what going through each of them gives."""
    given_ = made(spec)
    leaping, plodding = Simulation(given_), Plodding(given_)
    assert list(leaping.frames()) == list(plodding.frames())
    assert leaping.summary() == plodding.summary()


@settings(max_examples=30, deadline=None)
@given(specs())
def test_the_same_again(spec: dict[str, Any]) -> None:
    one, other = Simulation(made(spec)), Simulation(made(spec))
    assert repr(list(one.frames())) == repr(list(other.frames()))
    assert repr(one.summary()) == repr(other.summary())
