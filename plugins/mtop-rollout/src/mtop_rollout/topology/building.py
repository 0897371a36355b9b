"""A checked document as the Scenario that the simulator takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mtop_rollout.machine.maths import SCALE, apportioned, micro, milli
from mtop_rollout.machine.scenario import (
    WEIGHTED,
    Capacity,
    Fault,
    Gate,
    Load,
    ModelSpec,
    Pair,
    Scenario,
    Startup,
    Step,
)
from mtop_rollout.topology.defaults import capacity_of, role_of, traffic_of

Dict = dict[str, Any]
_STARTUP = ("schedule", "imagePull", "download", "load", "compile", "graphCapture", "warmup")


def scenario_of(
    document: Mapping[str, Any], models: Sequence[Dict], pairs: Sequence[tuple[int, int]], steps: Sequence[Dict],
    prices: Mapping[str, float], approve: float | None = None,
) -> Scenario:  # fmt: skip
    """The scenario of a document, with its models and steps completed and a price per GPU-hour by class."""
    spec = document["spec"]
    places = {model["name"]: place for place, model in enumerate(models)}
    cluster, rollout = spec.get("cluster") or {}, spec.get("rollout") or {}
    deadline = milli(rollout.get("progressDeadlineSeconds", 600))
    gates = [gate["name"] for gate in spec.get("gates") or ()]
    budget = rollout.get("errorBudget")
    return Scenario(
        name=document["metadata"]["name"],
        description=document["metadata"].get("description", ""),
        strategy=spec["strategy"],
        tick=max(milli(spec.get("tickSeconds", 1)), 1),
        end=milli(spec.get("maxSeconds", 3600)),
        seed=spec.get("seed", 0),
        noise=float(spec.get("noise", 0)),
        gpus=dict(cluster.get("gpus") or {}),
        provision=milli(cluster.get("nodeProvisionSeconds", 0)),
        prices={name: micro(price) for name, price in {**prices, **(cluster.get("prices") or {})}.items()},
        load=_load(spec.get("load") or {}),
        models=tuple(map(_model, models)),
        pairs=tuple(_pair(spec["strategy"], rollout, models, old, new) for old, new in pairs),
        traffic=tuple(apportioned(SCALE, [round(weight * 1_000_000) for weight in traffic_of(spec, models)])),
        rtt={(region["name"], other): float(rtt) for region in spec.get("regions") or ()
             for other, rtt in (region.get("rttMs") or {}).items()},
        deadline=deadline,
        mixed_fail=rollout.get("mixedPairs", "fail") == "fail",
        budget=-1 if budget is None else micro(budget),
        steps=tuple(_step(step, places, gates, deadline) for step in steps),
        gates=tuple(_gate(gate, places) for gate in spec.get("gates") or ()),
        on_failure=spec.get("onFailure") or ("rollback" if spec["strategy"] in WEIGHTED else "pause"),
        faults=tuple(_fault(fault, places) for fault in spec.get("faults") or ()),
        approve=-1 if approve is None else milli(approve),
    )  # fmt: skip


def _model(model: Mapping[str, Any]) -> ModelSpec:
    gpu, cache = model.get("gpu") or {}, model.get("cache") or {}
    capacity = capacity_of(model)
    slow_start = capacity.get("slowStart") or {}
    name = gpu.get("class", "")
    return ModelSpec(
        name=model["name"],
        version=model.get("version", ""),
        role=role_of(model),
        region=model.get("region", ""),
        runtime=model.get("runtime", "vllm"),
        replicas=model.get("replicas", 0),
        pods=model.get("podsPerReplica", 1),
        gpu_class=name,
        gpus=gpu.get("count", 1 if name else 0),
        startup=_startup(model.get("startup") or {}),
        capacity=Capacity(
            int(capacity["maxConcurrency"]), float(capacity["prefillTokensPerSecond"]),
            float(capacity["itlBaseMs"]) / 1000.0, float(capacity["itlPerRequestMs"]) / 1000.0,
            float(capacity.get("kvTransferMs", 0)) / 1000.0,
            milli(slow_start.get("windowSeconds", 0)), float(slow_start.get("aggression", 1)),
        ),
        hit=float(cache.get("steadyHitRatio", 0)),
        warm=micro(cache.get("warmRequests", 200)),
        errors=round((model.get("quality") or {}).get("errorRate", 0) * 1_000_000),
        drain=milli(model.get("drainSeconds", 0)),
        grace=milli(model["terminationGracePeriodSeconds"]) if "terminationGracePeriodSeconds" in model else -1,
    )  # fmt: skip


def _startup(given: Mapping[str, Any]) -> Startup:
    seconds = {key: given.get(key, 0) for key in _STARTUP}
    if "sizeGiB" in given:
        seconds["download"] = given["sizeGiB"] / given["bandwidthGiBps"]
    return Startup(*[milli(seconds[key]) for key in _STARTUP])._replace(probe=milli(given.get("probe", 600)))


def _load(given: Mapping[str, Any]) -> Load:
    return Load(
        rate=micro(given.get("requestsPerSecond", 0)),
        prompt=given.get("promptTokens", 500),
        output=given.get("outputTokens", 200),
        profile=given.get("profile", "constant"),
        points=tuple((milli(point["at"]), micro(point["requestsPerSecond"])) for point in given.get("points") or ()),
        amplitude=float(given.get("amplitude", 0.5)),
        period=milli(given.get("periodSeconds", 86400)),
        timeout=milli(given.get("timeoutSeconds", 0)),
        users=given.get("users", 0),
    )


def _pair(strategy: str, rollout: Mapping[str, Any], models: Sequence[Dict], old: int, new: int) -> Pair:
    in_groups = strategy == "multinode" or models[old].get("podsPerReplica", 1) > 1
    return pair_of(rollout, models[old].get("replicas", 0), old, new, in_groups=in_groups)


def pair_of(rollout: Mapping[str, Any], size: int, old: int, new: int, *, in_groups: bool) -> Pair:
    """A pair of `size` replicas, with the defaults of a Deployment or (`in_groups`) of a LeaderWorkerSet.

    Percentages are rounded as Kubernetes does: surge up, unavailable down, and one where both come to nothing.
    """
    surge = _share(rollout.get("maxSurge", 0 if in_groups else "25%"), size, up=True)
    unavailable = _share(rollout.get("maxUnavailable", 1 if in_groups else "25%"), size, up=False)
    return Pair(old, new, surge, unavailable if surge or unavailable else 1)


def _share(value: int | str, size: int, *, up: bool) -> int:
    if isinstance(value, int):
        return value
    percent = int(value.removesuffix("%"))
    return -(-size * percent // 100) if up else size * percent // 100


def _step(step: Mapping[str, Any], places: Mapping[str, int], gates: Sequence[str], deadline: int) -> Step:
    action = next(key for key in step if key != "timeoutSeconds")
    value: Any = step[action]
    if action in ("setWeight", "scale"):
        value = {places[name]: number for name, number in value.items()}
    elif action == "waitReady":
        value = {places[name]: -1 if number == "all" else number for name, number in value.items()}
    elif action == "pause":
        value = -1 if value == "manual" else milli(value)
    elif action == "mirror":
        value = (places[value["from"]], places[value["to"]], float(value["percent"]))
    elif action == "switch":
        value = (places[value["from"]], places[value["to"]])
    elif action == "analyse":
        names = value.get("gates", gates)
        value = (milli(value["seconds"]), tuple(gates.index(name) for name in names))
    else:
        value = places[value]
    return Step(action, value, milli(step["timeoutSeconds"]) if "timeoutSeconds" in step else deadline)


def _gate(gate: Mapping[str, Any], places: Mapping[str, int]) -> Gate:
    return Gate(
        gate["name"], gate["metric"], places[gate["model"]],
        None if "max" not in gate else float(gate["max"]), None if "min" not in gate else float(gate["min"]),
        places[gate["relativeTo"]] if "relativeTo" in gate else -1, float(gate.get("factor", 1)),
        gate.get("failures", 1),
    )  # fmt: skip


def _fault(fault: Mapping[str, Any], places: Mapping[str, int]) -> Fault:
    at = fault["at"]
    by_step = isinstance(at, dict)
    return Fault(
        0 if by_step else milli(at), at["step"] if by_step else -1,
        places[fault["model"]] if "model" in fault else -1, fault["kind"], fault.get("value"),
        milli(fault["seconds"]) if "seconds" in fault else -1, fault.get("count", 1),
    )  # fmt: skip
