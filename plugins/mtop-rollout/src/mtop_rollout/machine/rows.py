"""What the simulator emits: one frame after the other, each with a row per model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from mtop_rollout.machine.maths import SCALE
from mtop_rollout.machine.noise import noisy
from mtop_rollout.machine.pool import Pool
from mtop_rollout.machine.world import Event, World

Row = Mapping[str, Any]


class Frame(NamedTuple):
    """All there is to see at one time, `t` in milliseconds; the rows of models are never changed once made."""

    t: int
    step: int
    phase: str
    models: tuple[Row, ...]
    events: tuple[Event, ...]


def frame(world: World) -> Frame:
    """What there is to see now."""
    return Frame(world.t, world.step, world.phase, tuple(_row(world, pool) for pool in world.pools),
                 tuple(world.events))  # fmt: skip


def _row(world: World, pool: Pool) -> Row:
    """The row of a model; made anew only where something about it changed."""
    if pool.row is None or world.scenario.noise:
        pool.row = _made(world, pool)
    return pool.row


def _made(world: World, pool: Pool) -> dict[str, object]:
    flow, spec, tick = pool.flow, pool.spec, world.scenario.tick
    price = world.scenario.prices.get(spec.gpu_class)
    gpus = _held(pool)
    lost = pool.lost + pool.cut
    handled = pool.done + lost
    rate = flow.rate if pool.prefill else pool.arriving * 1000 / tick / 1_000_000
    return {
        "model": spec.name,
        "version": spec.version,
        "role": spec.role,
        "region": spec.region,
        "desired": pool.desired,
        "pods": pool.states(),
        "ready": pool.ready,
        "weightPercent": round(pool.share * 100 / SCALE, 1),
        "rps": round(rate, 2),
        "inFlight": round(flow.in_flight, 1),
        "queue": round(pool.queue / 1_000_000, 1),
        "utilisation": round(flow.utilisation, 3),
        "ttftP50Ms": _metric(world, pool, flow.ttft, 0),
        "ttftP95Ms": _metric(world, pool, flow.ttft95, 1),
        "itlP50Ms": _metric(world, pool, flow.itl, 3),
        "itlP95Ms": _metric(world, pool, flow.itl95, 2),
        "e2eP95Seconds": None if flow.e2e is None else round(flow.e2e, 2),
        "errorPercent": round(lost * 100 / handled, 2) if handled else 0.0,
        "cacheHit": round(flow.hit, 3),
        "gpus": gpus,
        "dollarsPerHour": 0.0 if not gpus else None if price is None else round(gpus * price / 1_000_000, 2),
    }


def _held(pool: Pool) -> int:
    held = 0
    for replica in pool.replicas:
        held += replica.held
    return held * pool.spec.gpus


def _metric(world: World, pool: Pool, value: float | None, which: int) -> float | None:
    if value is None:
        return None
    scenario = world.scenario
    return round(noisy(value, scenario.noise, scenario.seed, world.t, pool.place, which), 1)
