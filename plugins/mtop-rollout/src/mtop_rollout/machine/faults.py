"""What happens to a rollout from outside: faults that start and end, and what is in force while they last."""

from __future__ import annotations

from mtop_rollout.machine.lifecycle import crash, lose
from mtop_rollout.machine.pool import Pool
from mtop_rollout.machine.scenario import Fault
from mtop_rollout.machine.states import PULLING, READY
from mtop_rollout.machine.world import World

NEVER = 1 << 62


class Faults:
    """The faults still to come and those in force."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._coming = sorted((fault for fault in world.scenario.faults if fault.step < 0), key=lambda f: f.at)
        self._by_step = [fault for fault in world.scenario.faults if fault.step >= 0]
        self._ends: list[tuple[int, Fault]] = []

    @property
    def next(self) -> int:
        """When the next one starts or ends."""
        start = self._coming[0].at if self._coming else NEVER
        return min([start, *(end for end, _ in self._ends)])

    def entered(self, step: int) -> None:
        """Lets those begin in the next tick that wait for a step."""
        here = [fault for fault in self._by_step if fault.step == step]
        if here:
            self._by_step = [fault for fault in self._by_step if fault.step != step]
            self._coming = [fault._replace(at=self._world.t) for fault in here] + self._coming

    def turn(self) -> None:
        """Ends and starts what is due."""
        world = self._world
        for end, fault in [entry for entry in self._ends if entry[0] <= world.t]:
            self._ends.remove((end, fault))
            world.active.remove(fault)
            self._say(fault, "over")
            self._undo(fault)
        while self._coming and self._coming[0].at <= world.t:
            fault = self._coming.pop(0)
            world.active.append(fault)
            if fault.length >= 0:
                self._ends.append((world.t + fault.length, fault))
            self._say(fault, "begins")
            self._do(fault)

    def _say(self, fault: Fault, what: str) -> None:
        pool = self._world.pools[fault.model] if fault.model >= 0 else None
        value = "" if fault.value is None else f" {_plain(fault.value)}"
        self._world.say(f"fault {fault.kind}{value} {what}", pool)

    def _targets(self, fault: Fault) -> list[Pool]:
        pools = self._world.pools
        if fault.kind == "regionDown":
            region = pools[fault.model].spec.region if fault.model >= 0 else str(fault.value)
            return [pool for pool in pools if pool.spec.region == region]
        return [pools[fault.model]] if fault.model >= 0 else pools

    def _do(self, fault: Fault) -> None:
        for pool in self._targets(fault):
            self._refresh(pool)
            if fault.kind in ("gpuLoss", "nodeLoss"):
                self._lose(pool, fault)
            elif fault.kind == "regionDown":
                for replica in list(pool.replicas):
                    lose(self._world, replica)

    def _lose(self, pool: Pool, fault: Fault) -> None:
        """Takes replicas, the lowest first, and with a limited class their GPUs."""
        world, limits = self._world, self._world.gpus.limits
        there = [replica for replica in pool.replicas if replica.held]
        for replica in sorted(there, key=lambda replica: replica.index)[: fault.many]:
            world.say(f"{replica.name} lost", pool)
            lose(world, replica)
            if pool.spec.gpu_class in limits:
                limits[pool.spec.gpu_class] = max(limits[pool.spec.gpu_class] - pool.per_replica, 0)

    def _undo(self, fault: Fault) -> None:
        world = self._world
        for pool in self._targets(fault):
            self._refresh(pool)
            if fault.kind in ("gpuLoss", "nodeLoss") and pool.spec.gpu_class in world.scenario.gpus:
                full = world.scenario.gpus[pool.spec.gpu_class]
                now = world.gpus.limits[pool.spec.gpu_class] + pool.per_replica * fault.many
                world.gpus.limits[pool.spec.gpu_class] = min(full, now)
            if fault.kind == "imagePullFail":
                for replica in pool.replicas:
                    if replica.state == PULLING and replica.due < 0:
                        world.plan(replica, world.t + pool.spec.startup.pull)
        world.restless = True

    def _refresh(self, pool: Pool) -> None:
        """Sets what is in force for a pool."""
        pool.slow, pool.latency, pool.errors = 1.0, 1.0, pool.spec.errors
        pool.crashing = pool.pull_fails = pool.down = False
        pool.oom = -1.0
        self._world.epp = ""
        for fault in self._world.active:
            if fault.kind == "eppDown":
                self._world.epp = "failClose" if fault.value == "failClose" else "failOpen"
            if pool in self._targets(fault):
                _apply(pool, fault)
        self._world.touch(pool)


def _apply(pool: Pool, fault: Fault) -> None:
    value = float(fault.value) if isinstance(fault.value, int | float) else 0.0
    match fault.kind:
        case "slowLoad":
            pool.slow *= value
        case "latency":
            pool.latency *= value
        case "errorRate":
            pool.errors = max(pool.errors, round(value * 1_000_000))
        case "crashloop":
            pool.crashing = True
        case "imagePullFail":
            pool.pull_fails = True
        case "oom":
            pool.oom = value
        case "regionDown":
            pool.down = True


def too_full(pool: Pool) -> bool:
    """Whether each replica has more requests in flight than it survives."""
    return pool.oom >= 0 and pool.ready > 0 and pool.flow.in_flight > pool.oom * pool.width


def out_of_memory(world: World, pool: Pool) -> None:
    """Crashes one replica of a pool that is too full, if it still is."""
    if too_full(pool):
        first = min((r for r in pool.replicas if r.state == READY), key=lambda replica: replica.index)
        crash(world, first, "ran out of memory", world.t)


def _plain(value: float | str) -> str:
    return f"{value:g}" if isinstance(value, int | float) else value
