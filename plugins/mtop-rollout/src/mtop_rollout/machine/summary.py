"""What a whole rollout came to; it takes the same room however long it runs."""

from __future__ import annotations

from typing import Any

from mtop_rollout.machine.pool import Pool
from mtop_rollout.machine.states import ROLLED_BACK, SUCCEEDED, TIMED_OUT
from mtop_rollout.machine.world import World

_HOUR = 3_600_000


class Tally:
    """What is added up while a rollout runs."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._pools = [pool for pool in world.pools if not pool.prefill]
        self.worst: tuple[float, str, int] = (0.0, "", 0)
        self.least: tuple[int, int] | None = None
        self.outage = 0
        self.peak = 0
        self.gpu_time = 0
        self._cost = 0
        self._at = 0
        self._held: dict[str, int] = {}
        self._steady = dict(world.gpus.used)
        self.reason = ""

    def look(self) -> None:
        """Takes in what a tick has brought; to be called wherever something changed."""
        world = self._world
        self._pass(world.t)
        if world.changed:
            self._held = dict(world.gpus.used)
            self.peak = max(self.peak, world.gpus.total)
            ready = 0
            for pool in self._pools:
                ready += 0 if pool.shadow else pool.ready
            if self.least is None or ready < self.least[0]:
                self.least = (ready, world.t)

    def slow(self, pool: Pool) -> None:
        """Takes in the latency of a pool that clients see."""
        latency = pool.flow.ttft95
        if latency is not None and latency > self.worst[0] and pool.arriving and not pool.shadow and not pool.prefill:
            self.worst = (latency, pool.spec.name, self._world.t)

    def _pass(self, t: int) -> None:
        length = t - self._at
        if length:
            for name, count in self._held.items():
                self.gpu_time += count * length
                extra = count - self._steady.get(name, 0)
                self._cost += extra * length * self._world.scenario.prices.get(name, 0)
            self._at = t

    def summary(self) -> dict[str, Any]:
        """All of it, as plain data."""
        world = self._world
        self._pass(world.t)
        arrived = served = failed = waiting = 0
        models = []
        for pool in world.pools:
            pool.count(world.tick)
            models.append({"model": pool.spec.name, "served": _requests(pool.served), "failed": _requests(pool.failed)})
            if not pool.shadow:
                arrived += pool.arrived
                served += pool.served
                failed += pool.failed
                waiting += pool.queue_at(world.tick)
        known = all(name in world.scenario.prices for name in self._held if self._held[name])
        return {
            "phase": world.phase,
            "verdict": _verdict(world, self.reason),
            "durationSeconds": round(world.t / 1000, 3),
            "requests": {"arrived": _requests(arrived), "served": _requests(served), "failed": _requests(failed),
                         "waiting": _requests(waiting)},
            "models": models,
            "worstTtftP95Ms": round(self.worst[0], 1) if self.worst[1] else None,
            "worstTtftModel": self.worst[1] or None,
            "worstTtftAtSeconds": round(self.worst[2] / 1000, 3) if self.worst[1] else None,
            "minimumReady": self.least[0] if self.least else 0,
            "minimumReadyAtSeconds": round(self.least[1] / 1000, 3) if self.least else 0.0,
            "peakGpus": self.peak,
            "gpuHours": round(self.gpu_time / _HOUR, 3),
            "extraDollars": round(self._cost / _HOUR / 1_000_000, 2) if known else None,
        }  # fmt: skip


def _requests(amount: int) -> float:
    return round(amount / 1_000_000, 1)


def _verdict(world: World, reason: str) -> str:
    after = f"after {round(world.t / 1000):,} s"
    if world.phase == SUCCEEDED:
        return f"succeeds {after}"
    if world.phase == ROLLED_BACK:
        return f"is rolled back {after}: {reason}"
    if world.phase == TIMED_OUT:
        return f"is not done {after}{': ' + reason if reason else ''}"
    return f"fails {after}: {reason}"
