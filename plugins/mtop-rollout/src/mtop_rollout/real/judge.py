"""How a rollout stands: under way, done, or failed; and whether what the user waits for has come."""

from __future__ import annotations

from typing import NamedTuple

from mtop_core.api import Model, UsageError, plain, status_of
from mtop_rollout.real.revisions import revisions_of
from mtop_rollout.real.tree import serving

UNDER_WAY, DONE, FAILED = "under way", "done", "failed"


class Until(NamedTuple):
    """What ends the watching: `ready`, `revision` or `weight` (at least so many percent)."""

    what: str
    percent: float = 0.0


def until_of(words: str) -> Until:
    """What `--until` asks for; UsageError for anything else."""
    name, equals, value = words.partition("=")
    if name in ("ready", "revision") and not equals:
        return Until(name)
    if name == "weight" and value.isdigit() and len(value) < 4 and int(value) <= 100:
        return Until(name, float(value))
    raise UsageError(f'--until "{plain(words)}": expected ready, revision or weight=PERCENT')


def verdict(model: Model, until: Until) -> tuple[str, str]:
    """How it stands, and why in a few words."""
    if model.deleting:
        return FAILED, f"{model.name} is being deleted"
    if _reached(model, until):
        return DONE, f"{model.name}: {_said(until)}"
    for workload in model.workloads:
        progress = workload.conditions.get("Progressing")
        if progress is not None and progress.reason == "ProgressDeadlineExceeded" and progress.status == "False":
            return FAILED, f"{workload.ref}: {plain(progress.message)}"
    return UNDER_WAY, ""


def stuck(model: Model) -> str:
    """What waiting alone will not heal, in one line; empty where there is nothing of the kind."""
    status = status_of(model)
    hard = any(not trouble.heals for trouble in status.troubles)
    return status.error if hard else ""


def _reached(model: Model, until: Until) -> bool:
    if until.what == "weight":
        weight = model.weight
        return weight is not None and weight.share is not None and weight.share * 100 >= until.percent - 1e-9
    if until.what == "revision":
        return all(_newest_serves(model))
    return complete(model)


def complete(model: Model) -> bool:
    """Whether every serving workload runs the newest revision only, with all replicas ready."""
    parts = serving(model)
    if not parts or model.unseen is not None or model.stopped:
        return bool(model.stopped)
    return all(not part.rolling and part.ready >= part.desired and part.total <= part.desired for part in parts)


def _newest_serves(model: Model) -> list[bool]:
    found = []
    for workload in serving(model):
        revisions = revisions_of(workload, model.pods, model.inventory)
        found.append(any(pod.ready for one in revisions if one.newest for pod in one.pods))
    return found or [False]


def _said(until: Until) -> str:
    if until.what == "weight":
        return f"has {until.percent:g} % of the traffic"
    return "a replica of the newest revision is ready" if until.what == "revision" else "the rollout is complete"
