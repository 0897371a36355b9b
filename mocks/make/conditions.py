"""Conditions of LLM services, derived from their workloads as KServe does."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from .base import Obj, later, stamp, without_none
from .model import Model, Verdict

GOOD: Verdict = ("True", "", "")
_WORKLOADS = (
    "MainWorkloadReady",
    "WorkerWorkloadReady",
    "PrefillWorkloadReady",
    "PrefillWorkerWorkloadReady",
    "ScalingReady",
    "PrefillScalingReady",
)
_ROUTER = ("GatewaysReady", "HTTPRoutesReady", "InferencePoolReady", "SchedulerWorkloadReady")
_INFO = ("GroupReady", "GroupDegraded")
STOPPED: Verdict = ("False", "Stopped", "Service is stopped")


@dataclass(frozen=True)
class Outcome:
    """How one workload ended up."""

    condition: str
    kind: str
    name: str
    ready: int
    verdict: Verdict
    since: datetime


def conditions(model: Model, outcomes: list[Outcome]) -> list[Obj]:
    """Return the conditions of a CR in the order of their types."""
    found = _leaves(model, outcomes)
    found["WorkloadsReady"] = _summary(found, _WORKLOADS)
    found["RouterReady"] = _summary(found, _ROUTER)
    found["Ready"] = _ready(found)
    changed = _since(model, outcomes)
    return [_condition(kind, found[kind], changed) for kind in sorted(found)]


def _leaves(model: Model, outcomes: list[Outcome]) -> dict[str, Verdict]:
    found: dict[str, Verdict] = {"PresetsCombined": GOOD}
    if model.stopped:
        found = dict.fromkeys(("PresetsCombined", "MainWorkloadReady", "HTTPRoutesReady"), STOPPED)
        found["InferencePoolReady"] = STOPPED
        return found
    found |= {outcome.condition: outcome.verdict for outcome in outcomes}
    found |= {"GatewaysReady": GOOD, "HTTPRoutesReady": GOOD}
    if model.scheduler:
        found |= {"InferencePoolReady": GOOD, "SchedulerWorkloadReady": GOOD}
    if model.scaling:
        found["ScalingReady"] = GOOD
    if model.group:
        found["GroupReady"] = GOOD
    return found | model.verdicts


def _summary(found: dict[str, Verdict], kinds: tuple[str, ...]) -> Verdict:
    bad = [found[kind] for kind in kinds if kind in found and found[kind][0] != "True"]
    return bad[0] if bad else GOOD


def _ready(found: dict[str, Verdict]) -> Verdict:
    bad = [found[kind] for kind in ("PresetsCombined", "WorkloadsReady", "RouterReady") if found[kind][0] != "True"]
    return bad[-1] if bad else GOOD


def _since(model: Model, outcomes: list[Outcome]) -> dict[str, datetime]:
    start = later(model.created, 260)
    out = {outcome.condition: outcome.since for outcome in outcomes}
    bad = [outcome.since for outcome in outcomes if outcome.verdict != GOOD]
    out["WorkloadsReady"] = max(bad, default=start)
    told = model.verdicts_since or start
    out |= dict.fromkeys(model.verdicts, told)
    blocking = [kind for kind in model.verdicts if kind not in _INFO]
    if any(kind in _ROUTER for kind in blocking):
        out["RouterReady"] = told
    out["Ready"] = max([*bad, *([told] if blocking else [])], default=start)
    return out | {"*": start}


def _condition(kind: str, verdict: Verdict, since: dict[str, datetime]) -> Obj:
    status, reason, message = verdict
    out: Obj = {"lastTransitionTime": stamp(since.get(kind, since["*"])), "status": status, "type": kind}
    severity = "Info" if kind in _INFO else ""
    return out | without_none({"reason": reason, "message": message, "severity": severity})
