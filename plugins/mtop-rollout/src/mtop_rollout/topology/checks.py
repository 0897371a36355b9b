"""What a schema cannot say: names that exist, weights that add up, and documents that could never run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, NamedTuple

from mtop_core.api import plain
from mtop_rollout.topology.defaults import BY_READINESS, role_of, traffic_of

Path = tuple[str | int, ...]
Model = dict[str, Any]
_MOST_TICKS = 5_000_000
_MOST_REPLICAS = 20_000
_ACTIONS = ("setWeight", "scale", "waitReady", "pause", "mirror", "analyse", "promote", "switch", "drain")
_NEEDS_VALUE = ("slowLoad", "latency", "errorRate", "oom")


class Trouble(NamedTuple):
    """What is wrong, where, and what may have been meant."""

    path: Path
    message: str
    suggestion: str = ""


def troubles(spec: Mapping[str, Any], models: Sequence[Model], steps: Sequence[Model]) -> list[Trouble]:
    """Everything in a document of the right shape that makes no sense; `models` and `steps` are the completed ones."""
    names = [model["name"] for model in models]
    found = [*_times(spec), *_models(spec, models, names), *_strategy(spec, models), *_traffic(spec, models, names)]
    found += [*_rollout(spec), *_steps(spec, steps, names), *_gates(spec, names), *_faults(spec, models, names, steps)]
    return found


def _times(spec: Mapping[str, Any]) -> Iterator[Trouble]:
    tick, longest = spec.get("tickSeconds", 1), spec.get("maxSeconds", 3600)
    if tick < 0.001:
        yield Trouble(("spec", "tickSeconds"), "must be at least 0.001")
    elif longest / tick > _MOST_TICKS:
        yield Trouble(("spec", "maxSeconds"), f"is more than {_MOST_TICKS:,} ticks")
    if spec.get("noise", 0) > 0.5:
        yield Trouble(("spec", "noise"), "must be at most 0.5")
    load = spec.get("load") or {}
    times = [point["at"] for point in load.get("points") or ()]
    for index in range(1, len(times)):
        if times[index] <= times[index - 1]:
            yield Trouble(("spec", "load", "points", index, "at"), "must be later than the point before it")
    if load.get("profile") in ("step", "ramp", "points") and not times:
        yield Trouble(("spec", "load", "profile"), f"{load['profile']} needs points")


def _models(spec: Mapping[str, Any], models: Sequence[Model], names: list[str]) -> Iterator[Trouble]:
    replicas = 0
    held: dict[str, int] = {}
    limits = (spec.get("cluster") or {}).get("gpus") or {}
    for index, model in enumerate(models):
        at: Path = ("spec", "models", index)
        if names.index(model["name"]) != index:
            yield Trouble((*at, "name"), f'the name "{plain(model["name"])}" stands twice')
        startup = model.get("startup") or {}
        if "sizeGiB" in startup and not startup.get("bandwidthGiBps"):
            yield Trouble((*at, "startup", "sizeGiB"), "needs bandwidthGiBps, more than zero")
        if "sizeGiB" in startup and "download" in startup:
            yield Trouble((*at, "startup", "download"), "cannot be set together with sizeGiB")
        slow_start = (model.get("capacity") or {}).get("slowStart") or {}
        if slow_start.get("aggression", 1) < 0.1:
            yield Trouble((*at, "capacity", "slowStart", "aggression"), "must be at least 0.1")
        gpu = model.get("gpu") or {}
        count = model.get("replicas", 0)
        replicas += count
        name = gpu.get("class", "")
        held[name] = held.get(name, 0) + count * model.get("podsPerReplica", 1) * gpu.get("count", 1 if name else 0)
        if count and name in limits and held[name] > limits[name]:
            yield Trouble((*at, "replicas"), f"needs {held[name]} {plain(name)} together with those before it, "
                                             f"the cluster has {limits[name]}")  # fmt: skip
    if replicas > _MOST_REPLICAS:
        yield Trouble(("spec", "models"), f"{replicas} replicas, at most {_MOST_REPLICAS} are simulated")


def _strategy(spec: Mapping[str, Any], models: Sequence[Model]) -> Iterator[Trouble]:
    strategy, roles = spec["strategy"], [role_of(model) for model in models]
    where: Path = ("spec", "models")
    if strategy in ("canary", "bluegreen", "progressive", "ab") and len(models) < 2:
        yield Trouble(where, f"{strategy} needs two models, an old and a new one")
    elif strategy in ("canary", "bluegreen", "progressive", "ab") and not _has_follower(roles):
        yield Trouble(where, f"{strategy} needs a model with the role candidate")
    if strategy == "shadow" and "shadow" not in roles:
        yield Trouble(where, "shadow needs a model with the role shadow")
    if strategy == "disaggregated":
        for role in ("prefill", "decode"):
            if role not in roles:
                yield Trouble(where, f"disaggregated needs a model with the role {role}")
    if not any(role not in ("candidate", "shadow") for role in roles):
        yield Trouble(where, "needs a model that is there before the rollout, with the role stable")
    if strategy == "multiregion":
        known = [region["name"] for region in spec.get("regions") or ()]
        for index, model in enumerate(models):
            if not model.get("region"):
                yield Trouble(("spec", "models", index), "multiregion needs a region for every model")
            elif known and model["region"] not in known:
                yield _unknown(("spec", "models", index, "region"), "region", model["region"], known)


def _has_follower(roles: Sequence[str]) -> bool:
    return "candidate" in roles


def _traffic(spec: Mapping[str, Any], models: Sequence[Model], names: list[str]) -> Iterator[Trouble]:
    where: Path = ("spec", "traffic")
    for name in spec.get("traffic") or {}:
        if name not in names:
            yield _unknown((*where, name), "model", name, names)
    weights = traffic_of(spec, models)
    if not any(weights):
        yield Trouble(where if "traffic" in spec else ("spec", "models"), "all weights are zero: nobody would serve")
    for index, (model, weight) in enumerate(zip(models, weights, strict=True)):
        if weight and not model.get("replicas", 0):
            at: Path = (*where, model["name"]) if "traffic" in spec else ("spec", "models", index)
            yield Trouble(at, f'{plain(model["name"])} has weight and no replicas')
        if weight and role_of(model) == "prefill":
            yield Trouble((*where, model["name"]), "prefill gets its requests from decode, it has no weight of its own")


def _rollout(spec: Mapping[str, Any]) -> Iterator[Trouble]:
    rollout = spec.get("rollout") or {}
    for key in ("maxSurge", "maxUnavailable"):
        value = rollout.get(key)
        if isinstance(value, str) and not (value.endswith("%") and value[:-1].isdigit() and len(value) < 6):
            yield Trouble(("spec", "rollout", key), "expected a whole number or a percentage such as 25%")
        elif isinstance(value, int) and value < 0:
            yield Trouble(("spec", "rollout", key), "must be at least 0")
    given = [rollout.get(key) in (0, "0%") for key in ("maxSurge", "maxUnavailable")]
    if all(given) and spec["strategy"] in BY_READINESS:
        yield Trouble(("spec", "rollout", "maxUnavailable"), "maxSurge and maxUnavailable cannot both be zero")


def _steps(spec: Mapping[str, Any], steps: Sequence[Model], names: list[str]) -> Iterator[Trouble]:
    gates = [gate["name"] for gate in spec.get("gates") or ()]
    if not steps and "steps" in (spec.get("rollout") or {}) and spec["strategy"] not in BY_READINESS:
        yield Trouble(("spec", "rollout", "steps"), f"{spec['strategy']} does nothing without steps")
    for index, step in enumerate(steps):
        at: Path = ("spec", "rollout", "steps", index)
        actions = [action for action in _ACTIONS if action in step]
        if len(actions) != 1:
            yield Trouble(at, f"a step has one action, this has {len(actions) or 'none'}")
            continue
        action = actions[0]
        if "timeoutSeconds" in step and action not in ("waitReady", "promote"):
            yield Trouble((*at, "timeoutSeconds"), "goes with waitReady and promote")
        for path, name in _named(step, action):
            if name not in names:
                yield _unknown((*at, *path), "model", name, names)
        yield from _values(step, action, at, names, gates)


def _named(step: Mapping[str, Any], action: str) -> Iterator[tuple[Path, str]]:
    value = step[action]
    if action in ("setWeight", "scale", "waitReady"):
        yield from (((action, name), name) for name in value)
    elif action in ("mirror", "switch"):
        yield from (((action, key), value[key]) for key in ("from", "to"))
    elif action in ("promote", "drain"):
        yield (action,), value


def _values(step: Mapping[str, Any], action: str, at: Path, names: list[str], gates: list[str]) -> Iterator[Trouble]:
    value = step[action]
    if action == "setWeight":
        total = sum(value.values())
        if total > 100:
            yield Trouble((*at, action), f"the weights are percents, together {total:g} are more than 100")
        elif not total and set(value) >= set(names):
            yield Trouble((*at, action), "all weights are zero: nobody would serve")
        if not value:
            yield Trouble((*at, action), "names no model")
    elif action == "waitReady":
        for name, count in value.items():
            if count != "all" and (isinstance(count, bool) or not isinstance(count, int) or count < 0):
                yield Trouble((*at, action, name), "expected a whole number or all")
    elif action == "pause":
        if value != "manual" and not _is_time(value):
            yield Trouble((*at, action), "expected seconds or manual")
    elif action in ("mirror", "switch") and value["from"] == value["to"]:
        yield Trouble((*at, action, "to"), "is the same as from")
    elif action == "analyse":
        for number, gate in enumerate(value.get("gates") or ()):
            if gate not in gates:
                yield _unknown((*at, action, "gates", number), "gate", gate, gates)


def _gates(spec: Mapping[str, Any], names: list[str]) -> Iterator[Trouble]:
    for index, gate in enumerate(spec.get("gates") or ()):
        at: Path = ("spec", "gates", index)
        for key in ("model", "relativeTo"):
            if key in gate and gate[key] not in names:
                yield _unknown((*at, key), "model", gate[key], names)
        if "factor" in gate and "relativeTo" not in gate:
            yield Trouble((*at, "factor"), "goes with relativeTo")
        if not {"max", "min", "relativeTo"} & gate.keys():
            yield Trouble(at, "needs max, min or relativeTo")


def _faults(
    spec: Mapping[str, Any], models: Sequence[Model], names: list[str], steps: Sequence[Model]
) -> Iterator[Trouble]:
    regions = [model["region"] for model in models if model.get("region")]
    for index, fault in enumerate(spec.get("faults") or ()):
        at: Path = ("spec", "faults", index)
        yield from _when(fault["at"], (*at, "at"), steps)
        if "model" in fault and fault["model"] not in names:
            yield _unknown((*at, "model"), "model", fault["model"], names)
        kind, value = fault["kind"], fault.get("value")
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if kind in _NEEDS_VALUE and not (number and 0 < float(value) < 1e6):
            yield Trouble((*at, "value") if "value" in fault else at, f"{kind} needs a value, a number above zero")
        elif kind == "errorRate" and float(value) > 1:
            yield Trouble((*at, "value"), "an error rate is at most 1")
        if kind == "regionDown" and "model" not in fault and value not in regions:
            yield _unknown((*at, "value"), "region", str(value), regions)
        elif kind in ("gpuLoss", "nodeLoss", "oom", "crashloop") and "model" not in fault:
            yield Trouble(at, f"{kind} needs a model")


def _when(value: Any, path: Path, steps: Sequence[Model]) -> Iterator[Trouble]:
    if isinstance(value, dict):
        step = value.get("step")
        if set(value) != {"step"} or isinstance(step, bool) or not isinstance(step, int):
            yield Trouble(path, "expected seconds or {step: INDEX}")
        elif not 0 <= step < len(steps):
            yield Trouble((*path, "step"), f"there is no step {step}, the last one is {len(steps) - 1}"
                                           if steps else "this rollout has no steps")  # fmt: skip
    elif not _is_time(value):
        yield Trouble(path, "expected seconds or {step: INDEX}")


def _is_time(value: Any) -> bool:
    return not isinstance(value, bool) and isinstance(value, int | float) and 0 <= value < 1e7


def _unknown(path: Path, what: str, name: str, known: Sequence[str]) -> Trouble:
    near = get_close_matches(str(name)[:100], list(dict.fromkeys(known)), n=1)
    return Trouble(path, f'there is no {what} "{plain(str(name)[:100])}"', near[0] if near else "")
