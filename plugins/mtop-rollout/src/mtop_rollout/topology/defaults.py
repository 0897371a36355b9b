"""What a document may leave out: revisions, capacities, weights and the steps of each strategy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Dict = dict[str, Any]

# What one replica of an 8B model in BF16 does on one GPU; figures of public benchmarks, not of your cluster.
CAPACITIES: Mapping[str, Dict] = {
    "H100": {"maxConcurrency": 256, "prefillTokensPerSecond": 16000, "itlBaseMs": 10.7, "itlPerRequestMs": 0.075},
    "H200": {"maxConcurrency": 256, "prefillTokensPerSecond": 16000, "itlBaseMs": 8.2, "itlPerRequestMs": 0.075},
    "A100-80": {"maxConcurrency": 128, "prefillTokensPerSecond": 8000, "itlBaseMs": 12.7, "itlPerRequestMs": 0.125},
    "L40S": {"maxConcurrency": 64, "prefillTokensPerSecond": 7000, "itlBaseMs": 22.7, "itlPerRequestMs": 0.19},
    "L4": {"maxConcurrency": 32, "prefillTokensPerSecond": 2500, "itlBaseMs": 62, "itlPerRequestMs": 0.6},
}
BY_READINESS = ("rolling", "recreate", "multinode", "multiregion", "disaggregated")
_INHERITED = ("runtime", "podsPerReplica", "gpu", "startup", "capacity", "cache", "quality", "drainSeconds",
              "terminationGracePeriodSeconds", "region")  # fmt: skip
_HOLD = 60


def capacity_of(model: Mapping[str, Any]) -> Dict:
    """The capacity of a model, completed by that of its GPU class, or of an H100 where nobody knows it."""
    own = model.get("capacity") or {}
    return {**CAPACITIES.get((model.get("gpu") or {}).get("class", ""), CAPACITIES["H100"]), **own}


def role_of(model: Mapping[str, Any]) -> str:
    """The role of a model, stable where it says none."""
    return str(model.get("role") or "stable")


def with_revisions(strategy: str, models: Sequence[Dict]) -> tuple[list[Dict], list[tuple[int, int]]]:
    """All models, candidates completed by what they follow, and the (old, new) places of those that belong together.

    Where replicas are replaced by rolling update and the document gives no candidate, the new revision is made up:
    the same under NAME-new.
    """
    found = [dict(model) for model in models]
    followers = [at for at, model in enumerate(found) if role_of(model) in ("candidate", "shadow")]
    leaders = [at for at in range(len(found)) if at not in followers]
    pairs: list[tuple[int, int]] = []
    free = list(leaders)
    for at in followers:
        leader = _leader(found, at, free or leaders)
        if leader is None:
            continue
        inherited = {key: found[leader][key] for key in _INHERITED if key in found[leader]}
        found[at] = {**inherited, **found[at]}
        pairs.append((leader, at))
        if leader in free:
            free.remove(leader)
    if strategy in BY_READINESS:
        for leader in free:
            pairs.append((leader, len(found)))
            found.append(_next_revision(found[leader]))
        pairs.sort()
    return found, pairs


def _leader(models: Sequence[Dict], at: int, among: Sequence[int]) -> int | None:
    region = models[at].get("region")
    here = [leader for leader in among if not region or models[leader].get("region") == region]
    return next(iter(here or among), None)


def _next_revision(model: Dict) -> Dict:
    version = f"{model['version']}-new" if model.get("version") else "new"
    role = model["role"] if role_of(model) in ("prefill", "decode") else "candidate"
    return {**model, "name": f"{model['name']}-new"[:63], "version": version, "role": role, "replicas": 0}


def traffic_of(spec: Mapping[str, Any], models: Sequence[Dict]) -> list[float]:
    """The initial weights by model; without any, by the replicas of the models that are no candidates."""
    if "traffic" in spec:
        return [float(spec["traffic"].get(model["name"], 0)) for model in models]
    counted = [role_of(model) not in ("candidate", "shadow", "prefill") for model in models]
    return [float(model.get("replicas", 0)) if counts else 0.0 for model, counts in zip(models, counted, strict=True)]


def steps_of(spec: Mapping[str, Any], models: Sequence[Dict], pairs: Sequence[tuple[int, int]]) -> list[Dict]:
    """The steps of a document, or those that its strategy has by default; none where all pairs roll at once."""
    given = (spec.get("rollout") or {}).get("steps")
    if given is not None:
        return list(given)
    strategy = spec["strategy"]
    if strategy in ("rolling", "recreate", "multinode", "disaggregated") or not pairs:
        return []
    gates = bool(spec.get("gates"))
    old, new = pairs[0]
    first, second, size = models[old]["name"], models[new]["name"], int(models[old].get("replicas", 0))
    if strategy == "multiregion":
        return _waves(models, pairs, gates)
    if strategy == "bluegreen":
        return _bluegreen(first, second, size)
    if strategy == "shadow":
        return _shadow(first, second, max(size, 1), gates)
    if strategy == "ab":
        return [*_ready(second, max(-(-size // 2), 1)), {"setWeight": {second: 50}}, _look(600, gates)]
    percents = (5, 20, 50, 100) if strategy == "canary" else (1, 2, 4, 8, 16, 32, 64, 100)
    return _climb(first, second, size, percents, gates)


def _climb(first: str, second: str, size: int, percents: Sequence[int], gates: bool) -> list[Dict]:
    """More replicas and more weight from step to step; then the old revision goes."""
    steps: list[Dict] = []
    there = 0
    for percent in percents:
        wanted = max(-(-size * percent // 100), 1)
        if wanted > there:
            steps += _ready(second, wanted)
            there = wanted
        steps += [{"setWeight": {second: percent}}, _look(_HOLD, gates)]
    return [*steps, {"promote": second}, {"drain": first}]


def _ready(name: str, count: int) -> list[Dict]:
    return [{"scale": {name: count}}, {"waitReady": {name: "all"}}]


def _look(seconds: int, gates: bool) -> Dict:
    return {"analyse": {"seconds": seconds}} if gates else {"pause": seconds}


def _bluegreen(blue: str, green: str, size: int) -> list[Dict]:
    return [*_ready(green, size), {"analyse": {"seconds": _HOLD}}, {"switch": {"from": blue, "to": green}},
            {"pause": 30}, {"drain": blue}]  # fmt: skip


def _shadow(primary: str, shadow: str, size: int, gates: bool) -> list[Dict]:
    mirrors: list[Dict] = []
    for percent in (10, 100):
        mirrors += [{"mirror": {"from": primary, "to": shadow, "percent": percent}}, _look(2 * _HOLD, gates)]
    end = {"mirror": {"from": primary, "to": shadow, "percent": 0}}
    return [*_ready(shadow, size), *mirrors, end, {"drain": shadow}]


def _waves(models: Sequence[Dict], pairs: Sequence[tuple[int, int]], gates: bool) -> list[Dict]:
    steps: list[Dict] = []
    for _, new in pairs:
        steps += [{"promote": models[new]["name"]}, _look(_HOLD, gates)]
    return steps
