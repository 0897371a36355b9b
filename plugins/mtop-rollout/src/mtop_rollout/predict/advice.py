"""What a predicted rollout comes to, in one line each: which field stops it, and what to change it to."""

from __future__ import annotations

from collections.abc import Iterator

from mtop_core.api import Model
from mtop_rollout.machine.engine import Simulation
from mtop_rollout.machine.states import FAILED, PENDING, SUCCEEDED
from mtop_rollout.predict.parts import Part


def advice(run: Simulation, model: Model, parts: list[Part]) -> list[str]:
    """What to know and to change before the rollout."""
    found = [line for unit, part in zip(run.units, parts, strict=True)
             for line in _of_part(run, model, part, unit.new.counts[PENDING])]  # fmt: skip
    if run.world.phase == SUCCEEDED and not found:
        return ["nothing stands in its way: every replica finds its GPUs and starts in time"]
    return found


def _of_part(run: Simulation, model: Model, part: Part, pending: int) -> Iterator[str]:
    failed = run.world.phase == FAILED
    pair = next(pair for pair in run.scenario.pairs if run.scenario.models[pair.old].name == part.name)
    if failed and pending:
        wanted = part.gpus * part.pods
        room = "no room for one" if not part.slots else f"room for {part.slots} of its {part.pods} pods"
        if not pair.unavailable:
            yield (
                f"deadlock: {part.name} starts a new replica before an old one may go, it needs {wanted} "
                f"{part.product} and there is {room}: set {_strategy(model, part)} to maxSurge 0, maxUnavailable 1, "
                f"or free {wanted} GPUs"
            )
        else:
            yield f"{part.name} waits for {wanted} {part.product} and there is {room}: free them or add a node"
    if part.probe is not None and part.start.load > part.probe:
        needed = -(-round(part.start.load * 1.5) // 10)
        yield (
            f"{part.name} loads for {part.start.load:.0f} s and its startup probe allows {part.probe} s: it would be "
            f"killed while it loads; set failureThreshold of {_probe_field(model, part)} to {needed} (at 10 s each)"
        )
    if part.deadline is not None and part.start.whole > part.deadline:
        yield (
            f"{part.name} takes {part.start.whole:.0f} s to start, progressDeadlineSeconds is {part.deadline}: the "
            f"rollout is called failed though it goes on; raise spec.progressDeadlineSeconds of the Deployment "
            f"{part.name}, or start faster (weights on the node, a smaller image)"
        )
    if part.pods > 1 and part.replicas == 1:
        outage = part.grace + part.start.whole
        yield f"{part.name} is one group: its update is an outage of up to {outage:.0f} s; a second group avoids it"
    elif part.replicas and part.recreate:
        yield f"{part.name} is recreated: an outage of up to {part.grace + part.start.whole:.0f} s"
    elif part.replicas == 1 and pair.unavailable:
        yield (
            f"{part.name} has one replica and may lose it: an outage of up to {part.grace + part.start.whole:.0f} s; "
            f"set {_strategy(model, part)} to maxSurge 1, maxUnavailable 0 if there is a GPU for it"
        )


def _strategy(model: Model, part: Part) -> str:
    if not model.llm:
        return "spec.predictor.deploymentStrategy.rollingUpdate"
    return "spec.prefill.rolloutStrategy" if part.role == "prefill" else "spec.rolloutStrategy"


def _probe_field(model: Model, part: Part) -> str:
    if not model.llm:
        return "spec.predictor.model.startupProbe"
    where = "spec.prefill.template" if part.role == "prefill" else "spec.template"
    return f"{where}.containers[main].startupProbe"
